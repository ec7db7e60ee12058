package operations

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/state"
)

// TestRecord: an act is on disk before it is done, and its end after; what a crash leaves open is called unknown, with
// the place to look at.
func TestRecord(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		done := 0
		act := state.Act{
			Kind:   state.ActPersonAdd,
			Target: "asha",
			Detail: map[string]string{"role": "cashier"},
			By:     "owner:ravi",
		}
		if err := s.ops.Audit(act, func() error {
			done++
			if ops, _ := s.store.Operations("", 1); len(ops) != 1 || ops[0].Status != state.OperationAsked ||
				ops[0].Target != "asha" {
				t.Errorf("when it is done, on disk is %+v", ops)
			}
			return nil
		}); err != nil || done != 1 {
			t.Fatalf("%d times: %v", done, err)
		}
		full := errors.New("the settings are full")
		if err := s.ops.Audit(act, func() error { return full }); !errors.Is(err, full) {
			t.Errorf("what do returned: %v", err)
		}
		ops, _ := s.store.Operations("", 10)
		if len(ops) != 2 || ops[1].Status != state.OperationDone || ops[0].Status != state.OperationRefused ||
			ops[1].By != "owner:ravi" ||
			ops[1].Gateway != state.Box ||
			string(ops[1].Request) != `{"role":"cashier"}` {
			t.Errorf("on disk: %+v", ops)
		}
		events, _ := s.store.Events(0, 10)
		if len(events) != 4 || events[0].By != "owner:ravi" || events[1].By != "till" {
			t.Errorf("events: %+v", events)
		}
	})
}

// TestRecordCut: the box dies while each kind of act is done.
func TestRecordCut(t *testing.T) {
	for kind, look := range map[string]string{state.ActPersonAdd: "list of people",
		state.ActDeviceRevoke: "list of devices", state.ActSignIn: "list of devices",
		state.ActDayClose: "Z reports", state.ActExport: "no harm", state.ActOfficeJoin: "galla office status",
		state.ActOfficeLeave: "galla office status"} {
		bubble(t, func(t *testing.T) {
			s := newShop(t).start()
			s.end()
			e := state.Event{
				Seq:       1,
				Kind:      state.EventOperationAsked,
				At:        time.Now(),
				By:        "owner:ravi",
				Gateway:   state.Box,
				Operation: &state.Operation{ID: "O00000001X", Kind: kind, Gateway: state.Box, Target: "x"},
			}
			cut, err := state.ApplyOperation(state.Operation{}, e)
			if err == nil {
				err = s.store.Commit(state.Batch{Events: []state.Event{e}, Operations: []state.Operation{cut}})
			}
			if err != nil {
				t.Fatal(err)
			}
			s.start()
			defer s.end()
			synctest.Wait()
			o, err := s.ops.Operation("O00000001X")
			if err != nil || o.Status != state.OperationUnknown || o.Problem == nil ||
				!strings.Contains(o.Problem.Cashier, look) {
				t.Errorf("%s after a cut: %+v, %v", kind, o, err)
			}
		})
	}
}
