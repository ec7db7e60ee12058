package operations

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"galla/gateway"
	"galla/internal/till"
	"galla/state"
)

// auditTime is the most the commit of an act may take before the act is refused.
const auditTime = 10 * time.Second

// Audit writes an act down, does it, and writes down how that ended. The act is in the chain of events before it is
// done: dying in between leaves one that the next start calls unknown, and never a change that nobody is named for.
// What do returns is returned; every other error says that do was not called.
func (o *Operations) Audit(a state.Act, do func() error) error {
	detail, err := json.Marshal(a.Detail)
	if err != nil {
		return fmt.Errorf("the act %q can't be written down: %w", a.Kind, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), auditTime)
	defer cancel()
	if err := o.running(); err != nil {
		return err
	}

	var op state.Operation
	err = o.till.Commit(ctx, func(x *till.Txn) (err error) {
		id := x.NextID("O")
		op, err = asked(x, a.By, state.Operation{
			ID:        id,
			Reference: id,
			Kind:      a.Kind,
			Gateway:   state.Box,
			Target:    a.Target,
			Request:   detail,
			Approver:  a.Approver,
		})
		return err
	})
	if err != nil {
		return err
	}

	// If we die from here on, the act is on disk as asked, whether or not it was done.
	if err := do(); err != nil {
		o.end(op, state.OperationRefused, nil, &state.Problem{
			Class:   string(gateway.ClassRejected),
			Text:    err.Error(),
			Cashier: "It was not done: " + err.Error() + ".",
		})
		return err
	}

	o.end(op, state.OperationDone, nil, nil)
	return nil
}
