package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/internal/till"
	"galla/state"
)

const mandateBody = `{"name":"Milk","amount_paise":50000,"rule":"max","payer":{"name":"Rahul",` +
	`"vpa":"rahul.k@okaxis","account":"123456789012"},
	"period":"MONTHLY","debit_rule":"BEFORE","debit_value":5,"expiry":"2026-12-01T00:00:00Z",` +
	`"start":"2026-12-01T00:00:00Z","end":"2027-12-01T00:00:00Z"}`

func TestOperations(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		o := s.office
		defer s.end()
		qr := s.ask(Request{Key: "k1", Kind: QRCreate, Body: json.RawMessage(`{"name":"Counter 1"}`)})
		if qr.Status != state.OperationDone || qr.Reference != qr.ID ||
			!strings.Contains(string(qr.Result), `"status":"active"`) {
			t.Fatalf("a QR: %+v", qr)
		}
		again := s.ask(Request{Key: "k1", Kind: QRCreate, Body: json.RawMessage(`{"name":"Counter 1"}`)})
		if again.ID != qr.ID || len(o.sent) != 1 {
			t.Errorf("the same request again made %+v, sent %v", again, o.sent)
		}
		if _, err := s.ops.Ask(
			context.Background(),
			Request{Key: "k1", Kind: QRCreate, Body: json.RawMessage(`{"name":"Counter 2"}`)},
		); !errors.Is(err, till.ErrKeyReused) {
			t.Errorf("another request under the key: %v", err)
		}
		if c := s.ask(Request{Key: "k2", Kind: QRCancel, Target: "QR" + qr.ID}); c.Status != state.OperationDone ||
			!strings.Contains(string(c.Result), `"cancelled"`) {
			t.Errorf("its cancel: %+v", c)
		}
		m := s.ask(Request{Kind: MandateCreate, Body: json.RawMessage(mandateBody)})
		if m.Status != state.OperationDone || strings.Contains(string(m.Request), "rahul") ||
			strings.Contains(string(m.Request), "12345678") ||
			!strings.Contains(string(m.Request), `****9012`) {
			t.Fatalf("a mandate: %+v, kept %s", m, m.Request)
		}
		id := "M" + m.ID
		for kind, body := range map[string]string{MandateUpdate: `{"amount_paise":40000}`,
			MandateRevoke: `{"remarks":"closed"}`} {
			got := s.ask(Request{Kind: kind, Target: id, Body: json.RawMessage(body)})
			if got.Status != state.OperationDone || got.Target != id {
				t.Errorf("%s: %+v", kind, got)
			}
		}
		if missing := s.ask(Request{Kind: QRCancel, Target: "QRnone"}); missing.Status != state.OperationRefused {
			t.Errorf("cancel of what is not there: %+v", missing)
		}
		list, err := s.ops.List("", 0)
		if err != nil || len(list) != 6 || list[0].Kind != QRCancel || list[5].ID != qr.ID {
			t.Errorf("%d operations: %v", len(list), err)
		}
		events, _ := s.till.Events(context.Background(), 0, 100)
		if len(events) != 12 || events[0].Kind != state.EventOperationAsked || events[0].By != "manager:ravi" ||
			events[1].By != "gateway:a" {
			t.Errorf("%d events: %+v", len(events), events[:2])
		}
		if got := s.ops.Gateways(); len(got) != 1 || !got[0].CounterQRs || !got[0].Mandates || got[0].Examination ||
			!got[0].Recording {
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
		"a QR that was made": {QRCreate, "", `{"name":"x","amount_paise":500}`, true, false,
			state.OperationDone, ""},
		"a QR that wasn't": {QRCreate, "", `{"name":"x"}`, false, false,
			state.OperationUnknown, "galla qr list"},
		"a cancel that happened": {QRCancel, "QR0", ``, true, false, state.OperationDone, ""},
		"a cancel that didn't": {QRCancel, "QR0", ``, false, false,
			state.OperationUnknown, "takes payments"},
		"a mandate found by its reference": {MandateCreate, "", mandateBody, true, false, state.OperationDone, ""},
		"a mandate that can't be found": {MandateCreate, "", mandateBody, true, true,
			state.OperationUnknown, "dashboard"},
		"an update that happened": {MandateUpdate, "M0", `{"amount_paise":700}`, true, false,
			state.OperationDone, ""},
		"a revocation that didn't happen": {MandateRevoke, "M0", `{"remarks":"x"}`, false, false,
			state.OperationUnknown, "galla mandate show"},
		"a revocation that happened": {MandateRevoke, "M0", `{"remarks":"x"}`, true, false, state.OperationDone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t).start()
				o := s.office
				defer s.end()
				o.qrs["0"] = gateway.CounterQR{ID: "QR0", Reference: "0", Status: "active"}
				o.mandates["0"] = gateway.Mandate{ID: "M0", Reference: "0", Amount: 100, Status: "ACTIVE"}
				o.noFind = c.noFind
				o.fail = func(string) (bool, error) { return c.happens, lost }
				op := s.ask(Request{Kind: c.kind, Target: c.target, Body: json.RawMessage(c.body)})
				if op.Status == state.OperationAsked { // the caller had waited long enough
					time.Sleep(time.Minute)
					synctest.Wait()
					op, _ = s.ops.Operation(op.ID)
				}
				if op.Status != c.want || len(o.sent) != 1 {
					t.Fatalf("%+v, sent %v", op, o.sent)
				}
				if c.want == state.OperationUnknown &&
					(op.Problem == nil || !strings.Contains(op.Problem.Cashier, c.says)) {
					t.Errorf("it says %+v, which does not name %q", op.Problem, c.says)
				}
			})
		})
	}
}

