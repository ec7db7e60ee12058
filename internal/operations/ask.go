package operations

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"galla/gateway"
	"galla/internal/money"
	"galla/internal/till"
	"galla/internal/till/terms"
	"galla/state"
)

// Request asks for something at a gateway beside sales.
type Request struct {
	Key      string // the caller's idempotency key: see till.OpenRequest
	Owner    string // of the key
	Replayed *bool  // set where an earlier request with the key is answered; may be nil
	Gateway  string // empty: the only gateway that can do it
	Kind     string
	Target   string          // the gateway's id of what is changed
	Body     json.RawMessage // of the kind
	By       string
	Approver string // the identified person who allowed it; empty where the caller's own right is enough

	terminal, box string      // this box's, set by Ask
	next          time.Time   // the day of the mandate's next debit, set by Ask of a notice; zero: none is planned
	now           time.Time   // by the wall, likewise
	limit         money.Paise // the till's, likewise
}

// Remarks say why a mandate is revoked. They are all that goes out with it.
type Remarks struct {
	Remarks string `json:"remarks"`
}

// ErrNoOperation says that there is no operation with the id asked for.
var ErrNoOperation = errors.New("there is no operation with this id")

const (
	patience    = 20 * time.Second // how long Ask waits for the end before it answers with the operation as it is
	askTimeout  = 37 * time.Second // for one operation: several requests at EnKash
	readTimeout = 15 * time.Second
	endAgain    = 10 * time.Second // how long an end waits for room on a full disk, before it is written once more
)

// action is an operation that is ready to be asked: what is kept of the request, and the call itself.
type action struct {
	reference string // ours; empty: the operation's id
	kept      any    // the request as it is kept: without whole addresses of people
	ask       func(ctx context.Context, reference string) (any, error)
}

// Ask writes an operation down, then asks the gateway once, and returns the operation with its end, or as "asked" when
// the end takes longer than a caller waits. A gateway that refuses is no error: the operation says so. Errors are
// *till.RequestError, till.ErrKeyReused, and those of the till's Commit.
func (o *Operations) Ask(ctx context.Context, r Request) (state.Operation, error) {
	gw, err := o.able(r.Gateway, r.Kind)
	if err != nil {
		return state.Operation{}, err
	}
	r = o.named(ctx, gw, r)
	r.terminal, r.box, r.now = o.terminal, o.box, o.wall()
	r.limit = o.till.Limit()
	a, err := plan(gw, r)
	if err == nil && r.Kind == MandatePlan {
		err = o.fits(gw.Name(), r.Target, a.kept.(Plan))
	}
	if err != nil {
		return state.Operation{}, err
	}

	kept, err := json.Marshal(a.kept)
	if err != nil {
		return state.Operation{}, err
	}
	if err := o.running(); err != nil {
		return state.Operation{}, err
	}

	var id string
	mine := new(claim)
	ended := make(chan struct{})
	err = o.till.Commit(ctx, func(x *till.Txn) error {
		id = x.NextID("O")
		earlier, err := x.Once(r.Owner, r.Key, id, "operation", gw.Name(), r.Kind, r.Target, string(r.Body))
		if err != nil {
			return err
		}
		if earlier != "" {
			id = earlier
			if r.Replayed != nil {
				*r.Replayed = true
			}
			return nil
		}
		if r.Kind == QRCreate && a.reference != "" {
			if err := o.claim(gw.Name(), a.reference, mine); err != nil {
				return err
			}
		}
		if s, ok := a.kept.(gateway.CounterQRSpec); ok && s.MultipleUse {
			if err := o.claimName(s.Name, mine); err != nil {
				return err
			}
		}
		if r.Kind == MandateNotify {
			if err := o.claimNotice(gw.Name(), r.Target, mine); err != nil {
				return err
			}
		}
		if may := kinds[r.Kind].may; may != nil {
			if err := may(o, gw, r, cmp.Or(a.reference, id)); err != nil {
				return err
			}
		}
		op, err := asked(x, r.By, state.Operation{
			ID:        id,
			Kind:      r.Kind,
			Gateway:   gw.Name(),
			Target:    r.Target,
			Reference: cmp.Or(a.reference, id),
			Request:   kept,
			Approver:  r.Approver,
		})
		if err != nil {
			return err
		}
		// If we die before this runs, the gateway has heard nothing, and the next start says that it doesn't know.
		x.After(func() {
			o.work(func() {
				defer close(ended)
				o.carryOut(gw, op, a)
			})
		})
		return nil
	})

	o.disclaim(mine)
	if err != nil {
		return state.Operation{}, err
	}
	op, err := o.Operation(id)
	if err != nil || op.Status != state.OperationAsked {
		return op, err
	}

	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-ended:
	case <-wait.C:
	case <-ctx.Done():
	case <-o.ctx.Done():
	}

	return o.Operation(id)
}

