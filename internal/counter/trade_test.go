package counter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
	"galla/internal/till"
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
		look, err := newSearch(q, "", "", "")
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
		look, _ := newSearch(q, "", "", "")
		if got, err := b.index.find(t.Context(), look, "", 50); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%q: %v %v, want %s", q, got, err, want)
		}
	}
	look, _ := newSearch("10.00", "", "", "")
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
	if _, err := newSearch("", "", "", "payed"); err == nil {
		t.Error("an unknown phase was taken")
	}
	look, _ = newSearch("", "2027-11-23", "", "")
	if got, err := b.index.find(t.Context(), look, "", 50); err != nil || len(got) != 0 {
		t.Errorf("from next year: %d %v", len(got), err)
	}
	look, _ = newSearch("", "", "", "paid")
	if got, err := b.index.find(t.Context(), look, "", 50); err != nil || len(got) != 31 {
		t.Errorf("paid: %d %v", len(got), err)
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
