package boltstore

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// Seq is the sequence number of the last event; 0 for none.
func (s *Store) Seq() (seq uint64, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		seq = salesfile.Number(tx.Bucket(salesfile.BucketMeta).Get(salesfile.MetaSeq))
		return nil
	})
	return seq, err
}

// Sale reads one sale; found is false if there is none with the id.
func (s *Store) Sale(id string) (sale state.Sale, found bool, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		sale, found, err = salesfile.ReadSale(tx, []byte(id))
		return err
	})
	return sale, found, err
}

// LastNumber is the highest sale number of a business day; 0 for none.
func (s *Store) LastNumber(day string) (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		prefix := day + "/"
		// '0' is the byte after '/': the first key behind the day.
		k, _ := salesfile.LastBefore(tx.Bucket(salesfile.BucketDays).Cursor(), []byte(day+"0"))
		if len(k) > len(prefix) && string(k[:len(prefix)]) == prefix {
			if _, err := fmt.Sscanf(string(k[len(prefix):]), "%d", &n); err != nil {
				return err
			}
		}
		recent, err := recentFitting(tx, func(s *state.Sale) bool { return s.Day == day })
		for i := range recent {
			n = max(n, recent[i].Number)
		}
		return err
	})
	return n, err
}

// Watching reads every sale that still needs looking at, by rising id: what a start must resume.
func (s *Store) Watching() (sales []state.Sale, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		sales, err = members(tx, salesfile.BucketWatch, func(s *state.Sale) bool { return state.Watching(*s) })
		return err
	})
	return sales, err
}

// members reads the sales of a set and the recent ones that belong to it, by rising id.
func members(tx *bolt.Tx, set []byte, fits func(*state.Sale) bool) (sales []state.Sale, err error) {
	if sales, err = recentFitting(tx, fits); err != nil {
		return nil, err
	}
	var ids, rows [][]byte
	err = tx.Bucket(set).ForEach(func(id, _ []byte) error {
		row := salesfile.SaleRow(tx, id)
		if row == nil {
			return fmt.Errorf("%w: sale %s is in %s and not there", ErrDamaged, id, set)
		}
		ids, rows = append(ids, id), append(rows, row)
		return nil
	})
	if err != nil {
		return nil, err
	}
	of, err := decodeAll(ids, rows)
	if err != nil {
		return nil, err
	}
	sales = append(sales, of...)
	slices.SortFunc(sales, func(a, b state.Sale) int { return cmp.Compare(a.ID, b.ID) })
	return sales, nil
}

// decodeAll decodes rows of sales on every processor: a start waits for thousands of them. The rows are of a
// transaction that is still open. The error is of the first row that has one.
func decodeAll(ids, rows [][]byte) ([]state.Sale, error) {
	sales, errs := make([]state.Sale, len(rows)), make([]error, len(rows))
	var workers sync.WaitGroup
	part := max(64, (len(rows)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	for from := 0; from < len(rows); from += part {
		workers.Go(func() {
			for i := from; i < min(from+part, len(rows)); i++ {
				sales[i], errs[i] = salesfile.DecodeSale(ids[i], rows[i])
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return sales, nil
}

// CountAttention counts the sales with open items. It reads no row of the history.
func (s *Store) CountAttention() (n int, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		recent, err := recentFitting(tx, func(s *state.Sale) bool { return len(s.Attention) > 0 })
		n = len(recent) + tx.Bucket(salesfile.BucketAttention).Stats().KeyN
		return err
	})
	return n, err
}

// Events reads up to limit events after since, in order. Events that were pruned away are passed over.
func (s *Store) Events(since uint64, limit int) (events []state.Event, err error) {
	if limit <= 0 {
		return nil, nil
	}
	err = s.view(func(tx *bolt.Tx) error {
		_, err := walk(tx, since, func(seq uint64, r salesfile.Record) (more bool, err error) {
			if r.Event == nil {
				return true, nil
			}
			e, err := r.Decode(seq)
			events = append(events, e)
			return len(events) < limit, err
		})
		return err
	})
	return events, err
}

// BoxID is the box's random id, 16 hexadecimal digits: made with the file, or when it was brought to schema 3. It
// stays with the sales, through backups, salvage and compaction.
func (s *Store) BoxID() (id string, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		id = fmt.Sprintf("%x", tx.Bucket(salesfile.BucketMeta).Get(salesfile.MetaBox))
		return nil
	})
	return id, err
}
