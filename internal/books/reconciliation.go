package books

import (
	"time"

	"galla/internal/money"
)

// Reconciliation holds one business day of the sales against what each gateway recorded.
type Reconciliation struct {
	Day      string       `json:"day"`
	From     time.Time    `json:"from"` // the window, by this box's clock
	To       time.Time    `json:"to"`
	At       time.Time    `json:"at"` // when the gateways were asked
	By       string       `json:"by"`
	Agrees   bool         `json:"agrees"` // everything was asked, and nothing differs
	Gateways []Reconciled `json:"gateways"`
	Print    *Printed     `json:"print,omitempty"` // in the answer to a request that printed it
}

// Reconciled is one gateway's part. Ours is Theirs, plus what the differences say, plus Unasked.
type Reconciled struct {
	Name string `json:"name"`
	// "list": the gateway's own list of the window; "orders": order by order, because it has no list
	How     string `json:"how"`
	Problem string `json:"problem,omitempty"` // why not everything was asked
	Asked   int    `json:"asked"`             // payments, orders and refunds asked one by one
	Left    int    `json:"left"`              // of these, not asked or without an answer

	Ours      Line `json:"ours"`      // payments that came in the window, by our sales
	Theirs    Line `json:"theirs"`    // the same by the gateway, and those of this terminal that no sale has
	Unasked   Line `json:"unasked"`   // of ours, the gateway was not asked about
	Elsewhere Line `json:"elsewhere"` // in the gateway's list, but of another terminal or product

	Siblings Line   `json:"siblings,omitzero"` // of these, of another box that bears this one's name
	Note     string `json:"note,omitempty"`    // what a person should know, though nothing differs

	OurRefunds   Line `json:"our_refunds"`
	TheirRefunds Line `json:"their_refunds"`
	Reversed     Line `json:"reversed,omitzero"` // sent back by others, and the sales know of it; in neither of the two

	Differences []Difference `json:"differences"`
}

// Difference is one payment or refund on which the sales and the gateway disagree.
type Difference struct {
	// payment_unknown, payment_missing, payment_amount, refund_unknown, refund_missing, refund_amount
	Kind        string      `json:"kind"`
	RRN         string      `json:"rrn,omitempty"`
	PaymentID   string      `json:"payment_id"`
	RefundID    string      `json:"refund_id,omitempty"`
	SaleID      string      `json:"sale_id,omitempty"` // where a sale is concerned
	Name        string      `json:"name,omitempty"`    // of the sale: month, day and number
	Number      int         `json:"number,omitempty"`
	Day         string      `json:"day,omitempty"`
	OursPaise   money.Paise `json:"ours_paise"`
	TheirsPaise money.Paise `json:"theirs_paise"`
	At          time.Time   `json:"at,omitzero"`
	Message     string      `json:"message"` // what it means and what to do
}