// TestOperationSurvivesCrash: gallad dies after the operation was written down, before or after the gateway heard of
// it.
func TestOperationSurvivesCrash(t *testing.T) {
	for name, happened := range map[string]bool{"after the gateway did it": true, "before the gateway heard": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t).start()
				o := s.office
				hold := make(chan struct{})
				o.fail = func(string) (bool, error) {
					go func() { <-hold }()
					return happened, context.Canceled // what a call sees of a process that ends
				}
				ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
				defer cancel()
				op, err := s.ops.Ask(ctx, Request{Kind: QRCreate, Body: json.RawMessage(`{"name":"x"}`)})
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
				got, err := s.ops.Operation(op.ID)
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
		s := newShop(t).start()
		o := s.office
		defer s.end()
		for what, r := range map[string]Request{
			"an unknown gateway":       {Kind: QRCreate, Gateway: "b", Body: json.RawMessage(`{"name":"x"}`)},
			"an unknown kind":          {Kind: "qr.paint"},
			"no name":                  {Kind: QRCreate, Body: json.RawMessage(`{}`)},
			"a field nobody knows":     {Kind: QRCreate, Body: json.RawMessage(`{"name":"x","colour":"red"}`)},
			"a negative amount":        {Kind: QRCreate, Body: json.RawMessage(`{"name":"x","amount_paise":-1}`)},
			"above the limit":          {Kind: QRCreate, Body: json.RawMessage(`{"name":"x","amount_paise":10000001}`)},
			"a target for a new thing": {Kind: QRCreate, Target: "QR1", Body: json.RawMessage(`{"name":"x"}`)},
			"no target":                {Kind: QRCancel},
			"no remarks":               {Kind: MandateRevoke, Target: "M1", Body: json.RawMessage(`{}`)},
			"more than remarks": {Kind: MandateRevoke, Target: "M1",
				Body: json.RawMessage(`{"remarks":"x","amount_paise":1}`)},
			"no amount": {Kind: MandateNotify, Target: "M1", Body: json.RawMessage(`{}`)},
			"two mandates": {Kind: MandateNotify, Target: "M1",
				Body: json.RawMessage(`{"mandate_id":"M2","amount_paise":1}`)},
			"no payer": {Kind: MandateCreate,
				Body: json.RawMessage(`{"name":"x","amount_paise":1,"rule":"max","period":"M","debit_rule":"B"}`)},
			"a rule nobody knows": {Kind: MandateCreate,
				Body: json.RawMessage(strings.Replace(mandateBody, `"max"`, `"some"`, 1))},
			"an end before the start": {Kind: MandateCreate,
				Body: json.RawMessage(strings.Replace(mandateBody, `2027-12`, `2025-12`, 1))},
			"a mandate nobody knows": {Kind: MandateNotify, Target: "M1",
				Body: json.RawMessage(`{"amount_paise":100}`)},
			"a debit beside a sale": {Kind: MandateExecute, Target: "M1",
				Body: json.RawMessage(`{"amount_paise":100}`)},
			"a period nobody knows": {Kind: MandateCreate,
				Body: json.RawMessage(strings.Replace(mandateBody, `MONTHLY`, `SOMETIMES`, 1))},
			"a start that is over": {Kind: MandateCreate,
				Body: json.RawMessage(strings.Replace(mandateBody, `"start":"2026`, `"start":"1999`, 1))},
			"a key too long": {Kind: QRCreate, Key: strings.Repeat("x", 129), Body: json.RawMessage(`{"name":"x"}`)},
		} {
			if op, err := s.ops.Ask(context.Background(), r); err == nil {
				t.Errorf("%s made %+v", what, op)
			} else if e, ok := errors.AsType[*till.RequestError](err); !ok || e.Field == "" {
				t.Errorf("%s: %v is no RequestError with a field", what, err)
			}
		}
		if _, err := s.ops.Operation("O1"); !errors.Is(err, ErrNoOperation) || len(o.sent) > 0 {
			t.Errorf("%v, sent %v", err, o.sent)
		}
		if seq, err := s.store.Seq(); seq != 0 || err != nil {
			t.Errorf("%d events were written", seq)
		}
	})
}

