package state

import (
	"slices"
	"time"

	"galla/state/watch"
)

// watched is what the watch of an ended sale goes by: money may well come though the sale ended unpaid, where its code
// could be seen or a payment was begun.
func watched(s Sale) watch.Watch {
	return watch.Watch{
		Done:     s.Watched,
		Standing: s.Kind == KindStanding,
		Likely: s.Rules >= 2 && s.Kind != KindMandate && s.Phase == PhaseClosed &&
			(s.Shown() != nil || len(s.Payments) > 0),
	}
}

// NextStep is the step that the next look of an ended sale's watch is: what EventWatched says of it.
func NextStep(s Sale) int { return watched(s).Step() }

// mayReturn reports whether money may come again that others sent back, or that ours did by the payment's word alone.
func mayReturn(s Sale) bool {
	return slices.ContainsFunc(s.Payments, func(p Payment) bool {
		return watched(s).Since(p.TakenStep) < watch.Taken &&
			(s.takenSum(&p) > 0 || slices.ContainsFunc(s.Refunds, func(r Refund) bool {
				return r.ByRecord && r.Status == RefundProcessed && s.Payment(r.PaymentID).ID == p.ID
			}))
	})
}

// Watching reports whether the sale still has to be looked at: it isn't final, something is pending, or its watch isn't
// over.
func Watching(s Sale) bool {
	if !s.Phase.Final() || len(Pending(s)) > 0 {
		return true
	}
	_, looks := NextWatch(s)
	return looks
}

// watchable reports whether any attempt left something at a gateway to look at.
func watchable(s Sale) bool {
	for _, a := range s.Attempts {
		if a.State != AttemptFailed {
			return true
		}
	}
	return false
}

// NextWatch says how long after the last look (or the end) the next look of an ended sale is due. It is a duration and
// not a moment, so that a wall clock that jumps moves one look at most. ok is false when the watch is over.
func NextWatch(s Sale) (wait time.Duration, ok bool) {
	if !s.Phase.Final() || !watchable(s) {
		return 0, false
	}
	if wait, ok = watched(s).Next(); ok {
		return wait, true
	}
	item := slices.ContainsFunc(s.Attention, func(a Attention) bool { return a.Kind != AttentionSetAside })
	return watch.Item, s.Rules >= 2 && (item || mayReturn(s))
}
