package boltstore

import (
	"bytes"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state/boltstore/salesfile"
	"galla/state/chain"
)

// Stretch reads consecutive places of the chain behind place after, proved while they are read: so many that their
// events have max bytes or more, at least one if there is one; none for a max of 0. It begins at the nearest place
// that is there: Stretch(0, 0) is the chain's root, and Stretch(math.MaxUint64, 0) its head.
//
// A place whose event was pruned or lost, or can't be proved because the hash before it is lost, has its hash alone.
// The last place has a hash: a chain that ends with lost places ends before them. The transaction lasts as long as
// reading max bytes does.
func (s *Store) Stretch(after uint64, max int) (out chain.Stretch, err error) {
	err = s.view(func(tx *bolt.Tx) error {
		meta := tx.Bucket(salesfile.BucketMeta)
		root, before, err := salesfile.ReadRoot(meta)
		if err != nil {
			return err
		}
		out.After, out.Root = root, true
		if last := salesfile.Number(meta.Get(salesfile.MetaSeq)); after > root {
			if out.After, out.Root = min(after, last), last <= root; out.After > root {
				r, err := salesfile.ParseRecord(salesfile.EventAt(tx, out.After))
				if err != nil {
					return fmt.Errorf("%w: event %d: %w", ErrDamaged, out.After, err)
				}
				before = r.Hash
			}
		}
		copy(out.Before[:], before)

		size, whole, unknown := 0, 0, len(before) == 0 && out.After > 0
		if max <= 0 {
			return nil
		}
		_, err = walk(tx, out.After, func(_ uint64, r salesfile.Record) (more bool, err error) {
			var p chain.Place
			copy(p.Hash[:], r.Hash)
			if size += len(p.Hash); r.Event != nil && !unknown {
				p.Event = bytes.Clone(r.Event)
				size += len(p.Event) - len(p.Hash)
			}
			out.Places = append(out.Places, p)
			if unknown = r.Hash == nil; !unknown {
				whole = len(out.Places)
			}
			return unknown || size < max, nil
		})
		out.Places = out.Places[:whole]
		return err
	})

	return out, err
}
