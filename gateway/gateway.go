package gateway

import (
	"context"
	"errors"
	"time"

	"galla/internal/money"
)

// Gateway is one account at one payment gateway. Implementations are safe for concurrent use,
// honour ctx, bound every answer in size, and return an *Error (or ErrNotFound, ErrUnsupported) when they fail.
type Gateway interface {
	// Name is the configured name of this account, such as "enkash" or "razorpay"; it is stored with every attempt.
	Name() string
	// Open opens an order for c and returns its checked QR string. It sends each write at most once. ClassUnknown: an
	// order may exist; call Find with the same Charge before anything else. ClassRejected, ClassMisconfigured,
	// ClassUnavailable and ClassBusy: no order of this reference can be paid, unless the *Error names one: it exists
	// and its QR could not be had or must not be shown. Close it, and read it like any other.
	Open(ctx context.Context, c Charge) (Quote, error)
	// Find looks for the order that an earlier Open of the same Charge may have left. ErrNotFound: the gateway answered
	// and has none. An *Error may name an order as Open's does. ErrUnsupported: this account can't look up by
	// reference; the caller then treats the attempt as never shown and watches nothing of it.
	Find(ctx context.Context, c Charge) (Quote, error)
	// Read returns the gateway's record of the order and its payments. It changes nothing at the gateway.
	Read(ctx context.Context, o Order) (Reading, error)
	// Close asks the gateway to accept no more payments for the order. A nil error says it was told, not that no
	// money came: the caller must Read afterwards. ErrUnsupported: this account closes by its own expiry only.
	Close(ctx context.Context, o Order) error
	// Refund sends money of one captured payment back. The request's Key was stored before this call and makes
	// a repeat of the same request harmless where the gateway documents that; ClassUnknown belongs to ReadRefund.
	Refund(ctx context.Context, r RefundRequest) (Refund, error)
	// ReadRefund reads what became of a refund. ErrNotFound: the gateway answered and knows no such refund.
	ReadRefund(ctx context.Context, r RefundRequest) (Refund, error)
}

// Charge is one amount asked of one customer through one order: one attempt of a sale.
type Charge struct {
	Reference   string      // ours, made and stored before the call, never reused; 1 to 32 ASCII letters and digits
	SaleID      string      // carried as metadata where the gateway has room
	Terminal    string      // this box's name, likewise
	Box         string      // this box's id, likewise: two boxes may bear one name
	Amount      money.Paise // at least 1
	Description string      // what the customer's app may show; at most 50 ASCII characters
	AskedAt     time.Time   // our clock when the attempt was written down; bounds a search by time
	CloseAfter  time.Duration
	Invoice     *money.Invoice // nil unless the sale carries a tax invoice
}

// Order names one order at a gateway for later calls.
type Order struct {
	Reference string // Charge.Reference
	ID        string // the gateway's order id (EnKash) or QR id (Razorpay)
	// TransactionIDs are further ids the gateway minted for this order, oldest first. EnKash mints one "ekPayId"
	// for each QR it hands out, and any of them may be the one that is paid: they are added to, never replaced.
	TransactionIDs []string
	Amount         money.Paise
	OpenedAt       time.Time // our clock
}

// Quote is a gateway's answer to a Charge: an order and the QR string to show for it.
type Quote struct {
	Order
	Payload   string // the gateway's upi:// (or EMV) string, byte for byte; checked: payee present, INR, our amount
	PayeeVPA  string // the merchant's own address, from Payload
	PayeeName string // from Payload; may be empty
	// when the gateway stops taking payments by its own account, in our clock; zero if it named none
	ValidUntil time.Time
	// Notes are things an operator should know of this code, such as a payee that was never seen before, without
	// secrets.
	Notes    []string
	TestMode bool // made with test keys: it cannot be paid and must not be shown outside demo mode
}

// OrderStatus is what the gateway says of the order as a whole.
type OrderStatus string

const (
	OrderOpen OrderStatus = "open" // may be paid
	// takes no more payments, by the gateway's own account (late money still happens)
	OrderClosed  OrderStatus = "closed"
	OrderPaid    OrderStatus = "paid"    // settled by one captured payment
	OrderUnknown OrderStatus = "unknown" // a value we don't know: keep asking, tell the operator
)

