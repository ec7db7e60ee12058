package boltstore

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// Retention says which sales Prune may remove.
type Retention struct {
	// Before is a business day, "2026-11-22": sales of earlier days may go. The first sale that is not of an earlier
	// day ends the search, so that sales made while the clock was wrong go with those around them, not before; unless
	// nearly all of the hundred sales after it are of earlier days: then its own clock was ahead, and it must not keep
	// all later ones for ever.
	Before string
	// Keep is how many of the newest sales stay whatever their day says: a clock that jumps years ahead must not empty
	// the file.
	Keep int
	// Upto is the newest event that may go: what somebody else has not read yet stays. nil: there is nobody.
	Upto *uint64
	// Max bounds how many sales one call removes; 0 means no bound.
	Max int
}

// pruneChunk is how many sales one transaction removes: commits wait for it.
const pruneChunk = 50

// Prune removes sales that have ended long ago, with their events and index rows, and returns how many. A sale stays
// that isn't final, is still watched, has an effect to be done or an open attention item, or ended behind Upto.
//
// The chain survives: a removed event leaves its hash in its place, and hashes at the chain's beginning are dropped but
// for the last, which is kept as the chain's root. To keep the removed events elsewhere, ExportEvents first. If we die
// in it, each sale is there whole or gone whole. The room it frees is used for new sales, and Compact gives it back to
// the disk.
func (s *Store) Prune(r Retention) (removed int, err error) {
	for {
		n := pruneChunk
		if r.Max > 0 {
			n = min(n, r.Max-removed)
		}
		var gone int
		err := s.update(func(tx *bolt.Tx) (err error) {
			if removed == 0 {
				// only the history is pruned, and a shop that rests may never fill it otherwise
				err = salesfile.FileRecent(tx)
			}
			if err == nil {
				gone, err = pruneSome(tx, r, n)
			}
			return err
		})
		if err != nil {
			return removed, fmt.Errorf("prune: %w", err)
		}
		removed += gone
		if gone < n || removed == r.Max {
			s.layBallast()
			return removed, nil
		}
	}
}

func pruneSome(tx *bolt.Tx, r Retention, n int) (gone int, err error) {
	c := tx.Bucket(salesfile.BucketSales).Cursor()
	spare, _ := c.Last() // the newest sale that may go
	for i := 0; i < r.Keep && spare != nil; i++ {
		spare, _ = c.Prev()
	}
	var doomed []state.Sale
	for id, _ := c.First(); id != nil && bytes.Compare(id, spare) <= 0 && len(doomed) < n; id, _ = c.Next() {
		sale, _, err := salesfile.ReadSale(tx, id)
		if err != nil {
			return 0, err
		}
		if sale.Day >= r.Before {
			if ahead, err := clockAhead(tx, id, r.Before); err != nil {
				return 0, err
			} else if !ahead {
				break
			}
		}
		read := r.Upto == nil || sale.Seq <= *r.Upto
		if read && sale.Phase.Final() && !state.Watching(sale) && len(sale.Attention) == 0 {
			doomed = append(doomed, sale)
		}
	}
	var newest uint64
	for i := range doomed {
		newest = max(newest, doomed[i].Seq)
		if err := removeSale(tx, &doomed[i]); err != nil {
			return 0, err
		}
	}
	if err := pruneOperations(tx, r.Before, newest); err != nil {
		return 0, err
	}
	return len(doomed), advanceRoot(tx)
}

// clockAhead says whether a sale that is not of a day before the given one stands among a hundred that are, nine of
// ten.
func clockAhead(tx *bolt.Tx, id []byte, day string) (bool, error) {
	c := tx.Bucket(salesfile.BucketSales).Cursor()
	c.Seek(id)
	for n, odd := 0, 0; n < 100; n++ {
		next, _ := c.Next()
		if next == nil {
			return false, nil
		}
		sale, _, err := salesfile.ReadSale(tx, next)
		if err != nil {
			return false, err
		}
		if sale.Day >= day {
			if odd++; odd > 10 {
				return false, nil
			}
		}
	}
	return true, nil
}

func removeSale(tx *bolt.Tx, s *state.Sale) error {
	drop := []error{
		dropEvents(tx, s.Seq, "sale "+s.ID),
		tx.Bucket(salesfile.BucketSales).Delete([]byte(s.ID)),
		tx.Bucket(salesfile.BucketDays).Delete(salesfile.DayKey(s.Day, s.Number)),
	}
	for k := range salesfile.Lookups(s) {
		drop = append(drop, tx.Bucket(salesfile.BucketLookup).Delete([]byte(k)))
	}
	return errors.Join(drop...)
}

// dropEvents removes the events of one sale or operation, from its last to its first, and leaves their hashes.
func dropEvents(tx *bolt.Tx, last uint64, whose string) error {
	for seq := last; seq > 0; {
		b, at := tx.Bucket(salesfile.BucketEvents), salesfile.Key(seq)
		if v := b.Get(at); v == nil {
			b, at = tx.Bucket(salesfile.BucketRecent), salesfile.RecentEvent(seq)
		}
		r, err := salesfile.ParseRecord(b.Get(at))
		switch {
		case err != nil || r.Before >= seq:
			return fmt.Errorf("%w: event %d of %s can't be followed: %w", ErrDamaged, seq, whose, err)
		case r.Lost:
			seq = 0 // a salvage found nothing before it
			continue
		case r.Event == nil:
			return fmt.Errorf("%w: event %d of %s is gone, and that is not", ErrDamaged, seq, whose)
		}
		before := r.Before
		if err := b.Put(at, bytes.Clone(r.Hash)); err != nil {
			return err
		}
		seq = before
	}
	return nil
}

// advanceRoot drops pruned events from the beginning of the chain.
func advanceRoot(tx *bolt.Tx) error {
	meta, events := tx.Bucket(salesfile.BucketMeta), tx.Bucket(salesfile.BucketEvents)
	var root []byte
	c := events.Cursor()
	for k, v := c.First(); k != nil; k, v = c.First() {
		r, err := salesfile.ParseRecord(v)
		if err != nil {
			return fmt.Errorf("%w: event %d: %w", ErrDamaged, salesfile.Number(k), err)
		}
		if !r.Pruned() {
			break
		}
		root = append(bytes.Clone(k), r.Hash...)
		if err := events.Delete(bytes.Clone(k)); err != nil {
			return err
		}
	}
	if root == nil {
		return nil
	}
	return meta.Put(salesfile.MetaRoot, root)
}
