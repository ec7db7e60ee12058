package till

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/printer"
	"galla/state"
)

// anyError stands for an error that says what is wrong with the request, or that the gateway lacks the ability: the call does
// not ask the engine.
var anyError = errors.New("any error")

// legal are all exported methods of a Till, and what each answers before Run and after its end. nil: an answer, not an error.
// doc.go says the same in words.
var legal = map[string]struct {
	call          func(ctx context.Context, t *Till) error
	before, ended error
}{
	"Open": {call: func(ctx context.Context, t *Till) error { return errOf(t.Open(ctx, OpenRequest{Amount: 100})) }, before: ErrNotReady, ended: ErrStopped},
	"Cancel": {call: func(ctx context.Context, t *Till) error {
		return errOf(t.Cancel(ctx, CancelRequest{SaleID: "x", Reason: state.CloseCancelled}))
	}, before: ErrNotReady, ended: ErrStopped},
	"Refund": {call: func(ctx context.Context, t *Till) error { return errOf(t.Refund(ctx, RefundRequest{SaleID: "x"})) }, before: ErrNotReady, ended: ErrStopped},
	"Print": {call: func(ctx context.Context, t *Till) error {
		return errOf(t.Print(ctx, PrintRequest{SaleID: "x", Copy: "order"}))
	}, before: ErrNotReady, ended: ErrStopped},
	"Resolve": {call: func(ctx context.Context, t *Till) error {
		return errOf(t.Resolve(ctx, ResolveRequest{SaleID: "x", Action: state.ActionAccept}))
	}, before: ErrNotReady, ended: ErrStopped},
	"Record": {call: func(ctx context.Context, t *Till) error {
		return t.Record(ctx, state.Act{Kind: "day.close"}, func() error { panic("done unrecorded") })
	}, before: ErrNotReady, ended: ErrStopped},
	"Ping": {call: func(ctx context.Context, t *Till) error { return t.Ping(ctx) }, before: ErrNotReady, ended: ErrStopped},
	"Run":  {call: func(ctx context.Context, t *Till) error { return t.Run(ctx) }, ended: anyError},

	"Sale":       {call: func(ctx context.Context, t *Till) error { return errOf(t.Sale(ctx, "x")) }, before: ErrNoSale, ended: ErrNoSale},
	"Sales":      {call: func(ctx context.Context, t *Till) error { return errOf(t.Sales(ctx, Query{})) }},
	"Events":     {call: func(ctx context.Context, t *Till) error { return errOf(t.Events(ctx, 0, 10)) }},
	"Operation":  {call: func(ctx context.Context, t *Till) error { return errOf(t.Operation(ctx, "x")) }, before: ErrNoOperation, ended: ErrNoOperation},
	"Operations": {call: func(ctx context.Context, t *Till) error { return errOf(t.Operations(ctx, "", 10)) }},
	"Seq":        {call: func(ctx context.Context, t *Till) error { return errOf(t.Seq()) }},
	"Changed":    {call: func(ctx context.Context, t *Till) error { return given(t.Changed() != nil) }},
	"Ready":      {call: func(ctx context.Context, t *Till) error { return given(t.Ready() != nil) }},
	"Gateways":   {call: func(ctx context.Context, t *Till) error { return given(len(t.Gateways()) == 1) }},
	"Health":     {call: func(ctx context.Context, t *Till) error { return given(!t.Health().Ready && t.Health().Problem != "") }},

	"Operate": {call: func(ctx context.Context, t *Till) error {
		return errOf(t.Operate(ctx, OperationRequest{Kind: QRCancel, Target: "q"}))
	}, before: anyError, ended: anyError},
	"CounterQR":  {call: func(ctx context.Context, t *Till) error { return errOf(t.CounterQR(ctx, "a", "q")) }, before: anyError, ended: anyError},
	"CounterQRs": {call: func(ctx context.Context, t *Till) error { return errOf(t.CounterQRs(ctx, "a", CounterQRSearch{})) }, before: anyError, ended: anyError},
	"Mandate":    {call: func(ctx context.Context, t *Till) error { return errOf(t.Mandate(ctx, "a", "m")) }, before: anyError, ended: anyError},
	"Examine":    {call: func(ctx context.Context, t *Till) error { return errOf(t.Examine(ctx, "a")) }, before: anyError, ended: anyError},
	"Statement": {call: func(ctx context.Context, t *Till) error {
		return errOf(t.Statement(ctx, "a", time.Time{}, time.Time{}))
	}, before: anyError, ended: anyError},
	"Ours": {call: func(ctx context.Context, t *Till) error {
		_, _, err := t.Ours(ctx, "a", state.Recorded{})
		return err
	}, before: anyError, ended: anyError},
	"Reread":       {call: func(ctx context.Context, t *Till) error { return errOf(t.Reread(ctx, state.Sale{}, "r")) }, before: anyError, ended: anyError},
	"RereadRefund": {call: func(ctx context.Context, t *Till) error { return errOf(t.RereadRefund(ctx, state.Sale{}, "r")) }, before: anyError, ended: anyError},

	"Type":     {call: func(ctx context.Context, t *Till) error { t.Type("12", nil); return nil }},
	"ShowCode": {call: func(ctx context.Context, t *Till) error { t.ShowCode(PairingCode{Code: "1"}); return nil }},
	"Shown":    {call: func(ctx context.Context, t *Till) error { t.Shown(1, "x", time.Now(), true, ""); return nil }},
	"Display":  {call: func(ctx context.Context, t *Till) error { t.Display("connected"); return nil }},
	"Printer":  {call: func(ctx context.Context, t *Till) error { t.Printer("ready"); return nil }},
	"Reached":  {call: func(ctx context.Context, t *Till) error { t.Reached("a", gateway.ErrNotFound); return nil }},
	"Hint":     {call: func(ctx context.Context, t *Till) error { t.Hint("a", "x"); return nil }},
}

