package sequence

import (
	"slices"
	"time"
)

// Sequence brings the facts of a row of rules 1 into the order in which they were recorded. The row keeps no sequence
// numbers, but what must have come before: of payments that were captured at first sight, the first in the list was
// first, and others behind it came later; a payment was captured before it was refunded; refunds and answers stand in
// the order of their asking; a refund ends after that; an answer follows what it is about; a sale is paid by the
// capture, or the answer, of that moment; a refund was asked only for what was left. Between facts that nothing else
// orders, the wall clock decides.
type Sequence struct{ all []step }

type step struct {
	at    time.Time
	rank  int // of one moment
	do    func(at time.Time)
	after []int
}

// Add notes a fact, and which must have come before; -1 is none. It returns the fact's number.
func (o *Sequence) Add(at time.Time, rank int, do func(at time.Time), after ...int) int {
	o.all = append(o.all, step{at, rank, do, after})
	return len(o.all) - 1
}

// Follow notes that a fact came after another one; -1 is none.
func (o *Sequence) Follow(fact, before int) {
	o.all[fact].after = append(o.all[fact].after, before)
}

// Before lists what is noted to have come before a fact.
func (o *Sequence) Before(fact int) []int { return o.all[fact].after }

// Run does the facts in order: of those that may come next, the one of the earliest moment, or of the last before it
// that it follows, where its own says less.
func (o *Sequence) Run() {
	var out []step
	done := make([]bool, len(o.all))
	since := make([]time.Time, len(o.all))
	for range o.all {
		next := -1
		for i := range o.all {
			x := &o.all[i]
			if done[i] || slices.ContainsFunc(x.after, func(k int) bool { return k >= 0 && !done[k] }) {
				continue
			}
			since[i] = x.at
			for _, k := range x.after {
				if k >= 0 && since[k].After(since[i]) {
					since[i] = since[k]
				}
			}
			if next < 0 || since[i].Before(since[next]) || since[i].Equal(since[next]) && x.rank < o.all[next].rank {
				next = i
			}
		}
		if next < 0 { // in a ring: no row has one
			break
		}
		done[next] = true
		out = append(out, o.all[next])
	}
	for _, s := range out {
		s.do(s.at)
	}
}
