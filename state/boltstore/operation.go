package boltstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// readOperation decodes an operation's row; found is false if there is none.
func readOperation(tx *bolt.Tx, id []byte) (o state.Operation, found bool, err error) {
	row := tx.Bucket(bucketOperations).Get(id)
	if row == nil {
		row = tx.Bucket(bucketActs).Get(id)
	}
	if row == nil {
		return o, false, nil
	}
	if err := getJSON(id, row, &o); err != nil {
		return o, false, fmt.Errorf("%w: operation %q can't be read: %w", ErrDamaged, id, err)
	}
	return o, true, nil
}

// putOperation writes an operation, an act of a person into a bucket of its own, and keeps the list of those without an end.
func putOperation(tx *bolt.Tx, o *state.Operation) error {
	id, b := []byte(o.ID), tx.Bucket(bucketOperations)
	if o.Gateway == state.Box {
		b = tx.Bucket(bucketActs)
	}
	return errors.Join(putJSON(b, id, o), setMember(tx.Bucket(bucketAsked), id, o.Status == state.OperationAsked))
}

// OpenOperations reads the operations and acts that were asked and have no end yet, by rising id: what a start must look at.
func (s *Store) OpenOperations() (list []state.Operation, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketAsked).ForEach(func(id, _ []byte) error {
			o, found, err := readOperation(tx, id)
			if err == nil && !found {
				err = fmt.Errorf("%w: operation %s has no end and is not there", ErrDamaged, id)
			}
			list = append(list, o)
			return err
		})
	})
	return list, err
}

// Operation reads one operation; found is false if there is none with the id.
func (s *Store) Operation(id string) (o state.Operation, found bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		o, found, err = readOperation(tx, []byte(id))
		return err
	})
	return o, found, err
}

// Operations lists operations and acts, newest first: those with an id below before, if one is given, and at most limit of them.
func (s *Store) Operations(before string, limit int) (list []state.Operation, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		// Ids rise with the order of asking.
		nextOperation, nextAct := descending(tx.Bucket(bucketOperations), nil, before), descending(tx.Bucket(bucketActs), nil, before)
		operation, act := nextOperation(), nextAct()
		for len(list) < limit && (operation != nil || act != nil) {
			id := operation
			if bytes.Compare(act, operation) > 0 {
				id, act = act, nextAct()
			} else {
				operation = nextOperation()
			}
			o, _, err := readOperation(tx, id)
			if err != nil {
				return err
			}
			list = append(list, o)
		}
		return nil
	})
	return list, err
}

// operations brings back every operation that events or rows tell of: what its events make of it, or its row where that
// is newer because an event is lost.
func (b *builder) operations() error {
	err := b.tx.Bucket(workOperations).ForEach(func(id, row []byte) error {
		var o state.Operation
		if err := getJSON(id, row, &o); err != nil {
			return err
		}
		switch made, known := b.asked[o.ID]; {
		case known && made.Kind != "" && made.Seq >= o.Seq:
		case o.Seq <= b.root: // pruned by retention; its row was on a free page
		default:
			b.report.find("operation %s: not all of its events were found; it is kept as its row says", o.ID)
			b.asked[o.ID] = o
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.batch(func(tx *bolt.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(b.asked)) {
			if o := b.asked[id]; o.Kind == "" {
				b.report.find("operation %s: the event that asked for it is lost, and its row too", id)
			} else if err := putOperation(tx, &o); err != nil {
				return err
			}
		}
		return nil
	})
}

// replayOperation applies an event to its operation, and returns the operation's event before it in the new file.
func (b *builder) replayOperation(e state.Event) (before uint64) {
	id := e.Operation.ID
	was := b.asked[id]
	o, err := state.ApplyOperation(was, e)
	if err != nil { // its first event is lost: the row may still be there
		o = was
		o.ID, o.Seq = id, e.Seq
	}
	b.asked[id] = o
	return was.Seq
}

// pruneOperations removes the operations that ended before a business day and were asked before event seq, the newest of
// the sales that go with them: a clock that was wrong for a while must not take young ones.
func pruneOperations(tx *bolt.Tx, day string, seq uint64) error {
	for _, name := range [][]byte{bucketOperations, bucketActs} {
		b := tx.Bucket(name)
		var doomed []state.Operation
		c := b.Cursor()
		for id, _ := c.First(); id != nil && len(doomed) < 10*pruneChunk; id, _ = c.Next() {
			o, _, err := readOperation(tx, id)
			if err != nil {
				return err
			}
			if o.Seq > seq {
				break // ids rise with the order of asking
			}
			if o.Status != state.OperationAsked && o.AskedAt.UTC().Format(time.DateOnly) < day {
				doomed = append(doomed, o)
			}
		}
		for _, o := range doomed {
			if err := errors.Join(dropEvents(tx, o.Seq, "operation "+o.ID), b.Delete([]byte(o.ID))); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkOperations reads every operation.
func (r *Report) checkOperations(tx *bolt.Tx) {
	open := 0
	look := func(id, _ []byte) error {
		r.Operations++
		o, _, err := readOperation(tx, id)
		switch {
		case err != nil:
			r.find("%s", cause(err))
		case o.ID != string(id):
			r.find("operation %q stands under the id %q", o.ID, id)
		default:
			if last, err := parseRecord(eventAt(tx, o.Seq)); err != nil || last.pruned() {
				r.find("operation %s was last changed by event %d, which is not there", o.ID, o.Seq)
			}
			if o.Status == state.OperationAsked {
				open++
				if tx.Bucket(bucketAsked).Get(id) == nil {
					r.find("%s has no row for operation %s, which has no end yet", bucketAsked, o.ID)
				}
			}
		}
		return nil
	}
	tx.Bucket(bucketOperations).ForEach(look)
	tx.Bucket(bucketActs).ForEach(look)
	if n := tx.Bucket(bucketAsked).Stats().KeyN; n != open {
		r.find("%s has %d rows, and %d operations have no end yet", bucketAsked, n, open)
	}
}

// takeOperation keeps an operation's row, the newest found.
func (m *remains) takeOperation(e element) bool {
	var o, have state.Operation
	raw, err := unseal(e.key, e.value)
	if err != nil || json.Unmarshal(raw, &o) != nil || o.ID != string(e.key) || o.Status == "" {
		return false
	}
	if old := m.get(workOperations, e.key); old == nil || getJSON(e.key, old, &have) != nil || o.Seq > have.Seq {
		m.put(workOperations, e.key, e.value)
	}
	return true
}