// carryOut asks the gateway, and records the end. It returns once the end is committed.
func (o *Operations) carryOut(gw gateway.Gateway, op state.Operation, a action) {
	ctx, cancel := context.WithTimeout(o.ctx, askTimeout)
	defer cancel()
	result, err := o.shielded(op, func() (any, error) { return a.ask(ctx, op.Reference) })
	if !errors.Is(err, gateway.ErrUnsupported) {
		o.till.ObserveCall(gw.Name(), err)
	}
	if err != nil && op.Kind != GatewayRecord {
		result = nil // only a recording says something when it fails
	}
	switch class := gateway.ClassOf(err); {
	case err == nil:
		o.end(op, state.OperationDone, result, unwatched(gw, op))
	case errors.Is(err, gateway.ErrNotFound), errors.Is(err, gateway.ErrUnsupported), class != gateway.ClassUnknown:
		p := terms.Problem(err)                                                         // nothing was changed
		if p.Cashier == gateway.CashierRefused || p.Cashier == gateway.CashierUnknown { // said of a sale
			p.Cashier = "The gateway refused it: nothing was changed."
		}
		o.end(op, state.OperationRefused, result, p)
	default:
		o.log.Warn("operation not certain: looking", "operation", op.ID, "kind", op.Kind, "err", err)
		o.settle(gw, op, result, err)
	}
}

// settle looks for the outcome of an operation without a clear answer, a few times, and records what it found. Nothing
// is asked again.
func (o *Operations) settle(gw gateway.Gateway, op state.Operation, result any, cause error) {
	for _, wait := range []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second} {
		if !o.sleep(wait) {
			return // the next start looks again
		}
		ctx, cancel := context.WithTimeout(o.ctx, readTimeout)
		seen, done, err := lookFor(ctx, gw, op)
		cancel()
		if err == nil {
			result = seen
			if done {
				o.end(op, state.OperationDone, seen, nil)
				return
			}
		}
		if errors.Is(err, gateway.ErrUnsupported) {
			break
		}
		if errors.Is(err, errOtherMandate) {
			o.end(op, state.OperationRefused, nil, &state.Problem{
				Class:   string(gateway.ClassRejected),
				Text:    err.Error(),
				Cashier: "Nothing was made: the reference belongs to another mandate. Ask again without a reference.",
			})
			return
		}
	}
	o.end(op, state.OperationUnknown, result, unknown(op, cause))
}

// shielded turns a panic into an error, so that one poisoned record does not stop gallad.
func (o *Operations) shielded(op state.Operation, do func() (any, error)) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			o.log.Error("an operation panicked",
				"operation", op.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	return do()
}

// end records how an operation ended, and waits for the commit. What a gateway said is not forgotten because the disk
// had no room for it: nobody may ever say it again. For an act of a person, who waits, the next start says that it
// isn't known.
func (o *Operations) end(op state.Operation, status state.OperationStatus, result any, p *state.Problem) {
	f := &state.Operation{ID: op.ID, Status: status, Problem: p}
	if result != nil {
		raw, err := json.Marshal(result)
		if err != nil || len(raw) > state.MaxOperation {
			raw = json.RawMessage(`"the record was too large to keep"`)
		}
		f.Result = raw
	}
	by := "gateway:" + op.Gateway
	if op.Gateway == state.Box {
		by = "till"
	}
	for told := false; ; told = true {
		err := o.till.Commit(o.ctx, func(x *till.Txn) error {
			return o.done(x, by, op.Gateway, f)
		})
		if errors.Is(err, state.ErrReplay) {
			return
		}
		if err != nil && o.ctx.Err() == nil && !told {
			o.log.Error("the end of an operation could not be recorded", "operation", op.ID, "err", err)
		}
		if err == nil || op.Gateway == state.Box || !errors.Is(err, till.ErrRefused) || !o.sleep(endAgain) {
			return
		}
	}
}

// asked applies the event that an operation is about to be asked.
func asked(x *till.Txn, by string, op state.Operation) (state.Operation, error) {
	return x.Apply(state.Event{Kind: state.EventOperationAsked, By: by, Gateway: op.Gateway, Operation: &op})
}

// done applies the event of its end, and keeps what it says once that is on disk.
func (o *Operations) done(x *till.Txn, by, account string, f *state.Operation) error {
	op, err := x.Apply(state.Event{Kind: state.EventOperationDone, By: by, Gateway: account, Operation: f})
	if err == nil {
		x.After(func() { o.known(op) })
	}
	return err
}

// sleep waits, or returns false when gallad stops.
func (o *Operations) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-o.ctx.Done():
		return false
	}
}
