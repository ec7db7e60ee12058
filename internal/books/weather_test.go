package books

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/till"
	"galla/state"
)

// counted is a till that counts the sales that are read of it.
type counted struct {
	Till
	sales atomic.Int64
}

func (c *counted) Sales(ctx context.Context, q state.Query) ([]state.Sale, error) {
	list, err := c.Till.Sales(ctx, q)
	c.sales.Add(int64(len(list)))
	return list, err
}

func TestWeather(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		paid, expired, cancelled int
		took, ago                time.Duration
		reachable                bool
		level                    string
	}{
		"nothing":             {0, 0, 0, 0, 0, true, "quiet"},
		"only cancelled":      {0, 0, 9, 0, time.Minute, true, "quiet"},
		"works":               {9, 1, 0, 8 * time.Second, time.Minute, true, "good"},
		"one paid":            {1, 0, 0, 8 * time.Second, time.Minute, true, "good"},
		"one of two failed":   {1, 1, 0, 8 * time.Second, time.Minute, true, "good"}, // too few to say
		"three of ten failed": {7, 3, 0, 8 * time.Second, time.Minute, true, "slow"},
		"takes minutes":       {9, 0, 0, 2 * time.Minute, 3 * time.Minute, true, "slow"},
		"most failed":         {2, 8, 0, 8 * time.Second, time.Minute, true, "bad"},
		"failed long ago":     {0, 9, 0, 0, 2 * time.Hour, true, "quiet"},
		"gateway away":        {9, 0, 0, time.Second, time.Minute, false, "bad"},
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
		if got := reckonWeather(sales, now, tc.reachable); got.Level != tc.level {
			t.Errorf("%s: %+v, want %s", name, got, tc.level)
		}
	}
}

// TestWeatherOfAWholeHour: a busy counter's hour counts whole, and a look reads no more than it and a page; of a counter that
// no people work at, the newest sales count.
func TestWeatherOfAWholeHour(t *testing.T) {
	b := newBench(t)
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	b.clock = func() time.Time { return now }
	b.till.Now = b.clock
	for i := range 500 { // five a minute, for 100 minutes
		now = now.Add(12 * time.Second)
		b.till.Pay(open(t, b.till, 100), 0)
		if i > 200 && i < 350 { // the first half of the hour was bad
			b.till.Expire(open(t, b.till, 100))
		}
	}
	c := &counted{Till: b.till}
	b.restart(t, c)
	hour, err := b.Weather(t.Context(), true)
	if err != nil || hour.Paid != 301 || hour.Ended != 450 || hour.Level != "slow" || c.sales.Load() > 449+2*weatherPage {
		t.Errorf("the hour: %+v, %v, after reading %d sales", hour, err, c.sales.Load())
	}
	c.sales.Store(0)
	if again, err := b.Weather(t.Context(), true); err != nil || again != hour || c.sales.Load() != 0 {
		t.Errorf("a second look: %+v, %v, after reading %d sales", again, err, c.sales.Load())
	}
	for range 2 * weatherMost {
		b.till.Pay(open(t, b.till, 100), 0)
	}
	now = now.Add(weatherAge)
	if w, err := b.Weather(t.Context(), true); err != nil || w.Ended != weatherMost || w.Level != "good" || c.sales.Load() != weatherMost {
		t.Errorf("a machine's: %+v, %v, after reading %d sales", w, err, c.sales.Load())
	}
}
