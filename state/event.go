package state

import (
	"time"

	"galla/internal/money"
)

// Kind names what happened to a sale.
type Kind string

const (
	EventOpened         Kind = "sale.opened"         // Opened
	EventAttemptAsked   Kind = "attempt.asked"       // Attempt, Gateway: about to be sent
	EventAttemptQuoted  Kind = "attempt.quoted"      // Attempt, Quote; of a debit also Reading
	EventAttemptFailed  Kind = "attempt.failed"      // Attempt, Problem: certain that no such order can be paid
	EventAttemptLost    Kind = "attempt.lost"        // Attempt, Problem: no certainty within the time a customer waits
	EventShown          Kind = "qr.shown"            // Attempt: its QR is on the customer's screen
	EventReading        Kind = "gateway.reading"     // Attempt, Reading: the gateway's record
	EventUnseen         Kind = "gateway.unseen"      // Unseen: the orders can't be read, and a customer may be paying
	EventCloseAsked     Kind = "close.asked"         // Close: a person, the clock or the gateway wants an end
	EventAttemptClosed  Kind = "attempt.closed"      // Attempt, Reading: closed (or can't be), and read after that
	EventPatienceOver   Kind = "close.patience_over" // a payment in flight kept the sale closing long enough
	EventWatched        Kind = "watch.done"          // Step: one look of the watch after the end
	EventRefundAsked    Kind = "refund.asked"        // Refund: about to be sent
	EventRefundSeen     Kind = "refund.seen"         // Refund: the gateway's record
	EventPrintAsked     Kind = "print.asked"         // Print
	EventPrintBegun     Kind = "print.begun"         // Print: its first byte is about to be sent
	EventPrintDone      Kind = "print.done"          // Print
	EventResolved       Kind = "attention.resolved"  // Resolution
	EventEffectSetAside Kind = "effect.set_aside"    // SetAside
	// Rules: the sale is folded by these from here on, its account translated
	EventRules Kind = "sale.rules"
)

// Event is one thing that happened to one sale, or to one operation, with the time it happened. Events are facts: they
// are never changed, and a sale is what its events say.
type Event struct {
	Seq     uint64        `json:"seq"` // global, rising by one; set before the commit
	SaleID  string        `json:"sale_id"`
	Kind    Kind          `json:"kind"`
	At      time.Time     `json:"at"`                // wall clock
	Elapsed time.Duration `json:"elapsed,omitempty"` // of the sale's Life, monotonic, ns
	By      string        `json:"by,omitempty"`      // "cashier:asha", "till", "gateway:razorpay"

	Attempt    string      `json:"attempt,omitempty"`
	Gateway    string      `json:"gateway,omitempty"`
	Opened     *Opened     `json:"opened,omitempty"`
	Quote      *Quote      `json:"quote,omitempty"`
	Problem    *Problem    `json:"problem,omitempty"`
	Reading    *Reading    `json:"reading,omitempty"`
	Unseen     *Unseen     `json:"unseen,omitempty"`
	Close      CloseReason `json:"close,omitempty"`
	ShownAt    time.Time   `json:"shown_at,omitzero"` // when the frame was presented
	Step       int         `json:"step,omitempty"`
	Refund     *Refund     `json:"refund,omitempty"`
	Print      *Print      `json:"print,omitempty"`
	Resolution *Resolution `json:"resolution,omitempty"`
	SetAside   *SetAside   `json:"set_aside,omitempty"`
	Rules      int         `json:"rules,omitempty"`
	Operation  *Operation  `json:"operation,omitempty"` // of an operation's events, which have no sale
}

// Opened is what a sale starts with.
type Opened struct {
	Number    int            `json:"number"`
	Day       string         `json:"day"`
	Amount    money.Paise    `json:"amount_paise"`
	Reference string         `json:"reference,omitempty"`
	Note      string         `json:"note,omitempty"`
	Terminal  string         `json:"terminal,omitempty"`
	Invoice   *money.Invoice `json:"invoice,omitempty"`
	Route     []string       `json:"route"`
	Life      time.Duration  `json:"life"`
	Demo      bool           `json:"demo,omitempty"`

	Rules      int         `json:"rules,omitempty"` // Rules for a new sale; absent: 1
	Kind       SaleKind    `json:"kind,omitempty"`
	Debit      *Debit      `json:"debit,omitempty"`
	Standing   *Standing   `json:"standing,omitempty"` // of KindStanding
	Box        string      `json:"box,omitempty"`
	Again      bool        `json:"again,omitempty"`
	PrintAsked bool        `json:"print_asked,omitempty"`
	Bill       string      `json:"bill,omitempty"`
	Cash       money.Paise `json:"cash_paise,omitempty"`
	RoundOff   money.Paise `json:"round_off_paise,omitempty"`
}

// What the gateway says of an attempt's order. Only an open one may be paid.
const (
	OrderOpen    = "open"
	OrderClosed  = "closed"
	OrderPaid    = "paid"
	OrderUnknown = "unknown" // a word that nobody knows
)

// Reading is one look at an order, as the gateway's words.
type Reading struct {
	Order    string    `json:"order"`           // OrderOpen, OrderClosed, OrderPaid, OrderUnknown
	Asked    uint64    `json:"asked,omitempty"` // the sale's Seq when the gateway was asked; absent: asked just now
	Payments []Payment `json:"payments,omitempty"`
	Notes    []string  `json:"notes,omitempty"`
	Doubted  []string  `json:"doubted,omitempty"` // payments whose word that money is gone waits for a second reading
}
