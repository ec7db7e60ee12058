package state

import (
	"fmt"
	"time"
)

// Batch is what one commit writes: events in order, and the sales and operations as they are after them. A store writes
// all of it in one transaction, or nothing.
type Batch struct {
	Events     []Event
	Sales      []Sale
	Operations []Operation
	Keys       []KeyRecord
}

// KeyRecord remembers an idempotency key: which request came with it and which sale answers it.
type KeyRecord struct {
	Owner       string    `json:"owner,omitempty"` // the caller it belongs to; empty: it answers everybody
	Key         string    `json:"key"`
	Fingerprint string    `json:"fingerprint"` // hash of the request
	SaleID      string    `json:"sale_id"`     // or the operation's
	At          time.Time `json:"at"`
}

// Query selects sales for a list.
type Query struct {
	Since     uint64 // sales that changed after this event, oldest change first; 0: the newest sales, newest first
	Limit     int    // at most so many
	Before    string // only sales opened before this sale id, for paging back
	Day       string // business day "2026-11-22"; empty: any
	Attention bool   // only sales with open attention items
	Open      bool   // only sales that are not final
	Brief     bool   // the sales are Brief ones, which cost half the decoding
	// May is shown each sale of the list, as its id and its JSON, which it must not keep. What it says no to is left
	// out and costs no decoding; it counts for Limit all the same. Nil: all are wanted. May and Brief go with Before
	// and Day.
	May func(id, sale []byte) bool
}

// Field is something a sale can be found by, exactly, over the whole history.
type Field string

const (
	FieldNumber    Field = "number"    // business day and number, as NumberOf writes them
	FieldAmount    Field = "amount"    // paise, as digits: of the sale or one of its payments
	FieldRRN       Field = "rrn"       // of a payment or a refund
	FieldReference Field = "reference" // the shop's bill number
	FieldBill      Field = "bill"      // BillKey of it: all that a person takes for the same
	FieldPayment   Field = "payment"   // a gateway's payment id
	FieldAttempt   Field = "attempt"   // our reference of an order
	FieldMandate   Field = "mandate"   // the mandate of a debit, by its gateway's id
)

// NumberOf is the value of FieldNumber: "2026-11-29/000002".
func NumberOf(day string, n int) string { return fmt.Sprintf("%s/%06d", day, n) }
