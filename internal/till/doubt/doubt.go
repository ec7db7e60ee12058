package doubt

import (
	"slices"
	"time"

	"galla/state"
)

// SecondReading is how long after a reading that shows money gone the next one is asked, which is believed.
const SecondReading = 15 * time.Second

// Doubts are the payments of a sale of which others seem to have taken something: when a reading first said so.
type Doubts map[string]time.Time

// Mark marks in a reading what would say for the first time that others sent back money which pays for the goods,
// and that a refund of ours did not go after all. It reports whether it
// marked something; the caller then looks again after SecondReading. wall is the time of the event.
//
// The doubt is a fact of the payment, so that no sentence calls the money there meanwhile, and a restart begins no
// second one.
func (x *Doubts) Mark(s state.Sale, e *state.Event, wall time.Time) bool {
	if e.Reading == nil || s.Rules < state.Rules {
		return false
	}
	trial := *e
	trial.Seq, trial.At = s.Seq+1, wall
	n, _, err := state.Apply(s, trial)
	if err != nil {
		return false
	}

	now := time.Now()
	gateway := s.Attempt(e.Attempt).Gateway
	var doubted []string
	for _, p := range e.Reading.Payments {
		id := gateway + "/" + p.ID
		fresh := slices.ContainsFunc(n.Attention, func(a state.Attention) bool {
			return a.Kind == state.AttentionReversed && (a.PaymentID == p.ID || a.PaymentID == id) &&
				!slices.ContainsFunc(s.Attention, func(b state.Attention) bool { return a.ID == b.ID })
		})
		fresh = fresh ||
			slices.ContainsFunc(n.Refunds, func(r state.Refund) bool { // one that went, by the payment's word, did not
				return (r.PaymentID == p.ID || r.PaymentID == id) && r.Status == state.RefundFailed &&
					s.Refund(r.Key).Status == state.RefundProcessed
			})
		if !fresh {
			delete(*x, id)
			continue
		}

		first, known := (*x)[id]
		if !known {
			first = now
			k := s.Payment(id)
			if k != nil && !k.DoubtedAt.IsZero() { // before a restart; of its wait only the wall clock knows
				first = now.Add(-min(max(trial.At.Sub(k.DoubtedAt), 0), SecondReading))
			}
			if *x == nil {
				*x = Doubts{}
			}
			(*x)[id] = first
		}
		if now.Sub(first) < SecondReading {
			doubted = append(doubted, p.ID)
		}
	}

	if len(doubted) == 0 {
		return false
	}

	r := *e.Reading
	r.Doubted = doubted
	e.Reading = &r
	return true
}