// TestRecordWalks: create, show, close, show, of ₹1 and never of a sale.
func TestRecordWalks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		o := s.office
		defer s.end()
		op := s.ask(Request{Kind: GatewayRecord})
		var r Recorded
		if err := json.Unmarshal(op.Result, &r); err != nil || op.Status != state.OperationDone || len(r.Steps) != 4 ||
			len(r.Transcript) != 1 {
			t.Fatalf("%+v: %v %+v", op, err, r)
		}
		if o.orders[op.ID] == nil || !o.orders[op.ID].closed || o.orders[op.ID].charge.Amount != 100 {
			t.Errorf("the order is %+v", o.orders[op.ID])
		}
		if sales, _ := s.till.Sales(context.Background(), till.Query{}); len(sales) > 0 {
			t.Error("a recording made a sale")
		}
	})
}

// TestRecordLeavesNothingOpen: a look that fails in the middle of the walk doesn't leave an order that could be paid.
func TestRecordLeavesNothingOpen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		o := s.office
		defer s.end()
		o.fail = func(kind string) (bool, error) {
			if kind == "read" {
				return false, &gateway.Error{Class: gateway.ClassUnavailable, Gateway: "a", Op: kind, HTTPStatus: 503}
			}
			return true, nil
		}
		op := s.ask(Request{Kind: GatewayRecord})
		if op.Status == state.OperationDone || o.orders[op.ID] == nil || !o.orders[op.ID].closed {
			t.Errorf("%+v leaves %+v", op, o.orders[op.ID])
		}
	})
}

