package counter

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// TestSearchOfAMonth finds sales among 30,000.
func TestSearchOfAMonth(t *testing.T) {
	b := newBench(t)
	for i := range 30_000 {
		s, err := b.till.Open(t.Context(), till.OpenRequest{Key: fmt.Sprint("m", i), Amount: 10_00, Reference: fmt.Sprintf("BILL-%d", i)})
		if err != nil {
			t.Fatal(err)
		}
		if i%1000 == 7 {
			b.till.Pay(s.ID, 0)
		}
	}
	for q, want := range map[string]int{"bill-7": 50, "BILL-29999": 1, "?q=": 0, "nothing": 0, "412345": 30, "10.00": 50, "₹10": 50} {
		start := time.Now()
		look, err := newSearch(url.Values{"q": {q}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := b.books.Find(t.Context(), look, "", 50)
		if err != nil || len(got) != want {
			t.Errorf("%q: %d sales, want %d, %v", q, len(got), want, err)
		}
		t.Logf("%q: %d sales in %s", q, len(got), time.Since(start))
	}
	s, err := b.till.Open(t.Context(), till.OpenRequest{Key: "new", Amount: 77_77, Note: "Two Teas"})
	if err != nil {
		t.Fatal(err)
	}
	b.till.Pay("S000001", 50_50) // a second payment of an old sale
	for q, want := range map[string]string{"two teas": s.ID, "77.77": s.ID, "50.50": "S000001", s.ID: s.ID} {
		look, _ := newSearch(url.Values{"q": {q}})
		if got, err := b.books.Find(t.Context(), look, "", 50); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%q: %v %v, want %s", q, got, err, want)
		}
	}
	look, _ := newSearch(url.Values{"q": {"10.00"}})
	var paged []string
	for before := ""; ; {
		page, err := b.books.Find(t.Context(), look, before, 1000)
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, page...)
		if len(page) < 1000 {
			break
		}
		before = page[len(page)-1]
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
	for q, want := range map[string]int{"phase=paid": 31, "phase=closed": 0, "reason=expired": 0, "from=2027-11-23": 0, "amount_paise=7777": 1, "amount_paise=5050": 1, "reference=bill-29999": 1,
		"reference=two": 0, "rrn=" + rrn: 1, "rrn=" + rrn + "&phase=awaiting": 0, "rrn=" + rrn + "&reference=BILL-1007": 1, "from=" + minute + "&to=" + minute: inMinute,
		"q=10.00&from=" + minute + "&to=" + minute + "&phase=awaiting": inMinute, "to=2026-11-22T10:29": 0} {
		v, err := url.ParseQuery(q)
		if err != nil {
			t.Fatal(err)
		}
		look, err := newSearch(v)
		if err != nil {
			t.Errorf("%s: %v", q, err)
		}
		if got, err := b.books.Find(t.Context(), look, "", 1000); err != nil || len(got) != want {
			t.Errorf("%s: %d sales, want %d, %v", q, len(got), want, err)
		}
	}
	for _, q := range []string{"phase=payed", "reason=bored", "from=yesterday", "to=2026-11-22T25:00", "rrn=12", "rrn=12345678901x", "amount_paise=2.50", "amount_paise=99999999999999999", "reference=" + strings.Repeat("x", 65)} {
		if w := b.call(trusted, "GET", "/v1/sales?"+q, ""); w.Code != 400 {
			t.Errorf("%s: %d %s", q, w.Code, w.Body)
		}
	}
}

// counted is a till that counts what is read of it.
type counted struct {
	Till
	sales, pages, single atomic.Int64
}

func (c *counted) Sales(ctx context.Context, q till.Query) ([]state.Sale, error) {
	list, err := c.Till.Sales(ctx, q)
	c.pages.Add(1)
	c.sales.Add(int64(len(list)))
	return list, err
}

func (c *counted) Sale(ctx context.Context, id string) (state.Sale, error) {
	c.single.Add(1)
	return c.Till.Sale(ctx, id)
}

// TestSearchReadsOnce: the month is read once, in good time; a search after that reads what it shows and what is new, and
// opening the list reads its page.
func TestSearchReadsOnce(t *testing.T) {
	b := newBench(t)
	for i := range 3000 {
		open(t, b.till, money.Paise(1000+i%7))
	}
	c := &counted{Till: b.till}
	b.over(t, c)
	b.Warm(t.Context())
	if c.sales.Load() != 3000 || c.pages.Load() != 4 {
		t.Errorf("warming read %d sales in %d pages", c.sales.Load(), c.pages.Load())
	}
	for what, w := range map[string]struct {
		path                 string
		sales, pages, single int64
	}{
		"a search":           {"/v1/sales?q=10.03", 0, 1, 50},
		"one that finds one": {"/v1/sales?q=%232999", 0, 1, 1},
		"one of nothing":     {"/v1/sales?q=nothing", 0, 1, 0},
		"a filter":           {"/v1/sales?amount_paise=1003&limit=20", 0, 1, 20},
		"opening the list":   {"/v1/sales?limit=50", 51, 2, 0},
	} {
		c.sales.Store(0)
		c.pages.Store(0)
		c.single.Store(0)
		if r := b.call(trusted, "GET", w.path, ""); r.Code != 200 || c.sales.Load() != w.sales || c.pages.Load() != w.pages || c.single.Load() != w.single {
			t.Errorf("%s: %d, read %d sales in %d pages and %d single ones", what, r.Code, c.sales.Load(), c.pages.Load(), c.single.Load())
		}
	}
	open(t, b.till, 5)
	c.sales.Store(0)
	if b.call(trusted, "GET", "/v1/sales?amount_paise=5", ""); c.sales.Load() != 1 {
		t.Errorf("after one new sale, %d are read", c.sales.Load())
	}
}
