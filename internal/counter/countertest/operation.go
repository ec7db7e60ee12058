package countertest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"galla/gateway"
	"galla/internal/day"
	"galla/internal/mandate"
	"galla/internal/money"
	"galla/internal/operations"
	"galla/internal/till"
	"galla/state"
)

// Operations are operations over a Till for tests: they stand in its chain of events, fail with its Refuse and wait
// with its Manual. Its methods may be called from any goroutine.
type Operations struct {
	t        *Till
	asked    map[string]state.Operation // guarded by t.mu, as what follows
	findings []gateway.Finding
}

// Operations are what is asked beside this till's sales.
func (t *Till) Operations() *Operations { return t.beside }

// Ask implements counter.Operations. The gateway does at once what is asked, unless Manual.
func (o *Operations) Ask(ctx context.Context, r operations.Request) (state.Operation, error) {
	t := o.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return state.Operation{}, err
	}
	at, replayed := r.Owner+"\x00"+r.Key, r.Replayed
	r.Owner, r.Key, r.Replayed = "", "", nil
	if k, ok := t.keys[at]; ok {
		if k.request != fmt.Sprint(r) {
			return state.Operation{}, till.ErrKeyReused
		}
		if replayed != nil {
			*replayed = true
		}
		return o.asked[k.sale], nil
	}

	switch {
	case t.fail != nil:
		return state.Operation{}, t.fail
	case r.Gateway != "enkash":
		return state.Operation{}, &till.RequestError{
			Field: "gateway",
			Why:   fmt.Sprintf("no gateway is named %q", r.Gateway),
		}
	}

	id := fmt.Sprintf("O%06d", len(o.asked)+1)
	if err := o.operate(state.Event{
		Kind:    state.EventOperationAsked,
		By:      r.By,
		Gateway: r.Gateway,
		Operation: &state.Operation{ID: id, Kind: r.Kind,
			Gateway: r.Gateway, Target: r.Target, Reference: id, Request: r.Body, Approver: r.Approver},
	}); err != nil {
		return state.Operation{}, err
	}

	t.keys[at] = keyed{fmt.Sprint(r), id}
	if t.Manual {
		return o.asked[id], nil
	}
	var result any
	switch r.Kind {
	case operations.QRCreate, operations.QRCancel:
		q := gateway.CounterQR{
			ID:        "QR1",
			Name:      "Counter 1",
			Status:    gateway.CounterQRCancelled,
			CreatedAt: t.Now(),
		}
		if r.Kind == operations.QRCreate {
			q.Status, q.Payload = gateway.CounterQRActive, "upi://pay?pa=shop@bank&pn=Shop&cu=INR&tr=QR1"
		}
		result = q
	case operations.GatewayRecord:
		result = operations.Recorded{
			Steps:      []string{"create: order O1 over ₹1.00"},
			Transcript: []string{`{"method":"POST","path":"/v1/payments/qr_codes","status":200}`},
		}
	default:
		m := gateway.Mandate{ID: "MND1", Reference: id, Amount: 50000, Status: "CREATED", Start: t.Now()}
		var asked gateway.MandateSpec
		if r.Kind == operations.MandateCreate && json.Unmarshal(r.Body, &asked) == nil {
			m.Expiry, m.Start, m.End = asked.Expiry, asked.Start, asked.End
		}
		result = m
	}

	raw, err := json.Marshal(result)
	if err == nil {
		err = o.operate(state.Event{
			Kind:      state.EventOperationDone,
			By:        "gateway:" + r.Gateway,
			Operation: &state.Operation{ID: id, Status: state.OperationDone, Result: raw},
		})
	}

	return o.asked[id], err
}

