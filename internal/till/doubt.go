package till

import (
	"slices"
	"time"

	"galla/state"
)

// secondReading is how long after a reading that shows money gone the next one is asked, which is believed.
const secondReading = 15 * time.Second

// doubt takes out of a look's reading what would say for the first time that others sent back money which pays for the goods:
// a gateway's counter may hold a refund that fails a moment later, and a person who is told acts on it. The same word in a
// second reading is recorded. It reports whether it took something out; the caller then looks again after secondReading.
//
// What it keeps is in memory alone: after a restart the first reading is doubted again.
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
	kept := make([]state.Payment, 0, len(e.Reading.Payments))
	for _, p := range e.Reading.Payments {
		id := gateway + "/" + p.ID
		fresh := slices.ContainsFunc(n.Attention, func(a state.Attention) bool {
			return a.Kind == state.AttentionReversed && (a.PaymentID == p.ID || a.PaymentID == id) &&
				!slices.ContainsFunc(s.Attention, func(b state.Attention) bool { return a.ID == b.ID })
		})
		first, doubted := x.doubts[id]
		switch {
		case fresh && (!doubted || now.Sub(first) < secondReading):
			if x.doubts == nil {
				x.doubts = map[string]time.Time{}
			}
			if !doubted {
				x.doubts[id] = now
			}
			continue
		case !fresh:
			delete(x.doubts, id)
		}
		kept = append(kept, p)
	}
	if len(kept) == len(e.Reading.Payments) {
		return false
	}

	r := *e.Reading
	r.Payments = kept
	e.Reading = &r
	return true
}
