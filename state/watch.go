package state

import (
	"slices"
	"time"
)

// WatchPlan is when an ended sale's orders are read again, counted from its end: money that comes late is found within
// one look. Razorpay may turn a failed payment for 3 days, and other rails for longer; 5 days is the rule.
var WatchPlan = []time.Duration{
	0, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
	24 * time.Hour, 48 * time.Hour, 72 * time.Hour, 96 * time.Hour, 120 * time.Hour,
}

// WatchItem is how long after its last look an ended sale with an open item about money is read again, until a person answers.
const WatchItem = 24 * time.Hour

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
	switch {
	case !s.Phase.Final() || !watchable(s):
		return 0, false
	case s.Watched >= len(WatchPlan):
		return WatchItem, s.Rules >= 2 && slices.ContainsFunc(s.Attention, func(a Attention) bool { return a.Kind != AttentionSetAside })
	case s.Watched == 0:
		return WatchPlan[0], true
	}
	return WatchPlan[s.Watched] - WatchPlan[s.Watched-1], true
}
