package boltstore

import (
	"encoding/json"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
	"galla/state/chain"
)

// Commit writes a batch in one transaction. Its events must continue the sequence, and each of its sales must be as its
// last event in the batch left it.
//
// If we die before it returns, all of the batch is there or nothing. If it returns ErrConflict or ErrFull, nothing is
// there and the store goes on. If it returns another error, the batch may be there or not: the store answers
// ErrBroken from then on, and the caller must open it again and look.
func (s *Store) Commit(b state.Batch) error {
	var head Head
	err := s.update(func(tx *bolt.Tx) error {
		err := write(tx, b)
		head = headOf(tx)
		return err
	})
	if err != nil {
		return err
	}
	// If we die here, the file is ahead of its mark, which is harmless: the mark only says "at least this many".
	s.head.Store(&head)
	s.mark.set(head.Seq)
	return nil
}

// update runs a transaction that writes, and tells the three outcomes apart: refused, full, unknown.
func (s *Store) update(fn func(*bolt.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.broken.Load() {
		return ErrBroken
	}
	s.swap.RLock()
	defer s.swap.RUnlock()
	if s.opened != nil { // else Open itself writes
		if err := s.there(); err != nil {
			s.broken.Store(true) // nothing was written, and nothing is from here on
			return err
		}
	}

	for ballast := true; ; ballast = false {
		var refused error
		before := s.txid()
		err := s.timed(func() error {
			return s.options.commit(func() error {
				return s.db.Update(func(tx *bolt.Tx) error {
					seq := salesfile.Number(tx.Bucket(salesfile.BucketMeta).Get(salesfile.MetaSeq))
					if refused = s.rolledBack(seq, s.Head().Seq); refused == nil {
						refused = fn(tx)
					}
					return refused
				})
			})
		})
		switch {
		case err == nil:
			return nil
		case refused != nil && errors.Is(refused, ErrConflict):
			return err // rolled back before anything was written
		case refused == nil && outgrown(err) && s.txid() == before:
			s.tight.Store(true)
			return fmt.Errorf("%w: %w: %s: %w", ErrFull, ErrTooLarge, s.path, err)
		case refused == nil && noSpace(err) && s.txid() == before:
			// bbolt failed while it wrote data pages: its meta page was not touched, so the transaction is certainly
			// not there.
			if ballast && s.dropBallast() {
				continue
			}
			return fmt.Errorf("%w: %s: %w", ErrFull, s.path, err)
		default:
			s.broken.Store(true)
			return fmt.Errorf("sales file %s: %w", s.path, err)
		}
	}
}

// txid is the number of the newest transaction in the file; 0 if it can't be read.
func (s *Store) txid() (id int) {
	_ = s.db.View(func(tx *bolt.Tx) error { // an error leaves 0, which equals no transaction's number
		id = tx.ID()
		return nil
	})
	return id
}

func write(tx *bolt.Tx, b state.Batch) error {
	meta := tx.Bucket(salesfile.BucketMeta)
	seq := salesfile.Number(meta.Get(salesfile.MetaSeq))
	begin, hash := seq, meta.Get(salesfile.MetaHash)
	subjects, err := subjectsOf(tx, b)
	if err != nil {
		return err
	}
	recent := tx.Bucket(salesfile.BucketRecent)
	for _, e := range b.Events {
		if e.Seq != seq+1 {
			return fmt.Errorf("%w: event %d does not follow %d", ErrConflict, e.Seq, seq)
		}
		of := subjects[e.Subject()]
		if of == nil {
			return fmt.Errorf("%w: event %d is of %q, which is not in the batch", ErrConflict, e.Seq, e.Subject())
		}
		seq = e.Seq
		r := salesfile.Record{Before: of.last}
		of.last = seq
		if r.Event, err = json.Marshal(e); err != nil {
			return err
		}
		r.Hash = chain.Link(hash, r.Event)
		hash = r.Hash
		if err := recent.Put(salesfile.RecentEvent(seq), r.Bytes()); err != nil {
			return err
		}
	}

	for i := range b.Sales {
		n := &b.Sales[i]
		of := subjects[n.ID]
		if n.Seq != of.last || n.Seq <= begin {
			return fmt.Errorf("%w: sale %s is as of event %d, but its last event is %d",
				ErrConflict, n.ID, n.Seq, of.last)
		}
		if err := putSale(tx, of, n); err != nil {
			return err
		}
	}

	for _, o := range b.Operations {
		if last := subjects[o.ID].last; o.Seq != last || last <= begin {
			return fmt.Errorf("%w: operation %s is as of event %d, but its last event is %d",
				ErrConflict, o.ID, o.Seq, last)
		}
		if err := salesfile.PutOperation(tx, &o); err != nil {
			return err
		}
	}

	for _, k := range b.Keys {
		if err := putKey(tx, k); err != nil {
			return err
		}
	}
	if len(b.Events) == 0 {
		return nil
	}
	if err := meta.Put(salesfile.MetaSeq, salesfile.Key(seq)); err != nil {
		return err
	}
	if err := meta.Put(salesfile.MetaHash, hash); err != nil {
		return err
	}

	if first, _ := salesfile.RecentRecord(recent.Cursor().First()); seq-first >= salesfile.RecentEvents {
		return salesfile.FileRecent(tx)
	}
	return nil
}

// subject is a sale or an operation that a batch changes.
type subject struct {
	last uint64      // its newest event: on disk, then of the batch as its events are written; 0 for none
	sale *state.Sale // a sale's row on disk; nil for a new sale, and for an operation
	past bool        // that row lies in the history
}

// subjectsOf reads what the batch is about from disk, by id.
func subjectsOf(tx *bolt.Tx, b state.Batch) (map[string]*subject, error) {
	subjects := make(map[string]*subject, len(b.Sales)+len(b.Operations))
	for i := range b.Sales {
		id := b.Sales[i].ID
		if subjects[id] != nil || id == "" {
			return nil, fmt.Errorf("%w: sale %q stands twice in it, or has no id", ErrConflict, id)
		}
		sale, found, err := salesfile.ReadSale(tx, []byte(id))
		if err != nil {
			return nil, err
		}
		subjects[id] = &subject{}
		if found {
			past := tx.Bucket(salesfile.BucketRecent).Get(salesfile.RecentSale([]byte(id))) == nil
			subjects[id] = &subject{last: sale.Seq, sale: &sale, past: past}
		}
	}
	for i := range b.Operations {
		id := b.Operations[i].ID
		if subjects[id] != nil || id == "" {
			return nil, fmt.Errorf("%w: operation %q stands twice in it, or has no id", ErrConflict, id)
		}
		o, _, err := salesfile.ReadOperation(tx, []byte(id))
		if err != nil {
			return nil, err
		}
		subjects[id] = &subject{last: o.Seq}
	}
	return subjects, nil
}

// putSale writes a sale's row: where it was, or among the recent ones if it is new. Only a sale of the history has
// rows in the indexes.
func putSale(tx *bolt.Tx, was *subject, s *state.Sale) error {
	id := []byte(s.ID)
	if err := salesfile.Claim(tx, was.sale, s); err != nil {
		return err
	}
	row, err := salesfile.EncodeRow(id, s)
	if err != nil {
		return err
	}
	if was.past {
		return salesfile.PutHistory(tx, was.sale, s, row)
	}
	return tx.Bucket(salesfile.BucketRecent).Put(salesfile.RecentSale(id), row)
}
