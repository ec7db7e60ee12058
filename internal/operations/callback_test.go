package operations

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/state"
)

// TestMandateCallback: the payer approves, the gateway calls, the till looks and writes down what it saw; a forged
// callback leaves nothing behind, and a flood of them costs one look a minute.
func TestMandateCallback(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		o := s.office
		made := s.ask(Request{Kind: MandateCreate, Body: json.RawMessage(mandateBody)})
		var m gateway.Mandate
		if err := json.Unmarshal(made.Result, &m); err != nil || m.Status != "CREATED" {
			t.Fatalf("%+v, %v", made, err)
		}
		count := func() int {
			ops, err := s.ops.List("", 100)
			if err != nil {
				t.Fatal(err)
			}
			return len(ops)
		}
		for range 500 { // it says ACTIVE, and it isn't
			s.ops.Hint("a", m.ID)
			synctest.Wait()
		}
		s.ops.Hint("a", "M99")
		s.ops.Hint("b", m.ID)
		synctest.Wait()
		if count() != 1 {
			t.Fatalf("forged callbacks left %d operations", count())
		}
		m.Status = "ACTIVE"
		o.keep(m)
		s.ops.Hint("a", m.Reference)
		synctest.Wait()
		if count() != 1 {
			t.Error("looked twice in a minute")
		}
		s.end() // what it knew is on disk
		s.start()
		defer s.end()
		s.ops.Hint("a", "x", m.ID)
		synctest.Wait()
		ops, err := s.ops.List("", 100)
		if err != nil || len(ops) != 2 || ops[0].Kind != MandateSeen || ops[0].Status != state.OperationDone ||
			ops[0].By != "gateway:a" ||
			ops[0].Target != m.ID {
			t.Fatalf("%+v, %v", ops, err)
		}
		var seen gateway.Mandate
		if err := json.Unmarshal(ops[0].Result, &seen); err != nil || seen.Status != "ACTIVE" {
			t.Errorf("%s, %v", ops[0].Result, err)
		}
		time.Sleep(2 * calledEvery)
		s.ops.Hint("a", m.ID) // the same again
		synctest.Wait()
		if count() != 2 {
			t.Errorf("a callback that changes nothing left %d operations", count())
		}
	})
}

// TestCallbackSettles: an operation whose outcome wasn't known is looked at when the gateway calls about it.
func TestCallbackSettles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		o := s.office
		defer s.end()
		o.noFind = true
		o.fail = func(string) (bool, error) {
			return true, &gateway.Error{Class: gateway.ClassUnknown, Gateway: "a", Op: "write"}
		}
		made := s.ask(Request{Kind: MandateCreate, Body: json.RawMessage(mandateBody)})
		time.Sleep(time.Minute)
		synctest.Wait()
		if made, _ = s.ops.Operation(made.ID); made.Status != state.OperationUnknown {
			t.Fatalf("%+v", made)
		}
		o.noFind = false
		s.ops.Hint("a", made.Reference)
		synctest.Wait()
		if made, _ = s.ops.Operation(made.ID); made.Status != state.OperationDone || made.Problem != nil {
			t.Errorf("%+v", made)
		}
	})
}

// TestEarlyCallback: what a gateway says while the start still reads is looked at afterwards.
func TestEarlyCallback(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		made := s.ask(Request{Kind: MandateCreate, Body: json.RawMessage(mandateBody)})
		s.end()
		m := s.office.mandate(made.Reference)
		m.Status = "REVOKED"
		s.office.keep(m)

		hold := make(chan struct{})
		s.store.list = func() { <-hold }
		s.start()
		defer s.end()
		s.ops.Hint("a", m.ID)
		s.store.list = nil
		close(hold)
		synctest.Wait()
		ops, err := s.ops.List("", 0)
		if err != nil || len(ops) != 2 || ops[0].Kind != MandateSeen || ops[0].Reference != made.Reference {
			t.Errorf("%+v, %v", ops, err)
		}
	})
}
