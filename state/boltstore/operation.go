package boltstore

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// OpenOperations reads the operations and acts that were asked and have no end yet, by rising id: what a start must
// look at.
func (s *Store) OpenOperations() (list []state.Operation, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(salesfile.BucketAsked).ForEach(func(id, _ []byte) error {
			o, found, err := salesfile.ReadOperation(tx, id)
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
		o, found, err = salesfile.ReadOperation(tx, []byte(id))
		return err
	})
	return o, found, err
}

// Operations lists operations and acts, newest first: those with an id below before, if one is given, and at most
// limit of them.
func (s *Store) Operations(before string, limit int) ([]state.Operation, error) {
	return s.operations(before, limit, true)
}

// Requests lists operations as Operations does, without acts: those are many more, and no start needs them.
func (s *Store) Requests(before string, limit int) ([]state.Operation, error) {
	return s.operations(before, limit, false)
}

func (s *Store) operations(before string, limit int, acts bool) (list []state.Operation, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		// Ids rise with the order of asking.
		nextOperation := descending(tx.Bucket(salesfile.BucketOperations), nil, before)
		nextAct := descending(tx.Bucket(salesfile.BucketActs), nil, before)
		if !acts {
			nextAct = func() []byte { return nil }
		}
		operation, act := nextOperation(), nextAct()
		for len(list) < limit && (operation != nil || act != nil) {
			id := operation
			if bytes.Compare(act, operation) > 0 {
				id, act = act, nextAct()
			} else {
				operation = nextOperation()
			}
			o, _, err := salesfile.ReadOperation(tx, id)
			if err != nil {
				return err
			}
			list = append(list, o)
		}
		return nil
	})
	return list, err
}

// pruneOperations removes the operations that ended before a business day and were asked before event seq, the newest
// of the sales that go with them: a clock that was wrong for a while must not take young ones.
func pruneOperations(tx *bolt.Tx, day string, seq uint64) error {
	for _, name := range [][]byte{salesfile.BucketOperations, salesfile.BucketActs} {
		b := tx.Bucket(name)
		var doomed []state.Operation
		c := b.Cursor()
		for id, _ := c.First(); id != nil && len(doomed) < 10*pruneChunk; id, _ = c.Next() {
			o, _, err := salesfile.ReadOperation(tx, id)
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
		o, _, err := salesfile.ReadOperation(tx, id)
		switch {
		case err != nil:
			r.Add("%s", salesfile.Cause(err))
		case o.ID != string(id):
			r.Add("operation %q stands under the id %q", o.ID, id)
		default:
			if last, err := salesfile.ParseRecord(salesfile.EventAt(tx, o.Seq)); err != nil || last.Pruned() {
				r.Add("operation %s was last changed by event %d, which is not there", o.ID, o.Seq)
			}
			if o.Status == state.OperationAsked {
				open++
				if tx.Bucket(salesfile.BucketAsked).Get(id) == nil {
					r.Add("%s has no row for operation %s, which has no end yet", salesfile.BucketAsked, o.ID)
				}
			}
		}
		return nil
	}
	tx.Bucket(salesfile.BucketOperations).ForEach(look)
	tx.Bucket(salesfile.BucketActs).ForEach(look)
	if n := tx.Bucket(salesfile.BucketAsked).Stats().KeyN; n != open {
		r.Add("%s has %d rows, and %d operations have no end yet", salesfile.BucketAsked, n, open)
	}
}