// TestEndOfOperationIsRefused: what a gateway said while the disk was full is written down once there is room.
func TestEndOfOperationIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var full atomic.Bool
		s := newShop(t)
		o := s.office
		s.store.no = func(state.Batch) bool { return full.Load() }
		o.mandates["0"] = gateway.Mandate{ID: "M0", Reference: "0", Amount: 100, Status: "ACTIVE"}
		o.fail = func(string) (bool, error) { full.Store(true); return true, nil }
		s.start()
		defer s.end()
		op := s.ask(Request{Kind: MandateRevoke, Target: "M0", Body: json.RawMessage(`{"remarks":"x"}`)})
		if op.Status != state.OperationAsked {
			t.Fatalf("%+v", op)
		}
		time.Sleep(time.Hour)
		full.Store(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if op, err := s.ops.Operation(op.ID); err != nil || op.Status != state.OperationDone || len(o.sent) != 1 {
			t.Errorf("%+v, sent %v: %v", op, o.sent, err)
		}
	})
}

// TestTrouble_A17_Operations: "failed, try again" is said of no operation or act whose end is not known.
func TestTrouble_A17_Operations(t *testing.T) {
	for name, k := range kinds {
		says := advice(state.Operation{Kind: name, Reference: "R1"})
		if low := strings.ToLower(says); strings.Contains(low, "fail") ||
			!strings.Contains(low, "not known") && !strings.Contains(low, "broke off") {
			t.Errorf("%s: of an unknown outcome a person reads %q", name, says)
		}
		if k.advice == "" && name != MandateSeen || strings.Contains(says, "REFERENCE") {
			t.Errorf("%s: a person reads %q", name, says)
		}
		if (k.can == nil) != (k.plan == nil) || k.look != nil && k.can == nil {
			t.Errorf("%s can't be asked as it is in the table: %+v", name, k)
		}
	}
}

// TestOperationBesideTheStart: what this process asks while the start is still reading is not taken for what died.
func TestOperationBesideTheStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t)
		read, hold := make(chan struct{}), make(chan struct{})
		s.store.list = func() { close(read); <-hold }
		s.start()
		defer s.end()
		<-read
		s.store.list = nil
		s.office.failing(func(string) (bool, error) { time.Sleep(10 * time.Second); return true, nil })
		asked := make(chan state.Operation)
		go func() { asked <- s.ask(Request{Kind: QRCreate, Body: json.RawMessage(`{"name":"x"}`)}) }()
		time.Sleep(time.Millisecond)
		go s.ops.Audit(
			state.Act{Kind: state.ActPersonAdd, By: "owner:ravi"},
			func() error { time.Sleep(time.Second); return nil },
		)
		time.Sleep(time.Millisecond)
		close(hold)
		if o := <-asked; o.Status != state.OperationDone || len(s.office.writes()) != 1 {
			t.Errorf("%+v, sent %v", o, s.office.writes())
		}
		events, err := s.store.Events(0, 10)
		if err != nil || len(events) != 4 {
			t.Errorf("%d events: %+v, %v", len(events), events, err)
		}
	})
}

