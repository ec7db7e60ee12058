package boltstore

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// Sales lists sales by a query; q.Limit must be above zero. It walks the smallest index that holds every candidate.
func (s *Store) Sales(q state.Query) (sales []state.Sale, err error) {
	if q.Limit <= 0 {
		return nil, nil
	}
	fits := func(sale *state.Sale) bool {
		return !(q.Before != "" && q.Since == 0 && sale.ID >= q.Before || q.Day != "" && sale.Day != q.Day ||
			q.Open && sale.Phase.Final() || q.Attention && len(sale.Attention) == 0 || sale.Seq <= q.Since)
	}
	take := func(sale *state.Sale) bool {
		if fits(sale) {
			sales = append(sales, *sale)
		}
		return len(sales) < q.Limit
	}

	err = s.view(func(tx *bolt.Tx) error {
		if q.Since > 0 && !q.Open && !q.Attention {
			return changed(tx, q.Since, take)
		}
		recent, err := recentFitting(tx, fits)
		if err != nil {
			return err
		}
		ids := func() []byte { return nil } // every open sale is a recent one
		switch {
		case q.Open:
		case q.Attention:
			ids = descending(tx.Bucket(salesfile.BucketAttention), nil, q.Before)
		case q.Day != "":
			ids = descending(tx.Bucket(salesfile.BucketDays), []byte(q.Day+"/"), "")
		default:
			ids = descending(tx.Bucket(salesfile.BucketSales), nil, q.Before)
		}
		if q.Since == 0 {
			return merge(tx, recent, ids, take)
		}
		// Few are open or need a person: all are read, and put in the order of their last change.
		err = merge(tx, recent, ids, func(sale *state.Sale) bool {
			if fits(sale) {
				sales = append(sales, *sale)
			}
			return true
		})
		slices.SortFunc(sales, func(a, b state.Sale) int { return cmp.Compare(a.Seq, b.Seq) })
		sales = sales[:min(len(sales), q.Limit)]
		return err
	})

	return sales, err
}

// maxKnown bounds how many sales' last changes are kept in memory while the events are walked.
const maxKnown = 10000

// changed gives take the sales that changed after an event, in the order of their last changes, until it wants no
// more. It walks the events: a sale comes at the event that its row is as of.
func changed(tx *bolt.Tx, since uint64, take func(*state.Sale) bool) error {
	last := map[string]uint64{}
	_, err := walk(tx, since, func(seq uint64, r salesfile.Record) (more bool, err error) {
		if r.Event == nil {
			return true, nil
		}
		var e struct {
			SaleID string `json:"sale_id"`
		}
		if err := json.Unmarshal(r.Event, &e); err != nil {
			return false, fmt.Errorf("%w: event %d can't be read: %w", ErrDamaged, seq, err)
		}
		if at, known := last[e.SaleID]; e.SaleID == "" || known && at != seq {
			return true, nil
		}
		sale, found, err := salesfile.ReadSale(tx, []byte(e.SaleID))
		if err != nil || !found {
			return err == nil, err
		}
		if sale.Seq != seq {
			if len(last) >= maxKnown {
				clear(last)
			}
			last[e.SaleID] = sale.Seq
			return true, nil
		}
		delete(last, e.SaleID)
		return take(&sale), nil
	})
	return err
}

// recentFitting decodes the recent sales that fit, by rising id.
func recentFitting(tx *bolt.Tx, fits func(*state.Sale) bool) (sales []state.Sale, err error) {
	err = salesfile.EachRecent(tx, func(id, row []byte) error {
		sale, err := salesfile.DecodeSale(id, row)
		if err == nil && fits(&sale) {
			sales = append(sales, sale)
		}
		return err
	})
	return sales, err
}

// descending returns the ids of an index one by one, each at a call, nil at the end: those below before, if it is
// given, of the rows that begin with prefix. A row is an id, or a prefix and an id, or has the id as its value.
func descending(b *bolt.Bucket, prefix []byte, before string) func() []byte {
	c := b.Cursor()
	bound := append(bytes.Clone(prefix), 0xff)
	if before != "" {
		bound = append(bytes.Clone(prefix), before...)
	}
	k, v := salesfile.LastBefore(c, bound)
	return func() (id []byte) {
		if k == nil || !bytes.HasPrefix(k, prefix) {
			return nil
		}
		if id = k[len(prefix):]; len(prefix) > 0 && len(v) > 0 {
			id = v
		}
		k, v = c.Prev()
		return id
	}
}

// merge gives take the sales of two lists, newest first, until it wants no more: recent ones, by rising id, and those
// of the history behind ids, by falling id.
func merge(tx *bolt.Tx, recent []state.Sale, ids func() []byte, take func(*state.Sale) bool) error {
	for id := ids(); id != nil || len(recent) > 0; {
		if n := len(recent) - 1; n >= 0 && (id == nil || recent[n].ID > string(id)) {
			if !take(&recent[n]) {
				return nil
			}
			recent = recent[:n]
			continue
		}
		sale, found, err := salesfile.ReadSale(tx, id)
		if err != nil {
			return err
		}
		if found && !take(&sale) {
			return nil
		}
		id = ids()
	}
	return nil
}
