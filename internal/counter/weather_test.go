package counter

import (
	"context"
	"fmt"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
	"galla/internal/till"
)

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
		var rows []*row
		for _, s := range sales {
			rows = append(rows, newRow(s))
		}
		if got := reckonWeather(rows, now, tc.h); got.Level != tc.level {
			t.Errorf("%s: %+v, want %s", name, got, tc.level)
		}
	}
}

// TestWeatherOfAWholeHour: a busy counter's hour counts whole, and is not read anew for it; while the index is being read, what
// is newest is enough, and nobody waits.
func TestWeatherOfAWholeHour(t *testing.T) {
	b := newBench(t)
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	b.clock = func() time.Time { return now }
	b.till.Now = b.clock
	for i := range 1800 { // thirty a minute
		now = now.Add(2 * time.Second)
		b.till.Pay(open(t, b.till, 100), 0)
		if i < 600 { // the first third of the hour was bad
			b.till.Expire(open(t, b.till, 100))
		}
	}
	c := &counted{Till: b.till}
	b.Counter.till, b.Counter.index.till = c, c
	early, err := b.forecast(t.Context(), b.till.Health())
	if err != nil || early.Ended != weatherSales || early.Level != "good" || c.sales.Load() != weatherSales {
		t.Errorf("before the index is read: %+v, %v, after reading %d sales", early, err, c.sales.Load())
	}
	b.Warm(t.Context())
	c.sales.Store(0)
	now = now.Add(weatherAge)
	whole, err := b.forecast(t.Context(), b.till.Health())
	if err != nil || whole.Paid < 1780 || whole.Ended < 2380 || whole.Level != "slow" || c.sales.Load() != 0 {
		t.Errorf("the hour: %+v, %v, after reading %d sales", whole, err, c.sales.Load())
	}
	b.index.mu.Lock() // it is being read
	defer b.index.mu.Unlock()
	now = now.Add(weatherAge)
	if w, err := b.forecast(t.Context(), b.till.Health()); err != nil || w.Ended != weatherSales {
		t.Errorf("while it is read: %+v, %v", w, err)
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
