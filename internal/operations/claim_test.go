package operations

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/internal/till"
	"galla/state"
	"galla/state/statement"
)

// TestQRReference: corners.md 9. A reference is one counter QR: a second request under it is refused before anybody is
// asked, unless the first was refused. A repeat by its key is answered.
func TestQRReference(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		o := s.office
		defer s.end()
		body := func(name string) json.RawMessage {
			return json.RawMessage(`{"name":"` + name + `","reference":"COUNTER-1","multiple_use":true}`)
		}

		o.fail = func(string) (bool, error) {
			return false, &gateway.Error{Class: gateway.ClassRejected, Gateway: "a", Op: "write", Cashier: "no"}
		}
		if op := s.ask(Request{Key: "k0", Kind: QRCreate, Body: body("x")}); op.Status != state.OperationRefused {
			t.Fatalf("%+v", op)
		}
		o.fail = nil
		first := s.ask(Request{Key: "k1", Kind: QRCreate, Body: body("x")})
		if first.Status != state.OperationDone {
			t.Fatalf("after a refusal: %+v", first)
		}
		if again := s.ask(Request{Key: "k1", Kind: QRCreate, Body: body("x")}); again.ID != first.ID {
			t.Errorf("the same request made %s", again.ID)
		}
		_, err := s.ops.Ask(t.Context(), Request{Key: "k2", Kind: QRCreate, Body: body("x"), By: "manager:ravi"})
		var wrong *till.RequestError
		if !errors.As(err, &wrong) || wrong.Field != "reference" {
			t.Errorf("a second QR of the reference: %v", err)
		}
		if len(o.sent) != 2 || len(o.qrs) != 1 {
			t.Errorf("sent %v, made %v", o.sent, o.qrs)
		}
	})
}

// TestQRName: no two standing QRs have one name while both take payments, or may: also where both are asked at once,
// the first has no certain end, or the box has started anew. A refused or closed one's name is free, and one for a
// single payment takes none.
func TestQRName(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		o := s.office
		defer func() { s.end() }()
		ask := func(name string) (state.Operation, error) {
			body := json.RawMessage(`{"name":"` + name + `","multiple_use":true}`)
			return s.ops.Ask(t.Context(), Request{Kind: QRCreate, Body: body, By: "manager:ravi"})
		}
		refused := func(name, says string) {
			t.Helper()
			writes := len(o.writes())
			_, err := ask(name)
			var wrong *till.RequestError
			if !errors.As(err, &wrong) || wrong.Field != "name" || !strings.Contains(wrong.Why, says) {
				t.Errorf("%q: %v, want %q", name, err, says)
			}
			if len(o.writes()) != writes {
				t.Error("the gateway has heard of it")
			}
		}

		ends := make(chan error, 5)
		for range 5 {
			go func() { _, err := ask("Counter 1"); ends <- err }()
		}
		made := 0
		for range 5 {
			if <-ends == nil {
				made++
			}
		}
		if made != 1 || len(o.qrs) != 1 {
			t.Fatalf("%d were taken, %d made", made, len(o.qrs))
		}
		var first gateway.CounterQR
		for _, q := range o.qrs {
			first = q
		}
		refused(" counter  1", "galla qr cancel "+first.ID)
		if op := s.ask(Request{Kind: QRCreate,
			Body: json.RawMessage(`{"name":"Counter 1"}`)}); op.Status != state.OperationDone {
			t.Errorf("one for a single payment: %+v", op)
		}
		s.end()
		s.start()
		refused("Counter 1", "galla qr cancel "+first.ID)

		if op := s.ask(Request{Kind: QRCancel, Target: first.ID}); op.Status != state.OperationDone {
			t.Fatalf("%+v", op)
		}
		o.failing(func(string) (bool, error) {
			return false, &gateway.Error{Class: gateway.ClassRejected, Gateway: "a", Op: "write", Cashier: "no"}
		})
		if op, err := ask("Counter 1"); err != nil || op.Status != state.OperationRefused {
			t.Fatalf("%+v, %v", op, err)
		}
		o.failing(nil)
		if op, err := ask("Counter 1"); err != nil || op.Status != state.OperationDone {
			t.Errorf("after a close and a refusal: %+v, %v", op, err)
		}

		o.failing(func(string) (bool, error) {
			return false, &gateway.Error{Class: gateway.ClassUnknown, Gateway: "a", Op: "write"}
		})
		op, err := ask("Counter 2")
		for err == nil && op.Status == state.OperationAsked {
			op, err = s.ops.Operation(op.ID)
			time.Sleep(time.Second)
		}
		o.failing(nil)
		if err != nil || op.Status != state.OperationUnknown {
			t.Fatalf("%+v, %v", op, err)
		}
		refused("Counter 2", "galla operation show "+op.ID)
		if _, err := s.ops.Settle(t.Context(), op.ID, false, "manager:ravi"); err != nil {
			t.Fatal(err)
		}
		if op, err := ask("Counter 2"); err != nil || op.Status != state.OperationDone {
			t.Errorf("after a person said that it was not made: %+v, %v", op, err)
		}
	})
}

// TestKnownIsTold: who follows counter QRs hears of each once its end is on disk, and of all after a start.
func TestKnownIsTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var told []state.Operation
		s := newShop(t)
		s.known = func(op state.Operation) { told = append(told, op) }
		s.start()
		s.ask(Request{Kind: QRCreate, Body: json.RawMessage(`{"name":"x","multiple_use":true}`)})
		synctest.Wait()
		if len(told) != 1 || told[0].Kind != QRCreate || told[0].Status != state.OperationDone {
			t.Errorf("told %+v", told)
		}
		s.end()
		told = nil
		s.start()
		s.end()
		if len(told) != 1 || told[0].Kind != QRCreate {
			t.Errorf("after a start: told %+v", told)
		}
	})
}

// TestWhose: corners.md 10. The box's id says whose an order is, under whichever name; without one the terminal's name
// does, which two boxes may bear.
func TestWhose(t *testing.T) {
	o := &Operations{terminal: "T1", box: "b0"}
	for from, want := range map[statement.Origin]statement.Whose{
		{Terminal: "T1", Box: "b0"}:  statement.Ours,
		{Terminal: "old", Box: "b0"}: statement.Ours,
		{Terminal: "T1", Box: "b1"}:  statement.Sibling,
		{Terminal: "T2", Box: "b1"}:  statement.Elsewhere,
		{Terminal: "T1"}:             statement.Ours,
		{Terminal: "T2"}:             statement.Elsewhere,
		{}:                           statement.Elsewhere,
	} {
		if got := o.whose(from); got != want {
			t.Errorf("%+v is %s, want %s", from, got, want)
		}
	}
}

// TestUnwatchedIsSaid: corners.md 9. Of a QR whose gateway documents no list of its payments it is said at once what
// that means.
func TestUnwatchedIsSaid(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		op := s.ask(Request{Kind: QRCreate, Body: json.RawMessage(`{"name":"x","multiple_use":true}`)})
		if op.Status != state.OperationDone || op.Problem == nil ||
			!strings.Contains(op.Problem.Cashier, "does not tell the till who pays") {
			t.Errorf("%+v", op)
		}
	})
}
