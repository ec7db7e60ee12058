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

// Key looks an idempotency key of a caller up. A key without an owner, from before keys had one, answers everybody.
func (s *Store) Key(owner, k string) (rec state.KeyRecord, found bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		rec, found, err = readKey(tx, owner, k)
		return err
	})
	return rec, found, err
}

func readKey(tx *bolt.Tx, owner, k string) (rec state.KeyRecord, found bool, err error) {
	for _, o := range []string{owner, ""} {
		at := salesfile.OwnedKey(o, k)
		row := tx.Bucket(salesfile.BucketKeys).Get(at)
		if row == nil {
			continue
		}
		if err := salesfile.DecodeRow(at, row, &rec); err != nil {
			return rec, true, fmt.Errorf("%w: idempotency key %q can't be read: %w", ErrDamaged, k, err)
		}
		return rec, true, nil
	}
	return rec, false, nil
}

// putKey writes a key, unless its owner has it already.
func putKey(tx *bolt.Tx, rec state.KeyRecord) error {
	_, found, err := readKey(tx, rec.Owner, rec.Key)
	switch {
	case err != nil:
		return err
	case found || rec.Key == "":
		return fmt.Errorf("%w: idempotency key %q is taken, or empty", ErrConflict, rec.Key)
	}
	return salesfile.PutRow(tx.Bucket(salesfile.BucketKeys), salesfile.OwnedKey(rec.Owner, rec.Key), rec)
}

// pruneKeysAtOnce is how many keys one transaction looks at: commits wait for it.
const pruneKeysAtOnce = 500

// PruneKeys removes the idempotency keys that were written before a moment, and returns how many. Call it with a clock
// that is proved: a request that is sent again after its key is gone is a new one. If we die in it, some are gone.
func (s *Store) PruneKeys(before time.Time) (removed int, err error) {
	var from []byte
	for more := true; more; {
		var old [][]byte
		err := s.view(func(tx *bolt.Tx) error {
			c := tx.Bucket(salesfile.BucketKeys).Cursor()
			k, row := c.Seek(from)
			for n := 0; k != nil && n < pruneKeysAtOnce; n++ {
				var rec state.KeyRecord
				if err := salesfile.DecodeRow(k, row, &rec); err != nil {
					return fmt.Errorf("%w: an idempotency key can't be read: %w", ErrDamaged, err)
				}
				if rec.At.Before(before) {
					old = append(old, bytes.Clone(k))
				}
				k, row = c.Next()
			}
			from, more = bytes.Clone(k), k != nil
			return nil
		})
		if err != nil {
			return removed, err
		}
		if len(old) == 0 {
			continue
		}
		err = s.update(func(tx *bolt.Tx) (err error) {
			for _, k := range old {
				err = errors.Join(err, tx.Bucket(salesfile.BucketKeys).Delete(k))
			}
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("prune of idempotency keys: %w", err)
		}
		removed += len(old)
	}
	return removed, nil
}