// PaymentStatus is what the gateway says of one payment.
type PaymentStatus string

const (
	PaymentStarted    PaymentStatus = "started"    // the customer has begun; no money promised
	PaymentProcessing PaymentStatus = "processing" // money may be moving: authorised, pending with the bank
	PaymentCaptured   PaymentStatus = "captured"   // the gateway has the money: the only evidence of paid
	PaymentFailed     PaymentStatus = "failed"     // this attempt failed; at Razorpay it may still turn for 3 days
	PaymentRefunded   PaymentStatus = "refunded"   // was captured and went back, wholly
	PaymentUnknown    PaymentStatus = "unknown"    // a value we don't know: treated as started
)

// Payment is the gateway's record of one payment of an order.
type Payment struct {
	ID string // the gateway's payment id; unique within the gateway
	// GatewayID is, of a debit that the till knows by its own reference (ID), what the gateway calls it. A provider
	// leaves it empty.
	GatewayID string
	OrderID   string
	Amount    money.Paise
	// how much of it the gateway says went back, pending refunds of it included; it may fall again when one fails
	Refunded money.Paise
	// RefundedUnnamed says that a part went back without the gateway naming the sum: Refunded is then zero and says
	// nothing (EnKash's PARTIALLY_REFUNDED).
	RefundedUnnamed bool
	Status          PaymentStatus
	VPA             string // the payer's, masked by MaskVPA before it left the provider's package
	RRN             string // the bank's reference, always 12 digits as a string; empty until known
	// ForeignReference is what the gateway gives in the RRN's place and is none: for a person who asks the bank, never
	// where an RRN belongs.
	ForeignReference string
	UPITxnID         string // 35 characters; empty when the gateway doesn't say
	// AccountType is what the payer paid from: "bank_account", "credit_card", "credit_line", "wallet", or the gateway's
	// own word. Credit may cost the shop a fee. Empty when the gateway doesn't say.
	AccountType string
	Fee         money.Paise // what the gateway keeps of it, tax included; zero when it doesn't say
	Tax         money.Paise // the tax within Fee
	Reason      string      // the gateway's reason code for a failure, such as "insufficient_funds"
	Note        string      // what the payer wrote, where the gateway hands it on; at most 100 characters
	CreatedAt   time.Time   // the gateway's clock; zero when it doesn't say
	Odd         Odd         // of PaymentUnknown, where the provider says it: why
}

// Reading is one look at an order.
type Reading struct {
	Status   OrderStatus
	Payments []Payment
	// Notes are things an operator should know (an unknown status value, a counter that disagrees), without secrets.
	Notes []string
}

// RefundRequest asks for one refund.
type RefundRequest struct {
	Key       string // idempotency key, stored before the first send; 10 to 40 of [A-Za-z0-9_-]
	PaymentID string
	OrderID   string
	RefundID  string // the gateway's id, when an earlier answer gave it
	Amount    money.Paise
	Reason    string
	Others    []string // keys of the other refunds of this payment: a look-up that works knows those that happened
}

// RefundStatus is what the gateway says of a refund.
type RefundStatus string

const (
	RefundPending   RefundStatus = "pending"   // accepted, not yet with the customer
	RefundProcessed RefundStatus = "processed" // done
	RefundFailed    RefundStatus = "failed"    // did not happen; an operator's task
	RefundUnknown   RefundStatus = "unknown"   // a value we don't know
)

// Refund is the gateway's record of one refund.
type Refund struct {
	ID     string
	Amount money.Paise
	Status RefundStatus
	RRN    string // as Payment's
	// ForeignReference is as Payment's: a card network's ARN, an EnKash transaction.
	ForeignReference string
	// ByRecord: the payment's own record is all that says so of a refund that is processed. It may say so before the
	// bank is through with it.
	ByRecord bool
}

// ErrNotFound is the gateway's own answer that it has no such order or refund.
var ErrNotFound = errors.New("the gateway has no record under this reference")

// ErrVanished joins the error of a Read where the gateway doesn't know an order that it made: the question is wrong, or
// the keys or the address are another account's. It is no answer about money, and an operator must hear of it at once.
var ErrVanished = errors.New("the gateway does not know an order that it made")

// ErrUnsupported says that this account or provider cannot do what was asked, now or later.
var ErrUnsupported = errors.New("the gateway cannot do this")
