package watch

import "time"

// Plan is when the orders of an ended sale are read again, counted from its end, where money is not likely to come: a
// paid sale, and one whose code nobody could see. Razorpay may turn a failed payment for 3 days, and other rails for
// longer; 5 days is the rule.
var Plan = []time.Duration{
	0, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
	24 * time.Hour, 48 * time.Hour, 72 * time.Hour, 96 * time.Hour, 120 * time.Hour,
}

// Likely is the same for a sale that ended unpaid with a code that could be seen, or with a payment that was begun:
// money that comes within two hours is seen within five minutes, within a day in an hour, and to the fifth day in half
// a day. The close has read the order at the end itself. It is 59 looks, of which each is one call at Razorpay, or a
// part of one where many are watched, and two at EnKash. The till moves a step that waits for hours out of the banks'
// peak hours.
var Likely = likely()

// Standing is when the payment of a standing QR is read again: it was captured before the sale began, so no money can
// come late, and what others send back is seen on the day, and as long as other sales are watched.
var Standing = []time.Duration{time.Hour, 24 * time.Hour, 48 * time.Hour, 72 * time.Hour, 120 * time.Hour}

// Item is how long after its last look an ended sale with an open item about money is read again, until a person
// answers; and one of which others sent money back, until Taken.
const Item = 24 * time.Hour

// Taken is how long a sale is watched at least after others sent money of it back: a gateway counts a refund from its
// asking, and a bank that fails it does so within 7 working days. What comes again would be nobody's otherwise.
const Taken = 10 * 24 * time.Hour

// likelyFrom is what the steps of Likely are counted from. Steps below it are of Plan: a sale goes on by the plan that
// it began with, and one that began before there were two goes on by the first.
const likelyFrom = 10_000

func likely() (plan []time.Duration) {
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

// Watch is what the looks at one ended sale go by.
type Watch struct {
	Done     int // the last step that is done; 0: none
	Standing bool
	Likely   bool // money may well come; it counts at the first step only
}

// Step is the step that the next look is.
func (w Watch) Step() int {
	if w.Done == 0 && w.Likely {
		return likelyFrom + 1
	}
	return w.Done + 1
}

// plan is the plan that the sale is watched by, and how many of its looks are done.
func (w Watch) plan() (plan []time.Duration, done int) {
	if w.Standing {
		return Standing, w.Done
	}
	if done = w.Step() - 1; done >= likelyFrom {
		return Likely, done - likelyFrom
	}
	return Plan, done
}

// Next is how long after the last look, or the end, the next look of the plan is due; ok is false where the plan is
// over.
func (w Watch) Next() (wait time.Duration, ok bool) {
	switch plan, done := w.plan(); {
	case done >= len(plan):
		return 0, false
	case done == 0:
		return plan[0], true
	default:
		return plan[done] - plan[done-1], true
	}
}

// Since is how long before the last look another step was done, after the plan each of them an Item later.
func (w Watch) Since(step int) time.Duration {
	plan, done := w.plan()
	at := func(step int) (after time.Duration) {
		if n := min(step, len(plan)); n > 0 {
			after = plan[n-1]
		}
		return after + time.Duration(max(0, step-len(plan)))*Item
	}
	return at(done) - at(step%likelyFrom)
}
