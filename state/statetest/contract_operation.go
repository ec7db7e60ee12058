package statetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"galla/state"
)

// Asked makes the batch of an operation that is asked of a gateway, as event seq.
func Asked(id string, seq uint64, key string) state.Batch {
	e := state.Event{
		Seq:  seq,
		Kind: state.EventOperationAsked,
		At:   begin.Add(time.Duration(seq) * time.Second),
		By:   "manager:ravi",
		Operation: &state.Operation{
			ID:        id,
			Kind:      "qr.create",
			Gateway:   "enkash",
			Reference: id,
			Request:   json.RawMessage(`{"name":"counter 1"}`),
		},
	}
	o, err := state.ApplyOperation(state.Operation{}, e)
	if err != nil {
		panic(err)
	}
	return state.Batch{
		Events:     []state.Event{e},
		Operations: []state.Operation{o},
		Keys:       []state.KeyRecord{{Key: key, Fingerprint: "f", SaleID: id, At: begin}},
	}
}

// Acted makes the batch of an act of a person at the box itself, asked as event seq.
func Acted(id string, seq uint64, key string) state.Batch {
	b := Asked(id, seq, key)
	f := *b.Events[0].Operation
	f.Kind, f.Gateway = state.ActDevicePair, state.Box
	b.Events[0].Operation = &f
	o, err := state.ApplyOperation(state.Operation{}, b.Events[0])
	if err != nil {
		panic(err)
	}
	b.Operations = []state.Operation{o}
	return b
}

// Ended makes the batch of an operation's end, as event seq.
func Ended(o state.Operation, seq uint64, status state.OperationStatus) state.Batch {
	e := state.Event{
		Seq:       seq,
		Kind:      state.EventOperationDone,
		At:        begin.Add(time.Duration(seq) * time.Second),
		By:        "gateway:enkash",
		Operation: &state.Operation{ID: o.ID, Status: status, Result: json.RawMessage(`{"id":"QR1"}`)},
	}
	o, err := state.ApplyOperation(o, e)
	if err != nil {
		panic(err)
	}
	return state.Batch{Events: []state.Event{e}, Operations: []state.Operation{o}}
}

// operations keeps operations between sales, in the same sequence of events.
func (c *subject) operations() {
	tr, m := NewTraffic(11, 2, 10), NewMemory()
	both := func(b state.Batch) {
		c.t.Helper()
		c.commit(b)
		if err := m.Commit(b); err != nil {
			c.t.Fatal(err)
		}
	}

	var ids, keys []string
	for i := range 6 {
		b := tr.Next()
		both(b)
		both(Acted(fmt.Sprintf("O%08XA", tr.Seq()+1), tr.NextSeq(), fmt.Sprintf("act-%d", i)))
		id := fmt.Sprintf("O%08X", tr.Seq()+1)
		ids, keys = append(ids, id), append(keys, "key-"+id)
		both(Asked(id, tr.NextSeq(), "key-"+id))
		if i%3 > 0 {
			o, _, _ := m.Operation(id)
			both(Ended(o, tr.NextSeq(), []state.OperationStatus{state.OperationDone, state.OperationUnknown}[i%2]))
		}
	}

	again := Asked(ids[0]+"X", tr.Seq()+1, keys[0])
	if err := c.Commit(again); !errors.Is(err, c.conflict) {
		c.t.Errorf("a taken idempotency key: %v, want %v", err, c.conflict)
	}
	for range 2 {
		same := func(what string, ask func(Store) (any, error)) {
			c.t.Helper()
			g, err := ask(c.Store)
			if err != nil {
				c.t.Errorf("%s: %v", what, err)
			}
			w, _ := ask(m)
			if gj, wj := encode(g), encode(w); !slices.Equal(gj, wj) {
				c.t.Errorf("%s:\ngot  %s\nwant %s", what, gj, wj)
			}
		}
		for _, id := range append(ids, "none") {
			same(
				"operation "+id,
				func(s Store) (any, error) { o, ok, err := s.Operation(id); return []any{o, ok}, err },
			)
		}
		for _, before := range []string{"", ids[2], ids[0], "O1"} {
			for _, limit := range []int{0, 2, 100} {
				same(fmt.Sprintf("%d operations before %q", limit, before), func(s Store) (any, error) {
					list, err := s.Operations(before, limit)
					return append([]state.Operation{}, list...), err
				})
				same(fmt.Sprintf("%d requests before %q", limit, before), func(s Store) (any, error) {
					list, err := s.Requests(before, limit)
					return append([]state.Operation{}, list...), err
				})
			}
		}
		sales, _ := m.Sales(state.Query{Limit: 10})
		compare(c.t, c.Store, m, []string{sales[0].ID}, []string{sales[0].Day}, keys)
		c.reopen()
	}
}
