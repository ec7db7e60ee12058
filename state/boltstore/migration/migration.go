package migration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// The buckets of schemas 1 and 2 that a migration reads are events, sales, operations (from schema 2 on), keys and
// settings, with the rows of today; keys lie there by the key alone. Their outbox, changed, answers, payments and
// references are not read.

const (
	memory   = 40 << 20 // bytes that the process should hold, a migration's included
	margin   = 16 << 20 // bytes that stay free beside the copy
	keysLive = 24 * time.Hour
	// Lookup rows that one transaction writes: in a large index each lies on a page of its own, of which bbolt holds
	// some 15 KB.
	lookupRows = 1000
)

// How much is in memory at once. Variables for tests, which set them before a migration and never in one.
var (
	Bytes = 1 << 20 // of rows that one transaction copies: bbolt holds a few times as much in memory
	Sales = 10000   // sales whose lookup rows are collected in memory and written in their order
)

// Options are a file of an older schema, and what its store does with files. All but Verify and Apart must be given.
type Options struct {
	Path string   // of the file
	From int      // its schema
	Old  *bolt.DB // the file, open and locked; it is closed where Run succeeds
	// Open opens a file of the store's own, or makes it.
	Open func(path string) (*bolt.DB, error)
	// Commit runs a transaction that writes.
	Commit func(write func() error) error
	// Free is how many bytes may still be written to the disk of a folder.
	Free func(folder string) (int64, error)
	// Same wants the last event and its hash to be the same in both files.
	Same func(a, b *bolt.DB) error
	// Verify judges the pages of a file before it is opened. May be nil.
	Verify func(path string) error
	// Apart keeps a value of the settings outside of the file; kept says that it did. May be nil.
	Apart func(key string, value []byte) (kept bool, err error)
}

// progress is how far a migration got, kept in the new file with what it copied.
type progress struct {
	Seq    uint64 `json:"seq"`  // of the file it copies from: its last event,
	Hash   []byte `json:"hash"` // its hash
	Txid   int    `json:"txid"` // and its last transaction
	Step   int    `json:"step"`
	Cursor []byte `json:"cursor,omitempty"` // the last row of the step that is copied
}

// Run brings a file of an older schema to this one and returns the new file, open: it is filled beside the old one, in
// transactions of a bounded size, and put in its place; the old one is kept as path.schemaN. If we die in it, the old
// file is in its place, whole, and the next start goes on where this one stopped; or the new one is.
func Run(o Options) (*bolt.DB, error) {
	// Memory matters more than time here: what the collector has freed goes back to the system at once.
	limit := debug.SetMemoryLimit(memory)
	if limit < memory {
		debug.SetMemoryLimit(limit)
	}
	defer debug.SetMemoryLimit(limit)
	defer debug.SetGCPercent(debug.SetGCPercent(30))

	fail := func(err error) error {
		return fmt.Errorf("sales file %s can't be brought from schema %d to %d: %w; it stays as it was",
			o.Path, o.From, salesfile.Schema, err)
	}
	m := &migration{o: o, old: o.Old}
	if err := m.begin(o.Path + ".migrating"); err != nil {
		return nil, fail(err)
	}
	for _, step := range []func() error{m.events, m.sales, m.operations, m.keys, m.settings} {
		if err := m.run(step); err != nil {
			m.db.Close()
			return nil, fail(err)
		}
	}
	if err := m.finish(fmt.Sprintf("%s.schema%d", o.Path, o.From)); err != nil {
		m.db.Close()
		return nil, fail(err)
	}
	return m.db, m.old.Close()
}

// putter writes an old row into the new file. k and v are valid until its transaction has ended.
type putter func(tx *bolt.Tx, k, v []byte) error

type migration struct {
	o       Options
	old, db *bolt.DB
	at      progress
	steps   int // how many were run in this process
}

