package gateway

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// flood keeps a lane full until ctx ends, and counts what left.
func flood(ctx context.Context, wg *sync.WaitGroup, b *Budget, lane Lane, left *[lanes]int, mu *sync.Mutex) {
	for range 20 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if _, err := b.Wait(ctx, lane); err == nil {
					mu.Lock()
					left[lane]++
					mu.Unlock()
				}
			}
		})
	}
}

// TestLanes_Shares: with every lane full each gets the share it is owed, and the first all that nobody is owed.
func TestLanes_Shares(t *testing.T) {
	for name, tc := range map[string]struct {
		full []Lane
		want map[Lane]float64 // of all calls
	}{
		"all": {[]Lane{LaneCounter, LaneScreen, LaneClose, LaneStanding, LaneSale, LaneRefund, LaneWatch},
			map[Lane]float64{LaneCounter: .5, LaneScreen: .2, LaneClose: .2, LaneStanding: .05, LaneSale: .02,
				LaneRefund: .02, LaneWatch: .01}},
		"stands paid": {[]Lane{LaneClose, LaneStanding, LaneSale, LaneWatch},
			map[Lane]float64{LaneClose: .92, LaneStanding: .05, LaneSale: .02, LaneWatch: .01}},
		"closing hour": {[]Lane{LaneClose, LaneSale, LaneWatch},
			map[Lane]float64{LaneClose: .97, LaneSale: .02, LaneWatch: .01}},
		"only the last": {[]Lane{LaneWatch}, map[Lane]float64{LaneWatch: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBudget(BudgetOptions{})
				ctx, stop := context.WithCancel(t.Context())
				var mu sync.Mutex
				var wg sync.WaitGroup
				var left [lanes]int
				for _, l := range tc.full {
					flood(ctx, &wg, b, l, &left, &mu)
				}
				time.Sleep(1000 * time.Second)
				stop()
				wg.Wait()
				total := 0
				for _, n := range left {
					total += n
				}
				if total < 4000 || total > 4010 {
					t.Errorf("%d calls left in 1000 s at 4 a second", total)
				}
				for l, want := range tc.want {
					if got := float64(left[l]) / float64(total); got < want-0.005 || got > want+0.005 {
						t.Errorf("lane %d got %.3f of the calls, want %.3f", l, got, want)
					}
				}
			})
		})
	}
}

// TestErrand_LimitStandsStill: waiting for the budget costs an errand nothing of its time; a call that is under way
// does.
func TestErrand_LimitStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Rate: 1, Burst: 1})
		if _, err := b.Wait(t.Context(), LaneCounter); err != nil {
			t.Fatal(err)
		}
		for range 5 { // five calls stand before it
			go func() { _, _ = b.Wait(t.Context(), LaneClose) }()
		}
		synctest.Wait()

		ctx, cancel := Errand{Lane: LaneClose, Limit: 2 * time.Second}.Begin(t.Context())
		defer cancel()
		start := time.Now()
		if _, err := b.Wait(ctx, LaneSale); err != nil || time.Since(start) < 5*time.Second {
			t.Fatalf("after %s: %v", time.Since(start), err)
		}
		time.Sleep(1500 * time.Millisecond)
		if ctx.Err() != nil {
			t.Fatal("its time ran while it waited")
		}
		if _, err := b.Wait(ctx, LaneSale); err != nil {
			t.Fatal(err)
		}
		time.Sleep(600 * time.Millisecond)
		if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
			t.Errorf("after 2.1 s under way its cause is %v", cause)
		}
	})
}

// TestErrand_BegunGoesFirst: what proves a close doesn't stand behind the closes that have not begun.
func TestErrand_BegunGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Rate: 1, Burst: 1})
		ctx, cancel := Errand{Lane: LaneClose, Limit: time.Minute}.Begin(t.Context())
		defer cancel()
		if _, err := b.Wait(ctx, LaneSale); err != nil {
			t.Fatal(err)
		}
		for range 30 {
			go func() { _, _ = b.Wait(t.Context(), LaneClose) }()
		}
		synctest.Wait()
		start := time.Now()
		if _, err := b.Wait(ctx, LaneSale); err != nil || time.Since(start) > 1100*time.Millisecond {
			t.Errorf("its second call left after %s: %v", time.Since(start), err)
		}
	})
}

// TestErrand_Patience: an errand waits as long as it says, and is then refused by this box and by nobody else.
func TestErrand_Patience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{})
		b.refused(3 * time.Second)
		ctx, cancel := Errand{Lane: LaneCounter, Limit: time.Minute, Patience: 12 * time.Second}.Begin(t.Context())
		defer cancel()
		start := time.Now()
		if _, err := b.Wait(ctx, LaneCounter); err != nil || time.Since(start) < 3*time.Second {
			t.Errorf("the pause was not waited for: %v after %s", err, time.Since(start))
		}
		b.refused(30 * time.Second)
		ctx, cancel = Errand{Lane: LaneCounter, Limit: time.Minute, Patience: 2 * time.Second}.Begin(t.Context())
		defer cancel()
		start = time.Now()
		if wait, err := b.Wait(ctx, LaneCounter); !errors.Is(err, ErrBudget) || time.Since(start) != 0 ||
			wait < 30*time.Second {
			t.Errorf("%s, %v after %s: a pause longer than the patience is said at once", wait, err, time.Since(start))
		}
	})
}
