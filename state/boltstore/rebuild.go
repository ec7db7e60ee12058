package boltstore

import (
	"bytes"
	"errors"
	"slices"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// rebuild writes the new file.
func (m *remains) rebuild(fresh string) error {
	db, err := bolt.Open(fresh, 0o600, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return err
	}
	b := &builder{remains: m, db: db, cache: map[string]*replay{}, asked: map[string]state.Operation{}}
	err = b.batch(layOut)
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
	*remains
	db    *bolt.DB
	cache map[string]*replay         // sales under way, those not touched lately lie in workReplay
	asked map[string]state.Operation // operations as their events make them; they are few

	lastLost uint64 // the newest event that is lost
	doubtful int    // sales that a lost event may have changed
}

func (b *builder) batch(fn func(*bolt.Tx) error) error { return b.db.Update(fn) }

// events chooses for each number the version that the chain proves, writes it, and replays it.
func (b *builder) events() error {
	root, prev, known := b.root, b.rootSum, true // prev is the hash of the event before; known, whether it is the right one
	if first, _ := b.tx.Bucket(workEvents).Cursor().First(); first != nil && b.damaged[string(bucketMeta)] && number(first[:8]) > root+2 {
		// The root of a pruned chain is lost with the meta bucket: begin just before the first event there is.
		root, prev = number(first[:8])-2, make([]byte, hashSize)
		b.report.find("events up to %d are not there", root+1)
	}
	err := b.batch(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if b.schema < Schema {
			if err := meta.Put(metaUpgrade, nil); err != nil { // its sales are of older rules
				return err
			}
		}
		if len(b.box) > 0 {
			if err := meta.Put(metaBox, b.box); err != nil {
				return err
			}
		}
		if root == 0 {
			return nil
		}
		return errors.Join(meta.Put(metaRoot, append(key(root), prev...)), meta.Put(metaSeq, key(root)), meta.Put(metaHash, prev))
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
			b.report.find("event %d and those after it were written, but never acknowledged: they are kept", seq)
		}
		if r.lost {
			b.lastLost = seq
			b.report.find("event %d is lost", seq)
		}
		if r.event != nil {
			e, err := r.decode(seq)
			if err != nil {
				return err
			}
			if e.SaleID == "" && e.Operation != nil {
				r.before = b.replayOperation(e)
			} else if r.before, err = b.replay(e, r.before); err != nil {
				return err
			}
		}
		out = append(out, placed{seq, r})
		prev, known = r.hash, r.hash != nil
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
	record
}

func (b *builder) write(out []placed) error {
	return b.batch(func(tx *bolt.Tx) error {
		events, meta := tx.Bucket(bucketEvents), tx.Bucket(bucketMeta)
		events.FillPercent = 0.95
		for _, p := range out {
			if err := errors.Join(events.Put(key(p.seq), p.bytes()), meta.Put(metaSeq, key(p.seq)), meta.Put(metaHash, p.hash)); err != nil {
				return err
			}
		}
		return nil
	})
}

// versions are the records found for a number, the tree's own first.
func (b *builder) versions(seq uint64) (rs []record) {
	tree := b.get(workTree, key(seq))
	c := b.tx.Bucket(workEvents).Cursor()
	for k, v := c.Seek(key(seq)); bytes.HasPrefix(k, key(seq)); k, v = c.Next() {
		r, err := parseRecord(bytes.Clone(v))
		if err != nil {
			continue
		}
		if bytes.Equal(r.hash, tree) {
			rs = slices.Insert(rs, 0, r)
		} else {
			rs = append(rs, r)
		}
	}
	return rs
}

func (b *builder) nothingAfter(seq uint64) bool {
	k, _ := b.tx.Bucket(workEvents).Cursor().Seek(key(seq))
	return k == nil
}

// choose picks the version that follows from the one before, or from which the next one follows.
func (b *builder) choose(seq uint64, versions []record, prev []byte, known bool) (r record, proved bool) {
	if known {
		for _, v := range versions {
			if v.event != nil && bytes.Equal(v.hash, link(prev, v.event)) {
				return v, true
			}
		}
	}
	for _, v := range versions {
		for _, n := range b.versions(seq + 1) {
			if n.event == nil || !bytes.Equal(n.hash, link(v.hash, n.event)) {
				continue
			}
			if known && v.event != nil {
				return record{hash: v.hash, lost: true}, true // its content is damaged, its place in the chain is proved
			}
			return v, true
		}
	}
	for _, v := range versions {
		if !known && v.event != nil || v.pruned() && bytes.Equal(b.get(workTree, key(seq)), v.hash) {
			return v, false
		}
	}
	return record{lost: true}, false
}
