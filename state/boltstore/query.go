package boltstore

import (
	"bytes"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// Sales lists sales by a query; q.Limit must be above zero. It walks the smallest index that holds every candidate.
func (s *Store) Sales(q state.Query) (sales []state.Sale, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		return candidates(tx, q, func(id []byte) (more bool, err error) {
			if len(sales) >= q.Limit {
				return false, nil
			}
			sale, found, err := readSale(tx, id)
			if err != nil {
				return false, err
			}
			if found && !(q.Day != "" && sale.Day != q.Day || q.Open && sale.Phase.Final() || q.Attention && len(sale.Attention) == 0) {
				sales = append(sales, sale)
			}
			return len(sales) < q.Limit, nil
		})
	})
	return sales, err
}

// candidates gives take the ids that may fit the query, in its order, until it wants no more.
func candidates(tx *bolt.Tx, q state.Query, take func(id []byte) (more bool, err error)) error {
	if q.Since > 0 {
		c := tx.Bucket(bucketChanged).Cursor()
		k, id := c.Seek(key(q.Since + 1))
		for more, err := k != nil, error(nil); k != nil && more; k, id = c.Next() {
			if more, err = take(id); err != nil {
				return err
			}
		}
		return nil
	}
	if q.Day != "" && !q.Attention && !q.Open {
		c := tx.Bucket(bucketDays).Cursor()
		prefix := []byte(q.Day + "/")
		k, id := lastBefore(c, []byte(q.Day+"0")) // '0' is the byte after '/': the first key behind the day
		for more, err := true, error(nil); bytes.HasPrefix(k, prefix) && more; k, id = c.Prev() {
			if q.Before != "" && string(id) >= q.Before {
				continue
			}
			if more, err = take(id); err != nil {
				return err
			}
		}
		return nil
	}
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
		id, _ = lastBefore(c, []byte(q.Before)) // ids rise with the order of opening
	}
	for more, err := true, error(nil); id != nil && more; id, _ = c.Prev() {
		if more, err = take(id); err != nil {
			return err
		}
	}
	return nil
}

// lastBefore moves a cursor to the last key below bound.
func lastBefore(c *bolt.Cursor, bound []byte) (k, v []byte) {
	if k, _ := c.Seek(bound); k == nil {
		return c.Last()
	}
	return c.Prev()
}
