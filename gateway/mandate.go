package gateway

import "strings"

// MandateState is what a mandate's status word means. EnKash documents the field and none of its values; the words are those of NPCI's
// mandates and of the payment calls. Anything else is MandateUnknown: shown as it stands, and never taken for an end.
type MandateState string

const (
	MandateAsked   MandateState = "asked"   // the payer has not approved it yet
	MandateActive  MandateState = "active"  // may be debited
	MandatePaused  MandateState = "paused"  // by the payer, for a while
	MandateRevoked MandateState = "revoked" // ended by somebody
	MandateEnded   MandateState = "ended"   // ran its course
	MandateFailed  MandateState = "failed"  // never came to be: declined, expired before it was approved
	MandateUnknown MandateState = "unknown"
)

var mandateStates = map[string]MandateState{
	"created": MandateAsked, "initiated": MandateAsked, "pending": MandateAsked, "requested": MandateAsked, "authorization_pending": MandateAsked, "pending_approval": MandateAsked,
	"active": MandateActive, "approved": MandateActive, "authorized": MandateActive, "success": MandateActive, "confirmed": MandateActive,
	"paused": MandatePaused, "suspended": MandatePaused,
	"revoked": MandateRevoked, "cancelled": MandateRevoked, "canceled": MandateRevoked,
	"completed": MandateEnded, "expired": MandateEnded, "ended": MandateEnded,
	"failed": MandateFailed, "rejected": MandateFailed, "declined": MandateFailed,
}

// MandateStateOf reads a mandate's status word.
func MandateStateOf(status string) MandateState {
	if s, ok := mandateStates[strings.ToLower(strings.TrimSpace(status))]; ok {
		return s
	}
	return MandateUnknown
}

// DebitState is what the answer to a debit says of it.
type DebitState string

const (
	DebitDone    DebitState = "done"    // the payer's bank has paid
	DebitFailed  DebitState = "failed"  // it has not, and will not under this reference
	DebitUnknown DebitState = "unknown" // pending, or a word that says neither: never taken for done, never asked again
)

// DebitStateOf reads the status word and the network's code of a debit's answer. A status that a mandate can have too, such as ACTIVE, says
// nothing of the debit. The code decides where the word doesn't: 00 is done, 01, RB and 96 are pending or deemed (reference §3.4).
func DebitStateOf(status, code string) DebitState {
	code = strings.ToUpper(strings.TrimSpace(code))
	switch strings.ToLower(strings.TrimSpace(status)) {
	case "success", "successful", "executed", "debited", "processed", "paid":
		switch code {
		case "", "00":
			return DebitDone
		}
		return DebitUnknown // word and code contradict each other
	case "failed", "failure", "rejected", "declined":
		return DebitFailed
	}
	return DebitUnknown
}
