package boltstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// Salvage reads what can be read of a damaged sales file and builds a new file at to from it. The damaged file is not
// changed, and bbolt does not touch it, so it can't kill the process.
//
//	pages of the tree, then all others ──▶ events, proved by their hashes ──▶ replayed by state.Apply ──▶ sales
//	                                       rows of sales, by their checksum ─────────── where events are missing ──┘
//
// An event that is lost keeps its number, so that numbers are never used twice, and the chain says where it was. The
// report's findings say what was damaged and what was done about it; Adopt then puts the new file in the old one's place.
func Salvage(from, to string) (r Report, err error) {
	r = Report{Path: to, Full: true}
	for _, name := range []string{to, to + ".new", to + ".work"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return r, fmt.Errorf("salvage would write %s, which is there already: give another name, or remove it", name)
		}
	}
	img, err := openImage(from)
	if err != nil {
		return r, fmt.Errorf("salvage: %w", err)
	}
	defer img.close()
	work, err := bolt.Open(to+".work", 0o600, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return r, fmt.Errorf("salvage: %w", err)
	}
	defer os.Remove(to + ".work")
	defer work.Close()
	m := &remains{report: &r, work: work}
	if m.tx, err = work.Begin(true); err != nil {
		return r, fmt.Errorf("salvage: %w", err)
	}
	defer func() { m.tx.Rollback() }()
	for _, b := range [][]byte{workEvents, workTree, workSales, workKeys, workVault, workReplay} {
		if _, err := m.tx.CreateBucket(b); err != nil {
			return r, fmt.Errorf("salvage: %w", err)
		}
	}
	if err := m.gather(img); err != nil {
		return r, err
	}
	if m.schema > Schema {
		return r, fmt.Errorf("%s has schema %d, and this gallad knows %d: it was written by a newer version, so salvage it with that version", from, m.schema, Schema)
	}
	if seq := peekMark(from + ".seq"); seq > m.seq {
		r.find("%s says that event %d was committed, and the file ends at %d", from+".seq", seq, m.seq)
		m.seq = seq
	}
	fresh := to + ".new"
	defer os.Remove(fresh)
	if err := m.rebuild(fresh); err != nil {
		return r, fmt.Errorf("salvage into %s: %w", to, err)
	}
	if err := errors.Join(syncFile(fresh), moveInto(fresh, to)); err != nil {
		return r, err
	}
	made, err := Check(to, true)
	made.Findings = slices.Concat(r.Findings, made.Findings)
	made.More += r.More
	return made, err
}

