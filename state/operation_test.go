package state_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"galla/state"
)

func TestApplyOperation(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	asked := func(seq uint64, op state.Operation) state.Event {
		return state.Event{Seq: seq, Kind: state.EventOperationAsked, At: at, By: "manager:ravi", Operation: &op}
	}
	done := func(seq uint64, id string, s state.OperationStatus) state.Event {
		return state.Event{
			Seq:       seq,
			Kind:      state.EventOperationDone,
			At:        at.Add(time.Minute),
			Operation: &state.Operation{ID: id, Status: s, Result: json.RawMessage(`{}`)},
		}
	}
	whole := state.Operation{
		ID:        "O1",
		Kind:      "qr.create",
		Gateway:   "enkash",
		Reference: "O1",
		Request:   json.RawMessage(`{"name":"x"}`),
		Approver:  "owner:asha",
	}
	o, err := state.ApplyOperation(state.Operation{}, asked(4, whole))
	if err != nil || o.Status != state.OperationAsked || o.Seq != 4 || o.By != "manager:ravi" ||
		o.Approver != "owner:asha" ||
		!o.AskedAt.Equal(at) {
		t.Fatalf("asked: %+v, %v", o, err)
	}
	unknown, err := state.ApplyOperation(o, done(5, "O1", state.OperationUnknown))
	if err != nil || unknown.Status != state.OperationUnknown || unknown.DoneAt.IsZero() ||
		unknown.Kind != "qr.create" {
		t.Fatalf("unknown: %+v, %v", unknown, err)
	}
	ended, err := state.ApplyOperation(unknown, done(6, "O1", state.OperationDone))
	if err != nil || ended.Status != state.OperationDone || ended.Seq != 6 {
		t.Fatalf("done: %+v, %v", ended, err)
	}
	big := whole
	big.Request = make(json.RawMessage, state.MaxOperation+1)
	sale := asked(9, whole)
	sale.SaleID = "s1"
	for what, c := range map[string]struct {
		o    state.Operation
		e    state.Event
		want error
	}{
		"the same event again":            {o, asked(4, whole), state.ErrReplay},
		"the same request as a new event": {o, asked(9, whole), state.ErrReplay},
		"the same end again":              {ended, done(9, "O1", state.OperationDone), state.ErrReplay},
		"another operation's": {o, asked(9, state.Operation{ID: "O2", Kind: "k", Gateway: "g"}),
			state.ErrOperation},
		"an end of what was never asked": {state.Operation{}, done(9, "O1", state.OperationDone), state.ErrOperation},
		"an end to nothing known":        {o, done(9, "O1", "asked"), state.ErrOperation},
		"refused after it was done":      {ended, done(9, "O1", state.OperationRefused), state.ErrOperation},
		"without a gateway": {state.Operation{}, asked(9, state.Operation{ID: "O1", Kind: "k"}),
			state.ErrOperation},
		"without an operation": {o, state.Event{Seq: 9, Kind: state.EventOperationDone}, state.ErrOperation},
		"of a sale":            {state.Operation{}, sale, state.ErrOperation},
		"too large":            {state.Operation{}, asked(9, big), state.ErrOperation},
		"of another kind": {o, state.Event{Seq: 9, Kind: state.EventReading, Operation: &whole},
			state.ErrOperation},
	} {
		n, err := state.ApplyOperation(c.o, c.e)
		if !errors.Is(err, c.want) || n.Status != c.o.Status || n.Seq != c.o.Seq {
			t.Errorf("%s: %+v, %v; want %v and nothing changed", what, n, err, c.want)
		}
	}
	if e := done(9, "O1", ""); e.Subject() != "O1" ||
		(state.Event{SaleID: "s1", Operation: &whole}).Subject() != "s1" || (state.Event{}).Subject() != "" {
		t.Error("Subject does not say what an event is about")
	}
}
