package mandate

import (
	"time"

	"galla/internal/money"
)

// Ahead is how long before a debit the payer must have been told of it.
const Ahead = 24 * time.Hour

// PINAbove is the most that is debited without the payer's PIN.
const PINAbove = 15_000 * money.Rupee

// State is where a mandate stands. The words are the API's.
type State string

const (
	Created State = "created" // the payer has not approved it yet
	Active  State = "active"  // may be debited
	Paused  State = "paused"  // by the payer, for a while
	Revoked State = "revoked" // ended by somebody
	Expired State = "expired" // ran its course, or was not approved in time
	Halted  State = "halted"  // by the gateway or the bank
	Failed  State = "failed"  // never came to be: declined
	Unknown State = "unknown" // a word that nobody knows
)

// Over reports whether a mandate will never be debited again.
func (s State) Over() bool { return s == Revoked || s == Expired || s == Failed }

// Sentence is the code of the sentence that says how a mandate stands and what to do.
func (s State) Sentence() string {
	switch s {
	case Created, Active, Paused, Revoked, Expired, Halted, Failed:
		return "mandate_" + string(s)
	}
	return "mandate_unknown"
}

// Mandate is a standing permission, as it was last seen.
type Mandate struct {
	State       State
	Amount      money.Paise // of each debit, or the most of it
	Exact       bool        // each debit is over Amount
	Period      string      // how often, one of Periods; of another word a person says when, once a day at most
	Rule        string      // ON, BEFORE or AFTER the Value of a period; empty: any day
	Value       int
	Start, End  time.Time // zero: not known
	PausedUntil time.Time // zero: not known
}

// Notice is what the payer was told of a debit to come.
type Notice struct {
	Reference string
	Amount    money.Paise
	Day       string
	At        time.Time // when the gateway was asked to tell
}

// DebitState is where a debit stands.
type DebitState string

const (
	UnderWay  DebitState = "under_way" // asked, and its end is not known yet
	Undecided DebitState = "undecided" // whether it happened is for a person to say
	Paid      DebitState = "paid"
	NotPaid   DebitState = "not_paid" // it failed, for certain or by a person's word
)

// Debit is one debit that was asked.
type Debit struct {
	Reference string
	Sale      string // the sale's name
	Day       string
	State     DebitState
}

// bars reports whether nothing else may be debited before this debit's end is certain.
func (d Debit) bars() bool { return d.State == UnderWay || d.State == Undecided }

// Unsure is a notice of which nobody knows whether the payer got it.
type Unsure struct {
	Operation string // a person says of it how it ended
	Reference string
	Day       string // of the debit
}

// Past is what was asked under a mandate so far, in any order.
type Past struct {
	Notices []Notice
	Debits  []Debit
	Unsure  []Unsure
	Idle    []Span // when the mandate was not active, after it first was
}

// Span is a time; without an end it goes on.
type Span struct{ From, To time.Time }

// Ask is a debit that is wanted, or its notice.
type Ask struct {
	Reference string
	Amount    money.Paise
	Day       string
}

// NeedsPIN reports whether a debit of this amount waits for the payer's PIN.
func NeedsPIN(amount money.Paise) bool { return amount > PINAbove }
