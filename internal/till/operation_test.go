package till

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/state"
)

// office is a desk with counter QRs and mandates. It refuses a reference it has seen, and fails a test when it hears of
// something that is not on disk yet.
type office struct {
	*desk
	shop *shop

	qrs      map[string]gateway.CounterQR // by reference
	mandates map[string]gateway.Mandate   // by reference
	debits   map[string]bool
	noFind   bool
	sent     []string
}

func newOffice(s *shop) *office {
	return &office{desk: s.desks[0], shop: s, qrs: map[string]gateway.CounterQR{}, mandates: map[string]gateway.Mandate{}, debits: map[string]bool{}}
}

func (o *office) CounterQRs() gateway.CounterQRs { return officeQRs{o} }
func (o *office) Mandates() gateway.Mandates     { return officeMandates{o} }

func (o *office) Recording(w io.Writer) (gateway.Gateway, *gateway.Recorder, error) {
	io.WriteString(w, "{\"method\":\"POST\"}\n")
	return o, gateway.NewRecorder(w, nil), nil
}

// wrote is one write the gateway hears of.
func (o *office) wrote(kind, ref string) (apply bool, err error) {
	ops, _ := o.shop.store.Operations("", 1)
	if len(ops) == 0 || ops[0].Status != state.OperationAsked || ops[0].Kind != kind || ref != "" && ops[0].Reference != ref {
		o.t.Errorf("the gateway hears of %s %s, and on disk is %+v", kind, ref, ops)
	}
	o.sent = append(o.sent, kind)
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.call(context.Background(), kind)
}

type officeQRs struct{ *office }

func (o officeQRs) Create(_ context.Context, s gateway.CounterQRSpec) (gateway.CounterQR, error) {
	apply, err := o.wrote(QRCreate, s.Reference)
	if apply {
		if _, twice := o.qrs[s.Reference]; twice {
			o.t.Errorf("reference %s was used twice", s.Reference)
		}
		o.qrs[s.Reference] = gateway.CounterQR{ID: "QR" + s.Reference, Name: s.Name, Amount: s.Amount, Reference: s.Reference, Status: "active"}
	}
	if err != nil {
		return gateway.CounterQR{}, err
	}
	return o.qrs[s.Reference], nil
}

func (o officeQRs) Show(_ context.Context, id string) (gateway.CounterQR, error) {
	for _, q := range o.qrs {
		if q.ID == id {
			return q, nil
		}
	}
	return gateway.CounterQR{}, gateway.ErrNotFound
}

func (o officeQRs) Search(context.Context, gateway.CounterQRSearch) (all []gateway.CounterQR, err error) {
	for _, q := range o.qrs { // this one ignores the filter
		all = append(all, q)
	}
	return all, nil
}

func (o officeQRs) Cancel(ctx context.Context, id string) (gateway.CounterQR, error) {
	apply, err := o.wrote(QRCancel, "")
	q, missing := o.Show(ctx, id)
	if missing != nil {
		return q, missing
	}
	if apply {
		q.Status = "cancelled"
		o.qrs[q.Reference] = q
	}
	return q, err
}

type officeMandates struct{ *office }

func (o officeMandates) Create(_ context.Context, s gateway.MandateSpec) (gateway.Mandate, error) {
	apply, err := o.wrote(MandateCreate, s.Reference)
	if s.Payer.VPA != "rahul.k@okaxis" || s.Payer.Account != "123456789012" {
		o.t.Errorf("the gateway gets the payer %+v", s.Payer)
	}
	if apply {
		o.mandates[s.Reference] = gateway.Mandate{ID: "M" + s.Reference, Reference: s.Reference, Amount: s.Amount, Status: "CREATED"}
	}
	if err != nil {
		return gateway.Mandate{}, err
	}
	return o.mandates[s.Reference], nil
}

func (o officeMandates) Show(_ context.Context, id string) (gateway.Mandate, error) {
	for _, m := range o.mandates {
		if m.ID == id {
			return m, nil
		}
	}
	return gateway.Mandate{}, gateway.ErrNotFound
}

func (o officeMandates) Find(_ context.Context, ref string) (gateway.Mandate, error) {
	if o.noFind {
		return gateway.Mandate{}, gateway.ErrUnsupported
	}
	if m, ok := o.mandates[ref]; ok {
		return m, nil
	}
	return gateway.Mandate{}, gateway.ErrNotFound
}

func (o officeMandates) change(ctx context.Context, kind, id string, do func(*gateway.Mandate)) (gateway.Mandate, error) {
	apply, err := o.wrote(kind, "")
	m, missing := o.Show(ctx, id)
	if missing != nil {
		return m, missing
	}
	if apply {
		do(&m)
		o.mandates[m.Reference] = m
	}
	return m, err
}

