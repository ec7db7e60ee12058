package books

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/state"
)

// tally adds sales up into a report. It is pure.
type tally struct {
	Report
	cashiers, gateways map[string]*Share
	hours              map[int]*Line
	took               []time.Duration
}

func newTally() *tally {
	return &tally{cashiers: map[string]*Share{}, gateways: map[string]*Share{}, hours: map[int]*Line{}}
}

func count(l *Line, p money.Paise) {
	l.Count++
	l.Paise += p
}

func share(m map[string]*Share, name string) *Share {
	name = cmp.Or(name, "unknown")
	if m[name] == nil {
		m[name] = &Share{Name: name}
	}
	return m[name]
}

// add counts those facts of a sale whose moments are within the report.
func (t *tally) add(s state.Sale, within func(time.Time) bool) {
	cashier := share(t.cashiers, s.By)
	t.Demo = t.Demo || s.Demo
	if within(s.OpenedAt) {
		count(&t.Sales, s.Amount)
		count(&cashier.Sales, s.Amount)
	}
	if within(s.PaidAt) {
		count(&t.Paid, s.Amount)
		count(&cashier.Paid, s.Amount)
		t.took = append(t.took, s.PaidAt.Sub(s.OpenedAt))
	}
	if within(s.ClosedAt) && s.Closing != nil {
		switch s.Closing.Reason {
		case state.CloseCancelled:
			count(&t.Cancelled, s.Amount)
		case state.CloseExpired:
			count(&t.Expired, s.Amount)
		case state.CloseFailed:
			count(&t.Failed, s.Amount)
		case state.CloseOtherTender:
			count(&t.OtherTender, s.Amount)
		}
	}
	for _, a := range s.Attempts {
		if within(a.AskedAt) {
			count(&share(t.gateways, a.Gateway).Sales, s.Amount)
		}
	}
	for _, p := range s.Payments {
		if !within(p.CapturedAt) {
			continue
		}
		count(&t.UPI, p.Amount)
		count(&share(t.gateways, p.Gateway).Paid, p.Amount)
		if p.Late {
			count(&t.Late, p.Amount)
		}
		if over := unmatched(s, p); over > 0 {
			count(&t.Unmatched, over)
		}
		h := p.CapturedAt.In(day.IST).Hour()
		if t.hours[h] == nil {
			t.hours[h] = &Line{}
		}
		count(t.hours[h], p.Amount)
	}
	for _, r := range s.Refunds {
		switch {
		case r.Status == state.RefundProcessed && within(r.DoneAt):
			count(&t.Refunds, r.Amount)
			count(&share(t.cashiers, r.By).Refunds, r.Amount)
			for _, p := range s.Payments {
				if p.ID == r.PaymentID {
					count(&share(t.gateways, p.Gateway).Refunds, r.Amount)
				}
			}
		case r.Status != state.RefundProcessed && r.Status != state.RefundFailed && within(r.AskedAt):
			count(&t.PendingRefunds, r.Amount)
		}
	}
}

// unmatched is how much of a payment settled no sale.
func unmatched(s state.Sale, p state.Payment) money.Paise {
	by := s.PaidBy()
	switch {
	case s.Phase != state.PhasePaid || by == nil:
		return p.Amount
	case s.Override() != "": // all that came was taken for the amount
		return 0
	case by.ID == p.ID && by.Gateway == p.Gateway:
		return max(0, p.Amount-s.Amount)
	}
	return p.Amount
}

func (t *tally) finish() Report {
	r := t.Report
	r.Kind = "X"
	r.NetPaise = r.UPI.Paise - r.Refunds.Paise
	r.Cashiers, r.Gateways, r.Hours = shares(t.cashiers), shares(t.gateways), []HourLine{}
	for _, h := range slices.Sorted(maps.Keys(t.hours)) {
		r.Hours = append(r.Hours, HourLine{Hour: h, Line: *t.hours[h]})
	}
	r.TimeToPaid = spanOf(t.took)
	return r
}

// spanOf is how long half of the sales took at most, and nine of ten; nil of none. It sorts what it is given.
func spanOf(took []time.Duration) *TimeSpan {
	n := len(took)
	if n == 0 {
		return nil
	}
	slices.Sort(took)
	return &TimeSpan{P50: took[(n-1)/2].Milliseconds(), P90: took[min(n-1, n*9/10)].Milliseconds()}
}

func shares(m map[string]*Share) []Share {
	out := []Share{}
	for _, n := range slices.Sorted(maps.Keys(m)) {
		if s := m[n]; s.Sales.Count+s.Paid.Count+s.Refunds.Count > 0 {
			out = append(out, *s)
		}
	}
	return out
}
