package statement

import (
	"time"

	"galla/internal/money"
	"galla/state"
)

// Statement is what a gateway recorded in a span of time, in no order, whoever asked for it. Reconciliation holds the
// sales against it.
type Statement struct {
	Payments []Payment // whatever became of them
	Refunds  []Refund
}

// Payment is one payment as its gateway has it now. It is looked at and not kept: a sale's own record is state.Payment.
type Payment struct {
	ID        string
	OrderID   string // the gateway's; empty where its list does not name the order
	Amount    money.Paise
	Refunded  money.Paise // what the gateway says went back
	PartBack  bool        // a part went back, and the gateway names no sum
	Status    state.PaymentStatus
	RRN       string
	CreatedAt time.Time // the gateway's clock; zero when it doesn't say
	Origin    Origin    // zero where a list does not say
}

// Received reports whether the gateway had the money, even if it went back since.
func (r Payment) Received() bool { return state.Payment{Status: r.Status}.Received() }

// Origin is what an order was made with.
type Origin struct {
	Reference string // state.Attempt.Ref
	Terminal  string
	Box       string // the box that asked; empty of an order of a version before it
	Standing  string // our reference of a standing QR: Reference is empty then
}

// Whose says which box asked for the order that a payment came through.
type Whose string

const (
	Ours    Whose = "ours"
	Sibling Whose = "sibling" // another box's that bears this one's name
	// another terminal's, the shop's website's, or of an order the gateway no longer knows
	Elsewhere Whose = "elsewhere"
)

// Refund is one refund as its gateway has it now. The zero value stands for a refund that the gateway does not know.
type Refund struct {
	Key       string // state.Refund.Key, where the gateway hands it back; one made elsewhere has none of ours
	ID        string
	PaymentID string
	Amount    money.Paise
	Status    state.RefundStatus // state.RefundUnknown: the gateway does not say
	RRN       string
	CreatedAt time.Time // our clock
}
