package state

import (
	"slices"
	"time"
)

// WatchPlan is when the orders of an ended sale are read again, counted from its end, where money is not likely to come: a paid sale,
// and one whose code nobody could see. Razorpay may turn a failed payment for 3 days, and other rails for longer; 5 days is the rule.
var WatchPlan = []time.Duration{
	0, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
	24 * time.Hour, 48 * time.Hour, 72 * time.Hour, 96 * time.Hour, 120 * time.Hour,
}

// WatchLikely is the same for a sale that ended unpaid with a code that could be seen, or with a payment that was begun: money that
// comes within two hours is seen within five minutes, within a day in an hour, and to the fifth day in half a day. The close has
// read the order at the end itself. It is 59 looks, of which each is one call at Razorpay, or a part of one where many are watched, and two at
// EnKash. The till moves a step that waits for hours out of the banks' peak hours.
var WatchLikely = likelyPlan()

// likelyFrom is what the steps of WatchLikely are counted from. Steps below it are of WatchPlan: a sale goes on by the plan that it
// began with, and one that began before there were two goes on by the first.
const likelyFrom = 10_000

func likelyPlan() (plan []time.Duration) {
	at := time.Minute
	for _, stretch := range []struct{ until, every time.Duration }{
		{2 * time.Hour, 4*time.Minute + 45*time.Second}, // a look, and what it waits for, takes a few seconds
		{24 * time.Hour, 55 * time.Minute},
		{120 * time.Hour, 12 * time.Hour},
	} {
		for ; at < stretch.until; at += stretch.every {
			plan = append(plan, at)
		}
	}
	return append(plan, 120*time.Hour)
}

// likely reports whether money may well come though the sale ended unpaid.
func likely(s Sale) bool {
	return s.Rules >= 2 && s.Kind != KindMandate && s.Phase == PhaseClosed && (s.Shown() != nil || len(s.Payments) > 0)
}

// NextStep is the step that the next look of an ended sale's watch is: what EventWatched says of it.
func NextStep(s Sale) int {
	if s.Watched == 0 && likely(s) {
		return likelyFrom + 1
	}
	return s.Watched + 1
}

// plan is the plan the sale is watched by, and how many of its looks are done.
func plan(s Sale) (plan []time.Duration, done int) {
	if s.Kind == KindStanding {
		return WatchStanding, s.Watched
	}
	if done = NextStep(s) - 1; done >= likelyFrom {
		return WatchLikely, done - likelyFrom
	}
	return WatchPlan, done
}

// WatchItem is how long after its last look an ended sale with an open item about money is read again, until a person answers; and one
// of which others sent money back, until WatchTaken.
const WatchItem = 24 * time.Hour

// WatchTaken is how long a sale is watched at least after others sent money of it back: a gateway counts a refund from its asking, and a
// bank that fails it does so within 7 working days. What comes again would be nobody's otherwise.
const WatchTaken = 10 * 24 * time.Hour

// mayReturn reports whether money may come again that others sent back, or that ours did by the payment's word alone; done steps of a plan
// after the end.
func mayReturn(s Sale, plan []time.Duration, done int) bool {
	at := func(step int) (after time.Duration) {
		if n := min(step, len(plan)); n > 0 {
			after = plan[n-1]
		}
		return after + time.Duration(max(0, step-len(plan)))*WatchItem
	}
	return slices.ContainsFunc(s.Payments, func(p Payment) bool {
		return at(done)-at(p.TakenStep%likelyFrom) < WatchTaken && (s.takenSum(&p) > 0 || slices.ContainsFunc(s.Refunds, func(r Refund) bool {
			return r.ByRecord && r.Status == RefundProcessed && s.Payment(r.PaymentID).ID == p.ID
		}))
	})
}

// Watching reports whether the sale still has to be looked at: it isn't final, something is pending, or its watch isn't over.
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
	plan, done := plan(s)
	switch {
	case !s.Phase.Final() || !watchable(s):
		return 0, false
	case done >= len(plan):
		item := slices.ContainsFunc(s.Attention, func(a Attention) bool { return a.Kind != AttentionSetAside })
		return WatchItem, s.Rules >= 2 && (item || mayReturn(s, plan, done))
	case done == 0:
		return plan[0], true
	}
	return plan[done] - plan[done-1], true
}
