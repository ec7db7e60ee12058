package gateway

import "strings"

// MandateState is what a mandate's status word means. EnKash documents the field and none of its values; the words are
// those of NPCI's mandates and of the payment calls. Anything else is MandateUnknown: shown as it stands, and never
// taken for an end.
type MandateState string

const (
	MandateAsked   MandateState = "created" // the payer has not approved it yet
	MandateActive  MandateState = "active"  // may be debited
	MandatePaused  MandateState = "paused"  // by the payer, for a while
	MandateRevoked MandateState = "revoked" // ended by somebody
	MandateHalted  MandateState = "halted"  // by the gateway or the bank, such as after debits that failed
	MandateEnded   MandateState = "expired" // ran its course, or was not approved in time
	MandateFailed  MandateState = "failed"  // never came to be: declined
	MandateUnknown MandateState = "unknown"
)

var mandateStates = map[string]MandateState{
	"created":               MandateAsked,
	"initiated":             MandateAsked,
	"pending":               MandateAsked,
	"requested":             MandateAsked,
	"authorization_pending": MandateAsked,
	"pending_approval":      MandateAsked,
	"active":                MandateActive,
	"approved":              MandateActive,
	"authorized":            MandateActive,
	"success":               MandateActive,
	"confirmed":             MandateActive,
	"paused":                MandatePaused,
	"suspended":             MandatePaused,
	"halted":                MandateHalted,
	"blocked":               MandateHalted,
	"revoked":               MandateRevoked,
	"cancelled":             MandateRevoked,
	"canceled":              MandateRevoked,
	"completed":             MandateEnded,
	"expired":               MandateEnded,
	"ended":                 MandateEnded,
	"failed":                MandateFailed,
	"rejected":              MandateFailed,
	"declined":              MandateFailed,
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
	DebitPending DebitState = "pending" // the payer's bank has it, or the payer must do something: the end comes later
	DebitUnknown DebitState = "unknown" // a word that says none of these: never taken for done, never asked again
)

// Debit is a gateway's record of one debit under a mandate.
type Debit struct {
	State DebitState
	// Payment is the money: its ID is the gateway's, empty where no record named it; Reason is the network's code of a
	// failure. Its Amount is what the gateway says, and what was asked where it says nothing.
	Payment Payment
}

// DebitStateOf reads the status word and the network's code of a debit's answer. A status that a mandate can have too,
// such as ACTIVE, says nothing of the debit. A SUCCESS with a code other than 00 (01, RB and 96 are pending or deemed,
// reference §3.4) is unknown.
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
	case "pending", "processing", "process", "initiated", "submitted", "in_progress", "deemed":
		return DebitPending
	}
	return DebitUnknown
}
