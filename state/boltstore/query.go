package boltstore

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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
	if (q.May != nil || q.Brief) && (q.Since > 0 || q.Open || q.Attention) {
		return nil, errors.New("a query with May or Brief has no Since, Open or Attention")
	}
	fits := func(sale *state.Sale) bool {
		return !(q.Day != "" && sale.Day != q.Day || q.Open && sale.Phase.Final() ||
			q.Attention && len(sale.Attention) == 0 || sale.Seq <= q.Since)
	}
	decode := func(id, row []byte) (state.Sale, error) {
		return s.decoded.sale(id, row, q.May != nil || q.Limit <= page)
	}
	if q.Brief {
		decode = salesfile.DecodeBrief
	}
	limit, before := q.Limit, q.Before
	if q.Since > 0 { // few are open or need a person: all are read, and put in the order of their last change
		limit, before = math.MaxInt, ""
	}

	err = s.view(func(tx *bolt.Tx) error {
		if q.Since > 0 && !q.Open && !q.Attention {
			return changed(tx, q.Since, func(sale *state.Sale) bool {
				if fits(sale) {
					sales = append(sales, *sale)
				}
				return len(sales) < q.Limit
			})
		}
		past := func() (id, row []byte) { return nil, nil } // every open sale is a recent one
		switch {
		case q.Open:
		case q.Attention:
			past = rowsOf(tx, before, descending(tx.Bucket(salesfile.BucketAttention), nil, before))
		case q.Day != "":
			past = rowsOf(tx, before, descending(tx.Bucket(salesfile.BucketDays), []byte(q.Day+"/"), ""))
		default:
			past = history(tx, before)
		}

		next := newestFirst(tx, before, past)
		for shown := 0; shown < limit; {
			id, row, recent := next()
			if id == nil {
				break
			}
			var sale state.Sale
			var err error
			if recent || q.May == nil {
				if sale, err = decode(id, row); err != nil {
					return err
				}
				if !fits(&sale) {
					continue
				}
			}
			shown++
			if q.May != nil {
				// the checksum would read all of it: it is looked at when the row is decoded
				if len(row) > 4 && !q.May(id, row[4:]) {
					continue
				}
				if sale, err = decode(id, row); err != nil {
					return err
				}
			}
			sales = append(sales, sale)
		}
		if q.Since > 0 {
			slices.SortFunc(sales, func(a, b state.Sale) int { return cmp.Compare(a.Seq, b.Seq) })
			sales = sales[:min(len(sales), q.Limit)]
		}
		return nil
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

// history returns the sales of the history one by one, newest first: those below before, if it is given.
func history(tx *bolt.Tx, before string) func() (id, row []byte) {
	c := tx.Bucket(salesfile.BucketSales).Cursor()
	bound := []byte{0xff}
	if before != "" {
		bound = []byte(before)
	}
	begun := false
	return func() (id, row []byte) {
		if begun {
			return c.Prev()
		}
		begun = true
		return salesfile.LastBefore(c, bound)
	}
}

// rowsOf reads the rows of the sales of the history that an index has, as far as they are below before, if it is given.
// In an index of days, neighbours mostly are neighbours in the history too.
func rowsOf(tx *bolt.Tx, before string, ids func() []byte) func() (id, row []byte) {
	c := tx.Bucket(salesfile.BucketSales).Cursor()
	var k, v []byte
	return func() (id, row []byte) {
		for id := ids(); id != nil; id = ids() {
			if before != "" && string(id) >= before {
				continue
			}
			if k != nil {
				k, v = c.Prev()
			}
			if !bytes.Equal(k, id) {
				k, v = c.Seek(id)
			}
			if bytes.Equal(k, id) {
				return id, v
			}
		}
		return nil, nil
	}
}

// newestFirst returns the rows of two lists one by one, newest first, nil at the end: those of the recent sales below
// before, if it is given, and those of the history, by falling id.
func newestFirst(tx *bolt.Tx, before string, past func() (id, row []byte)) func() (id, row []byte, recent bool) {
	c := tx.Bucket(salesfile.BucketRecent).Cursor()
	bound := []byte{salesfile.RecentSale(nil)[0] + 1}
	if before != "" {
		bound = salesfile.RecentSale([]byte(before))
	}
	k, v := salesfile.LastBefore(c, bound)
	id, row := past()
	return func() ([]byte, []byte, bool) {
		if young, is := bytes.CutPrefix(k, salesfile.RecentSale(nil)); is && bytes.Compare(young, id) > 0 {
			it := v
			k, v = c.Prev()
			return young, it, true
		}
		old, it := id, row
		id, row = past()
		return old, it, false
	}
}
