package till

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/state"
)

// TestMandateCallback: the payer approves, the gateway calls, the till looks and writes down what it saw; a forged callback leaves
// nothing behind, and a flood of them costs one look a minute.
func TestMandateCallback(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, o := withOffice(t)
		made := s.operate(OperationRequest{Kind: MandateCreate, Body: json.RawMessage(mandateBody)})
		var m gateway.Mandate
		if err := json.Unmarshal(made.Result, &m); err != nil || m.Status != "CREATED" {
			t.Fatalf("%+v, %v", made, err)
		}
		count := func() int {
			ops, err := s.till.Operations(context.Background(), "", 100)
			if err != nil {
				t.Fatal(err)
			}
			return len(ops)
		}
		for range 500 { // it says ACTIVE, and it isn't
			s.till.Hint("a", m.ID)
			synctest.Wait()
		}
		s.till.Hint("a", "M99")
		s.till.Hint("b", m.ID)
		synctest.Wait()
		if count() != 1 {
			t.Fatalf("forged callbacks left %d operations", count())
		}
		m.Status = "ACTIVE"
		o.mandates[m.Reference] = m
		s.till.Hint("a", m.Reference)
		synctest.Wait()
		if count() != 1 {
			t.Error("looked twice in a minute")
		}
		if err := s.end(); err != nil { // what it knew is on disk
			t.Fatal(err)
		}
		s.start()
		defer s.end()
		s.till.Hint("a", "x", m.ID)
		synctest.Wait()
		ops, err := s.till.Operations(context.Background(), "", 100)
		if err != nil || len(ops) != 2 || ops[0].Kind != MandateSeen || ops[0].Status != state.OperationDone || ops[0].By != "gateway:a" || ops[0].Target != m.ID {
			t.Fatalf("%+v, %v", ops, err)
		}
		var seen gateway.Mandate
		if err := json.Unmarshal(ops[0].Result, &seen); err != nil || seen.Status != "ACTIVE" {
			t.Errorf("%s, %v", ops[0].Result, err)
		}
		time.Sleep(2 * calledEvery)
		s.till.Hint("a", m.ID) // the same again
		synctest.Wait()
		if count() != 2 {
			t.Errorf("a callback that changes nothing left %d operations", count())
		}
	})
}

// TestCallbackSettles: an operation whose outcome wasn't known is looked at when the gateway calls about it.
func TestCallbackSettles(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, o := withOffice(t)
		defer s.end()
		o.noFind = true
		o.fail = once(MandateCreate, true, unknown)
		made := s.operate(OperationRequest{Kind: MandateCreate, Body: json.RawMessage(mandateBody)})
		time.Sleep(time.Minute)
		synctest.Wait()
		if made, _ = s.till.Operation(context.Background(), made.ID); made.Status != state.OperationUnknown {
			t.Fatalf("%+v", made)
		}
		o.noFind = false
		s.till.Hint("a", made.Reference)
		synctest.Wait()
		if made, _ = s.till.Operation(context.Background(), made.ID); made.Status != state.OperationDone || made.Problem != nil {
			t.Errorf("%+v", made)
		}
	})
}
