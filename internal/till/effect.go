package till

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"galla/state"
)

// start carries out one pending effect beside the engine. fresh says that this process wrote it down a moment ago, so
// that nothing of it can have happened yet; an effect found on disk may have happened before we died.
func (t *Till) start(f state.Effect, fresh bool) {
	x := t.sales[f.SaleID]
	if x == nil || x.running[f.Key] {
		return
	}
	if f.Do == state.DoAttempt {
		// Nothing outside: the next attempt is written down, and that event's own effect goes outside. It is posted and
		// not run here, because a turn is just being finished.
		t.workers.Go(func() { t.post(func(u *turn) error { return u.attempt(f.SaleID) }) })
		return
	}
	if f.Do == state.DoPrint {
		x.running[f.Key] = true
		t.queuePrint(f, fresh)
		return
	}
	x.running[f.Key] = true
	sale := x.sale
	t.workers.Go(func() {
		result := t.guard(f, func() func(*turn) error {
			switch f.Do {
			case state.DoQuote:
				return t.quote(sale, f.Attempt, fresh)
			case state.DoClose:
				return t.closeOrder(sale, f.Attempt)
			case state.DoRefund:
				return t.refund(sale, f.Refund, fresh)
			case state.DoFollow:
				return t.follow(sale, f.Refund)
			}
			return t.setAside(f, fmt.Sprintf("effect %q is not known", f.Do))
		})
		t.finish(f, result)
	})
}

// finish ends an effect with its result, a message, or with nil: try again later.
func (t *Till) finish(f state.Effect, result func(*turn) error) {
	t.post(func(u *turn) error {
		x := t.sales[f.SaleID]
		if x == nil {
			return nil
		}
		delete(x.running, f.Key)
		if result != nil {
			delete(x.retry, f.Key)
			return result(u)
		}
		fails := x.retry[f.Key].fails + 1
		x.retry[f.Key] = retry{at: time.Now().Add(backoff(f.Do, fails)), fails: fails}
		return nil
	})
}

// guard turns a panic in one effect into that effect being set aside: one poisoned record must not stop the rest.
func (t *Till) guard(f state.Effect, do func() func(*turn) error) (result func(*turn) error) {
	defer func() {
		if p := recover(); p != nil {
			t.o.Log.Error("an effect panicked", "effect", f.Key, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			result = t.setAside(f, fmt.Sprintf("internal error: %v", p))
		}
	}()
	return do()
}

func (t *Till) setAside(f state.Effect, why string) func(*turn) error {
	return func(u *turn) error {
		return u.apply(state.Event{Kind: state.EventEffectSetAside, SaleID: f.SaleID,
			SetAside: &state.SetAside{Key: f.Key, Reason: why, At: t.o.Wall()}})
	}
}

// backoff is the wait before an effect's next try, with full jitter above its floor.
func backoff(do state.Do, fails int) time.Duration {
	floor, top := time.Second, 30*time.Second
	switch do {
	case state.DoFollow: // a refund takes days
		floor, top = time.Minute, time.Hour
	case state.DoRefund:
		floor, top = 2*time.Second, 5*time.Minute
	}
	d := min(top, floor<<min(fails-1, 12))
	return floor/2 + rand.N(d)
}

// sleep waits, or returns false when the till stops.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
