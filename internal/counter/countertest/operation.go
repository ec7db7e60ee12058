package countertest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"galla/internal/till"
	"galla/state"
)

// Operate implements counter.Till. The gateway does at once what is asked, unless Manual.
func (t *Till) Operate(ctx context.Context, r till.OperationRequest) (state.Operation, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return state.Operation{}, err
	}
	if k, ok := t.keys[r.Key]; ok {
		if k.request != fmt.Sprint(r) {
			return state.Operation{}, till.ErrKeyReused
		}
		return t.asked[k.sale], nil
	}
	switch {
	case t.fail != nil:
		return state.Operation{}, t.fail
	case r.Gateway != "enkash":
		return state.Operation{}, &till.RequestError{Field: "gateway", Why: fmt.Sprintf("no gateway is named %q", r.Gateway)}
	}
	id := fmt.Sprintf("O%06d", len(t.asked)+1)
	if err := t.operate(state.Event{Kind: state.EventOperationAsked, By: r.By, Gateway: r.Gateway, Operation: &state.Operation{ID: id, Kind: r.Kind,
		Gateway: r.Gateway, Target: r.Target, Reference: id, Request: r.Body, Approver: r.Approver}}); err != nil {
		return state.Operation{}, err
	}
	t.keys[r.Key] = keyed{fmt.Sprint(r), id}
	if t.Manual {
		return t.asked[id], nil
	}
	var result any
	switch r.Kind {
	case till.QRCreate, till.QRCancel:
		result = till.CounterQR{ID: "QR1", Name: "Counter 1", Status: map[bool]string{true: "active", false: "cancelled"}[r.Kind == till.QRCreate], CreatedAt: t.Now()}
		if q := result.(till.CounterQR); q.Status == "active" {
			q.Payload = "upi://pay?pa=shop@bank&pn=Shop&cu=INR&tr=QR1"
			result = q
		}
	case till.GatewayRecord:
		result = till.Recorded{Steps: []string{"create: order O1 over ₹1.00"}, Transcript: []string{`{"method":"POST","path":"/v1/payments/qr_codes","status":200}`}}
	default:
		m := till.Mandate{ID: "MND1", Reference: id, Amount: 50000, Status: "CREATED", Start: t.Now()}
		var asked till.MandateSpec
		if r.Kind == till.MandateCreate && json.Unmarshal(r.Body, &asked) == nil {
			m.Expiry, m.Start, m.End = asked.Expiry, asked.Start, asked.End
		}
		result = m
	}
	raw, err := json.Marshal(result)
	if err == nil {
		err = t.operate(state.Event{Kind: state.EventOperationDone, By: "gateway:" + r.Gateway, Operation: &state.Operation{ID: id, Status: state.OperationDone, Result: raw}})
	}
	return t.asked[id], err
}

// Record implements counter.Till.
func (t *Till) Record(ctx context.Context, a state.Act, do func() error) error {
	detail, err := json.Marshal(a.Detail)
	if err != nil {
		return err
	}
	t.mu.Lock()
	id := fmt.Sprintf("O%06d", len(t.asked)+1)
	err = t.fail
	if err == nil {
		err = t.operate(state.Event{Kind: state.EventOperationAsked, By: a.By, Gateway: state.Box, Operation: &state.Operation{ID: id, Kind: a.Kind,
			Gateway: state.Box, Target: a.Target, Reference: id, Request: detail, Approver: a.Approver}})
	}
	t.mu.Unlock()
	if err != nil {
		return err
	}
	end := state.Operation{ID: id, Status: state.OperationDone}
	failed := do()
	if failed != nil {
		end.Status = state.OperationRefused
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.operate(state.Event{Kind: state.EventOperationDone, By: "till", Operation: &end}); err != nil {
		return err
	}
	return failed
}

// operate commits one event of an operation; the caller holds mu.
func (t *Till) operate(e state.Event) error {
	e.Seq, e.At = uint64(len(t.events))+1, t.Now()
	o, err := state.ApplyOperation(t.asked[e.Operation.ID], e)
	if err != nil {
		return err
	}
	t.asked[o.ID] = o
	t.events = append(t.events, e)
	close(t.changed)
	t.changed = make(chan struct{})
	return nil
}

// Operation implements counter.Till.
func (t *Till) Operation(_ context.Context, id string) (state.Operation, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	o, ok := t.asked[id]
	if !ok {
		return o, till.ErrNoOperation
	}
	return o, nil
}

// Operations implements counter.Till.
func (t *Till) Operations(_ context.Context, before string, limit int) ([]state.Operation, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []state.Operation
	for n := len(t.asked); n > 0 && (limit == 0 || len(out) < limit); n-- {
		if id := fmt.Sprintf("O%06d", n); before == "" || id < before {
			out = append(out, t.asked[id])
		}
	}
	return out, nil
}

// Gateways implements counter.Till.
func (t *Till) Gateways() (out []till.GatewayInfo) {
	t.mu.Lock()
	lists := t.bank != nil && t.bank.Lists
	t.mu.Unlock()
	for _, h := range t.Health().Gateways {
		out = append(out, till.GatewayInfo{GatewayHealth: h, CounterQRs: true, Mandates: true, Examination: true, Recording: true, Statement: lists})
	}
	return out
}

// CounterQR implements counter.Till: there is QR1, once it was made.
func (t *Till) CounterQR(_ context.Context, gateway, id string) (till.CounterQR, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range slices.Sorted(func(yield func(string) bool) {
		for id := range t.asked {
			if !yield(id) {
				return
			}
		}
	}) {
		if o := t.asked[n]; o.Kind == till.QRCreate && id == "QR1" {
			var q till.CounterQR
			err := json.Unmarshal(o.Result, &q)
			return q, err
		}
	}
	return till.CounterQR{}, &till.GatewayError{Gateway: gateway, Missing: true, Why: "the gateway has nothing under this id"}
}

// CounterQRs implements counter.Till.
func (t *Till) CounterQRs(ctx context.Context, gateway string, _ till.CounterQRSearch) ([]till.CounterQR, error) {
	q, err := t.CounterQR(ctx, gateway, "QR1")
	if err != nil {
		return nil, nil
	}
	return []till.CounterQR{q}, nil
}

// Mandate implements counter.Till: there is MND1.
func (t *Till) Mandate(_ context.Context, gateway, id string) (till.Mandate, error) {
	if id != "MND1" {
		return till.Mandate{}, &till.GatewayError{Gateway: gateway, Missing: true, Why: "the gateway has nothing under this id"}
	}
	return till.Mandate{ID: id, Amount: 50000, Status: "ACTIVE", PayerVPA: "ra****@okaxis"}, nil
}

// Examine implements counter.Till: all is well but what SetFindings says.
func (t *Till) Examine(context.Context, string) ([]till.Finding, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]till.Finding{{Check: "reach", Level: "ok", Says: "it answers"}}, t.findings...), nil
}

// SetFindings adds what an examination finds.
func (t *Till) SetFindings(f ...till.Finding) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.findings = f
}