// TestOutsideRun: before Run and after it nothing is asked and nothing is done; reads are answered all the same.
func TestOutsideRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t)
		log, gateways := slog.New(slog.DiscardHandler), []gateway.Gateway{s.office}
		tl, err := till.New(till.Options{Store: s.store, Gateways: gateways, Log: log})
		if err != nil {
			t.Fatal(err)
		}
		ops, err := New(Options{Till: tl, Store: s.store, Gateways: gateways, Log: log})
		if err != nil {
			t.Fatal(err)
		}
		qr := Request{Kind: QRCreate, Body: json.RawMessage(`{"name":"x"}`)}
		if o, err := ops.Ask(context.Background(), qr); !errors.Is(err, till.ErrNotReady) {
			t.Errorf("before Run: %+v, %v", o, err)
		}
		never := func() error { t.Error("an act was done that is not on disk"); return nil }
		if err := ops.Audit(state.Act{Kind: state.ActPersonAdd}, never); !errors.Is(err, till.ErrNotReady) {
			t.Errorf("before Run: %v", err)
		}
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- tl.Run(ctx) }()
		<-tl.Ready()
		synctest.Wait()
		select {
		case <-ops.Ready():
			t.Error("ready without Run")
		default:
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		ops.Hint("a", "M1")
		if list, err := ops.List("", 0); err != nil || len(list) > 0 || len(ops.Gateways()) != 1 {
			t.Errorf("%+v, %v", list, err)
		}

		s.start()
		<-s.ops.Ready()
		s.end()
		if o, err := s.ops.Ask(context.Background(), qr); !errors.Is(err, till.ErrStopped) {
			t.Errorf("after Run: %+v, %v", o, err)
		}
		if err := s.ops.Audit(state.Act{Kind: state.ActPersonAdd}, never); !errors.Is(err, till.ErrStopped) {
			t.Errorf("after Run: %v", err)
		}
		if err := s.ops.Run(context.Background()); err == nil {
			t.Error("Run went on a second time")
		}
		if n, err := s.store.Seq(); n != 0 || err != nil || len(s.office.writes()) > 0 {
			t.Errorf("%d events, %v; sent %v", n, err, s.office.writes())
		}
		if _, err := New(Options{Gateways: gateways}); err == nil {
			t.Error("operations were made without a till")
		}
	})
}

// TestAGatewayIsNoBox: the audit names the box itself where an operation names its gateway.
func TestAGatewayIsNoBox(t *testing.T) {
	if _, err := New(Options{Gateways: []gateway.Gateway{named{name: state.Box}}}); err == nil ||
		!strings.Contains(err.Error(), "another name") {
		t.Errorf("%v", err)
	}
}

// TestAccounts: listed are the configured gateways, each with what it can do, and not those of sales that are still
// watched.
func TestAccounts(t *testing.T) {
	s := newShop(t)
	ops, err := New(Options{
		Till:     healthy{names: []string{"plain", "lister", "gone", "a"}},
		Store:    s.store,
		Gateways: []gateway.Gateway{named{name: "plain"}, lister{named: named{name: "lister"}}, s.office},
		Log:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range ops.Gateways() {
		got = append(got, fmt.Sprint(a.Name, " ", a.CounterQRs, a.Mandates, a.Examination, a.Recording, a.Statement))
	}
	want := []string{
		"plain false false false false false",
		"lister false false false false true",
		"a true true false true false",
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%q, want %q", got, want)
	}
}

// healthy is a till that knows gateways by name.
type healthy struct {
	Till
	names []string
}

func (h healthy) Health() (out till.Health) {
	for _, n := range h.names {
		out.Gateways = append(out.Gateways, till.GatewayHealth{Name: n, OK: true})
	}
	return out
}

type named struct {
	gateway.Gateway
	name string
}

func (n named) Name() string { return n.name }

type lister struct {
	named
	gateway.HasStatement
}

func (l lister) Name() string { return l.name }

// TestOddIDs: what can be no gateway's id is nowhere, and the gateway is not asked: one would say that it refuses the
// request, another nothing that is understood.
func TestOddIDs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t)
		s.office.odd = func(id string) { t.Errorf("the gateway was asked for %q", id) }
		s.start()
		defer s.end()
		for _, id := range []string{"", " ", "a b", "../x", "qr_1?x=1", "qr_\x00", "कोड",
			strings.Repeat("a", 65), "a/b", "%2e"} {
			for what, read := range map[string]func() error{
				"QR":      func() error { _, err := s.ops.CounterQR(t.Context(), "a", id); return err },
				"mandate": func() error { _, err := s.ops.Mandate(t.Context(), "a", id); return err },
			} {
				if e, ok := errors.AsType[*GatewayError](read()); !ok || !e.Missing {
					t.Errorf("%s %q: %+v", what, id, e)
				}
			}
		}
		s.office.odd = nil
		if _, err := s.ops.CounterQR(t.Context(), "a", "qr_FuZP2x9Xz.1:2-3"); err == nil {
			t.Error("a QR that nobody made was found")
		}
	})
}
