package boltstore

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"galla/state"
)

// Schema is the version of the layout this code writes.
const Schema = 1

var (
	bucketMeta       = []byte("meta")
	bucketEvents     = []byte("events")
	bucketSales      = []byte("sales")
	bucketOutbox     = []byte("outbox")
	bucketWatch      = []byte("watch")
	bucketChanged    = []byte("changed")
	bucketDays       = []byte("days")
	bucketAttention  = []byte("attention")
	bucketPayments   = []byte("payments")
	bucketReferences = []byte("references")
	bucketKeys       = []byte("keys")
	bucketVault      = []byte("vault")

	buckets = [][]byte{bucketMeta, bucketEvents, bucketSales, bucketOutbox, bucketWatch, bucketChanged, bucketDays,
		bucketAttention, bucketPayments, bucketReferences, bucketKeys, bucketVault}

	metaSchema = []byte("schema")
	metaSeq    = []byte("seq")
	metaHash   = []byte("hash")
)

var (
	// ErrConflict says that a batch was refused by a rule of uniqueness and that nothing of it was written.
	ErrConflict = errors.New("the store refuses the batch")
	// ErrBroken says that an earlier commit failed with an unknown outcome: open the store again before going on.
	ErrBroken = errors.New("an earlier write failed and may or may not be on disk: restart gallad, which looks what is there")
	// ErrDamaged says that the file can't be sold from.
	ErrDamaged = errors.New("the sales file is damaged")
)

// Store is an open sales file. Reads may run beside each other and beside one Commit.
type Store struct {
	db     *bolt.DB
	path   string
	mark   *mark
	broken atomic.Bool
}

// Options tune Open.
type Options struct {
	// LockTimeout is how long to wait for another process to let go of the file; 0 means 1 s.
	LockTimeout time.Duration
	// Verify looks at an existing file before it is opened here, in a process that may die of it: bbolt kills the process
	// on some damaged files (reliability.md, finding 2). Nil skips that.
	Verify func(path string) error
	// OpenFile replaces os.OpenFile for the database, for tests that make the disk fail.
	OpenFile func(string, int, os.FileMode) (*os.File, error)
}

// Open opens the sales file at path, creating it if neither it nor its sequence mark exists.
func Open(path string, o Options) (*Store, error) {
	if o.LockTimeout == 0 {
		o.LockTimeout = time.Second
	}
	m, err := openMark(path + ".seq")
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && m.seq > 0:
		m.close()
		return nil, fmt.Errorf("%w: %s is gone, but %s.seq says that %d events were in it: put the file or its backup back, or remove the .seq file to begin with no sales",
			ErrDamaged, path, path, m.seq)
	case errors.Is(err, fs.ErrNotExist):
		if err := create(path, o); err != nil {
			m.close()
			return nil, err
		}
	case err != nil:
		m.close()
		return nil, fmt.Errorf("sales file: %w", err)
	case o.Verify != nil:
		if err := o.Verify(path); err != nil {
			m.close()
			return nil, err
		}
	}
	db, err := openBolt(path, o)
	if err != nil {
		m.close()
		return nil, err
	}
	s := &Store{db: db, path: path, mark: m}
	seq, err := s.check()
	if err == nil && seq < m.seq {
		err = fmt.Errorf("%w: %s ends at event %d, but %d events were written: it was rolled back or replaced; put the right file back, or remove %s.seq to go on from this one",
			ErrDamaged, path, seq, m.seq, path)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func openBolt(path string, o Options) (*bolt.DB, error) {
	// The freelist is synced (the default): without that, Open reads the whole file (reliability.md, finding 5).
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: o.LockTimeout, FreelistType: bolt.FreelistMapType, OpenFile: o.OpenFile})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("sales file %s is held by %s: stop that first", path, holder(path))
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("sales file %s can't be opened for writing: %w; it must belong to the user gallad runs as", path, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	return db, nil
}

// create makes an empty database under another name and renames it. If we die before the rename, nothing is there and the
// next start creates again; bbolt's own first writes are not safe against a cut (bbolt issue 567).
func create(path string, o Options) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sales file: %w", err)
	}
	db, err := openBolt(fresh, o)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, b := range buckets {
			if _, err := tx.CreateBucket(b); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMeta).Put(metaSchema, []byte{Schema})
	})
	if err := errors.Join(err, db.Sync(), db.Close()); err != nil {
		return fmt.Errorf("sales file %s can't be created: %w", fresh, err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("sales file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// check reads the schema and the sequence number, and that the last event is where the number says.
func (s *Store) check() (seq uint64, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		for _, b := range buckets {
			if tx.Bucket(b) == nil {
				return fmt.Errorf("%w: %s has no %s: it is not a sales file, or not whole", ErrDamaged, s.path, b)
			}
		}
		meta := tx.Bucket(bucketMeta)
		v := meta.Get(metaSchema)
		if len(v) != 1 || v[0] > Schema {
			return fmt.Errorf("%s has schema %v, and this gallad knows %d: it was written by a newer version, so install that version again", s.path, v, Schema)
		}
		seq = number(meta.Get(metaSeq))
		k, _ := tx.Bucket(bucketEvents).Cursor().Last()
		if last := number(k); last != seq {
			return fmt.Errorf("%w: %s says %d events and holds %d", ErrDamaged, s.path, seq, last)
		}
		return nil
	})
	return seq, err
}

// Close lets go of the file. It waits for reads and a commit under way.
func (s *Store) Close() error { return errors.Join(s.db.Close(), s.mark.close()) }

// Path is where the file is.
func (s *Store) Path() string { return s.path }

// Commit writes a batch in one transaction. Its events must continue the sequence.
//
// If we die before it returns, all of the batch is there or nothing. If it returns ErrConflict, nothing is there. If it
// returns another error, the batch may be there or not: the store answers ErrBroken from then on, and the caller must
// open it again and look.
func (s *Store) Commit(b state.Batch) error {
	if s.broken.Load() {
		return ErrBroken
	}
	var last uint64
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		last, err = write(tx, b)
		return err
	})
	if errors.Is(err, ErrConflict) {
		return err
	}
	if err != nil {
		s.broken.Store(true)
		return fmt.Errorf("sales file %s: %w", s.path, err)
	}
	// If we die here, the file is ahead of its mark, which is harmless: the mark only says "at least this many".
	s.mark.set(last)
	return nil
}

