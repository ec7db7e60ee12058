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

// errAny stands for an error that says what is wrong with the request: the call does not ask the engine.
var errAny = errors.New("any error")

// legal are all exported methods of a Till, and what each answers before Run and after its end. nil: an answer, not an
// error. doc.go says the same in words.
var legal = map[string]struct{ before, ended error }{
	"Open":    {ErrNotReady, ErrStopped},
	"Cancel":  {ErrNotReady, ErrStopped},
	"Refund":  {ErrNotReady, ErrStopped},
	"Print":   {ErrNotReady, ErrStopped},
	"Resolve": {ErrNotReady, ErrStopped},
	"Debit":   {ErrNotReady, ErrStopped},
	"Commit":  {ErrNotReady, ErrStopped},
	"Ping":    {ErrNotReady, ErrStopped},
	"Run":     {nil, errAny},

	"Sale":    {ErrNoSale, ErrNoSale},
	"Sales":   {},
	"Find":    {},
	"Days":    {},
	"Limit":   {},
	"Events":  {},
	"Seq":     {},
	"Changed": {},
	"Ready":   {},
	"Health":  {},

	"Type":        {},
	"ShowCode":    {},
	"Shown":       {},
	"Display":     {},
	"Printer":     {},
	"ObserveCall": {},
	"Hint":        {},
}

// ask calls the method of a name, with little more than it needs to get to the engine or the store.
func ask(ctx context.Context, t *Till, name string) error {
	switch name {
	case "Open":
		return errOf(t.Open(ctx, OpenRequest{Amount: 100}))
	case "Cancel":
		return errOf(t.Cancel(ctx, CancelRequest{SaleID: "x", Reason: state.CloseCancelled}))
	case "Refund":
		return errOf(t.Refund(ctx, RefundRequest{SaleID: "x", All: true}))
	case "Print":
		return errOf(t.Print(ctx, PrintRequest{SaleID: "x", Copy: "order"}))
	case "Resolve":
		return errOf(t.Resolve(ctx, ResolveRequest{SaleID: "x", Action: state.ActionAccept}))
	case "Debit":
		return errOf(t.Debit(ctx, DebitRequest{}))
	case "Commit":
		return t.Commit(ctx, func(*Txn) error { panic("nobody can commit it") })
	case "Ping":
		return t.Ping(ctx)
	case "Run":
		return t.Run(ctx)
	case "Sale":
		return errOf(t.Sale(ctx, "x"))
	case "Limit":
		return given(t.Limit() == DefaultLimit)
	case "Find":
		return errOf(t.Find(ctx, state.FieldReference, "BILL-1", "", 1))
	case "Days":
		_, err := t.Days(ctx, "", "")
		return err
	case "Sales":
		return errOf(t.Sales(ctx, Query{}))
	case "Events":
		return errOf(t.Events(ctx, 0, 10))
	case "Seq":
		return errOf(t.Seq())
	case "Changed":
		return given(t.Changed() != nil)
	case "Ready":
		return given(t.Ready() != nil)
	case "Health":
		return given(!t.Health().Ready && t.Health().Problem != "")
	case "Type":
		t.Type("12", nil)
		return nil
	case "ShowCode":
		t.ShowCode(PairingCode{Code: "1"})
		return nil
	case "Shown":
		t.Shown(1, "x", time.Now(), true, "")
		return nil
	case "Display":
		t.Display("connected")
		return nil
	case "Printer":
		t.Printer("ready")
		return nil
	case "ObserveCall":
		t.ObserveCall("a", gateway.ErrNotFound)
		return nil
	case "Hint":
		t.Hint("a", "x")
		return nil
	}
	panic("nobody says how to call " + name)
}

func errOf[T any](_ T, err error) error { return err }

func given(is bool) error {
	if !is {
		return errors.New("it is not what it should be")
	}
	return nil
}

func known(name string) bool {
	_, ok := legal[name]
	return ok
}

// TestCallsBeforeRunAndAfter: every exported method has a defined answer at once, and none panics, before Run was
// called and after it has ended. 300 of each are more than the inbox holds.
func TestCallsBeforeRunAndAfter(t *testing.T) {
	for i := range reflect.TypeFor[*Till]().NumMethod() {
		if name := reflect.TypeFor[*Till]().Method(i).Name; !known(name) {
			t.Errorf("nobody says when %s may be called", name)
		}
	}
	check := func(t *testing.T, when string, tl *Till, name string, want error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		for range 300 {
			err := ask(ctx, tl, name)
			if want == errAny && err == nil || want != errAny && !errors.Is(err, want) || want == nil && err != nil {
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
		for _, name := range []string{"Open", "Cancel", "Refund", "Print", "Resolve", "Commit", "Ping", "Sale", "Sales",
			"Find", "Days", "Events"} {
			for range 20 { // a choice between an ended context and a free inbox is drawn by lot
				if err := ask(ctx, s.till, name); !errors.Is(err, context.Canceled) {
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
