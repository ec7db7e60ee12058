package salvage

import (
	"bytes"
	"errors"
	"slices"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
	"galla/state/chain"
)

// rebuild writes the new file.
func (m *salvaged) rebuild(fresh string) error {
	db, err := bolt.Open(fresh, 0o600, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return err
	}
	b := &builder{salvaged: m, db: db, cache: map[string]*replay{}, asked: map[string]state.Operation{}}
	err = b.batch(salesfile.LayOut)
	if err == nil {
		err = b.events()
	}
	if err == nil {
		err = b.sales()
	}
	if err == nil {
		err = b.operations()
	}
	if err == nil {
		err = b.copy()
	}
	if err == nil {
		err = db.Sync()
	}
	return errors.Join(err, db.Close())
}

// builder fills the new file.
type builder struct {
	*salvaged
	db    *bolt.DB
	cache map[string]*replay         // sales under way, those not touched lately lie in workReplay
	asked map[string]state.Operation // operations as their events make them; they are few

	lastLost uint64 // the newest event that is lost
	doubtful int    // sales that a lost event may have changed
}

func (b *builder) batch(fn func(*bolt.Tx) error) error { return b.db.Update(fn) }

// events chooses for each number the version that the chain proves, writes it, and replays it.
func (b *builder) events() error {
	// prev is the hash of the event before; known, whether it is the right one
	root, prev, known := b.root, b.rootSum, true
	if first, _ := b.tx.Bucket(workEvents).Cursor().First(); first != nil && b.damaged[string(salesfile.BucketMeta)] &&
		salesfile.Number(first[:8]) > root+2 {
		// The root of a pruned chain is lost with the meta bucket: begin just before the first event there is.
		root, prev = salesfile.Number(first[:8])-2, make([]byte, salesfile.HashSize)
		b.report.Add("events up to %d are not there", root+1)
	}

	err := b.batch(func(tx *bolt.Tx) error {
		meta := tx.Bucket(salesfile.BucketMeta)
		if b.schema < salesfile.Schema {
			if err := meta.Put(salesfile.MetaUpgrade, nil); err != nil { // its sales are of older rules
				return err
			}
		}
		if len(b.box) > 0 {
			if err := meta.Put(salesfile.MetaBox, b.box); err != nil {
				return err
			}
		}
		if root == 0 {
			return nil
		}
		return errors.Join(
			meta.Put(salesfile.MetaRoot, append(salesfile.Key(root), prev...)),
			meta.Put(salesfile.MetaSeq, salesfile.Key(root)),
			meta.Put(salesfile.MetaHash, prev),
		)
	})
	if err != nil {
		return err
	}

	var out []placed
	for seq := root + 1; ; seq++ {
		versions := b.versions(seq)
		if len(versions) == 0 && seq > b.seq && b.nothingAfter(seq) {
			break
		}
		r, proved := b.choose(seq, versions, prev, known)
		if seq > b.seq && !proved {
			break // of a transaction that was never acknowledged
		}
		if seq == b.seq+1 && b.seq > 0 {
			b.report.Add("event %d and those after it were written, but never acknowledged: they are kept", seq)
		}
		if r.Lost {
			b.lastLost = seq
			b.report.Add("event %d is lost", seq)
		}
		if r.Event != nil {
			e, err := r.Decode(seq)
			if err != nil {
				return err
			}
			if e.SaleID == "" && e.Operation != nil {
				r.Before = b.replayOperation(e)
			} else if r.Before, err = b.replay(e, r.Before); err != nil {
				return err
			}
		}
		out = append(out, placed{seq, r})
		prev, known = r.Hash, r.Hash != nil
		if len(out) == 10000 {
			if err := b.write(out); err != nil {
				return err
			}
			out = out[:0]
		}
	}

	return b.write(out)
}

type placed struct {
	seq uint64
	salesfile.Record
}

func (b *builder) write(out []placed) error {
	return b.batch(func(tx *bolt.Tx) error {
		events, meta := tx.Bucket(salesfile.BucketEvents), tx.Bucket(salesfile.BucketMeta)
		events.FillPercent = 0.95
		for _, p := range out {
			if err := errors.Join(events.Put(salesfile.Key(p.seq), p.Bytes()),
				meta.Put(salesfile.MetaSeq, salesfile.Key(p.seq)), meta.Put(salesfile.MetaHash, p.Hash)); err != nil {
				return err
			}
		}
		return nil
	})
}

// versions are the records found for a number, the tree's own first.
func (b *builder) versions(seq uint64) (rs []salesfile.Record) {
	tree := b.get(workTree, salesfile.Key(seq))
	c := b.tx.Bucket(workEvents).Cursor()
	for k, v := c.Seek(salesfile.Key(seq)); bytes.HasPrefix(k, salesfile.Key(seq)); k, v = c.Next() {
		r, err := salesfile.ParseRecord(bytes.Clone(v))
		if err != nil {
			continue
		}
		if bytes.Equal(r.Hash, tree) {
			rs = slices.Insert(rs, 0, r)
		} else {
			rs = append(rs, r)
		}
	}
	return rs
}

func (b *builder) nothingAfter(seq uint64) bool {
	k, _ := b.tx.Bucket(workEvents).Cursor().Seek(salesfile.Key(seq))
	return k == nil
}

// choose picks the version that follows from the one before, or from which the next one follows.
func (b *builder) choose(
	seq uint64,
	versions []salesfile.Record,
	prev []byte,
	known bool,
) (r salesfile.Record, proved bool) {
	if known {
		for _, v := range versions {
			if v.Event != nil && bytes.Equal(v.Hash, chain.Link(prev, v.Event)) {
				return v, true
			}
		}
	}
	for _, v := range versions {
		for _, n := range b.versions(seq + 1) {
			if n.Event == nil || !bytes.Equal(n.Hash, chain.Link(v.Hash, n.Event)) {
				continue
			}
			if known && v.Event != nil {
				return salesfile.Record{
					Hash: v.Hash,
					Lost: true,
				}, true // its content is damaged, its place in the chain is proved
			}
			return v, true
		}
	}
	for _, v := range versions {
		if !known && v.Event != nil || v.Pruned() && bytes.Equal(b.get(workTree, salesfile.Key(seq)), v.Hash) {
			return v, false
		}
	}
	return salesfile.Record{Lost: true}, false
}
