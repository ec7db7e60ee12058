package till

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"galla/gateway"
	"galla/state"
)

// OperationRequest asks for something at a gateway beside sales: see the kinds below.
type OperationRequest struct {
	Key      string
	Gateway  string // empty: the only gateway that can do it
	Kind     string
	Target   string          // the gateway's id of what is changed
	Body     json.RawMessage // of the kind
	By       string
	Approver string // the identified person who allowed it; empty where the caller's own right is enough
}

// The kinds of operations, and what their Body is.
const (
	QRCreate       = "qr.create"       // gateway.CounterQRSpec
	QRCancel       = "qr.cancel"       // nothing
	MandateCreate  = "mandate.create"  // gateway.MandateSpec
	MandateUpdate  = "mandate.update"  // gateway.MandateChange
	MandateRevoke  = "mandate.revoke"  // Remarks
	MandateNotify  = "mandate.notify"  // gateway.MandateDebit
	MandateExecute = "mandate.execute" // gateway.MandateDebit
	MandateSeen    = "mandate.seen"    // asked by a gateway's callback: a mandate we know of has another status than before
	GatewayRecord  = "gateway.record"  // nothing
)

// Remarks say why a mandate is revoked. They are all that goes out with it.
type Remarks struct {
	Remarks string `json:"remarks"`
}

// ErrNoOperation says that there is no operation with the id asked for.
var ErrNoOperation = errors.New("there is no operation with this id")

// operationPatience is how long Operate waits for the end before it answers with the operation as it is.
const operationPatience = 20 * time.Second

// action is an operation that is ready to be asked: what is kept of the request, and the call itself.
type action struct {
	reference string // ours; empty: the operation's id
	kept      any    // the request as it is kept: without whole addresses of people
	ask       func(ctx context.Context, reference string) (any, error)
}

// Operate writes an operation down, then asks the gateway once, and returns the operation with its end, or as "asked" when
// the end takes longer than a caller waits. A gateway that refuses is no error: the operation says so.
func (t *Till) Operate(ctx context.Context, r OperationRequest) (state.Operation, error) {
	if len(r.Key) > 128 {
		return state.Operation{}, &RequestError{Field: "Idempotency-Key", Why: fmt.Sprintf("an idempotency key of %d characters is too long: use at most 128", len(r.Key))}
	}
	gw, err := t.able(r.Gateway, r.Kind)
	if err != nil {
		return state.Operation{}, err
	}
	a, err := plan(gw, r)
	if err != nil {
		return state.Operation{}, err
	}
	kept, err := json.Marshal(a.kept)
	if err != nil {
		return state.Operation{}, err
	}
	print := fingerprint("operation", gw.Name(), r.Kind, r.Target, string(r.Body))
	var o state.Operation
	ended := make(chan struct{})
	err = t.send(ctx, func(u *turn) error {
		if r.Key != "" {
			rec, found, err := u.key(r.Key)
			if err != nil {
				return err
			}
			if found {
				if rec.Fingerprint != print {
					return ErrKeyReused
				}
				o, err = u.operation(rec.SaleID)
				return err
			}
		}
		id := u.operationID()
		ref := a.reference
		if ref == "" {
			ref = id
		}
		if err := u.operate(state.Event{Kind: state.EventOperationAsked, By: r.By, Gateway: gw.Name(), Operation: &state.Operation{
			ID: id, Kind: r.Kind, Gateway: gw.Name(), Target: r.Target, Reference: ref, Request: kept, Approver: r.Approver}}); err != nil {
			return err
		}
		if r.Key != "" {
			u.keys = append(u.keys, state.KeyRecord{Key: r.Key, Fingerprint: print, SaleID: id, At: t.o.Wall()})
		}
		o = u.asked[id]
		// If we die before this runs, the gateway has heard nothing, and the next start says that it doesn't know.
		u.after = append(u.after, func() {
			t.workers.Go(func() {
				defer close(ended)
				t.carryOut(gw, o, a)
			})
		})
		return nil
	})
	if err != nil || o.Status != state.OperationAsked {
		return o, err
	}
	patience := time.NewTimer(operationPatience)
	defer patience.Stop()
	select {
	case <-ended:
	case <-patience.C:
	case <-ctx.Done():
	case <-t.stopped:
	}
	return t.Operation(context.WithoutCancel(ctx), o.ID)
}

// carryOut asks the gateway, and records the end. It returns once the end is committed.
func (t *Till) carryOut(gw gateway.Gateway, o state.Operation, a action) {
	ctx, cancel := t.within(openTimeout + 10*time.Second)
	defer cancel()
	result, err := t.shielded(o, func() (any, error) { return a.ask(ctx, o.Reference) })
	if !errors.Is(err, gateway.ErrUnsupported) {
		t.observe(gw.Name(), err)
	}
	if err != nil && o.Kind != GatewayRecord {
		result = nil // only a recording says something when it fails
	}
	switch class := gateway.ClassOf(err); {
	case err == nil:
		t.end(o, state.OperationDone, result, nil)
	case errors.Is(err, gateway.ErrNotFound), errors.Is(err, gateway.ErrUnsupported), class != gateway.ClassUnknown:
		p := problem(err)                                                               // nothing was changed
		if p.Cashier == gateway.CashierRefused || p.Cashier == gateway.CashierUnknown { // said of a sale
			p.Cashier = "The gateway refused it: nothing was changed."
		}
		t.end(o, state.OperationRefused, result, p)
	default:
		t.o.Log.Warn("operation not certain: looking", "operation", o.ID, "kind", o.Kind, "err", err)
		t.settle(gw, o, result, err)
	}
}

