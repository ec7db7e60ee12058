package till

import (
	"slices"
	"time"

	"galla/state"
)

// secondReading is how long after a reading that shows money gone the next one is asked, which is believed.
const secondReading = 15 * time.Second

// doubt marks in a reading what would say for the first time that others sent back money which pays for the goods: a gateway's
// counter may hold a refund that fails a moment later, and a person who is told acts on it. The same word in a second reading is
// recorded, and so is that a refund of ours did not go after all. It reports whether it marked something; the caller then looks again after secondReading.
//
// The doubt is a fact of the payment, so that no sentence calls the money there meanwhile, and a restart begins no second one.
func (u *turn) doubt(x *entry, e *state.Event) bool {
	s, err := u.sale(e.SaleID)
	if err != nil || e.Reading == nil || s.Rules < state.Rules {
		return false
	}
	trial := *e
	trial.Seq, trial.At = s.Seq+1, u.t.o.Wall()
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
		fresh = fresh || slices.ContainsFunc(n.Refunds, func(r state.Refund) bool { // one that went, by the payment's word, did not
			return (r.PaymentID == p.ID || r.PaymentID == id) && r.Status == state.RefundFailed && s.Refund(r.Key).Status == state.RefundProcessed
		})
		if !fresh {
			delete(x.doubts, id)
			continue
		}

		first, known := x.doubts[id]
		if !known {
			first = now
			if k := s.Payment(id); k != nil && !k.DoubtedAt.IsZero() { // before a restart; of its wait only the wall clock knows
				first = now.Add(-min(max(trial.At.Sub(k.DoubtedAt), 0), secondReading))
			}
			if x.doubts == nil {
				x.doubts = map[string]time.Time{}
			}
			x.doubts[id] = first
		}
		if now.Sub(first) < secondReading {
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
