package counter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// TestEveryClientEndsWithTheSameList: two consoles, a number pad and a command line trade at once, and lines break in
// between; in the end each has the till's own list, and there is one sale per request.
func TestEveryClientEndsWithTheSameList(t *testing.T) {
	b := newBench(t)
	b.till.Now = time.Now
	srv := httptest.NewServer(b.Handler(trusted))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()

	const clients, each = 3, 40
	var traders, followers sync.WaitGroup
	var asked atomic.Int64
	lists := make([]map[string]uint64, clients)
	var end atomic.Uint64
	for i := range clients {
		lists[i] = map[string]uint64{}
		c := client.NewHTTP(srv.URL, "", srv.Client())
		followers.Go(func() {
			err := c.Follow(ctx, 0, func(e wire.Event) error {
				if e.Sale != nil {
					lists[i][e.SaleID] = e.Sale.Seq
				}
				if last := end.Load(); last != 0 && e.Seq >= last {
					return client.ErrStop
				}
				return nil
			}, nil)
			if err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
		traders.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 3))
			for range each {
				key := client.Key()
				var s wire.Sale
				var err error
				for range 1 + r.IntN(3) { // the same request again, as after a lost answer
					if s, err = c.Open(ctx, key, wire.OpenSale{AmountPaise: wire.Amount(5000)}); err != nil {
						t.Error(err)
						return
					}
				}
				asked.Add(1)
				switch r.IntN(4) {
				case 0:
					_, err = c.Cancel(ctx, client.Key(), s.ID, wire.CancelSale{})
				case 1:
					b.till.Expire(s.ID)
				default:
					b.till.Pay(s.ID, 0)
				}
				if err != nil {
					t.Error(err)
				}
				if r.IntN(10) == 0 {
					srv.CloseClientConnections()
				}
			}
		})
	}
	pad := NewPad(b.till, b.Counter.log, Keypad{}, nil)
	for range each {
		for _, k := range []string{"7", "enter", "enter", "esc", "esc"} {
			pad.Press(ctx, k)
		}
		asked.Add(1)
	}
	traders.Wait()
	last := open(t, b.till, 100) // the event everyone waits for
	asked.Add(1)
	end.Store(b.till.Health().Seq)
	b.till.Pay(last, 0)
	end.Store(b.till.Health().Seq)
	b.till.Type("", nil)
	open(t, b.till, 100)
	asked.Add(1)
	followers.Wait()

	sales, err := b.till.Sales(ctx, till.Query{Limit: 10000})
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(sales)) != asked.Load() {
		t.Errorf("%d sales for %d requests", len(sales), asked.Load())
	}
	for i, l := range lists {
		for _, s := range sales[2:] { // but the two that ended it
			if l[s.ID] != s.Seq {
				t.Errorf("client %d has sale %s at %d, the till at %d", i, s.ID, l[s.ID], s.Seq)
			}
		}
	}
}

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
		got, err := b.index.find(t.Context(), look, "", 50)
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
		if got, err := b.index.find(t.Context(), look, "", 50); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%q: %v %v, want %s", q, got, err, want)
		}
	}
	look, _ := newSearch(url.Values{"q": {"10.00"}})
	var paged []string
	for before := ""; ; {
		page, err := b.index.find(t.Context(), look, before, 1000)
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
		return s.OpenedAt.In(ist)
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
		if got, err := b.index.find(t.Context(), look, "", 1000); err != nil || len(got) != want {
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
	b.Counter.till, b.Counter.index.till = c, c
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
		"opening the list":   {"/v1/sales?limit=50", 50, 1, 0},
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

func TestWeather(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	good := till.Health{Gateways: []till.GatewayHealth{{Name: "enkash", OK: true}}}
	for name, tc := range map[string]struct {
		paid, expired, cancelled int
		took, ago                time.Duration
		h                        till.Health
		level                    string
	}{
		"nothing":             {0, 0, 0, 0, 0, good, "quiet"},
		"only cancelled":      {0, 0, 9, 0, time.Minute, good, "quiet"},
		"works":               {9, 1, 0, 8 * time.Second, time.Minute, good, "good"},
		"one paid":            {1, 0, 0, 8 * time.Second, time.Minute, good, "good"},
		"one of two failed":   {1, 1, 0, 8 * time.Second, time.Minute, good, "good"}, // too few to say
		"three of ten failed": {7, 3, 0, 8 * time.Second, time.Minute, good, "slow"},
		"takes minutes":       {9, 0, 0, 2 * time.Minute, 3 * time.Minute, good, "slow"},
		"most failed":         {2, 8, 0, 8 * time.Second, time.Minute, good, "bad"},
		"failed long ago":     {0, 9, 0, 0, 2 * time.Hour, good, "quiet"},
		"gateway away":        {9, 0, 0, time.Second, time.Minute, till.Health{Gateways: []till.GatewayHealth{{Name: "enkash"}}}, "bad"},
	} {
		tl := countertest.New()
		at := now.Add(-tc.ago)
		tl.Now = func() time.Time { return at }
		for i := range tc.paid + tc.expired + tc.cancelled {
			at = now.Add(-tc.ago)
			id := open(t, tl, 100)
			at = at.Add(tc.took)
			switch {
			case i < tc.paid:
				tl.Pay(id, 0)
			case i < tc.paid+tc.expired:
				tl.Expire(id)
			default:
				if _, err := tl.Cancel(t.Context(), till.CancelRequest{Key: id, SaleID: id, Reason: "cancelled"}); err != nil {
					t.Fatal(err)
				}
			}
		}
		sales, _ := tl.Sales(t.Context(), till.Query{Limit: 1000})
		if got := reckonWeather(sales, now, tc.h); got.Level != tc.level {
			t.Errorf("%s: %+v, want %s", name, got, tc.level)
		}
	}
}

// BenchmarkFeed measures how events reach 20 consoles: the delay from the opening of a sale (three events) until the last
// console has read them, deliveries per second, and what a connected console costs in memory, its client's side included.
func BenchmarkFeed(b *testing.B) {
	bb := newBench(b)
	bb.till.Now = time.Now
	bb.Counter.heartbeat = time.Minute
	srv := httptest.NewServer(bb.Handler(trusted))
	defer srv.Close()
	const consoles = 20
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	got := make(chan uint64, consoles*1024)
	before := memory()
	var wg sync.WaitGroup
	for range consoles {
		c := client.NewHTTP(srv.URL, "", srv.Client())
		wg.Go(func() {
			c.Follow(ctx, 0, func(e wire.Event) error { got <- e.Seq; return nil }, nil)
		})
	}
	wait := func(n int) {
		for range n {
			<-got
		}
	}
	if _, err := bb.till.Open(ctx, till.OpenRequest{Key: "first", Amount: 100}); err != nil {
		b.Fatal(err)
	}
	wait(3 * consoles)
	each := float64(memory()-before) / consoles / 1024
	var delays []time.Duration
	b.ResetTimer()
	for b.Loop() {
		start := time.Now()
		if _, err := bb.till.Open(ctx, till.OpenRequest{Key: fmt.Sprint(len(delays)), Amount: 100}); err != nil {
			b.Fatal(err)
		}
		wait(3 * consoles)
		delays = append(delays, time.Since(start))
	}
	b.StopTimer()
	slices.Sort(delays)
	b.ReportMetric(float64(delays[len(delays)/2].Microseconds()), "µs/p50")
	b.ReportMetric(float64(delays[len(delays)*99/100].Microseconds()), "µs/p99")
	b.ReportMetric(float64(3*len(delays)*consoles)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(each, "KiB/console")
	cancel()
	wg.Wait()
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
