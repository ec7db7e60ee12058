package till

import (
	"errors"
	"fmt"
	"time"

	"galla/internal/money"
	"galla/state"
)

// Every request that writes carries a Key, the caller's idempotency key, and the Owner it belongs to: another owner's key
// of the same text is another key. The same key with the same request answers with the sale as it is now, writes nothing
// and sets *Replayed; the same key with another request is ErrKeyReused. Keys are kept with the sales, for a day at least.

// OpenRequest asks for a new sale.
type OpenRequest struct {
	Key       string
	Owner     string // of the key: "device:dABCDEFGH", "uid:1000"; "": a key that answers everybody
	Replayed  *bool  // set where an earlier request with the key is answered; may be nil
	Amount    money.Paise
	Reference string // the shop's bill number; at most 64 characters, may be empty
	Again     bool   // there may be another sale for the reference today: a bill that is split
	Note      string // at most 256 characters
	Invoice   *money.Invoice
	Print     bool   // print the order slip as soon as there is a QR
	By        string // who asks: "cashier:asha", "keypad", "uid:1000"

	// Admit is asked before a new sale is made, with how many sales of By are open; its error is Open's. nil: no bound.
	Admit func(open int) error
}

// CancelRequest asks to end a sale unpaid.
type CancelRequest struct {
	Key      string
	Owner    string
	Replayed *bool
	SaleID   string
	Reason   state.CloseReason // CloseCancelled or CloseOtherTender
	By       string
}

// RefundRequest asks to send money of a sale back.
type RefundRequest struct {
	Key       string
	Owner     string
	Replayed  *bool
	SaleID    string
	PaymentID string      // empty: the payment that settled the sale
	Amount    money.Paise // above zero, unless All
	All       bool        // all that can still be refunded of the payment; Amount is zero
	Reason    string      // at most 256 characters
	By        string
	Approver  string // the identified person who allowed it; empty where the caller's own right is enough
	Answers   string // the attention item it is asked for
	Goods     bool   // goods came back: the price goes first
	Confirmed bool   // asked though another payment of the sale was reversed
}

// PrintRequest asks for a slip.
type PrintRequest struct {
	Key      string
	Owner    string
	Replayed *bool
	SaleID   string
	Copy     string // "order", "receipt" or "merchant"
	By       string
}

// ResolveRequest is a person's decision about attention items.
type ResolveRequest struct {
	Key       string
	Owner     string
	Replayed  *bool
	SaleID    string
	Attention string // the item's id; empty: every open item of the sale
	Action    state.Action
	Amount    money.Paise // what the person saw: another one than the item's is refused. Zero: whatever it names now. Of they_sent: what was stated
	Confirmed bool        // of a refund: asked though another payment of the sale was reversed
	Note      string      // at most 256 characters
	By        string
	Approver  string
}

// Query selects sales.
type Query = state.Query

// Health is what the till knows of itself.
type Health struct {
	Ready     bool            `json:"ready"`     // sales are taken
	Problem   string          `json:"problem"`   // why not; a sentence for people
	Code      string          `json:"code"`      // of Problem: health_starting, health_stopped or health_store
	Open      int             `json:"open"`      // sales that are not final
	Attention int             `json:"attention"` // sales with open items
	Gateways  []GatewayHealth `json:"gateways"`  // in the order they are asked
	Printer   string          `json:"printer"`   // "none", "ready", or what is wrong with it
	Display   string          `json:"display"`   // "none", "connected", or what is wrong with it
	LastTurn  time.Time       `json:"last_turn"` // when the engine last turned over
}

// GatewayHealth is what the last calls to a gateway showed.
type GatewayHealth struct {
	Name    string    `json:"name"`
	OK      bool      `json:"ok"`
	Problem string    `json:"problem,omitempty"`
	Gone    bool      `json:"gone,omitempty"` // it is no longer configured, and orders there are under watch
	At      time.Time `json:"at,omitzero"`

	// ClockBehind: the gateway can't be proven to be itself because this box's time lies before its certificate's.
	ClockBehind bool `json:"clock_behind,omitempty"`
}

var (
	// ErrNoSale says that there is no sale with the id asked for.
	ErrNoSale = state.ErrNoSale
	// ErrKeyReused says that an idempotency key came with a different request than before.
	ErrKeyReused = errors.New("this idempotency key was used for a different request: use a new key")
	// ErrStopped says that the till is stopping, or stopped because its store failed; what was asked may or may not be on disk.
	ErrStopped = errors.New("the till has stopped: ask again with the same key once it is back")
	// ErrNoPrinter says that the box has no printer to print on.
	ErrNoPrinter = errors.New("no printer is set up on this box")
	// errNotRunning is what calls before Run answer.
	errNotRunning = fmt.Errorf("%w: it has not been started; wait for Ready", ErrNotReady)
	// ErrNotReady says that the till can't take a sale now; the error it is wrapped in says why.
	ErrNotReady = errors.New("the till can't take a sale now")
)

// A SameReferenceError says that the bill number asked for has a sale already that is open, or that was paid today.
// OpenRequest.Again opens another one for it.
type SameReferenceError struct{ Sale state.Sale }

func (e *SameReferenceError) Error() string {
	how := "is " + string(e.Sale.Phase)
	switch e.Sale.Phase {
	case state.PhaseOpened, state.PhaseQuoting:
		how = "waits for its QR"
	case state.PhaseAwaiting:
		how = "waits for its money"
	case state.PhasePaying:
		how = "is being paid"
	case state.PhaseClosing:
		how = "is being closed"
	}
	return fmt.Sprintf("bill %q has sale %s over %s already, which %s: is this the same bill?", e.Sale.Reference, e.Sale.Name(), e.Sale.Amount, how)
}

// A RequestError says what is wrong with a request, in a sentence with the remedy.
type RequestError struct {
	Field string // the JSON name of the field, such as "amount_paise"
	Why   string
	Code  string // of the sentence that says why, where a gateway has one; empty: the field says which
}

func (e *RequestError) Error() string { return e.Why }