// settle looks for the outcome of an operation without a clear answer, a few times, and records what it found. Nothing is
// asked again.
func (t *Till) settle(gw gateway.Gateway, o state.Operation, result any, cause error) {
	p := problem(cause)
	p.Class = string(gateway.ClassUnknown)
	p.Cashier = advice(o)
	for _, wait := range []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second} {
		if !sleep(t.ctx, wait) {
			return // the next start looks again
		}
		ctx, cancel := t.within(readTimeout)
		seen, done, err := lookFor(ctx, gw, o)
		cancel()
		if err == nil {
			result = seen
			if done {
				t.end(o, state.OperationDone, seen, nil)
				return
			}
		}
		if errors.Is(err, gateway.ErrUnsupported) {
			break
		}
	}
	t.end(o, state.OperationUnknown, result, p)
}

// shielded turns a panic into an error, so that one poisoned record must not stop the till.
func (t *Till) shielded(o state.Operation, do func() (any, error)) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			t.o.Log.Error("an operation panicked", "operation", o.ID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	return do()
}

// endAgain is how long the end of an operation waits for room on a full disk, before it is written once more.
const endAgain = 10 * time.Second

// end records how an operation ended, and waits for the commit. What a gateway said is not forgotten because the disk had no
// room for it: nobody may ever say it again. For an act of a person, who waits, the next start says that it isn't known.
func (t *Till) end(o state.Operation, status state.OperationStatus, result any, p *state.Problem) {
	f := &state.Operation{ID: o.ID, Status: status, Problem: p}
	if result != nil {
		raw, err := json.Marshal(result)
		if err != nil || len(raw) > state.MaxOperation {
			raw = json.RawMessage(`"the record was too large to keep"`)
		}
		f.Result = raw
	}
	by := "gateway:" + o.Gateway
	if o.Gateway == state.Box {
		by = "till"
	}
	for told := false; ; told = true {
		err := t.send(t.ctx, func(u *turn) error {
			err := u.operate(state.Event{Kind: state.EventOperationDone, Gateway: o.Gateway, By: by, Operation: f})
			if errors.Is(err, state.ErrReplay) {
				return nil
			}
			return err
		})
		if err != nil && t.ctx.Err() == nil && !told {
			t.o.Log.Error("the end of an operation could not be recorded", "operation", o.ID, "err", err)
		}
		if err == nil || o.Gateway == state.Box || !t.o.Refused(err) || !sleep(t.ctx, endAgain) {
			return
		}
	}
}

// operationID makes the id of the next operation, which rises with the order of asking.
func (u *turn) operationID() string {
	return fmt.Sprintf("O%08X%s", u.t.seq+uint64(len(u.events))+1, u.t.chance.token(4))
}

// operation returns the working copy of an operation: of this turn or from disk; without an id if there is none.
func (u *turn) operation(id string) (state.Operation, error) {
	if o, ok := u.asked[id]; ok {
		return o, nil
	}
	o, _, err := u.t.o.Store.Operation(id)
	return o, err
}

// operate lets state decide about one event of an operation.
func (u *turn) operate(e state.Event) error {
	o, err := u.operation(e.Operation.ID)
	if err != nil {
		return err
	}
	e.Seq, e.At = u.t.seq+uint64(len(u.events))+1, u.t.o.Wall()
	if o, err = state.ApplyOperation(o, e); err != nil {
		return err
	}
	u.asked[o.ID] = o
	u.events = append(u.events, e)
	return nil
}

// resumeOperations looks what became of the operations that were asked when we died. All are read: they are a manager's
// doing and few.
func (t *Till) resumeOperations() error {
	for before := ""; ; {
		page, err := t.o.Store.Operations(before, 500)
		if err != nil {
			return err
		}
		for _, o := range page {
			before = o.ID
			t.known(o)
			if o.Status != state.OperationAsked {
				continue
			}
			if o.Gateway == state.Box {
				t.workers.Go(func() {
					t.end(o, state.OperationUnknown, nil, &state.Problem{Class: string(gateway.ClassUnknown), Text: errCut.Error(), Cashier: adviceOfAct(o)})
				})
				continue
			}
			cause := errors.New("gallad stopped before the gateway's answer was on disk")
			if gw := t.gateways[o.Gateway]; gw != nil {
				t.workers.Go(func() { t.settle(gw, o, nil, cause) })
				continue
			}
			t.workers.Go(func() {
				t.end(o, state.OperationUnknown, nil, &state.Problem{Class: string(gateway.ClassUnknown), Text: cause.Error(), Cashier: advice(o)})
			})
		}
		if len(page) < 500 {
			return nil
		}
	}
}

// Operation reads one operation; ErrNoOperation if there is none.
func (t *Till) Operation(_ context.Context, id string) (state.Operation, error) {
	o, found, err := t.o.Store.Operation(id)
	if err == nil && !found {
		err = fmt.Errorf("%w: %.40q", ErrNoOperation, id)
	}
	return o, err
}

// Operations lists operations, newest first, with an id below before if one is given.
func (t *Till) Operations(_ context.Context, before string, limit int) ([]state.Operation, error) {
	if limit == 0 {
		limit = 50
	}
	if limit < 0 || limit > 1000 {
		return nil, &RequestError{Field: "limit", Why: fmt.Sprintf("limit is %d: give 1 to 1000", limit)}
	}
	return t.o.Store.Operations(before, limit)
}
