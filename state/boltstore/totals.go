package boltstore

import (
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state/boltstore/salesfile"
)

// Totals is the corner of the sales file for sums that its events can give again. Salvage leaves it behind.
type Totals struct{ s *Store }

// Totals returns the file's sums.
func (s *Store) Totals() Totals { return Totals{s} }

// Read shows every row, in the order of the names, until show answers an error. The value is show's only until it
// returns.
func (t Totals) Read(show func(name string, value []byte) error) error {
	return t.s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(salesfile.BucketTotals).ForEach(func(name, row []byte) error {
			value, err := salesfile.CutChecksum(name, row)
			if err != nil {
				return fmt.Errorf("%w: sum %q can't be read: %w", ErrDamaged, name, err)
			}
			return show(string(name), value)
		})
	})
}

// Write puts rows, and removes those whose value is nil; if we die in it, all of that is there or nothing. It fails as
// Commit does; on a disk that is nearly full it writes nothing, for the last room is the sales'.
func (t Totals) Write(rows map[string][]byte) error {
	if t.s.Tight() {
		return fmt.Errorf("%w: sums are not written", ErrFull)
	}
	return t.s.update(func(tx *bolt.Tx) error {
		b := tx.Bucket(salesfile.BucketTotals)
		for name, value := range rows {
			var err error
			if value == nil {
				err = b.Delete([]byte(name))
			} else {
				err = b.Put([]byte(name), salesfile.AddChecksum([]byte(name), value))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