// begin opens the new file where an earlier start left it, if it was copied from the old file as it is now, or a
// fresh one.
func (m *migration) begin(path string) error {
	want := progress{}
	var last uint64
	err := m.old.View(func(tx *bolt.Tx) error {
		meta := tx.Bucket(salesfile.BucketMeta)
		want = progress{
			Seq:  salesfile.Number(meta.Get(salesfile.MetaSeq)),
			Hash: bytes.Clone(meta.Get(salesfile.MetaHash)),
			Txid: tx.ID(),
		}
		last = salesfile.LastEvent(tx)
		return nil
	})
	if err != nil {
		return err
	}

	if last != 0 && last != want.Seq {
		return fmt.Errorf("%w: it says %d events and ends at %d", salesfile.ErrDamaged, want.Seq, last)
	}
	if _, err := os.Stat(path); err == nil {
		if m.resume(path, want) {
			return nil
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}

	if err := m.room(path); err != nil {
		return err
	}

	// renamed when it has its buckets: a file that was cut while it was made is never gone on with
	fresh := path + ".new"
	os.Remove(fresh)
	db, err := m.o.Open(fresh)
	if err != nil {
		return err
	}
	m.at = want
	err = db.Update(func(tx *bolt.Tx) error {
		if err := salesfile.LayOut(tx); err != nil {
			return err
		}
		var seq, hash, root []byte
		err := m.old.View(func(old *bolt.Tx) error {
			at, sum, err := salesfile.ReadRoot(old.Bucket(salesfile.BucketMeta))
			if err == nil && at > 0 {
				seq, hash, root = salesfile.Key(at), bytes.Clone(sum), append(salesfile.Key(at), sum...)
			}
			return err
		})
		meta := tx.Bucket(salesfile.BucketMeta)
		if err == nil && root != nil {
			err = errors.Join(
				meta.Put(salesfile.MetaRoot, root),
				meta.Put(salesfile.MetaSeq, seq),
				meta.Put(salesfile.MetaHash, hash),
			)
		}
		return errors.Join(err, m.save(tx))
	})

	if err := errors.Join(err, db.Sync(), db.Close()); err != nil {
		return err
	}
	if err := salesfile.MoveInto(fresh, path); err != nil {
		return err
	}
	m.db, err = m.o.Open(path)
	return err
}

// resume opens a file that an earlier start left; false if it can't be gone on with.
func (m *migration) resume(path string, want progress) bool {
	if m.o.Verify != nil && m.o.Verify(path) != nil {
		return false
	}
	db, err := m.o.Open(path)
	if err != nil {
		return false
	}
	err = db.View(func(tx *bolt.Tx) error {
		meta := tx.Bucket(salesfile.BucketMeta)
		if meta == nil {
			return fs.ErrNotExist
		}
		return json.Unmarshal(meta.Get(salesfile.MetaCopy), &m.at)
	})
	if err != nil || m.at.Seq != want.Seq || m.at.Txid != want.Txid || !bytes.Equal(m.at.Hash, want.Hash) {
		db.Close() // the old file was written meanwhile
		return false
	}
	m.db = db
	return true
}

// room wants as much free space as the old file takes: the new one is rarely larger.
func (m *migration) room(path string) error {
	info, err := os.Stat(m.o.Path)
	if err != nil {
		return err
	}
	free, err := m.o.Free(filepath.Dir(path))
	if need := info.Size() + margin; err == nil && free < need {
		return fmt.Errorf(
			"a copy of it needs %d MB on its disk, and %d MB are free: make %d MB free there and start again",
			need>>20,
			free>>20,
			(need-free)>>20+1,
		)
	}
	return err
}

// update runs a transaction on the new file.
func (m *migration) update(fn func(*bolt.Tx) error) error {
	return m.o.Commit(func() error { return m.db.Update(fn) })
}

// save writes how far we are, in the transaction that copied it. If we die before it, that part is copied again.
func (m *migration) save(tx *bolt.Tx) error {
	raw, err := json.Marshal(m.at)
	if err != nil {
		return err
	}
	return tx.Bucket(salesfile.BucketMeta).Put(salesfile.MetaCopy, raw)
}

// run runs a step, unless an earlier start ended it.
func (m *migration) run(step func() error) error {
	n := m.steps
	m.steps++
	if m.at.Step > n {
		return nil
	}
	if err := step(); err != nil {
		return err
	}
	m.at.Step, m.at.Cursor = n+1, nil
	return m.update(m.save)
}

// copyRows gives put the rows of an old bucket that come after one, nil for all: at most so many, and no more than
// one transaction takes. It returns the last of them, and whether more are left. saved says that they are whole with
// that, so that the next start begins behind them.
func (m *migration) copyRows(
	bucket, after []byte,
	most int,
	saved bool,
	put putter,
) (last []byte, more bool, err error) {
	last = after
	err = m.old.View(func(old *bolt.Tx) error {
		b := old.Bucket(bucket)
		if b == nil {
			return nil // schema 1 has no operations
		}
		c := b.Cursor()
		k, v := c.First()
		if after != nil {
			if k, v = c.Seek(after); bytes.Equal(k, after) {
				k, v = c.Next()
			}
		}
		if k == nil {
			return nil
		}
		return m.update(func(tx *bolt.Tx) error {
			size := 0
			for n := 0; k != nil && size < Bytes && n < most; n++ {
				if err := put(tx, k, v); err != nil {
					return err
				}
				size += len(k) + len(v) + 64
				last = bytes.Clone(k)
				k, v = c.Next()
			}
			if more = k != nil; !saved {
				return nil
			}
			m.at.Cursor = last
			return m.save(tx)
		})
	})

	return last, more, err
}

// copyAll is copyRows until none are left.
func (m *migration) copyAll(bucket []byte, put putter) error {
	for {
		if _, more, err := m.copyRows(bucket, m.at.Cursor, 1<<30, true, put); err != nil || !more {
			return err
		}
	}
}

// events copies the chain as it is, byte for byte.
func (m *migration) events() error {
	return m.copyAll(salesfile.BucketEvents, func(tx *bolt.Tx, k, v []byte) error {
		r, err := salesfile.ParseRecord(v)
		if err != nil {
			return fmt.Errorf("%w: event %d: %w", salesfile.ErrDamaged, salesfile.Number(k), err)
		}
		events, meta := tx.Bucket(salesfile.BucketEvents), tx.Bucket(salesfile.BucketMeta)
		events.FillPercent = 0.95 // only ever appended to
		return errors.Join(events.Put(k, v), meta.Put(salesfile.MetaSeq, k), meta.Put(salesfile.MetaHash, r.Hash))
	})
}

// sales copies the rows, and then, sorted, what the sales can be found by: in the order of the rows it would touch a
// page of a large index for each value.
func (m *migration) sales() error {
	for more := true; more; {
		found := map[string]string{}
		last := m.at.Cursor
		for n := 0; more && n < Sales; {
			var err error
			put := func(tx *bolt.Tx, id, row []byte) error {
				n++
				sale, err := salesfile.DecodeSale(id, row)
				if err != nil {
					return err
				}
				if !sale.Phase.Final() {
					return tx.Bucket(salesfile.BucketRecent).Put(salesfile.RecentSale(id), row)
				}
				for k, v := range salesfile.Lookups(&sale) {
					found[k] = string(v)
				}
				return salesfile.PutEnded(tx, nil, &sale, row)
			}
			last, more, err = m.copyRows(salesfile.BucketSales, last, Sales-n, false, put)
			if err != nil {
				return err
			}
		}
		// If we die in here, the rows are there and some of their lookups: both are written again.
		for some := range slices.Chunk(slices.Sorted(maps.Keys(found)), lookupRows) {
			err := m.update(func(tx *bolt.Tx) error {
				for _, k := range some {
					if err := tx.Bucket(salesfile.BucketLookup).Put([]byte(k), []byte(found[k])); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		m.at.Cursor = last
		if err := m.update(m.save); err != nil {
			return err
		}
	}

	return nil
}

// operations sorts acts of persons from what was asked of gateways.
func (m *migration) operations() error {
	return m.copyAll(salesfile.BucketOperations, func(tx *bolt.Tx, id, row []byte) error {
		var o state.Operation
		if err := salesfile.DecodeRow(id, row, &o); err != nil {
			return fmt.Errorf("%w: operation %q can't be read: %w", salesfile.ErrDamaged, id, err)
		}
		return salesfile.PutOperation(tx, &o)
	})
}

// keys copies the idempotency keys that are not a day older than the last event: who sent a request may send it again.
func (m *migration) keys() error {
	var last time.Time
	err := m.old.View(func(old *bolt.Tx) error {
		seq := salesfile.LastEvent(old)
		r, err := salesfile.ParseRecord(old.Bucket(salesfile.BucketEvents).Get(salesfile.Key(seq)))
		if err != nil || r.Event == nil {
			return nil // nothing says how old they are: all stay
		}
		e, err := r.Decode(seq)
		last = e.At
		return err
	})
	if err != nil {
		return err
	}
	return m.copyAll(salesfile.BucketKeys, func(tx *bolt.Tx, k, row []byte) error {
		var rec state.KeyRecord
		if err := salesfile.DecodeRow(k, row, &rec); err != nil {
			return fmt.Errorf("%w: idempotency key %q can't be read: %w", salesfile.ErrDamaged, k, err)
		}
		if last.Sub(rec.At) > keysLive {
			return nil
		}
		return salesfile.PutRow(tx.Bucket(salesfile.BucketKeys), salesfile.OwnedKey("", rec.Key), rec)
	})
}

func (m *migration) settings() error {
	return m.copyAll(salesfile.BucketSettings, func(tx *bolt.Tx, k, row []byte) error {
		if apart := m.o.Apart; apart != nil {
			value, err := salesfile.CutChecksum(k, row)
			if err != nil {
				return fmt.Errorf("%w: setting %q can't be read: %w", salesfile.ErrDamaged, k, err)
			}
			// If we die behind it, the value is in both places, and the next start does this again, the same.
			if kept, err := apart(string(k), value); kept || err != nil {
				return err
			}
		}
		return tx.Bucket(salesfile.BucketSettings).Put(k, row)
	})
}

// finish puts the new file in the old one's place, which stays under the name kept.
func (m *migration) finish(kept string) error {
	if err := m.o.Same(m.old, m.db); err != nil {
		return err
	}
	err := m.update(func(tx *bolt.Tx) error {
		return tx.Bucket(salesfile.BucketMeta).Put(salesfile.MetaUpgrade, []byte{})
	})
	if err != nil {
		return err
	}
	if err := os.Remove(kept); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// A second name first, so that the old file has a name at every moment. If we die before the rename, the old file
	// is in its place, and the next start does this again; behind it, the new one is.
	if err := os.Link(m.o.Path, kept); err != nil {
		return err
	}
	return salesfile.MoveInto(m.db.Path(), m.o.Path)
}