func (o officeMandates) Update(ctx context.Context, id string, c gateway.MandateChange) (gateway.Mandate, error) {
	return o.change(ctx, MandateUpdate, id, func(m *gateway.Mandate) { m.Amount = c.Amount })
}

func (o officeMandates) Revoke(ctx context.Context, id, _ string) (gateway.Mandate, error) {
	return o.change(ctx, MandateRevoke, id, func(m *gateway.Mandate) { m.Status = "REVOKED" })
}

func (o officeMandates) Notify(ctx context.Context, d gateway.MandateDebit) (gateway.Mandate, error) {
	return o.change(ctx, MandateNotify, d.MandateID, func(*gateway.Mandate) {})
}

func (o officeMandates) Execute(ctx context.Context, d gateway.MandateDebit) (gateway.Mandate, error) {
	return o.change(ctx, MandateExecute, d.MandateID, func(*gateway.Mandate) {
		if o.debits[d.Reference] {
			o.t.Errorf("debit %s was taken twice", d.Reference)
		}
		o.debits[d.Reference] = true
	})
}

// withOffice starts a shop whose one gateway is an office.
func withOffice(t *testing.T) (*shop, *office) {
	s := newShop(t, "a")
	o := newOffice(s)
	s.tune = func(op *Options) { op.Gateways = []gateway.Gateway{o} }
	return s.start(), o
}

