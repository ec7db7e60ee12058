package books

import (
	"time"

	"galla/internal/money"
)

// Report is an X or Z report: what happened between the last Z report and Seq.
type Report struct {
	Kind   string    `json:"kind"`             // "X", or "Z"
	Number int       `json:"number,omitempty"` // of a Z, counting from 1
	Day    string    `json:"day"`              // business day in IST on which it was made
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	After  uint64    `json:"after"` // the last event of the report before
	Seq    uint64    `json:"seq"`   // the last event in it

	Sales       Line `json:"sales"`        // opened
	Paid        Line `json:"paid"`         // became paid; the amounts asked
	UPI         Line `json:"upi"`          // payments that came, late and double ones too
	Late        Line `json:"late"`         // of these, after their sale was closed
	Unmatched   Line `json:"unmatched"`    // likewise, and settled no sale: late, a second time, or what was too much
	Refunds     Line `json:"refunds"`      // done
	OtherTender Line `json:"other_tender"` // closed as paid in another way
	Cancelled   Line `json:"cancelled"`
	Expired     Line `json:"expired"`
	Failed      Line `json:"failed"`
	// NetPaise is what came by UPI less what went back.
	NetPaise money.Paise `json:"net_paise"`

	Pending        Line `json:"pending"`         // sales not ended when it was made; they go on to the next report
	PendingRefunds Line `json:"pending_refunds"` // asked, not done
	Attention      Line `json:"attention"`       // items nobody has decided about

	Cashiers   []Share    `json:"cashiers"`
	Gateways   []Share    `json:"gateways"`
	Hours      []HourLine `json:"hours"`                     // by hour of IST, only those with payments
	TimeToPaid *TimeSpan  `json:"time_to_paid_ms,omitempty"` // from opening to paid
	Demo       bool       `json:"demo,omitempty"`            // not real money is in it

	Previous string `json:"previous,omitempty"` // of a Z: SHA-256 of the stored bytes of the Z before
	Anchor   string `json:"anchor,omitempty"`   // of a Z: the end of the chain of events when it was made, "SEQ:HASH", for galla audit verify

	Print          *Printed        `json:"print,omitempty"`          // in the answer to a request that printed it; never stored
	Reconciliation *Reconciliation `json:"reconciliation,omitempty"` // likewise, where it was asked for
}

// Line is a count and a sum.
type Line struct {
	Count int         `json:"count"`
	Paise money.Paise `json:"paise"`
}

// Share is one cashier's or gateway's part.
type Share struct {
	Name    string `json:"name"`
	Sales   Line   `json:"sales"`
	Paid    Line   `json:"paid"`
	Refunds Line   `json:"refunds"`
}

// HourLine is what came in one hour.
type HourLine struct {
	Hour int `json:"hour"`
	Line
}

// TimeSpan is how long something took, in ms.
type TimeSpan struct {
	P50 int64 `json:"p50"`
	P90 int64 `json:"p90"`
}

// Printed is how a slip ended that belongs to no sale.
type Printed struct {
	Status string `json:"status"` // printed, sent (this printer can't say more), failed (nothing is on paper), unknown (look)
	Detail string `json:"detail"`
}
