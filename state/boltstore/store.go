package boltstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"galla/state/boltstore/migration"
	"galla/state/boltstore/salesfile"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

var (
	// ErrConflict says that a batch was refused by a rule of uniqueness and that nothing of it was written.
	ErrConflict = salesfile.ErrConflict
	// ErrDamaged says that the file can't be sold from.
	ErrDamaged = salesfile.ErrDamaged
	// ErrBroken says that an earlier commit failed with an unknown outcome: open the store again before going on.
	ErrBroken = errors.New(
		"an earlier write failed and may or may not be on disk: restart gallad, which looks what is there",
	)
)

// Schema is the version of the layout this code writes.
const Schema = salesfile.Schema

// Store is an open sales file. Its methods may be called from several goroutines: reads run beside each other and
// beside one write, and writes wait for each other.
type Store struct {
	path    string
	options Options
	mark    *mark
	broken  atomic.Bool
	tight   atomic.Bool
	ballast int64
	head    atomic.Pointer[Head]      // the newest event that this process committed, or found
	since   atomic.Pointer[time.Time] // when the commit under way began; nil: none is
	slow    atomic.Pointer[slowest]
	decoded decoded

	compacting sync.Mutex   // held by Compact
	writing    sync.Mutex   // held by whoever writes
	swap       sync.RWMutex // held exclusively while Compact puts another file in db's place
	db         *bolt.DB
	opened     os.FileInfo // of db's file
}

// Options tune Open.
type Options struct {
	// LockTimeout is how long to wait for another process to let go of the file; 0 means 1 s.
	LockTimeout time.Duration
	// Verify looks at an existing file before it is opened here, in a process that may die of it: bbolt kills the
	// process on some damaged files (reliability.md, finding 2). Child makes one. Nil skips that.
	Verify func(path string) error
	// Ballast is how many bytes to keep in a file beside the sales, to be given up for the sales under way when the
	// disk is full; 0 means none. 4 MiB are good for a few hundred more commits.
	Ballast int64
	// Say is told what an Open does that people should know: that a file was brought to a new schema. Nil: nobody is.
	Say func(string)
	// Apart keeps a setting of an older schema outside the sales file, when that is brought to this schema, and says
	// whether it did: what it keeps is durable when it returns, and is not copied. Nil: all are copied.
	Apart func(name string, value []byte) (bool, error)
	// Wall is the wall clock of the events that an upgrade writes; nil means time.Now.
	Wall func() time.Time
	// OpenFile replaces os.OpenFile for the database, for tests that make the disk fail.
	OpenFile func(string, int, os.FileMode) (*os.File, error)
	// commit stands between a transaction and whoever waits for it, for tests that make a commit fail; nil just runs
	// it.
	commit func(do func() error) error
}

// Open opens the sales file at path, creating it if neither it nor its sequence mark exists. A file of an older schema
// is brought to this one, which takes minutes for a large one, and stays as path.schemaN; path.migrated-N.txt says
// which open amounts read otherwise since.
func Open(path string, o Options) (*Store, error) {
	if o.LockTimeout == 0 {
		o.LockTimeout = time.Second
	}
	if o.commit == nil {
		o.commit = func(do func() error) error { return do() }
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	m, err := openMark(path + ".seq")
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, options: o, mark: m, ballast: o.Ballast}
	if err := s.open(); err != nil {
		if s.db != nil {
			s.db.Close()
		}
		m.close()
		return nil, err
	}
	s.layBallast()
	return s, nil
}

func (s *Store) open() error {
	info, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.mark.seq > 0:
		return fmt.Errorf("%w: %s is gone, but %s says that %d events were in it: put the file or its backup back, "+
			"or remove %s to begin with no sales", ErrDamaged, s.path, s.mark.f.Name(), s.mark.seq, s.mark.f.Name())
	case errors.Is(err, fs.ErrNotExist):
		if err := abandoned(s.path); err != nil {
			return err
		}
		if err := create(s.path, s.options); err != nil {
			return err
		}
	case err != nil:
		return fmt.Errorf("sales file: %w", err)
	case fitsHere(s.path, info.Size()) != nil:
		return fitsHere(s.path, info.Size())
	case info.Size() == 0: // bbolt would make a new database of it
		return fmt.Errorf("%w: %s is empty, and a sales file never is: put its backup back, or run gallad salvage",
			ErrDamaged, s.path)
	case s.options.Verify != nil:
		if err := s.options.Verify(s.path); err != nil {
			return err
		}
	}
	if s.db, err = openBolt(s.path, s.options); err != nil {
		return err
	}

	os.Remove(s.path + ".compact") // of a Compact that was cut; it never came to be used
	schema, seq, err := s.schema()
	switch {
	case err != nil:
		return err
	case schema > Schema:
		return newer(s.path, schema, salesfile.Schema)
	case seq < s.mark.seq:
		return fmt.Errorf(
			"%w: %s ends at event %d, but %d events were written: it was rolled back or replaced; put the right "+
				"file back, or remove %s to go on from this one",
			ErrDamaged,
			s.path,
			seq,
			s.mark.seq,
			s.mark.f.Name(),
		)
	}

	if schema < salesfile.Schema {
		if err := s.migrate(schema); err != nil {
			return err
		}
	}
	if err := s.check(); err != nil {
		return err
	}
	if err := s.upgradeSales(); err != nil {
		return fmt.Errorf("sales file %s: its sales can't be brought to today's rules: %w", s.path, err)
	}
	if s.opened, err = os.Stat(s.path); err != nil {
		return fmt.Errorf("sales file: %w", err)
	}

	return s.view(func(tx *bolt.Tx) error {
		head := headOf(tx)
		s.head.Store(&head)
		s.mark.set(head.Seq)
		return nil
	})
}

