package boltstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// record is an event as it lies on disk: its bytes, and a hash over the hash before it and those bytes. Changing, removing
// or inserting an event breaks the chain from there on.
type record struct {
	Hash  []byte          `json:"hash"` // SHA-256(hash of the event before ‖ Event)
	Event json.RawMessage `json:"event"`
}

func chain(prev []byte, e state.Event) (record, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return record{}, err
	}
	return record{Hash: link(prev, raw), Event: raw}, nil
}

func link(prev, event []byte) []byte {
	h := sha256.New()
	h.Write(prev)
	h.Write(event)
	return h.Sum(nil)
}

// Verify walks the whole chain and returns how many events it holds and the hash of the last. An error names the first
// event that does not fit.
func (s *Store) Verify() (events uint64, head []byte, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketEvents).Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			events++
			if number(k) != events {
				return fmt.Errorf("%w: event %d is missing", ErrDamaged, events)
			}
			var r record
			if err := json.Unmarshal(v, &r); err != nil {
				return fmt.Errorf("%w: event %d can't be read: %w", ErrDamaged, events, err)
			}
			if !bytes.Equal(r.Hash, link(head, r.Event)) {
				return fmt.Errorf("%w: event %d was changed after it was written", ErrDamaged, events)
			}
			head = r.Hash
		}
		if !bytes.Equal(head, tx.Bucket(bucketMeta).Get(metaHash)) {
			return fmt.Errorf("%w: the chain ends at event %d with another hash than the file's", ErrDamaged, events)
		}
		return nil
	})
	return events, head, err
}
