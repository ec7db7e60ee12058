package state

import (
	"slices"
	"time"

	"galla/internal/money"
)

// EventStanding is a sale that is born paid: Opened, Gateway, Attempt, Reading with one payment of a standing QR.
const EventStanding Kind = "standing.paid"

// Standing is the printed QR that a sale of KindStanding was paid at.
type Standing struct {
	QR   string `json:"qr"`             // the gateway's id of it
	Name string `json:"name,omitempty"` // what the shop calls it: "Counter 1"
	// when the payer paid, in our clock by the gateway's account; zero where it doesn't say
	At time.Time `json:"at,omitzero"`
}

// recordStanding opens a sale with its payment. The payment covers its own amount first; what its gateway says went
// back of it is posted after that, so that a payment which others have sent back already is a sale with an open item,
// and not one that nobody knows.
func (s *Sale) recordStanding(e Event) error {
	o, r := e.Opened, e.Reading
	switch {
	case o == nil || o.Rules < 2 || o.Kind != KindStanding || o.Standing == nil || o.Standing.QR == "" ||
		e.Gateway == "" || e.Attempt == "":
		return refuse(s, e, "a sale at a standing QR needs its kind, the QR, the gateway and a reference")
	case r == nil || len(r.Payments) != 1:
		return refuse(s, e, "a sale at a standing QR has one payment")
	}

	p := r.Payments[0]
	if p.ID == "" || !p.Received() || p.Amount != o.Amount || p.Amount <= 0 || p.Amount > money.Max {
		return refuse(s, e,
			"payment %q of %s is %q: a sale at a standing QR is over one captured payment, to the paisa", p.ID,
			p.Amount, p.Status)
	}

	opened := e
	opened.Kind = EventOpened
	if err := s.record(opened); err != nil {
		return err
	}
	at := *o.Standing
	s.Standing = &at

	// No close is ever asked for it: the QR stays for the next customer.
	s.Attempts = []Attempt{{
		Ref:       e.Attempt,
		Gateway:   e.Gateway,
		State:     AttemptQuoted,
		AskedAt:   e.At,
		QuotedAt:  e.At,
		Quote:     &Quote{OrderID: at.QR},
		CloseDone: true,
	}}

	came := p
	came.Status, came.Refunded, came.PartBack = PaymentCaptured, 0, false
	now := e
	now.Reading = &Reading{}
	s.recordPayment(&s.Attempts[0], came, now)
	s.cover(e, false)
	s.recordPayment(&s.Attempts[0], p, now)
	return nil
}

// Holds reports whether the sale has the payment of a gateway.
func (s *Sale) Holds(gateway, id string) bool {
	return slices.ContainsFunc(s.Payments, func(p Payment) bool { return p.Gateway == gateway && p.ID == id })
}

// Begins reports whether the event is the first of a sale.
func (e Event) Begins() bool { return e.Kind == EventOpened || e.Kind == EventStanding }
