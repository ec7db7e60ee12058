package till

import (
	"errors"
	"fmt"

	"galla/state"
)

// A result is what a worker brings back: a value, of which txn.take alone makes events.
type result struct {
	kind  resultKind
	event state.Event // of resultFact, resultSeen and resultUnrefunded; its SaleID of resultAttempt
	sight pollResult  // of resultSight
	after reread      // of resultUnrefunded
}

type resultKind int

const (
	resultLater      resultKind = iota // nothing is certain yet
	resultFact                         // an event that the worker is sure of
	resultSeen                         // what was seen outside: an event only if it changes a fact
	resultAttempt                      // the next attempt of the event's sale is to be written down
	resultSight                        // a poll of a sale has ended
	resultUnrefunded                   // a refund failed, and its payment was read after that
)

// take makes events of a result.
func (u *txn) take(r result) error {
	switch r.kind {
	case resultLater:
		return nil
	case resultFact:
		return u.apply(r.event)
	case resultSeen:
		return u.applyIfChanged(r.event)
	case resultAttempt:
		return u.attempt(r.event.SaleID)
	case resultSight:
		return u.recordPoll(r.sight)
	case resultUnrefunded:
		return u.unrefunded(r.event, r.after)
	}
	return fmt.Errorf("a worker's result has the kind %d, which nobody knows: this is a bug", r.kind)
}

// bring hands a result to the engine, without waiting for the commit.
func (t *Till) bring(r result) { t.deliver(func(u *txn) error { return u.take(r) }, func(error) {}) }

// finish ends an effect with its result; resultLater: later. A result that could not be written (a full disk) is one
// that nobody knows of: the effect is tried again, and finds what it did.
func (t *Till) finish(f state.Effect, r result) {
	t.deliver(func(u *txn) error {
		x := t.sales[f.SaleID]
		if x == nil {
			return nil
		}
		delete(x.running, f.Key)
		if r.kind == resultLater {
			t.again(x, f)
			return nil
		}
		delete(x.retry, f.Key)
		return u.take(r)
	}, func(err error) {
		if x := t.sales[f.SaleID]; x != nil && err != nil && !errors.Is(err, state.ErrReplay) &&
			!errors.Is(err, ErrStopped) {
			t.again(x, f)
		}
	})
}

// certain is the result of a worker that is sure of an event.
func certain(e state.Event) result { return result{kind: resultFact, event: e} }

// seen is the result of a worker that saw what may be known already.
func seen(e state.Event) result { return result{kind: resultSeen, event: e} }
