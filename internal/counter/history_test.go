package counter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/counter/search"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/history"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// TestSearchOfAMonth finds sales among 30,000.
func TestSearchOfAMonth(t *testing.T) {
	b := newBench(t)
	for i := range 30_000 {
		s, err := b.till.Open(
			t.Context(),
			till.OpenRequest{Key: fmt.Sprint("m", i), Amount: 10_00, Reference: fmt.Sprintf("BILL-%d", i)},
		)
		if err != nil {
			t.Fatal(err)
		}
		if i%1000 == 7 {
			b.till.Pay(s.ID, 0)
		}
	}
	for q, want := range map[string]int{"bill-7": 50, "BILL-29999": 1, "?q=": 0, "nothing": 0, "412345": 30,
		"10.00": 50, "₹10": 50} {
		start := time.Now()
		look, err := search.Of(url.Values{"q": {q}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.history.Find(t.Context(), look, "", 50)
		for err == nil && len(got.Sales) < want && got.Next != "" {
			var more history.Found
			more, err = b.history.Find(t.Context(), look, got.Next, 50-len(got.Sales))
			got.Sales, got.Next = append(got.Sales, more.Sales...), more.Next
		}
		if err != nil || len(got.Sales) != want {
			t.Errorf("%q: %d sales, want %d, %v", q, len(got.Sales), want, err)
		}
		t.Logf("%q: %d sales in %s", q, len(got.Sales), time.Since(start))
	}
	s, err := b.till.Open(t.Context(), till.OpenRequest{Key: "new", Amount: 77_77, Note: "Two Teas"})
	if err != nil {
		t.Fatal(err)
	}
	b.till.Pay("S000001", 50_50) // a second payment of an old sale
	for q, want := range map[string]string{"two teas": s.ID, "77.77": s.ID, "50.50": "S000001", s.ID: s.ID} {
		look, _ := search.Of(url.Values{"q": {q}}, 0)
		if all, err := searched(t, b, look); err != nil || len(all) != 1 || all[0] != want {
			t.Errorf("%q: %v %v, want %s", q, all, err, want)
		}
	}
	look, _ := search.Of(url.Values{"q": {"10.00"}}, 0)
	paged, err := searched(t, b, look)
	if err != nil {
		t.Fatal(err)
	}
	if len(paged) != 30_000 {
		t.Errorf("paging found %d sales", len(paged))
	}
	// Each filter alone, and together.
	opened := func(i int) time.Time {
		s, err := b.till.Sale(t.Context(), fmt.Sprintf("S%06d", i))
		if err != nil {
			t.Fatal(err)
		}
		return s.OpenedAt.In(day.IST)
	}
	minute := opened(20_000).Format("2006-01-02T15:04")
	inMinute := 0
	for i := 1; i <= 30_001; i++ {
		if opened(i).Format("2006-01-02T15:04") == minute {
			inMinute++
		}
	}
	rrn := ""
	if s, err := b.till.Sale(t.Context(), "S001008"); err != nil || len(s.Payments) == 0 {
		t.Fatal(err)
	} else {
		rrn = s.Payments[0].RRN
	}
	for q, want := range map[string]int{"phase=paid": 31, "phase=closed": 0, "reason=expired": 0, "from=2027-11-23": 0,
		"amount_paise=7777": 1, "amount_paise=5050": 1,
		"reference=BILL-29999": 1, "reference=bill-29999": 0, "reference=bill-29999&phase=awaiting": 1,
		"reference=two": 0, "rrn=" + rrn: 1, "rrn=" + rrn + "&phase=awaiting": 0,
		"rrn=" + rrn + "&reference=BILL-1007": 1, "from=" + minute + "&to=" + minute: inMinute,
		"q=10.00&from=" + minute + "&to=" + minute + "&phase=awaiting": inMinute, "to=2026-11-22T10:29": 0} {
		v, err := url.ParseQuery(q)
		if err != nil {
			t.Fatal(err)
		}
		look, err := search.Of(v, 0)
		if err != nil {
			t.Errorf("%s: %v", q, err)
		}
		if all, err := searched(t, b, look); err != nil || len(all) != want {
			t.Errorf("%s: %d sales, want %d, %v", q, len(all), want, err)
		}
	}
	for _, q := range []string{"phase=payed", "reason=bored", "from=yesterday", "to=2026-11-22T25:00", "rrn=12",
		"rrn=12345678901x", "amount_paise=2.50", "amount_paise=99999999999999999",
		"reference=" + strings.Repeat("x", 65), "reference=" + strings.Repeat("क", 65),
		"q=x&before=read.monday", "q=x&before=nonsense%21", "before=nonsense%21"} {
		if w := b.call(trusted, "GET", "/v1/sales?"+q, ""); w.Code != 400 {
			t.Errorf("%s: %d %s", q, w.Code, w.Body)
		}
	}
}

// TestSearchAsked: what a search asks for is what it looks for, or it is refused.
func TestSearchAsked(t *testing.T) {
	b := newEither(t)
	for i, reference := range []string{"17.50", strings.Repeat("क", 64), "₹99"} {
		if _, err := b.till.Open(
			t.Context(),
			till.OpenRequest{Key: fmt.Sprint("k", i), Amount: 10_00, Reference: reference},
		); err != nil {
			t.Fatal(err)
		}
		// a bill number that is long in bytes only, and one that reads like an amount
		for _, field := range []string{"q", "reference"} {
			w := b.call(trusted, "GET", "/v1/sales?"+url.Values{field: {reference}}.Encode(), "")
			var page wire.Sales
			if json.Unmarshal(w.Body.Bytes(), &page); w.Code != 200 || len(page.Sales) != 1 ||
				page.Sales[0].Reference != reference {
				t.Errorf("%s=%s: %d %.200s", field, reference, w.Code, w.Body)
			}
		}
	}

	for _, c := range []struct { // "no sales" is no answer to a time that ends before it begins
		path string
		want int
	}{
		{"sales?from=2026-12-05&to=2026-11-01", 400},
		{"sales?q=a&from=2026-12-05&to=2026-12-04", 400},
		{"sales?from=2026-12-05T10:00&to=2026-12-05T09:59", 400},
		{"sales?from=2026-12-05T10:00&to=2026-12-04", 400},
		{"sales?from=2026-12-05&to=2026-12-04T23:59", 400},
		{"sales?from=2026-12-05&to=2026-12-05", 200},
		{"sales?from=2026-12-05T10:00&to=2026-12-05T10:00", 200},
		{"sales?from=2026-12-05T10:00&to=2026-12-05", 200},
		{"sales?from=2026-12-05", 200},
		{"export?from=2026-12-05&to=2026-12-04", 400},
		{"export?from=2026-12-05&to=2026-12-05", 200},
		{"export?from=2026-12-05", 200},
		{"export?to=2026-12-05", 200},
	} {
		if w := b.call(trusted, "GET", "/v1/"+c.path, ""); w.Code != c.want ||
			w.Code == 400 && !strings.Contains(w.Body.String(), "which is after to") {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Body)
		}
	}
}

// TestBusinessOf: at a shop whose day begins at four, two in the morning is of the day before.
func TestBusinessOf(t *testing.T) {
	for _, c := range []struct {
		from, to string
	}{{"2026-12-05T02:00", "2026-12-04"}, {"2026-12-05", "2026-12-06T03:59"}} {
		if _, err := search.Of(url.Values{"from": {c.from}, "to": {c.to}}, 4*time.Hour); err != nil {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
	if _, err := search.Of(url.Values{"from": {"2026-12-05"}, "to": {"2026-12-05T03:59"}}, 4*time.Hour); err == nil {
		t.Error("a minute before the day began is after it")
	}
}

// counted is a till that counts what is read of it.
type counted struct {
	Till
	sales atomic.Int64
}

func (c *counted) Sales(ctx context.Context, q till.Query) ([]state.Sale, error) {
	list, err := c.Till.Sales(ctx, q)
	c.sales.Add(int64(len(list)))
	return list, err
}

// searched is what a search finds, page by page to its end.
func searched(t *testing.T, b *bench, q history.Search) (ids []string, err error) {
	t.Helper()
	for cursor := ""; ; {
		page, err := b.history.Find(t.Context(), q, cursor, 1000)
		for _, s := range page.Sales {
			if slices.Contains(ids, s.ID) && len(ids) < 100 {
				t.Errorf("sale %s is found twice", s.ID)
			}
			ids = append(ids, s.ID)
		}
		if cursor = page.Next; err != nil || cursor == "" {
			return ids, err
		}
	}
}

// TestSearchReads: a search by a key reads what it shows, one by a text says how far it looked, and a list has a cursor
// as long as there is more.
func TestSearchReads(t *testing.T) {
	b := newBench(t)
	for i := range 3000 {
		open(t, b.till, money.Paise(1000+i%7))
	}
	c := &counted{Till: b.till}
	b.over(t, c)
	for what, w := range map[string]struct {
		path         string
		sales, shown int64
		more         bool
		looked       int
	}{
		"an amount":          {"/v1/sales?q=10.03", 0, 50, true, 0},
		"a number":           {"/v1/sales?q=%232999", 1, 1, false, 3000},
		"a name":             {"/v1/sales?q=1122-2999", 0, 1, false, 0},
		"nothing":            {"/v1/sales?q=nothing", 0, 0, false, 3000},
		"an amount to count": {"/v1/sales?amount_paise=1003&limit=20", 0, 20, true, 0},
		"the list":           {"/v1/sales?limit=50", 51, 50, true, 0},
		"all of it":          {"/v1/sales?day=2026-11-22&before=S000041", 40, 40, false, 0},
	} {
		c.sales.Store(0)
		r := b.call(trusted, "GET", w.path, "")
		var page wire.Sales
		if err := json.Unmarshal(r.Body.Bytes(), &page); err != nil || r.Code != 200 || c.sales.Load() != w.sales ||
			len(page.Sales) != int(w.shown) || page.More != w.more || page.More != (page.Next != "") ||
			page.Looked != w.looked {
			t.Errorf("%s: %d, read %d sales, shows %d, has more %v (%q), looked at %d, %v",
				what, r.Code, c.sales.Load(), len(page.Sales), page.More, page.Next, page.Looked, err)
		}
	}
}