// migrate brings the file to this schema.
func (s *Store) migrate(from int) error {
	db, err := migration.Run(migration.Options{
		Path:   s.path,
		From:   from,
		Old:    s.db,
		Open:   func(path string) (*bolt.DB, error) { return openBolt(path, s.options) },
		Commit: s.options.commit,
		Free:   freeSpace,
		Same:   sameEnd,
		Verify: s.options.Verify,
		Apart:  s.options.Apart,
	})
	if db != nil {
		s.db = db
	}
	return err
}

// schema reads the schema of the file, and the number of its last event.
func (s *Store) schema() (v int, seq uint64, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		meta := tx.Bucket(salesfile.BucketMeta)
		if meta == nil || len(meta.Get(salesfile.MetaSchema)) != 1 || meta.Get(salesfile.MetaSchema)[0] == 0 {
			return fmt.Errorf("%w: %s does not say its schema: it is not a sales file, or not whole",
				ErrDamaged, s.path)
		}
		v, seq = int(meta.Get(salesfile.MetaSchema)[0]), salesfile.Number(meta.Get(salesfile.MetaSeq))
		return nil
	})
	return v, seq, err
}

func openBolt(path string, o Options) (*bolt.DB, error) {
	openFile := o.OpenFile
	if openFile == nil {
		openFile = os.OpenFile
	}
	var f *os.File
	// The freelist is synced (the default): without that, Open reads the whole file (reliability.md, finding 5).
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: o.LockTimeout, FreelistType: bolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
			f, err = openFile(name, flag, mode)
			return f, err
		}})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("sales file %s is held by %s: stop that first", path, salesfile.Holder(path))
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf(
			"sales file %s can't be opened for writing: %w; it must belong to the user gallad runs as", path, err)
	case err != nil && isSystem(err):
		return nil, fmt.Errorf("sales file %s can't be opened: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, path, err)
	}
	// While we waited for the lock, its holder may have put another file in this one's place (Compact).
	opened, err1 := f.Stat()
	there, err2 := os.Stat(path)
	if err := errors.Join(err1, err2); err != nil || !os.SameFile(opened, there) {
		db.Close()
		return nil, errors.Join(fmt.Errorf("sales file %s was replaced while it was opened: try again", path), err)
	}
	return db, nil
}

// isSystem recognises an error of the system below: a disk that fails or is full, no memory, no descriptors. It says
// nothing about the file.
func isSystem(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) || noSpace(err)
}

// create makes an empty database under another name and renames it. If we die before the rename, nothing is there and
// the next start creates again; bbolt's own first writes are not safe against a cut (bbolt issue 567).
func create(path string, o Options) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sales file: %w", err)
	}
	db, err := openBolt(fresh, o)
	if err != nil {
		return err
	}
	err = db.Update(salesfile.LayOut)
	if err := errors.Join(err, db.Sync(), db.Close()); err != nil {
		return fmt.Errorf("sales file %s can't be created: %w", fresh, err)
	}
	return salesfile.MoveInto(fresh, path)
}

// check wants every bucket, and the last event where the file's number says.
func (s *Store) check() error {
	return s.view(func(tx *bolt.Tx) error {
		for _, b := range salesfile.Buckets {
			if tx.Bucket(b) == nil {
				return fmt.Errorf("%w: %s has no %s: it is not a sales file, or not whole", ErrDamaged, s.path, b)
			}
		}
		meta := tx.Bucket(salesfile.BucketMeta)
		seq := salesfile.Number(meta.Get(salesfile.MetaSeq))
		last, _, err := salesfile.ReadRoot(meta)
		if n := salesfile.LastEvent(tx); n > 0 {
			last = n
		}
		if err == nil && last != seq {
			err = fmt.Errorf("%w: %s says %d events and holds %d", ErrDamaged, s.path, seq, last)
		}
		return err
	})
}

// view runs a transaction that reads.
func (s *Store) view(fn func(*bolt.Tx) error) error {
	s.swap.RLock()
	defer s.swap.RUnlock()
	return s.db.View(fn)
}

// Close lets go of the file. It waits for reads and a commit under way.
func (s *Store) Close() error {
	s.swap.RLock()
	defer s.swap.RUnlock()
	return errors.Join(s.db.Close(), s.mark.close())
}

// Path is where the file is.
func (s *Store) Path() string { return s.path }
