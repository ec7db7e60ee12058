package state

import (
	"time"

	"galla/internal/money"
)

// AttentionKind says what a person must look at.
type AttentionKind string

const (
	AttentionLate      AttentionKind = "late"      // money came after the sale was closed
	AttentionDuplicate AttentionKind = "duplicate" // the amount came again
	AttentionOver      AttentionKind = "over"      // more came than was asked
	AttentionUnder     AttentionKind = "under"     // less came than was asked
	// less than asked lies there, and the sale waits for the rest
	AttentionShort         AttentionKind = "short"
	AttentionReversed      AttentionKind = "reversed"       // the gateway sent the money back without being asked by us
	AttentionRefundFailed  AttentionKind = "refund_failed"  // a refund did not happen
	AttentionRefundUnknown AttentionKind = "refund_unknown" // a refund's outcome can't be learned
	AttentionUnnamed       AttentionKind = "unnamed"        // a part went back, and the gateway does not say how much
	AttentionSetAside      AttentionKind = "set_aside"      // something could not be done and is no longer tried
	AttentionDebitUnknown  AttentionKind = "debit_unknown"  // nobody can tell whether a debit under a mandate happened
)

// Attention is one thing a person must resolve. It stays on the cashier's screen, in every report and every export
// until then.
type Attention struct {
	ID        string        `json:"id"` // stable: kind and what it is about
	Kind      AttentionKind `json:"kind"`
	PaymentID string        `json:"payment_id,omitempty"`
	Amount    money.Paise   `json:"amount_paise,omitempty"`  // the amount in question
	Missing   money.Paise   `json:"missing_paise,omitempty"` // of short: what is not there yet
	At        time.Time     `json:"at"`
}

// Action is what a person decided about an attention item.
type Action string

const (
	ActionAccept Action = "accept" // keep the money and hand over the goods, or take note
	// send the money in question back: a refund.asked that answers the item, no resolution
	ActionRefund      Action = "refund"
	ActionOtherTender Action = "other_tender" // settled in another way: of short, the rest was
	ActionEnough      Action = "enough"       // what is there is taken for the whole price
	ActionKeep        Action = "keep"         // of reversed: surplus of the sale now pays for the goods
	// of an unknown refund: the customer has it; of an unknown debit: the shop has
	ActionItWent Action = "it_went"
	// of an unknown refund: the customer does not have it; of an unknown debit: nor the shop
	ActionItDidNot Action = "it_did_not"
	ActionTheySent Action = "they_sent" // of unnamed: Amount is what others sent back
)

// Actions lists them all; which of them answer an item is Attention.Answers.
var Actions = []Action{ActionAccept, ActionRefund, ActionOtherTender, ActionEnough, ActionKeep, ActionItWent,
	ActionItDidNot, ActionTheySent}

// Resolution is a person's decision, kept with the sale for ever.
type Resolution struct {
	Attention string        `json:"attention"` // the item's ID
	Kind      AttentionKind `json:"kind"`
	Action    Action        `json:"action"`
	Amount    money.Paise   `json:"amount_paise,omitempty"` // what the person saw, or stated (they_sent)
	// of short: what the price lacks, taken in another tender or let go
	Rest     money.Paise `json:"rest_paise,omitempty"`
	Kept     money.Paise `json:"kept_paise,omitempty"` // of keep: how much other money took the place
	Event    uint64      `json:"event,omitempty"`      // its event's sequence number
	Note     string      `json:"note,omitempty"`
	By       string      `json:"by"`
	Approver string      `json:"approver,omitempty"`
	At       time.Time   `json:"at"`
}
