package books

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/state"
	"galla/state/journal"
)

// dayTotals adds sales up into a report. It is pure.
type dayTotals struct {
	Report
	cashiers, gateways map[string]*Share
	hours              map[int]*Line
	took               []time.Duration
}

func newDayTotals() *dayTotals {
	return &dayTotals{cashiers: map[string]*Share{}, gateways: map[string]*Share{}, hours: map[int]*Line{}}
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

// facts are a sale, its movements, and what the payments on credit cost, as the readings said that brought them.
type facts struct {
	*state.Sale
	moves  []journal.Movement
	credit map[paid]money.Paise
}

// paid is a payment as a reading of a moment, unix ns, has it.
type paid struct {
	at int64
	id string
}

// onCredit says whether a payer's account is one that costs the shop a fee: "credit_card" and "credit_line" are
// Razorpay's words; EnKash says none.
func onCredit(p state.Payment) bool {
	return p.Received() && strings.HasPrefix(p.AccountType, "credit")
}

// add counts those facts of a sale whose moments are within the report.
func (t *dayTotals) add(s facts, within func(time.Time) bool) {
	cashier := share(t.cashiers, seller(s.Sale))
	t.Demo = t.Demo || s.Demo
	if within(s.OpenedAt) {
		count(&t.Sales, s.Amount)
		count(&cashier.Sales, s.Amount)
	}
	if within(s.PaidAt) {
		count(&t.Paid, s.Amount)
		count(&cashier.Paid, s.Amount)
		if s.Kind == state.KindCounter { // of the others nobody stood and waited
			t.took = append(t.took, s.PaidAt.Sub(s.OpenedAt))
		}
	}
	if within(s.ClosedAt) && s.Closing != nil {
		switch s.Closing.Reason {
		case state.CloseCancelled:
			count(&t.Cancelled, s.Amount)
		case state.CloseExpired:
			count(&t.Expired, s.Amount)
		case state.CloseFailed:
			count(&t.Failed, s.Amount)
		}
	}
	for _, a := range s.Attempts {
		if within(a.AskedAt) {
			count(&share(t.gateways, a.Gateway).Sales, s.Amount)
		}
	}
	for _, p := range s.OtherTenders() {
		if within(p.At) {
			count(&t.OtherTender, p.Amount)
			if p.Amount < 0 { // less of one that was counted when it was closed
				t.OtherTender.Count--
			}
		}
	}
	t.move(s, within)
	t.unmatched(s.Sale, s.moves, within)
}

// seller is who a report names for a sale. Nobody opened one that came at a standing QR.
func seller(s *state.Sale) string {
	if s.Standing != nil {
		return cmp.Or("standing QR "+s.Standing.Name, s.Standing.QR)
	}
	return s.By
}

// move counts what came and what went, posting by posting.
func (t *dayTotals) move(s facts, within func(time.Time) bool) {
	var before journal.Movement
	for _, m := range s.moves {
		same := before.What == m.What && before.PaymentID == m.PaymentID && before.Refund == m.Refund &&
			before.At.Equal(m.At)
		before = m
		if !within(m.At) {
			continue
		}
		add := func(l *Line) {
			if same { // one taking of several accounts is one
				l.Count--
			}
			count(l, m.Amount)
		}
		switch m.What {
		case journal.MoneyCame:
			add(&t.UPI)
			add(&share(t.gateways, m.Gateway).Paid)
			if p := paymentOf(s.Sale, m); p != nil {
				if p.Late {
					add(&t.Late)
				}
				if fee, ok := s.credit[paid{m.At.UnixNano(), p.ID}]; ok {
					add(&t.Credit)
					t.CreditFee += fee
				}
			}
			h := m.At.In(day.IST).Hour()
			if t.hours[h] == nil {
				t.hours[h] = &Line{}
			}
			add(t.hours[h])
		case journal.MoneySent:
			by := ""
			if r := s.Refund(m.Refund); r != nil {
				by = r.By
			}
			add(&t.Refunds)
			add(&share(t.cashiers, by).Refunds)
			add(&share(t.gateways, m.Gateway).Refunds)
		case journal.MoneyTaken, journal.MoneyReturned:
			if s.Rules < 2 { // those facts have no moment; they are counted when the sale is brought to rules 2
				continue
			}
			if m.What == journal.MoneyTaken {
				add(&t.Reversals)
				add(&share(t.gateways, m.Gateway).Reversals)
			} else {
				add(&t.Returned)
				add(&share(t.gateways, m.Gateway).Returned)
			}
		case journal.MoneyAccepted:
			add(&t.Accepted)
		}
		switch back := &share(t.cashiers, seller(s.Sale)).Back; {
		case s.Standing == nil:
		case m.What == journal.MoneySent, m.What == journal.MoneyTaken:
			add(back)
		case m.What == journal.MoneyReturned:
			back.Paise -= m.Amount
		}
	}
}

// unmatched counts what settled no sale: of a payment that came before its sale ended, at that end; of a later one, as
// it came.
func (t *dayTotals) unmatched(s *state.Sale, moves []journal.Movement, within func(time.Time) bool) {
	priced, covered := map[string]money.Paise{}, -1
	for i, m := range moves {
		if m.What == journal.MoneyPriced {
			priced[m.PaymentID] += m.Amount
			covered = i
		}
	}
	for i, m := range moves {
		rest := m.Amount - priced[m.PaymentID]
		if m.What != journal.MoneyCame || rest <= 0 {
			continue
		}
		p, at := paymentOf(s, m), m.At
		switch {
		case !s.PaidAt.IsZero():
			if i < covered {
				at = s.PaidAt
			}
		case s.ClosedAt.IsZero():
			continue // it waits for the rest
		case p != nil && !p.Late:
			at = s.ClosedAt
		}
		if within(at) {
			count(&t.Unmatched, rest)
		}
	}
}

// movements are a sale's postings, each with the moment of the event that made it a fact. Rules 2 put the facts of
// rules 1 in an order that makes sense where a clock ran backwards, and so moved some of their postings in time.
func movements(s *state.Sale) []journal.Movement {
	moves := s.Movements()
	for i := range moves {
		m := &moves[i]
		switch m.What {
		case journal.MoneyCame:
			if p := paymentOf(s, *m); p != nil && !p.CapturedAt.IsZero() {
				m.At = p.CapturedAt
			}
		case journal.MoneySent:
			if r := s.Refund(m.Refund); r != nil && !r.DoneAt.IsZero() {
				m.At = r.DoneAt
			}
		}
	}
	return moves
}

// paymentOf is the payment a movement is about.
func paymentOf(s *state.Sale, m journal.Movement) *state.Payment {
	for i := range s.Payments {
		p := &s.Payments[i]
		if p.Gateway == m.Gateway && (p.ID == m.PaymentID || p.Gateway+"/"+p.ID == m.PaymentID) {
			return p
		}
	}
	return nil
}

func (t *dayTotals) finish() Report {
	r := t.Report
	r.Kind = "X"
	r.NetPaise = r.UPI.Paise - r.Refunds.Paise - r.Reversals.Paise + r.Returned.Paise
	r.Cashiers, r.Gateways, r.Hours = shares(t.cashiers), shares(t.gateways), []HourLine{}
	for _, h := range slices.Sorted(maps.Keys(t.hours)) {
		r.Hours = append(r.Hours, HourLine{Hour: h, Line: *t.hours[h]})
	}
	r.TimeToPaid = spanOf(slices.Clone(t.took))
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
		if s := m[n]; s.Sales.Count+s.Paid.Count+s.Refunds.Count+s.Reversals.Count+s.Returned.Count > 0 ||
			s.Back != (Line{}) {
			out = append(out, *s)
		}
	}
	return out
}
