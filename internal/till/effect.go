package till

import (
	"context"
	"fmt"
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
		x.running[f.Key] = true
		t.workers.Go(func() { t.finish(f, result{kind: resultAttempt, event: state.Event{SaleID: f.SaleID}}) })
		return
	}

	if f.Do == state.DoPrint {
		x.running[f.Key] = true
		t.queuePrint(f, fresh)
		return
	}
	x.running[f.Key] = true
	sale, tried := x.sale, time.Duration(0)
	if since := x.retry[f.Key].since; !since.IsZero() {
		tried = time.Since(since)
	}
	t.workers.Go(func() {
		found := t.guard(f, func() result {
			switch f.Do {
			case state.DoQuote:
				if sale.Kind == state.KindMandate {
					return t.takeDebit(sale, f.Attempt, fresh)
				}
				return t.quote(sale, f.Attempt, fresh)
			case state.DoClose:
				return t.closeOrder(sale, f.Attempt)
			case state.DoRefund:
				return t.refund(sale, f.Refund, fresh, tried)
			case state.DoFollow:
				return t.follow(sale, f.Refund, tried)
			}
			return t.setAside(f, fmt.Sprintf("effect %q is not known", f.Do))
		})
		t.finish(f, found)
	})
}

// again sets the time of an effect's next try.
func (t *Till) again(x *entry, f state.Effect) {
	r := x.retry[f.Key]
	if r.fails++; r.since.IsZero() {
		r.since = time.Now()
	}
	r.at = time.Now().Add(t.random.Backoff(f.Do, r.fails))
	x.retry[f.Key] = r
}

// guard turns a panic in one effect into that effect being set aside: one poisoned record must not stop the rest.
func (t *Till) guard(f state.Effect, do func() result) (found result) {
	defer func() {
		if p := recover(); p != nil {
			t.o.Log.Error("an effect panicked", "effect", f.Key, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			found = t.setAside(f, fmt.Sprintf("internal error: %v", p))
		}
	}()
	return do()
}

func (t *Till) setAside(f state.Effect, why string) result {
	return certain(state.Event{Kind: state.EventEffectSetAside, SaleID: f.SaleID,
		SetAside: &state.SetAside{Key: f.Key, Reason: why, At: t.o.Wall()}})
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
