package boltstore

import (
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// migrations brings a file of schema i+1 to schema i+2, each within one transaction. A released schema's step is never
// changed, and testdata keeps a file of every released schema.
var migrations = []func(*bolt.Tx) error{
	func(tx *bolt.Tx) error { // 2: operations
		_, err := tx.CreateBucket(bucketOperations)
		return err
	},
}

// migrate brings the file to the newest schema. If we die in it, the file is of the old schema or of a later one, never
// between two; a copy of it as it was stands beside it.
func (s *Store) migrate(steps []func(*bolt.Tx) error) error {
	newest := 1 + len(steps)
	from, err := s.schema()
	switch {
	case err != nil:
		return err
	case from > newest:
		return newer(s.path, from, newest)
	case from == newest:
		return nil
	}
	if err := s.Backup(fmt.Sprintf("%s.schema%d", s.path, from)); err != nil {
		return err
	}
	for v := from; v < newest; v++ {
		err := s.db.Update(func(tx *bolt.Tx) error {
			if err := steps[v-1](tx); err != nil {
				return err
			}
			return tx.Bucket(bucketMeta).Put(metaSchema, []byte{byte(v + 1)})
		})
		if err != nil {
			return fmt.Errorf("sales file %s can't be brought from schema %d to %d: %w; it stays as it was", s.path, v, v+1, err)
		}
	}
	return nil
}

func (s *Store) schema() (v int, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if meta == nil || len(meta.Get(metaSchema)) != 1 || meta.Get(metaSchema)[0] == 0 {
			return fmt.Errorf("%w: %s does not say its schema: it is not a sales file, or not whole", ErrDamaged, s.path)
		}
		v = int(meta.Get(metaSchema)[0])
		return nil
	})
	return v, err
}
