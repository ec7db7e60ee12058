package boltstore

import (
	"bytes"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// Seq is the sequence number of the last event; 0 for none.
func (s *Store) Seq() (seq uint64, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		seq = number(tx.Bucket(bucketMeta).Get(metaSeq))
		return nil
	})
	return seq, err
}

// Sale reads one sale; found is false if there is none with the id.
func (s *Store) Sale(id string) (sale state.Sale, found bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		sale, found, err = readSale(tx, []byte(id))
		return err
	})
	return sale, found, err
}

func readSale(tx *bolt.Tx, id []byte) (sale state.Sale, found bool, err error) {
	raw := tx.Bucket(bucketSales).Get(id)
	if raw == nil {
		return sale, false, nil
	}
	if err := json.Unmarshal(raw, &sale); err != nil {
		return sale, false, fmt.Errorf("%w: sale %s: %w", ErrDamaged, id, err)
	}
	return sale, true, nil
}

// ByNumber finds a sale by its number within a business day.
func (s *Store) ByNumber(day string, n int) (sale state.Sale, found bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		id := tx.Bucket(bucketDays).Get(fmt.Appendf(nil, "%s/%06d", day, n))
		if id == nil {
			return nil
		}
		sale, found, err = readSale(tx, id)
		return err
	})
	return sale, found, err
}

// LastNumber is the highest sale number of a business day; 0 for none.
func (s *Store) LastNumber(day string) (n int, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketDays).Cursor()
		prefix := []byte(day + "/")
		k, _ := c.Seek([]byte(day + "0")) // '0' is the byte after '/': the first key behind the day
		if k == nil {
			k, _ = c.Last()
		} else {
			k, _ = c.Prev()
		}
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
	err = s.db.View(func(tx *bolt.Tx) error {
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

// Outbox reads every effect still to be done.
func (s *Store) Outbox() (effects []state.Effect, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		return tx.Bucket(bucketOutbox).ForEach(func(_, raw []byte) error {
			var e state.Effect
			err := json.Unmarshal(raw, &e)
			effects = append(effects, e)
			return err
		})
	})
	return effects, err
}

// Events reads up to limit events after since, in order.
func (s *Store) Events(since uint64, limit int) (events []state.Event, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		c := tx.Bucket(bucketEvents).Cursor()
		for k, raw := c.Seek(key(since + 1)); k != nil && len(events) < limit; k, raw = c.Next() {
			var r record
			var e state.Event
			if err := json.Unmarshal(raw, &r); err != nil {
				return fmt.Errorf("%w: event %d: %w", ErrDamaged, number(k), err)
			}
			if err := json.Unmarshal(r.Event, &e); err != nil {
				return fmt.Errorf("%w: event %d: %w", ErrDamaged, number(k), err)
			}
			events = append(events, e)
		}
		return nil
	})
	return events, err
}

// Key looks an idempotency key up.
func (s *Store) Key(k string) (rec state.KeyRecord, found bool, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		raw := tx.Bucket(bucketKeys).Get([]byte(k))
		if raw == nil {
			return nil
		}
		found = true
		return json.Unmarshal(raw, &rec)
	})
	return rec, found, err
}

// Sales lists sales by a query; q.Limit must be above zero.
func (s *Store) Sales(q state.Query) (sales []state.Sale, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		take := func(id []byte) error {
			sale, found, err := readSale(tx, id)
			if err != nil || !found {
				return err
			}
			if q.Day != "" && sale.Day != q.Day || q.Open && sale.Phase.Final() || q.Attention && len(sale.Attention) == 0 {
				return nil
			}
			sales = append(sales, sale)
			return nil
		}
		if q.Since > 0 {
			c := tx.Bucket(bucketChanged).Cursor()
			for k, id := c.Seek(key(q.Since + 1)); k != nil && len(sales) < q.Limit; k, id = c.Next() {
				if err := take(id); err != nil {
					return err
				}
			}
			return nil
		}
		// The smallest index that holds every candidate. Ids rise with the order of opening.
		from := tx.Bucket(bucketSales)
		switch {
		case q.Attention:
			from = tx.Bucket(bucketAttention)
		case q.Open:
			from = tx.Bucket(bucketWatch)
		}
		c := from.Cursor()
		id, _ := c.Last()
		if q.Before != "" {
			if id, _ = c.Seek([]byte(q.Before)); id == nil {
				id, _ = c.Last()
			} else {
				id, _ = c.Prev()
			}
		}
		for ; id != nil && len(sales) < q.Limit; id, _ = c.Prev() {
			if err := take(id); err != nil {
				return err
			}
		}
		return nil
	})
	return sales, err
}
