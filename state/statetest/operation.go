package statetest

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"galla/state"
)

// strictOperations panics unless the batch's operations are what its events make of the stored ones.
func (m *Memory) strictOperations(b state.Batch) {
	after := map[string]state.Operation{}
	for _, e := range b.Events {
		if e.SaleID != "" {
			continue
		}
		id := e.Subject()
		o, ok := after[id]
		if !ok {
			o, _ = m.operation(id)
		}
		var err error
		if after[id], err = state.ApplyOperation(o, e); err != nil {
			panic(fmt.Sprintf("statetest: event %d (%s) was committed, but state.ApplyOperation refuses it: %v", e.Seq,
				e.Kind, err))
		}
	}
	for _, o := range b.Operations {
		want, ok := after[o.ID]
		if !ok || !bytes.Equal(encode(o), encode(want)) {
			panic(fmt.Sprintf("statetest: operation %s is not what its events make of it:\nis   %s\nwant %s", o.ID,
				encode(o), encode(want)))
		}
		delete(after, o.ID)
	}
	for id := range after {
		panic(fmt.Sprintf("statetest: an event of operation %q was committed without the operation", id))
	}
}

func (m *Memory) operation(id string) (o state.Operation, found bool) {
	raw, found := m.asked[id]
	if found {
		decode(raw, &o)
	}
	return o, found
}

// Operation reads one operation.
func (m *Memory) Operation(id string) (o state.Operation, found bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, found = m.operation(id)
	return o, found, nil
}

// OpenOperations reads the operations without an end, by rising id.
func (m *Memory) OpenOperations() (list []state.Operation, err error) {
	all, err := m.Operations("", len(m.asked))
	for _, o := range slices.Backward(all) {
		if o.Status == state.OperationAsked {
			list = append(list, o)
		}
	}
	return list, err
}

// Operations lists operations, newest first, with an id below before, if one is given.
func (m *Memory) Operations(before string, limit int) (list []state.Operation, err error) {
	return m.operations(before, limit, func(state.Operation) bool { return true }), nil
}

// Requests lists operations as Operations does, without acts of persons.
func (m *Memory) Requests(before string, limit int) (list []state.Operation, err error) {
	return m.operations(before, limit, func(o state.Operation) bool { return o.Gateway != state.Box }), nil
}

func (m *Memory) operations(before string, limit int, fits func(state.Operation) bool) (list []state.Operation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(m.asked))) {
		if len(list) == limit {
			break
		}
		if before == "" || id < before {
			if o, _ := m.operation(id); fits(o) {
				list = append(list, o)
			}
		}
	}
	return list
}