func errOf[T any](_ T, err error) error { return err }

func given(is bool) error {
	if !is {
		return errors.New("it is not what it should be")
	}
	return nil
}

// TestCallsBeforeRunAndAfter: every exported method has a defined answer at once, and none panics, before Run was called and
// after it has ended. 300 of each are more than the inbox holds.
func TestCallsBeforeRunAndAfter(t *testing.T) {
	for i := range reflect.TypeFor[*Till]().NumMethod() {
		if name := reflect.TypeFor[*Till]().Method(i).Name; legal[name].call == nil {
			t.Errorf("nobody says when %s may be called", name)
		}
	}
	check := func(t *testing.T, when string, tl *Till, name string, want error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		for range 300 {
			err := legal[name].call(ctx, tl)
			if want == anyError && err == nil || want != anyError && !errors.Is(err, want) || want == nil && err != nil {
				t.Fatalf("%s %s answers %v, want %v", name, when, err, want)
			}
			if name == "Run" {
				break
			}
		}
		if waited := time.Since(begun); waited > 0 {
			t.Errorf("%s %s waited %v", name, when, waited)
		}
	}
	for name, c := range legal {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t, "a")
				s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted}
				s.start()
				s.end()
				check(t, "after Run", s.till, name, c.ended)

				if name == "Run" {
					return
				}
				fresh, err := New(s.till.o)
				if err != nil {
					t.Fatal(err)
				}
				check(t, "before Run", fresh, name, c.before)

				// What was called too early has spoiled nothing.
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan error, 1)
				go func() { done <- fresh.Run(ctx) }()
				<-fresh.Ready()
				if err := fresh.Ping(ctx); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestEndedContext: a call whose caller has left is not begun.
func TestEndedContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted}
		s.start()
		defer s.end()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, name := range []string{"Open", "Cancel", "Refund", "Print", "Resolve", "Record", "Ping", "Sale", "Sales", "Events"} {
			for range 20 { // a choice between an ended context and a free inbox is drawn by lot
				if err := legal[name].call(ctx, s.till); !errors.Is(err, context.Canceled) {
					t.Fatalf("%s answers %v", name, err)
				}
			}
		}
		synctest.Wait()
		if seq, err := s.till.Seq(); seq != 0 || err != nil {
			t.Errorf("%d events were written for a caller who had left, %v", seq, err)
		}
	})
}
