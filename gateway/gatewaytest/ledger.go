package gatewaytest

import (
	"maps"
	"slices"
	"time"

	"galla/internal/money"
)

// Ledger is the truth: what really happened at both gateways, without faults, delays or lost answers.
// Tests check what a client believes against it.
type Ledger struct {
	Seed     uint64          `json:"seed"`
	Now      time.Time       `json:"now"`
	Orders   []LedgerOrder   `json:"orders"`
	Payments []LedgerPayment `json:"payments"` // everything that a customer began, oldest order first
	Refunds  []LedgerRefund  `json:"refunds"`
}

// LedgerOrder is one order (EnKash) or QR code (Razorpay).
type LedgerOrder struct {
	API        API               `json:"api"`
	ID         string            `json:"id"`
	References []string          `json:"references"` // the merchant's order id, or the name and the values of the notes
	Notes      map[string]string `json:"notes,omitempty"`
	Amount     money.Paise       `json:"amount_paise"`
	Status     string            `json:"status"` // open, closed, paid
	CreatedAt  time.Time         `json:"created_at"`
	Payloads   []string          `json:"payloads"` // every QR string handed out, oldest first

	MultipleUse bool   `json:"multiple_use,omitempty"` // a QR that many people pay
	Mandate     string `json:"mandate,omitempty"`      // of a debit: the id of its mandate
}

// LedgerPayment is one payment that a customer began.
type LedgerPayment struct {
	API        API         `json:"api"`
	ID         string      `json:"id"`
	OrderID    string      `json:"order_id"`
	Amount     money.Paise `json:"amount_paise"`
	Captured   bool        `json:"captured"` // the gateway got the money, whether or not it went back since
	State      string      `json:"state"`    // started, pending, authorized, captured, failed, withdrawn
	Refunded   money.Paise `json:"refunded_paise"`
	VPA        string      `json:"vpa"`
	RRN        string      `json:"rrn"`
	CreatedAt  time.Time   `json:"created_at"`
	CapturedAt time.Time   `json:"captured_at,omitzero"`
}

// LedgerRefund is one refund.
type LedgerRefund struct {
	API       API         `json:"api"`
	ID        string      `json:"id"`
	PaymentID string      `json:"payment_id"`
	Key       string      `json:"key"` // X-Refund-Idempotency or requestId; empty when none was sent
	Amount    money.Paise `json:"amount_paise"`
	Status    string      `json:"status"`
	CreatedAt time.Time   `json:"created_at"`
	DoneAt    time.Time   `json:"done_at"` // when it ended, or will end
}

// Ledger returns a copy of the truth at this moment.
func (s *Sim) Ledger() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	now := s.now()
	l := Ledger{Seed: s.seed, Now: now, Orders: []LedgerOrder{}, Payments: []LedgerPayment{}, Refunds: []LedgerRefund{}}
	for _, o := range s.orders {
		l.Orders = append(l.Orders, o.entry(now))
		for _, p := range o.payments {
			if p.state == minted {
				continue // an ekPayId is no payment until somebody uses it
			}
			l.Payments = append(l.Payments, LedgerPayment{
				API:        p.api,
				ID:         p.id,
				OrderID:    o.id,
				Amount:     p.amount,
				Captured:   !p.captured.IsZero(),
				State:      string(p.state),
				Refunded:   p.refunded(now),
				VPA:        p.vpa,
				RRN:        p.rrn,
				CreatedAt:  p.created,
				CapturedAt: p.captured,
			})
			for _, r := range p.refunds {
				l.Refunds = append(
					l.Refunds,
					LedgerRefund{r.api, r.id, p.id, r.key, r.amount, r.status(now), r.created, r.done},
				)
			}
		}
	}
	return l
}

func (o *order) entry(now time.Time) LedgerOrder {
	e := LedgerOrder{
		API: o.api, ID: o.id, Notes: maps.Clone(o.notes), Amount: o.amount, Status: "open", CreatedAt: o.created,
		References: []string{}, Payloads: []string{}, MultipleUse: !o.once && o.api == Razorpay, Mandate: o.mandate,
	}
	switch {
	case o.paid():
		e.Status = "paid"
	case o.over(now):
		e.Status = "closed"
	}
	if o.ref != "" {
		e.References = append(e.References, o.ref)
	}
	if o.name != "" {
		e.References = append(e.References, o.name)
	}
	for _, k := range slices.Sorted(maps.Keys(o.notes)) {
		e.References = append(e.References, o.notes[k])
	}
	for _, c := range o.codes {
		e.Payloads = append(e.Payloads, c.payload)
	}
	return e
}

// ByReference returns the orders of one API that carry the merchant's reference.
func (l Ledger) ByReference(api API, ref string) []LedgerOrder {
	return slices.DeleteFunc(slices.Clone(l.Orders), func(o LedgerOrder) bool {
		return o.API != api || !slices.Contains(o.References, ref)
	})
}

// PaymentsOf returns the payments of one order.
func (l Ledger) PaymentsOf(orderID string) []LedgerPayment {
	return slices.DeleteFunc(slices.Clone(l.Payments), func(p LedgerPayment) bool { return p.OrderID != orderID })
}

// RefundsOf returns the refunds of one payment.
func (l Ledger) RefundsOf(paymentID string) []LedgerRefund {
	return slices.DeleteFunc(slices.Clone(l.Refunds), func(r LedgerRefund) bool { return r.PaymentID != paymentID })
}
