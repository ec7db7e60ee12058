package books

import (
	"time"

	"galla/internal/money"
	"galla/state"
)

// Report is an X or Z report: what happened on one business day and is in no Z report before. What it holds of other
// days stands under their own names, in OtherDays, and in no other figure. Each fact in it comes of an event after
// After, up to Seq.
//
// A Z report from before days were kept apart holds everything between After and Seq.
type Report struct {
	Kind   string    `json:"kind"`             // "X", or "Z"
	Number int       `json:"number,omitempty"` // of a Z, counting from 1
	Day    string    `json:"day"`              // the business day in IST that it tells of; a Z closes it
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	After  uint64    `json:"after"`         // the last event before those in it
	Seq    uint64    `json:"seq"`           // the last event in it
	From   time.Time `json:"from,omitzero"` // when it begins, where that is not its first event
	// of a Z made after its day: facts of this time are left for the Z reports of their own days
	Left *Span `json:"left,omitempty"`
	With []int `json:"with,omitempty"` // of a Z: the Z reports of days before, which the same act closed

	Sales Line `json:"sales"` // opened
	Paid  Line `json:"paid"`  // became paid; the amounts asked
	UPI   Line `json:"upi"`   // payments that came, late and double ones too
	Late  Line `json:"late"`  // of these, after their sale was closed
	// of these, from a credit card or line, by what the gateway said when they came
	Credit    Line `json:"credit,omitzero"`
	Unmatched Line `json:"unmatched"` // likewise, and settled no sale: late, a second time, or what was too much
	Refunds   Line `json:"refunds"`   // of ours, done
	// OtherTender is what was paid in another way: sales closed so, and what a paid sale lacked. UPI money that is kept
	// of a sale closed so takes its place, on the day on which it is kept: there it may be below zero, and count no
	// sale.
	OtherTender Line `json:"other_tender"`
	Cancelled   Line `json:"cancelled"`
	Expired     Line `json:"expired"`
	Failed      Line `json:"failed"`
	Reversals   Line `json:"reversals,omitzero"` // sent back by others: a bank, or somebody at the gateway's dashboard
	// had been sent back by others, or seemed to be by us (state.Refund.ByRecord), and came again
	Returned Line `json:"returned,omitzero"`
	Accepted Line `json:"accepted,omitzero"` // kept by a person beside a price
	// CreditFee is what the gateway keeps of the payments in credit, tax included, as far as it said so when they came.
	CreditFee money.Paise `json:"credit_fee_paise,omitempty"`
	// NetPaise is what came by UPI less what went back: upi and returned less refunds and reversals. It may be below
	// zero.
	NetPaise money.Paise `json:"net_paise"`

	Pending        Line `json:"pending"`         // sales not ended when it was made; they go on to the next report
	PendingRefunds Line `json:"pending_refunds"` // asked, not done
	Attention      Line `json:"attention"`       // items nobody has decided about

	Cashiers   []Share    `json:"cashiers"`
	Gateways   []Share    `json:"gateways"`
	Hours      []HourLine `json:"hours"`                     // by hour of IST, only those with payments
	TimeToPaid *TimeSpan  `json:"time_to_paid_ms,omitempty"` // from opening to paid
	Demo       bool       `json:"demo,omitempty"`            // not real money is in it

	// what came for days that were closed already, or was written by a wrong clock
	OtherDays []OtherDay `json:"other_days,omitempty"`

	// Of an X alone: what a person who closes the day should know. 50 each at most; pending and attention count them
	// all.
	// the days before are still added up: Other and Open Days follow, and what stands here is today's
	Summing *Summing `json:"summing,omitempty"`
	// the Z report that closed its day already: what the X says stands in the next Z
	ClosedBy int         `json:"closed_by,omitempty"`
	OpenDays []OtherDay  `json:"open_days,omitempty"` // days before with facts that are not closed, oldest first
	Open     []Underway  `json:"open,omitempty"`      // sales under way
	Items    []Undecided `json:"items,omitempty"`     // items nobody has decided about

	Previous string `json:"previous,omitempty"` // of a Z: SHA-256 of the stored bytes of the Z before
	// of a Z: the end of the chain of events when it was made, "SEQ:HASH", for galla audit verify
	Anchor string `json:"anchor,omitempty"`

	// in the answer to a request that printed it; never stored
	Print          *Printed        `json:"print,omitempty"`
	Reconciliation *Reconciliation `json:"reconciliation,omitempty"` // likewise, where it was asked for
}

// Summing says how far the events since the last Z are added up.
type Summing struct {
	Upto uint64 `json:"upto"` // of events,
	Seq  uint64 `json:"seq"`  // up to the newest
}

// OtherDay is what a report says of a day that is not its own.
type OtherDay struct {
	Day       string      `json:"day"`
	Sales     Line        `json:"sales"`
	Paid      Line        `json:"paid"`
	UPI       Line        `json:"upi"`
	Late      Line        `json:"late"`
	Credit    Line        `json:"credit,omitzero"`
	CreditFee money.Paise `json:"credit_fee_paise,omitempty"`
	Unmatched Line        `json:"unmatched"`
	Refunds   Line        `json:"refunds"`
	Reversals Line        `json:"reversals,omitzero"`
	Returned  Line        `json:"returned,omitzero"`
	Accepted  Line        `json:"accepted,omitzero"`
	Other     Line        `json:"other_tender"`
	Cancelled Line        `json:"cancelled"`
	Expired   Line        `json:"expired"`
	Failed    Line        `json:"failed"`
	NetPaise  money.Paise `json:"net_paise"`
}

// Underway is a sale that has not ended.
type Underway struct {
	ID     string      `json:"id"`
	Name   string      `json:"name"`
	Amount money.Paise `json:"amount_paise"`
	Phase  state.Phase `json:"phase"`
}

// Undecided is something a person must decide.
type Undecided struct {
	ID     string              `json:"id"` // the sale's
	Name   string              `json:"name"`
	Item   string              `json:"item"`
	Kind   state.AttentionKind `json:"kind"`
	Amount money.Paise         `json:"amount_paise"`
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

	Reversals Line `json:"reversals,omitzero"`
	Returned  Line `json:"returned,omitzero"`

	// Back is, of a standing QR, what went back of its payments: refunds, which stand under who asked for them too, and
	// what others sent back, less what came again. What it took, net, is Paid less Back.
	Back Line `json:"back,omitzero"`
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
	// printed, sent (this printer can't say more), failed (nothing is on paper), unknown (look)
	Status string `json:"status"`
	Detail string `json:"detail"`
}