// Audit implements counter.Operations.
func (o *Operations) Audit(a state.Act, do func() error) error {
	t := o.t
	detail, err := json.Marshal(a.Detail)
	if err != nil {
		return err
	}
	t.mu.Lock()
	id := fmt.Sprintf("O%06d", len(o.asked)+1)
	err = t.fail
	if err == nil {
		err = o.operate(state.Event{
			Kind:    state.EventOperationAsked,
			By:      a.By,
			Gateway: state.Box,
			Operation: &state.Operation{ID: id, Kind: a.Kind,
				Gateway: state.Box, Target: a.Target, Reference: id, Request: detail, Approver: a.Approver},
		})
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
	if err := o.operate(state.Event{Kind: state.EventOperationDone, By: "till", Operation: &end}); err != nil {
		return err
	}
	return failed
}

// operate commits one event of an operation; the caller holds mu.
func (o *Operations) operate(e state.Event) error {
	t := o.t
	e.Seq, e.At = uint64(len(t.events))+1, t.Now()
	n, err := state.ApplyOperation(o.asked[e.Operation.ID], e)
	if err != nil {
		return err
	}
	o.asked[n.ID] = n
	t.events = append(t.events, e)
	close(t.changed)
	t.changed = make(chan struct{})
	return nil
}

// Operation implements counter.Operations.
func (o *Operations) Operation(id string) (state.Operation, error) {
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	op, ok := o.asked[id]
	if !ok {
		return op, operations.ErrNoOperation
	}
	return op, nil
}

// List implements counter.Operations.
func (o *Operations) List(before string, limit int) ([]state.Operation, error) {
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	var out []state.Operation
	for n := len(o.asked); n > 0 && (limit == 0 || len(out) < limit); n-- {
		if id := fmt.Sprintf("O%06d", n); before == "" || id < before {
			out = append(out, o.asked[id])
		}
	}
	return out, nil
}

// Gateways implements counter.Operations: every gateway of the till can do everything, and lists what its Bank does.
func (o *Operations) Gateways() (out []operations.Account) {
	o.t.mu.Lock()
	lists := o.t.bank != nil && o.t.bank.Lists
	o.t.mu.Unlock()
	for _, h := range o.t.Health().Gateways {
		out = append(out, operations.Account{
			GatewayHealth: h,
			CounterQRs:    true,
			Mandates:      true,
			Examination:   true,
			Recording:     true,
			Statement:     lists,
		})
	}
	return out
}

// CounterQR implements counter.Operations: there is QR1, once it was made.
func (o *Operations) CounterQR(_ context.Context, account, id string) (gateway.CounterQR, error) {
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	for _, n := range slices.Sorted(func(yield func(string) bool) {
		for id := range o.asked {
			if !yield(id) {
				return
			}
		}
	}) {
		if op := o.asked[n]; op.Kind == operations.QRCreate && id == "QR1" {
			var q gateway.CounterQR
			err := json.Unmarshal(op.Result, &q)
			return q, err
		}
	}
	return gateway.CounterQR{}, &operations.GatewayError{
		Gateway: account,
		Missing: true,
		Why:     "the gateway has nothing under this id",
	}
}

// CounterQRs implements counter.Operations.
func (o *Operations) CounterQRs(
	ctx context.Context,
	account string,
	_ gateway.CounterQRSearch,
) ([]gateway.CounterQR, error) {
	q, err := o.CounterQR(ctx, account, "QR1")
	if err != nil {
		return nil, nil
	}
	return []gateway.CounterQR{q}, nil
}

// Mandate implements counter.Operations: there is MND1.
func (o *Operations) Mandate(_ context.Context, account, id string) (gateway.Mandate, error) {
	if id != "MND1" {
		return gateway.Mandate{}, &operations.GatewayError{
			Gateway: account,
			Missing: true,
			Why:     "the gateway has nothing under this id",
		}
	}
	return gateway.Mandate{ID: id, Amount: 50000, Status: "ACTIVE", PayerVPA: "ra****@okaxis"}, nil
}

// Examine implements counter.Operations: all is well but what SetFindings says.
func (o *Operations) Examine(context.Context, string) ([]gateway.Finding, error) {
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	return append([]gateway.Finding{{Check: "reach", Level: "ok", Says: "it answers"}}, o.findings...), nil
}

// SetFindings adds what an examination finds.
func (o *Operations) SetFindings(f ...gateway.Finding) {
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	o.findings = f
}

// MandateList implements counter.Operations: MND1, once it was made.
func (o *Operations) MandateList() ([]operations.Mandated, error) {
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	m := operations.Mandated{
		Gateway: "enkash",
		Names:   []string{"MND1"},
		State:   mandate.Active,
		Next:    mandate.Next{Step: mandate.StepLater, Day: "2026-12-05", Amount: 50000},
	}
	for _, id := range slices.Backward(o.t.order) {
		if s := o.t.sales[id]; s.Debit != nil {
			m.Debits = append(m.Debits, s)
		}
	}
	for _, op := range o.asked {
		if op.Kind == operations.MandateCreate && json.Unmarshal(op.Result, &m.Record) == nil {
			m.By, m.AskedAt = op.By, op.AskedAt
			return []operations.Mandated{m}, nil
		}
	}
	return nil, nil
}

// Unsure implements counter.Operations.
func (o *Operations) Unsure(prefix string) (out []state.Operation) {
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	for _, op := range o.asked {
		if op.Status == state.OperationUnknown && strings.HasPrefix(op.Kind, prefix) {
			out = append(out, op)
		}
	}
	return out
}

// Debit implements counter.Operations: the payer of MND1 was told of every debit, and the bank pays at once.
func (o *Operations) Debit(ctx context.Context, r operations.DebitRequest) (state.Sale, error) {
	t, owner, key, replayed := o.t, r.Owner, r.Key, r.Replayed
	r.Owner, r.Key, r.Replayed = "", "", nil
	return t.once(ctx, owner, key, replayed, "", r, func() (state.Sale, error) {
		if r.Mandate != "MND1" {
			return state.Sale{}, &operations.GatewayError{
				Gateway: r.Gateway,
				Missing: true,
				Why:     "the gateway has nothing under this id",
			}
		}
		if r.Amount > 50000 {
			return state.Sale{}, &mandate.Refusal{
				Code:   "debit_amount",
				Values: map[string]any{"most_paise": money.Paise(50000)},
				Why:    "the mandate allows ₹500.00",
				Next:   "Ask for less.",
			}
		}
		t.number++
		id, day := fmt.Sprintf("S%06d", len(t.order)+1), t.Now().In(day.IST).Format(time.DateOnly)
		ref := cmp.Or(r.Reference, "D"+id)
		events := []state.Event{
			{Kind: state.EventOpened, By: r.By, Opened: &state.Opened{
				Number: t.number,
				Day:    day,
				Amount: r.Amount,
				Route:  []string{"enkash"},
				Rules:  state.Rules,
				Kind:   state.KindMandate,
				Debit:  &state.Debit{Mandate: "MND1", Payer: "Rahul", Day: day, Approver: r.Approver},
			}},
			{Kind: state.EventAttemptAsked, Attempt: ref, Gateway: "enkash"},
			{Kind: state.EventAttemptQuoted, Attempt: ref, Quote: &state.Quote{OrderID: ref}, Reading: &state.Reading{
				Payments: []state.Payment{
					{
						ID:        ref,
						GatewayID: "EK" + ref,
						Amount:    r.Amount,
						Status:    state.PaymentCaptured,
						RRN:       "612345678901",
					},
				},
			}},
		}
		var s state.Sale
		for _, e := range events {
			var err error
			e.SaleID = id
			if s, err = t.apply(e); err != nil {
				return s, err
			}
		}
		return s, nil
	})
}

// Settle implements counter.Operations.
func (o *Operations) Settle(_ context.Context, id string, went bool, by string) (state.Operation, error) {
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	op, ok := o.asked[id]
	switch {
	case !ok:
		return op, operations.ErrNoOperation
	case op.Status != state.OperationUnknown:
		return op, &till.RequestError{Field: "id", Why: "only an operation of unknown end is settled by a person"}
	}
	end := state.Operation{ID: id, Status: state.OperationRefused}
	if went {
		end.Status = state.OperationDone
	}
	err := o.operate(state.Event{Kind: state.EventOperationDone, By: by, Gateway: op.Gateway, Operation: &end})
	return o.asked[id], err
}
