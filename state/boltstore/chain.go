package boltstore

import (
	"bytes"
	"fmt"

	"galla/state/boltstore/salesfile"
	"galla/state/chain"

	bolt "go.etcd.io/bbolt"
)

// Chain is what walking the hash chain found.
type Chain struct {
	Root   uint64 // events up to this one were pruned away; the chain hangs off the hash of the last of them
	Events uint64 // events that are there
	Pruned uint64 // after Root, events gone by retention whose hash is still in its place
	Lost   uint64 // events that Salvage did not find; behind each the chain can't be proved to continue
	Head   []byte // hash of the last event, nil if there is none

	// Unexplained counts, of an export, the removed events for which neither retention nor an anchor answers:
	// somebody's hand may have taken them out.
	Unexplained uint64
}

// walkChain verifies the whole chain, or only what follows event since, whose hash is then taken as given. It shows
// each record that has an event.
func walkChain(tx *bolt.Tx, since uint64, show func(seq uint64, r salesfile.Record)) (c Chain, err error) {
	meta := tx.Bucket(salesfile.BucketMeta)
	root, hash, err := salesfile.ReadRoot(meta)
	if err != nil {
		return c, err
	}
	c.Root, c.Head = root, hash
	seq := max(since, root)
	head, err := walk(tx, since, func(at uint64, r salesfile.Record) (bool, error) {
		seq = at
		switch {
		case r.Lost:
			c.Lost++
		case r.Pruned():
			c.Pruned++
		default:
			c.Events++
			show(at, r)
		}
		return true, nil
	})
	if err != nil {
		return c, err
	}
	c.Head = bytes.Clone(head)
	if last := salesfile.Number(meta.Get(salesfile.MetaSeq)); seq != last {
		return c, fmt.Errorf("%w: the file says %d events and holds %d", ErrDamaged, last, seq)
	}
	if !bytes.Equal(c.Head, meta.Get(salesfile.MetaHash)) {
		return c, fmt.Errorf("%w: the chain ends at event %d with another hash than the file's", ErrDamaged, seq)
	}
	return c, nil
}

// walk gives take every record after since, as long as it wants more, and proves each against the hash before it.
// It returns the hash of the last record it looked at.
func walk(
	tx *bolt.Tx,
	since uint64,
	take func(seq uint64, r salesfile.Record) (more bool, err error),
) (head []byte, err error) {
	seq, head, err := salesfile.ReadRoot(tx.Bucket(salesfile.BucketMeta))
	if err != nil {
		return nil, err
	}
	c := salesfile.NewEventCursor(tx)
	k, v := c.Seek(0)
	begin := false // true behind a lost event: there is no hash to prove the next against
	if since > seq {
		seq = since
		if k, v = c.Seek(since); k != since {
			if k == 0 {
				return head, nil // nothing came after it yet
			}
			return nil, fmt.Errorf("%w: event %d is missing", ErrDamaged, since)
		}
		r, err := salesfile.ParseRecord(v)
		if err != nil {
			return nil, fmt.Errorf("%w: event %d: %w", ErrDamaged, since, err)
		}
		head, begin = r.Hash, r.Hash == nil
		k, v = c.Next()
	}

	for more := true; k != 0 && more; k, v = c.Next() {
		if seq++; k != seq {
			return nil, fmt.Errorf("%w: event %d is missing", ErrDamaged, seq)
		}
		r, err := salesfile.ParseRecord(v)
		if err != nil {
			return nil, fmt.Errorf("%w: event %d: %w", ErrDamaged, seq, err)
		}
		if r.Event != nil && !begin && !bytes.Equal(r.Hash, chain.Link(head, r.Event)) {
			return nil, fmt.Errorf("%w: event %d was changed after it was written, or the one before it was",
				ErrDamaged, seq)
		}
		head, begin = r.Hash, r.Hash == nil
		if more, err = take(seq, r); err != nil {
			return nil, err
		}
	}

	return head, nil
}