func (s *shop) operate(r OperationRequest) state.Operation {
	s.t.Helper()
	r.By = "manager:ravi"
	o, err := s.till.Operate(context.Background(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

const mandateBody = `{"name":"Milk","amount_paise":50000,"rule":"max","payer":{"name":"Rahul","vpa":"rahul.k@okaxis","account":"123456789012"},
	"period":"MONTHLY","debit_rule":"BEFORE","debit_value":5,"expiry":"2026-12-01T00:00:00Z","start":"2026-12-01T00:00:00Z","end":"2027-12-01T00:00:00Z"}`

func TestOperations(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, o := withOffice(t)
		defer s.end()
		qr := s.operate(OperationRequest{Key: "k1", Kind: QRCreate, Body: json.RawMessage(`{"name":"Counter 1"}`)})
		if qr.Status != state.OperationDone || qr.Reference != qr.ID || !strings.Contains(string(qr.Result), `"status":"active"`) {
			t.Fatalf("a QR: %+v", qr)
		}
		if again := s.operate(OperationRequest{Key: "k1", Kind: QRCreate, Body: json.RawMessage(`{"name":"Counter 1"}`)}); again.ID != qr.ID || len(o.sent) != 1 {
			t.Errorf("the same request again made %+v, sent %v", again, o.sent)
		}
		if _, err := s.till.Operate(context.Background(), OperationRequest{Key: "k1", Kind: QRCreate, Body: json.RawMessage(`{"name":"Counter 2"}`)}); !errors.Is(err, ErrKeyReused) {
			t.Errorf("another request under the key: %v", err)
		}
		if c := s.operate(OperationRequest{Key: "k2", Kind: QRCancel, Target: "QR" + qr.ID}); c.Status != state.OperationDone || !strings.Contains(string(c.Result), `"cancelled"`) {
			t.Errorf("its cancel: %+v", c)
		}
		m := s.operate(OperationRequest{Kind: MandateCreate, Body: json.RawMessage(mandateBody)})
		if m.Status != state.OperationDone || strings.Contains(string(m.Request), "rahul") || strings.Contains(string(m.Request), "12345678") || !strings.Contains(string(m.Request), `****9012`) {
			t.Fatalf("a mandate: %+v, kept %s", m, m.Request)
		}
		id := "M" + m.ID
		for kind, body := range map[string]string{MandateUpdate: `{"amount_paise":40000}`, MandateRevoke: `{"remarks":"closed"}`} {
			if got := s.operate(OperationRequest{Kind: kind, Target: id, Body: json.RawMessage(body)}); got.Status != state.OperationDone || got.Target != id {
				t.Errorf("%s: %+v", kind, got)
			}
		}
		for _, kind := range []string{MandateNotify, MandateExecute} {
			if got := s.operate(OperationRequest{Kind: kind, Target: id, Body: json.RawMessage(`{"amount_paise":100,"reference":"D1"}`)}); got.Status != state.OperationDone || got.Reference != "D1" {
				t.Errorf("%s: %+v", kind, got)
			}
		}
		if missing := s.operate(OperationRequest{Kind: QRCancel, Target: "QRnone"}); missing.Status != state.OperationRefused {
			t.Errorf("cancel of what is not there: %+v", missing)
		}
		list, err := s.till.Operations(context.Background(), "", 0)
		if err != nil || len(list) != 8 || list[0].Kind != QRCancel || list[7].ID != qr.ID {
			t.Errorf("%d operations: %v", len(list), err)
		}
		events, _ := s.till.Events(context.Background(), 0, 100)
		if len(events) != 16 || events[0].Kind != state.EventOperationAsked || events[0].By != "manager:ravi" || events[1].By != "gateway:a" {
			t.Errorf("%d events: %+v", len(events), events[:2])
		}
		if got := s.till.Gateways(); len(got) != 1 || !got[0].CounterQRs || !got[0].Mandates || got[0].Examination || !got[0].Recording {
			t.Errorf("gateways: %+v", got)
		}
	})
}

// TestOperationUnknown: an answer that is lost is looked up and never asked again.
func TestOperationUnknown(t *testing.T) {
	lost := &gateway.Error{Class: gateway.ClassUnknown, Gateway: "a", Op: "write", Cashier: "not confirmed"}
	for name, c := range map[string]struct {
		kind, target, body string
		happens, noFind    bool
		want               state.OperationStatus
		says               string
	}{
		"a QR that was made":               {QRCreate, "", `{"name":"x","amount_paise":500}`, true, false, state.OperationDone, ""},
		"a QR that wasn't":                 {QRCreate, "", `{"name":"x"}`, false, false, state.OperationUnknown, "galla qr list"},
		"a cancel that happened":           {QRCancel, "QR0", ``, true, false, state.OperationDone, ""},
		"a cancel that didn't":             {QRCancel, "QR0", ``, false, false, state.OperationUnknown, "takes payments"},
		"a mandate found by its reference": {MandateCreate, "", mandateBody, true, false, state.OperationDone, ""},
		"a mandate that can't be found":    {MandateCreate, "", mandateBody, true, true, state.OperationUnknown, "dashboard"},
		"an update that happened":          {MandateUpdate, "M0", `{"amount_paise":700}`, true, false, state.OperationDone, ""},
		"a revocation that didn't happen":  {MandateRevoke, "M0", `{"remarks":"x"}`, false, false, state.OperationUnknown, "galla mandate show"},
		"a revocation that happened":       {MandateRevoke, "M0", `{"remarks":"x"}`, true, false, state.OperationDone, ""},
		"a debit":                          {MandateExecute, "M0", `{"amount_paise":100}`, true, false, state.OperationUnknown, "Do not debit again"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, o := withOffice(t)
				defer s.end()
				o.qrs["0"] = gateway.CounterQR{ID: "QR0", Reference: "0", Status: "active"}
				o.mandates["0"] = gateway.Mandate{ID: "M0", Reference: "0", Amount: 100, Status: "ACTIVE"}
				o.noFind = c.noFind
				o.fail = func(string, int) (bool, error) { return c.happens, lost }
				op := s.operate(OperationRequest{Kind: c.kind, Target: c.target, Body: json.RawMessage(c.body)})
				if op.Status == state.OperationAsked { // the caller had waited long enough
					time.Sleep(time.Minute)
					synctest.Wait()
					op, _ = s.till.Operation(context.Background(), op.ID)
				}
				if op.Status != c.want || len(o.sent) != 1 {
					t.Fatalf("%+v, sent %v", op, o.sent)
				}
				if c.want == state.OperationUnknown && (op.Problem == nil || !strings.Contains(op.Problem.Cashier, c.says)) {
					t.Errorf("it says %+v, which does not name %q", op.Problem, c.says)
				}
			})
		})
	}
}

// TestOperationSurvivesCrash: gallad dies after the operation was written down, before or after the gateway heard of it.
func TestOperationSurvivesCrash(t *testing.T) {
	for name, happened := range map[string]bool{"after the gateway did it": true, "before the gateway heard": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s, o := withOffice(t)
				hold := make(chan struct{})
				o.fail = func(string, int) (bool, error) {
					go func() { <-hold }()
					return happened, context.Canceled // what a call sees of a process that ends
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
				defer cancel()
				op, err := s.till.Operate(ctx, OperationRequest{Kind: QRCreate, Body: json.RawMessage(`{"name":"x"}`)})
				if err != nil || op.Status != state.OperationAsked {
					t.Fatalf("%+v, %v", op, err)
				}
				s.end()
				close(hold)
				o.fail = nil
				s.start()
				defer s.end()
				time.Sleep(time.Minute)
				synctest.Wait()
				got, err := s.till.Operation(context.Background(), op.ID)
				want := state.OperationUnknown
				if happened {
					want = state.OperationDone
				}
				if err != nil || got.Status != want || len(o.sent) != 1 {
					t.Errorf("%+v, %v; sent %v", got, err, o.sent)
				}
			})
		})
	}
}