// rebuild writes the new file.
func (m *remains) rebuild(fresh string) error {
	db, err := bolt.Open(fresh, 0o600, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return err
	}
	b := &builder{remains: m, db: db, cache: map[string]*replay{}}
	err = b.batch(layOut)
	if err == nil {
		err = b.events()
	}
	if err == nil {
		err = b.sales()
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
	cache map[string]*replay // sales under way, those not touched lately lie in workReplay
}

// replay is a sale as its events make it.
type replay struct {
	Sale  state.Sale `json:"sale"`
	Last  uint64     `json:"last"`            // its last event that was found
	Holes string     `json:"holes,omitempty"` // why the replay can't be believed; empty if it can
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
		if root == 0 {
			return nil
		}
		meta := tx.Bucket(bucketMeta)
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
			b.report.find("event %d is lost", seq)
		}
		if r.event != nil {
			e, err := r.decode(seq)
			if err != nil {
				return err
			}
			if r.before, err = b.replay(e, r.before); err != nil {
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

// replay applies an event to its sale, and returns the sale's event before it in the new file.
func (b *builder) replay(e state.Event, before uint64) (uint64, error) {
	p, err := b.replayed(e.SaleID)
	if err != nil {
		return 0, err
	}
	last := p.Last
	if before != last && p.Holes == "" {
		p.Holes = fmt.Sprintf("event %d is missing", before)
	}
	p.Last = e.Seq
	next, _, err := state.Apply(p.Sale, e)
	switch {
	case err == nil:
		p.Sale = next
	case !errors.Is(err, state.ErrReplay) && p.Holes == "":
		p.Holes = fmt.Sprintf("event %d does not fit: %v", e.Seq, err)
	}
	if len(b.cache) > 5000 {
		return last, b.spill()
	}
	return last, nil
}

func (b *builder) replayed(id string) (*replay, error) {
	p := b.cache[id]
	if p == nil {
		p = &replay{}
		if raw := b.get(workReplay, []byte(id)); raw != nil {
			if err := json.Unmarshal(raw, p); err != nil {
				return nil, err
			}
		}
		b.cache[id] = p
	}
	return p, nil
}

func (b *builder) spill() error {
	for id, p := range b.cache {
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		b.put(workReplay, []byte(id), raw)
	}
	clear(b.cache)
	return b.flush()
}

// sales writes every sale that events or rows tell of, and with each its indexes.
func (b *builder) sales() error {
	if err := b.spill(); err != nil {
		return err
	}
	rows, replays := b.tx.Bucket(workSales).Cursor(), b.tx.Bucket(workReplay).Cursor()
	row, _ := rows.First()
	rep, _ := replays.First()
	for row != nil || rep != nil {
		err := b.batch(func(tx *bolt.Tx) error {
			for range 1000 {
				var id []byte
				switch {
				case row == nil && rep == nil:
					return nil
				case rep == nil || row != nil && bytes.Compare(row, rep) <= 0:
					id = row
				default:
					id = rep
				}
				sale, err := b.decide(id)
				if err == nil && sale != nil {
					err = b.place(tx, sale)
				}
				if err != nil {
					return err
				}
				same := bytes.Equal(row, rep)
				if atRow := bytes.Equal(id, row); atRow || same {
					row, _ = rows.Next()
					if same {
						rep, _ = replays.Next()
					}
				} else {
					rep, _ = replays.Next()
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// decide says what a sale was: what its events make of it, or its row where events are missing.
func (b *builder) decide(id []byte) (*state.Sale, error) {
	var row *state.Sale
	if raw := b.get(workSales, id); raw != nil {
		row = &state.Sale{}
		if err := getJSON(id, raw, row); err != nil {
			return nil, err
		}
		if last := b.get(workEvents, append(key(row.Seq), b.get(workTree, key(row.Seq))...)); row.Seq <= b.root || len(last) == hashSize && b.get(workReplay, id) == nil {
			return nil, nil // pruned by retention; its row was on a free page
		}
	}
	raw := b.get(workReplay, id)
	if raw == nil {
		b.report.find("sale %s: none of its events were found; it is kept as its row says", id)
		return row, nil
	}
	var p replay
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, err
	}
	switch {
	case p.Sale.ID == "" && row == nil:
		b.report.find("sale %s: %s, and its row was not found: the sale is lost", id, p.Holes)
		return nil, nil
	case p.Holes == "" && (row == nil || p.Sale.Seq >= row.Seq):
		if row != nil && row.Seq == p.Sale.Seq {
			was, err1 := json.Marshal(row)
			is, err2 := json.Marshal(p.Sale)
			if err := errors.Join(err1, err2); err != nil {
				return nil, err
			}
			if !bytes.Equal(was, is) {
				b.report.find("sale %s: its row is not what its events say; the events are believed", id)
			}
		}
		return &p.Sale, nil
	case row != nil && row.Seq >= p.Sale.Seq:
		if p.Holes == "" {
			p.Holes = fmt.Sprintf("event %d is missing", row.Seq)
		}
		b.report.find("sale %s: %s; it is kept as its row says", id, p.Holes)
		return row, nil
	default:
		b.report.find("sale %s: %s, and no newer row was found: it is kept as the other events make it; look at it with the gateway's list", id, p.Holes)
		return &p.Sale, nil
	}
}

// place writes a sale, unless another one has its number, a reference or a payment of it.
func (b *builder) place(tx *bolt.Tx, s *state.Sale) error {
	for _, c := range claims(s) {
		if owner := tx.Bucket(c.bucket).Get([]byte(c.name)); c.name == "" || owner != nil {
			b.report.find("sale %s is left out: %q of it belongs to sale %s", s.ID, c.name, owner)
			return nil
		}
	}
	return putSale(tx, state.Sale{}, s)
}

// copy brings the idempotency keys of the sales that are there, and the settings.
func (b *builder) copy() error {
	return b.batch(func(tx *bolt.Tx) error {
		err := b.tx.Bucket(workKeys).ForEach(func(k, row []byte) error {
			var rec state.KeyRecord
			if err := getJSON(k, row, &rec); err != nil {
				return err
			}
			if tx.Bucket(bucketSales).Get([]byte(rec.SaleID)) == nil {
				return nil
			}
			return tx.Bucket(bucketKeys).Put(k, row)
		})
		if err != nil {
			return err
		}
		return b.tx.Bucket(workVault).ForEach(func(k, row []byte) error { return tx.Bucket(bucketVault).Put(k, row) })
	})
}
