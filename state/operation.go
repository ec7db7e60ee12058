package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// The two events of an operation. Their SaleID is empty; Event.Operation carries the facts.
const (
	EventOperationAsked Kind = "operation.asked" // Operation: about to be sent
	EventOperationDone  Kind = "operation.done"  // Operation: its end, or that the end is not known
)

// OperationStatus says what is known of an operation.
type OperationStatus string

const (
	OperationAsked   OperationStatus = "asked"   // written down; the gateway may or may not have it
	OperationDone    OperationStatus = "done"    // the gateway did it and said so
	OperationRefused OperationStatus = "refused" // certain: nothing changed at the gateway
	OperationUnknown OperationStatus = "unknown" // no clear answer; a person must look, and nothing is repeated
)

// Operation is one thing asked of a gateway beside sales: a counter QR made or cancelled, a mandate made, changed,
// revoked or debited. What a person does to the box itself (a person added, a device revoked, a day closed) is one too,
// its Gateway being "box". It is written down before the gateway hears of it, in the same chain of events as sales.
//
//	asked ──▶ done | refused | unknown        unknown ──▶ done | refused, when a later look finds out
type Operation struct {
	ID      string `json:"id"`
	Seq     uint64 `json:"seq,omitempty"` // of the event that last changed it
	Kind    string `json:"kind,omitempty"`
	Gateway string `json:"gateway,omitempty"`
	// the gateway's id of what is changed; empty for something new
	Target    string `json:"target,omitempty"`
	Reference string `json:"reference,omitempty"` // ours, made before the call, never reused
	// what was asked, without secrets and whole addresses of people
	Request  json.RawMessage `json:"request,omitempty"`
	Status   OperationStatus `json:"status,omitempty"`
	Result   json.RawMessage `json:"result,omitempty"` // the gateway's record, as far as one was seen
	Problem  *Problem        `json:"problem,omitempty"`
	By       string          `json:"by,omitempty"`
	Approver string          `json:"approver,omitempty"`
	AskedAt  time.Time       `json:"asked_at,omitzero"`
	DoneAt   time.Time       `json:"done_at,omitzero"`
}

// MaxOperation bounds Request and Result, in bytes each.
const MaxOperation = 256 << 10

// ErrOperation says that an event may not happen to an operation as it stands.
var ErrOperation = errors.New("this event does not fit the operation")

// Subject is what an event is about: the id of its sale, or of its operation.
func (e Event) Subject() string {
	if e.SaleID == "" && e.Operation != nil {
		return e.Operation.ID
	}
	return e.SaleID
}

// ApplyOperation decides what an event makes of an operation. It is pure and changes nothing it is given. A replayed
// event answers ErrReplay.
func ApplyOperation(o Operation, e Event) (Operation, error) {
	if e.Seq != 0 && e.Seq <= o.Seq {
		return o, ErrReplay
	}
	f := e.Operation
	if f == nil || f.ID == "" || e.SaleID != "" {
		return o, fmt.Errorf("%w: %q needs an operation with an id, and no sale", ErrOperation, e.Kind)
	}
	if len(f.Request) > MaxOperation || len(f.Result) > MaxOperation {
		return o, fmt.Errorf("%w: its request or result is larger than %d bytes", ErrOperation, MaxOperation)
	}
	n := o
	switch e.Kind {
	case EventOperationAsked:
		if o.ID == f.ID {
			return o, ErrReplay
		}
		if o.ID != "" || f.Kind == "" || f.Gateway == "" {
			return o, fmt.Errorf("%w: operation %q is there already, or does not say what is asked of whom",
				ErrOperation, f.ID)
		}
		n = Operation{ID: f.ID, Kind: f.Kind, Gateway: f.Gateway, Target: f.Target, Reference: f.Reference,
			Request: f.Request, Status: OperationAsked,
			By: e.By, Approver: f.Approver, AskedAt: e.At}
	case EventOperationDone:
		switch {
		case o.ID != f.ID:
			return o, fmt.Errorf("%w: operation %q was never asked", ErrOperation, f.ID)
		case f.Status != OperationDone && f.Status != OperationRefused && f.Status != OperationUnknown:
			return o, fmt.Errorf("%w: operation %s can't end as %q", ErrOperation, o.ID, f.Status)
		case o.Status == f.Status:
			return o, ErrReplay
		case o.Status != OperationAsked && o.Status != OperationUnknown:
			return o, fmt.Errorf("%w: operation %s has ended as %q", ErrOperation, o.ID, o.Status)
		}
		n.Status, n.Result, n.Problem, n.DoneAt = f.Status, f.Result, f.Problem, e.At
	default:
		return o, fmt.Errorf("%w: %q is no event of an operation", ErrOperation, e.Kind)
	}

	n.Seq = e.Seq
	return n, nil
}