func TestOperationRequests(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, o := withOffice(t)
		defer s.end()
		for what, r := range map[string]OperationRequest{
			"an unknown gateway":       {Kind: QRCreate, Gateway: "b", Body: json.RawMessage(`{"name":"x"}`)},
			"an unknown kind":          {Kind: "qr.paint"},
			"no name":                  {Kind: QRCreate, Body: json.RawMessage(`{}`)},
			"a field nobody knows":     {Kind: QRCreate, Body: json.RawMessage(`{"name":"x","colour":"red"}`)},
			"a negative amount":        {Kind: QRCreate, Body: json.RawMessage(`{"name":"x","amount_paise":-1}`)},
			"a target for a new thing": {Kind: QRCreate, Target: "QR1", Body: json.RawMessage(`{"name":"x"}`)},
			"no target":                {Kind: QRCancel},
			"no remarks":               {Kind: MandateRevoke, Target: "M1", Body: json.RawMessage(`{}`)},
			"more than remarks":        {Kind: MandateRevoke, Target: "M1", Body: json.RawMessage(`{"remarks":"x","amount_paise":1}`)},
			"no amount":                {Kind: MandateExecute, Target: "M1", Body: json.RawMessage(`{}`)},
			"two mandates":             {Kind: MandateExecute, Target: "M1", Body: json.RawMessage(`{"mandate_id":"M2","amount_paise":1}`)},
			"no payer":                 {Kind: MandateCreate, Body: json.RawMessage(`{"name":"x","amount_paise":1,"rule":"max","period":"M","debit_rule":"B"}`)},
			"a rule nobody knows":      {Kind: MandateCreate, Body: json.RawMessage(strings.Replace(mandateBody, `"max"`, `"some"`, 1))},
			"an end before the start":  {Kind: MandateCreate, Body: json.RawMessage(strings.Replace(mandateBody, `2027-12`, `2025-12`, 1))},
			"a key too long":           {Kind: QRCreate, Key: strings.Repeat("x", 129), Body: json.RawMessage(`{"name":"x"}`)},
		} {
			if op, err := s.till.Operate(context.Background(), r); err == nil {
				t.Errorf("%s made %+v", what, op)
			} else if e, ok := errors.AsType[*RequestError](err); !ok || e.Field == "" {
				t.Errorf("%s: %v is no RequestError with a field", what, err)
			}
		}
		if _, err := s.till.Operation(context.Background(), "O1"); !errors.Is(err, ErrNoOperation) || len(o.sent) > 0 {
			t.Errorf("%v, sent %v", err, o.sent)
		}
		if seq, err := s.till.Seq(); seq != 0 || err != nil {
			t.Errorf("%d events were written", seq)
		}
	})
}

// TestRecordWalks: create, show, close, show, of ₹1 and never of a sale.
func TestRecordWalks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, o := withOffice(t)
		defer s.end()
		op := s.operate(OperationRequest{Kind: GatewayRecord})
		var r Recorded
		if err := json.Unmarshal(op.Result, &r); err != nil || op.Status != state.OperationDone || len(r.Steps) != 4 || len(r.Transcript) != 1 {
			t.Fatalf("%+v: %v %+v", op, err, r)
		}
		if o.orders[op.ID] == nil || !o.orders[op.ID].closed || o.orders[op.ID].charge.Amount != 100 {
			t.Errorf("the order is %+v", o.orders[op.ID])
		}
		if sales, _ := s.till.Sales(context.Background(), Query{}); len(sales) > 0 {
			t.Error("a recording made a sale")
		}
	})
}

// TestRecordLeavesNothingOpen: a look that fails in the middle of the walk doesn't leave an order that could be paid.
func TestRecordLeavesNothingOpen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, o := withOffice(t)
		defer s.end()
		o.fail = func(kind string, _ int) (bool, error) {
			if kind == "read" {
				return false, &gateway.Error{Class: gateway.ClassUnavailable, Gateway: "a", Op: kind, HTTPStatus: 503}
			}
			return true, nil
		}
		op := s.operate(OperationRequest{Kind: GatewayRecord})
		if op.Status == state.OperationDone || o.orders[op.ID] == nil || !o.orders[op.ID].closed {
			t.Errorf("%+v leaves %+v", op, o.orders[op.ID])
		}
	})
}
