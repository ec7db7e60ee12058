package boltstore

import (
	"bytes"
	"fmt"

	"galla/state/boltstore/salesfile"

	bolt "go.etcd.io/bbolt"
)

// Settings are a small key-value corner of the sales file for what the counter must remember: devices, PINs, settings,
// reports.
type Settings struct{ s *Store }

// Settings returns the file's settings.
func (s *Store) Settings() Settings { return Settings{s} }

// Get reads a value; nil if there is none.
func (v Settings) Get(name string) (value []byte, err error) {
	err = v.s.view(func(tx *bolt.Tx) error {
		row := tx.Bucket(salesfile.BucketSettings).Get([]byte(name))
		if row == nil {
			return nil
		}
		raw, err := salesfile.CutChecksum([]byte(name), row)
		if err != nil {
			return fmt.Errorf("%w: setting %q can't be read: %w", ErrDamaged, name, err)
		}
		value = append([]byte{}, raw...)
		return nil
	})
	return value, err
}

// Put writes a value; if we die in it, the old or the new value is there. It fails as Commit does.
func (v Settings) Put(name string, value []byte) error {
	return v.s.update(func(tx *bolt.Tx) error {
		return tx.Bucket(salesfile.BucketSettings).Put([]byte(name), salesfile.AddChecksum([]byte(name), value))
	})
}

// Delete removes a value; removing what isn't there is no error.
func (v Settings) Delete(name string) error {
	return v.s.update(func(tx *bolt.Tx) error { return tx.Bucket(salesfile.BucketSettings).Delete([]byte(name)) })
}

// List returns the names that begin with prefix, in order.
func (v Settings) List(prefix string) (names []string, err error) {
	err = v.s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(salesfile.BucketSettings).Cursor()
		for k, _ := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, _ = c.Next() {
			names = append(names, string(k))
		}
		return nil
	})
	return names, err
}
