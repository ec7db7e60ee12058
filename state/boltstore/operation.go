package boltstore

import (
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
		return o, false, nil
	}
	if err := getJSON(id, row, &o); err != nil {
		return o, false, fmt.Errorf("%w: operation %q can't be read: %w", ErrDamaged, id, err)
	}
	return o, true, nil
}

// Operation reads one operation; found is false if there is none with the id.
func (s *Store) Operation(id string) (o state.Operation, found bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		o, found, err = readOperation(tx, []byte(id))
		return err
	})
	return o, found, err
}

// Operations lists operations, newest first: those with an id below before, if one is given, and at most limit of them.
func (s *Store) Operations(before string, limit int) (list []state.Operation, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketOperations).Cursor()
		id, _ := c.Last()
		if before != "" {
			id, _ = lastBefore(c, []byte(before)) // ids rise with the order of asking
		}
		for ; id != nil && len(list) < limit; id, _ = c.Prev() {
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
			} else if err := putJSON(tx.Bucket(bucketOperations), []byte(id), o); err != nil {
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
	var doomed []state.Operation
	err := tx.Bucket(bucketOperations).ForEach(func(id, _ []byte) error {
		o, _, err := readOperation(tx, id)
		if err == nil && o.Seq <= seq && o.Status != state.OperationAsked && o.AskedAt.UTC().Format(time.DateOnly) < day {
			doomed = append(doomed, o)
		}
		return err
	})
	for _, o := range doomed {
		err = errors.Join(err, dropEvents(tx, o.Seq, "operation "+o.ID), dropKeys(tx, o.ID), tx.Bucket(bucketOperations).Delete([]byte(o.ID)))
	}
	return err
}

// checkOperations reads every operation.
func (r *Report) checkOperations(tx *bolt.Tx) {
	tx.Bucket(bucketOperations).ForEach(func(id, row []byte) error {
		r.Operations++
		o, _, err := readOperation(tx, id)
		switch {
		case err != nil:
			r.find("%s", cause(err))
		case o.ID != string(id):
			r.find("operation %q stands under the id %q", o.ID, id)
		default:
			if last, err := parseRecord(tx.Bucket(bucketEvents).Get(key(o.Seq))); err != nil || last.pruned() {
				r.find("operation %s was last changed by event %d, which is not there", o.ID, o.Seq)
			}
		}
		return nil
	})
}

// isAnswer reports whether an idempotency key's answer is there: a sale or an operation.
func isAnswer(tx *bolt.Tx, id string) bool {
	return tx.Bucket(bucketSales).Get([]byte(id)) != nil || tx.Bucket(bucketOperations).Get([]byte(id)) != nil
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
