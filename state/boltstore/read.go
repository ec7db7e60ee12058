package boltstore

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// Seq is the sequence number of the last event; 0 for none.
func (s *Store) Seq() (seq uint64, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		seq = number(tx.Bucket(bucketMeta).Get(metaSeq))
		return nil
	})
	return seq, err
}

// Sale reads one sale; found is false if there is none with the id.
func (s *Store) Sale(id string) (sale state.Sale, found bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		sale, found, err = readSale(tx, []byte(id))
		return err
	})
	return sale, found, err
}

// LastNumber is the highest sale number of a business day; 0 for none.
func (s *Store) LastNumber(day string) (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketDays).Cursor()
		prefix := []byte(day + "/")
		k, _ := lastBefore(c, []byte(day+"0")) // '0' is the byte after '/': the first key behind the day
		if bytes.HasPrefix(k, prefix) {
			_, err := fmt.Sscanf(string(k[len(prefix):]), "%d", &n)
			return err
		}
		return nil
	})
	return n, err
}

// Watching reads every sale that still needs looking at: what a start must resume.
func (s *Store) Watching() (sales []state.Sale, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketWatch).ForEach(func(id, _ []byte) error {
			sale, found, err := readSale(tx, id)
			if err == nil && !found {
				err = fmt.Errorf("%w: sale %s is watched and not there", ErrDamaged, id)
			}
			sales = append(sales, sale)
			return err
		})
	})
	return sales, err
}

// CountAttention counts the sales with open attention items, by their index: no sale is decoded.
func (s *Store) CountAttention() (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketAttention).ForEach(func(_, _ []byte) error {
			n++
			return nil
		})
	})
	return n, err
}

// Events reads up to limit events after since, in order. Events that were pruned away are passed over.
func (s *Store) Events(since uint64, limit int) (events []state.Event, err error) {
	if limit <= 0 {
		return nil, nil
	}
	err = s.view(func(tx *bolt.Tx) error {
		_, err := walk(tx, since, func(seq uint64, r record) (more bool, err error) {
			if r.event == nil {
				return true, nil
			}
			e, err := r.decode(seq)
			events = append(events, e)
			return len(events) < limit, err
		})
		return err
	})
	return events, err
}

// Key looks an idempotency key up.
func (s *Store) Key(k string) (rec state.KeyRecord, found bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		row := tx.Bucket(bucketKeys).Get([]byte(k))
		if row == nil {
			return nil
		}
		found = true
		if err := getJSON([]byte(k), row, &rec); err != nil {
			return fmt.Errorf("%w: idempotency key %q can't be read: %w", ErrDamaged, k, err)
		}
		return nil
	})
	return rec, found, err
}
