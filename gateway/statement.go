package gateway

import (
	"context"
	"time"
)

// HasStatement is an account that can list what it recorded in a span of time, whoever asked for it. Both calls only
// read.
type HasStatement interface {
	// Statement lists the payments and refunds the gateway recorded from from to to, our clock, both seconds included.
	// A list too long to be read is an error: half a list would show the other half as missing.
	Statement(ctx context.Context, from, to time.Time) (Statement, error)
	// Origin says which order of ours a payment came through. ErrNotFound: none that this account still knows of, such
	// as a payment link or another product of the gateway.
	Origin(ctx context.Context, paymentID string) (Origin, error)
}

// Statement is what an account recorded in a span of time, in no order.
type Statement struct {
	Payments []StatementPayment // whatever became of them
	Refunds  []StatementRefund  // likewise
}

// StatementPayment is one payment of a statement. Its OrderID is empty where the gateway's list does not name the
// order.
type StatementPayment struct {
	Payment
	Origin Origin // zero where the list does not say
}

// StatementRefund is one refund of a statement.
type StatementRefund struct {
	Refund
	Key       string // RefundRequest.Key, where the gateway hands it back; one made elsewhere has none of ours
	PaymentID string
	CreatedAt time.Time // our clock
}

// Origin is what an order was made with.
type Origin struct {
	Reference string // Charge.Reference
	Terminal  string // Charge.Terminal
	Box       string // Charge.Box; empty of an order of a version before it
	Standing  string // CounterQRSpec.Reference, of a counter QR: Reference is empty then
}
