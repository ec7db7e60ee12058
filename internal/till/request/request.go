package request

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"galla/internal/money"
	"galla/state"
)

// Open asks for a new sale.
type Open struct {
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

// Cancel asks to end a sale unpaid.
type Cancel struct {
	Key      string
	Owner    string
	Replayed *bool
	SaleID   string
	Reason   state.CloseReason // CloseCancelled or CloseOtherTender
	By       string
}

// Refund asks to send money of a sale back.
type Refund struct {
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

// Print asks for a slip.
type Print struct {
	Key      string
	Owner    string
	Replayed *bool
	SaleID   string
	Copy     string // state.CopyOrder, CopyReceipt or CopyMerchant
	By       string
}

// Resolve is a person's decision about attention items.
type Resolve struct {
	Key       string
	Owner     string
	Replayed  *bool
	SaleID    string
	Attention string // the item's id; empty: every open item of the sale
	Action    state.Action
	// what the person saw: another one than the item's is refused. Zero: whatever it names now. Of they_sent: what was
	// stated
	Amount    money.Paise
	Confirmed bool   // of a refund: asked though another payment of the sale was reversed
	Note      string // at most 256 characters
	By        string
	Approver  string
}

// A SameReference says that the bill number asked for has a sale already that is open, or that was paid today.
// Open.Again opens another one for it.
type SameReference struct{ Sale state.Sale }

func (e *SameReference) Error() string {
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
	return fmt.Sprintf("bill %q has sale %s over %s already, which %s: is this the same bill?",
		e.Sale.Reference, e.Sale.Name(), e.Sale.Amount, how)
}

// An Error says what is wrong with a request, in a sentence with the remedy.
type Error struct {
	Field string // the JSON name of the field, such as "amount_paise"
	Why   string
	Code  string // of the sentence that says why, where a gateway has one; empty: the field says which
}

func (e *Error) Error() string { return e.Why }

// Fingerprint is a hash of what a request asks, to tell a repeat from another request under the same key.
func Fingerprint(parts ...any) string {
	raw, err := json.Marshal(parts)
	if err != nil {
		return "" // parts are strings and numbers
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}
