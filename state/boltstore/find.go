package boltstore

import (
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// Find lists the sales that have a value, newest first: over the whole history at once, by its index, and among the
// recent ones by their rows. A number's value is its business day and itself, as state.NumberOf writes them. before
// is a sale id to page back from; limit must be above zero.
func (s *Store) Find(f state.Field, value, before string, limit int) (sales []state.Sale, err error) {
	if !salesfile.Findable(f) {
		return nil, fmt.Errorf("sales can't be found by %q", f)
	}
	err = s.view(func(tx *bolt.Tx) error {
		var ids func() []byte
		switch f {
		case state.FieldNumber:
			ids = descending(tx.Bucket(salesfile.BucketDays), []byte(value), "")
		case state.FieldPayment, state.FieldAttempt: // they don't lie in the order of sales; few have the same
			ids = descending(tx.Bucket(salesfile.BucketLookup), salesfile.LookupPrefix(f, value), "")
		default:
			ids = descending(tx.Bucket(salesfile.BucketLookup), salesfile.LookupPrefix(f, value), before)
		}
		next := newestFirst(tx, before, rowsOf(tx, before, ids))
		for len(sales) < limit {
			id, row, _ := next()
			if id == nil {
				break
			}
			sale, err := s.decoded.sale(id, row, limit <= page)
			if err != nil {
				return err
			}
			if salesfile.Has(&sale, f, value) {
				sales = append(sales, sale)
			}
		}
		return nil
	})
	return sales, err
}

// Days lists the business days that have sales, newest first, from from to to; an empty end is open. It reads one row
// of the index a day.
func (s *Store) Days(from, to string) (days []string, err error) {
	within := func(day string) bool { return day >= from && (to == "" || day <= to) }
	err = s.view(func(tx *bolt.Tx) error {
		recent, err := recentFitting(tx, func(sale *state.Sale) bool { return within(sale.Day) })
		if err != nil {
			return err
		}
		for i := range recent {
			days = append(days, recent[i].Day)
		}

		c := tx.Bucket(salesfile.BucketDays).Cursor()
		bound := []byte{0xff}
		if to != "" {
			bound = []byte(to + "0") // '0' is the byte after '/': the first key behind the day
		}
		for {
			k, _ := salesfile.LastBefore(c, bound)
			day, _, _ := strings.Cut(string(k), "/")
			if k == nil || day < from {
				break
			}
			days = append(days, day)
			bound = []byte(day + "/")
		}
		return nil
	})
	slices.Sort(days)
	days = slices.Compact(days)
	slices.Reverse(days)
	return days, err
}