func write(tx *bolt.Tx, b state.Batch) (seq uint64, err error) {
	meta := tx.Bucket(bucketMeta)
	seq = number(meta.Get(metaSeq))
	hash := meta.Get(metaHash)
	events := tx.Bucket(bucketEvents)
	events.FillPercent = 0.95 // only ever appended to
	for _, e := range b.Events {
		if e.Seq != seq+1 {
			return 0, fmt.Errorf("%w: event %d does not follow %d", ErrConflict, e.Seq, seq)
		}
		seq = e.Seq
		rec, err := chain(hash, e)
		if err != nil {
			return 0, err
		}
		hash = rec.Hash
		if err := putJSON(events, key(seq), rec); err != nil {
			return 0, err
		}
	}
	for i := range b.Sales {
		if err := putSale(tx, &b.Sales[i]); err != nil {
			return 0, err
		}
	}
	for _, k := range b.Keys {
		if tx.Bucket(bucketKeys).Get([]byte(k.Key)) != nil {
			return 0, fmt.Errorf("%w: idempotency key %q is taken", ErrConflict, k.Key)
		}
		if err := putJSON(tx.Bucket(bucketKeys), []byte(k.Key), k); err != nil {
			return 0, err
		}
	}
	if err := meta.Put(metaSeq, key(seq)); err != nil {
		return 0, err
	}
	return seq, meta.Put(metaHash, hash)
}

func putSale(tx *bolt.Tx, s *state.Sale) error {
	id := []byte(s.ID)
	sales := tx.Bucket(bucketSales)
	var old state.Sale
	if raw := sales.Get(id); raw != nil {
		if err := json.Unmarshal(raw, &old); err != nil {
			return fmt.Errorf("%w: sale %s: %w", ErrDamaged, s.ID, err)
		}
		if err := tx.Bucket(bucketChanged).Delete(key(old.Seq)); err != nil {
			return err
		}
	} else if err := claim(tx.Bucket(bucketDays), fmt.Sprintf("%s/%06d", s.Day, s.Number), s.ID); err != nil {
		return err
	}
	if err := tx.Bucket(bucketChanged).Put(key(s.Seq), id); err != nil {
		return err
	}
	for _, a := range s.Attempts {
		if err := claim(tx.Bucket(bucketReferences), a.Ref, s.ID); err != nil {
			return err
		}
	}
	for _, p := range s.Payments {
		if err := claim(tx.Bucket(bucketPayments), p.Gateway+"/"+p.ID, s.ID); err != nil {
			return err
		}
	}
	if err := member(tx.Bucket(bucketWatch), id, state.Watching(*s)); err != nil {
		return err
	}
	if err := member(tx.Bucket(bucketAttention), id, len(s.Attention) > 0); err != nil {
		return err
	}
	pending := map[string]bool{}
	outbox := tx.Bucket(bucketOutbox)
	for _, e := range state.Pending(*s) {
		pending[e.Key] = true
		if err := putJSON(outbox, []byte(s.ID+"/"+e.Key), e); err != nil {
			return err
		}
	}
	if old.ID != "" {
		for _, e := range state.Pending(old) {
			if !pending[e.Key] {
				if err := outbox.Delete([]byte(s.ID + "/" + e.Key)); err != nil {
					return err
				}
			}
		}
	}
	return putJSON(sales, id, s)
}

// claim writes name → id, unless the name belongs to another sale.
func claim(b *bolt.Bucket, name, id string) error {
	if owner := b.Get([]byte(name)); owner != nil {
		if string(owner) != id {
			return fmt.Errorf("%w: %q belongs to sale %s, not %s", ErrConflict, name, owner, id)
		}
		return nil
	}
	return b.Put([]byte(name), []byte(id))
}

func member(b *bolt.Bucket, id []byte, in bool) error {
	switch {
	case !in:
		return b.Delete(id)
	case b.Get(id) == nil:
		return b.Put(id, []byte{1})
	}
	return nil
}

func putJSON(b *bolt.Bucket, k []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(k, raw)
}

func key(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func number(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}
