package joining

import (
	"errors"
	"fmt"
	"time"
)

// Reason says why something is refused, as a code that a page has a sentence for.
type Reason string

// The reasons.
const (
	CodeUnknown     Reason = "code_unknown"     // no such code, or it is over since long
	CodeOver        Reason = "code_over"        // it was used by another box, or its time is over
	TooManyTries    Reason = "too_many_tries"   // Wait says how long to wait
	TerminalUnknown Reason = "terminal_unknown" // Value is its id
	TerminalState   Reason = "terminal_state"   // it is in a state, Value, in which this can't be done
	TerminalRevoked Reason = "terminal_revoked" // its key never comes back
	SameTerminal    Reason = "same_terminal"    // it can't replace itself
	ShopUnknown     Reason = "shop_unknown"
	ShopTwice       Reason = "shop_twice"
	CounterUnknown  Reason = "counter_unknown"
	CounterTwice    Reason = "counter_twice"
	BadID           Reason = "bad_id"
	BadName         Reason = "bad_name"
	BadGSTIN        Reason = "bad_gstin"
	BadState        Reason = "bad_state"
	BadHours        Reason = "bad_hours"
	BadKey          Reason = "bad_key"
)

// Problem is a refusal. Value is what was given, or what stands against it.
type Problem struct {
	Reason Reason
	Value  string
	Wait   time.Duration
	Says   string // in English, with the remedy
}

func (p *Problem) Error() string { return p.Says }

// Is reports whether an error is a refusal for a reason.
func Is(err error, reason Reason) bool {
	p, ok := errors.AsType[*Problem](err)
	return ok && p.Reason == reason
}

func refuse(reason Reason, value, format string, args ...any) *Problem {
	return &Problem{Reason: reason, Value: value, Says: fmt.Sprintf(format, args...)}
}
