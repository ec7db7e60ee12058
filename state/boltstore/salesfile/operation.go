package salesfile

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// ReadOperation decodes an operation's row; found is false if there is none.
func ReadOperation(tx *bolt.Tx, id []byte) (o state.Operation, found bool, err error) {
	row := tx.Bucket(BucketOperations).Get(id)
	if row == nil {
		row = tx.Bucket(BucketActs).Get(id)
	}
	if row == nil {
		return o, false, nil
	}
	if err := DecodeRow(id, row, &o); err != nil {
		return o, false, fmt.Errorf("%w: operation %q can't be read: %w", ErrDamaged, id, err)
	}
	return o, true, nil
}

// PutOperation writes an operation, an act of a person into a bucket of its own, and keeps the list of those without
// an end.
func PutOperation(tx *bolt.Tx, o *state.Operation) error {
	id, b := []byte(o.ID), tx.Bucket(BucketOperations)
	if o.Gateway == state.Box {
		b = tx.Bucket(BucketActs)
	}
	return errors.Join(PutRow(b, id, o), setMember(tx.Bucket(BucketAsked), id, o.Status == state.OperationAsked))
}
