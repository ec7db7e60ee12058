package till

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"galla/gateway"
	"galla/state"
)

// Record writes an act down, does it, and writes down how that ended. The act is in the chain before it is done: dying in
// between leaves one that the next start calls unknown, and never a change that nobody is named for. What do returns is
// returned; ErrStopped and the store's errors say that do was not called.
func (t *Till) Record(ctx context.Context, a state.Act, do func() error) error {
	detail, err := json.Marshal(a.Detail)
	if err != nil {
		return fmt.Errorf("the act %q can't be written down: %w", a.Kind, err)
	}
	var o state.Operation
	err = t.send(ctx, func(u *turn) error {
		id := u.operationID()
		if err := u.operate(state.Event{Kind: state.EventOperationAsked, By: a.By, Gateway: state.Box, Operation: &state.Operation{
			ID: id, Kind: a.Kind, Gateway: state.Box, Target: a.Target, Reference: id, Request: detail, Approver: a.Approver}}); err != nil {
			return err
		}
		o = u.asked[id]
		return nil
	})
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		t.end(o, state.OperationRefused, nil, &state.Problem{Class: string(gateway.ClassRejected), Text: err.Error(), Cashier: "It was not done: " + err.Error() + "."})
		return err
	}
	t.end(o, state.OperationDone, nil, nil)
	return nil
}

// errCut is what the next start finds of an act in which the box died.
var errCut = errors.New("gallad stopped while this was being done")

// adviceOfAct says where a person looks whether an act was done.
func adviceOfAct(o state.Operation) string {
	switch what, _, _ := strings.Cut(o.Kind, "."); what {
	case "person":
		return "Whether this was done is not known: look at the list of people, and do it again if need be."
	case "device", "session":
		return "Whether this was done is not known: look at the list of devices, and do it again if need be."
	case "day":
		return "Whether the day was closed is not known: look at the Z reports, and close it again if it isn't there."
	}
	return "Whether this was done is not known. Doing it again does no harm."
}
