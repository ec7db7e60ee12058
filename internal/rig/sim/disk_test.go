package sim

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// disk is what survives a crash.
type disk interface {
	open() (statetest.Store, error) // by a process that begins
	close() error                   // by one that has ended; looks at all that is kept
	chain() error                   // verifies the chain of events of the one that is open
}

type memoryDisk struct{ *statetest.Memory }

func (d memoryDisk) open() (statetest.Store, error) { return d.Memory, nil }
func (d memoryDisk) close() error                   { return nil }
func (d memoryDisk) chain() error                   { return nil } // it has none: replay verifies its events

// fileDisk is a sales file. It lies in memory where there is such a file system: what a failing disk does to the file
// is the matter of make rig-crash, rig-fault and rig-cut.
type fileDisk struct {
	path  string
	store *boltstore.Store
}

func newFileDisk(w *world) *fileDisk {
	parent := "/dev/shm"
	if info, err := os.Stat(parent); err != nil || !info.IsDir() {
		parent = ""
	}
	dir, err := os.MkdirTemp(parent, "galla-sim-")
	if err != nil {
		w.t.Fatal(err)
	}
	w.atEnd = append(w.atEnd, func() { os.RemoveAll(dir) })
	return &fileDisk{path: filepath.Join(dir, "sales.db")}
}

func (d *fileDisk) open() (statetest.Store, error) {
	s, err := boltstore.Open(d.path, boltstore.Options{})
	d.store = s
	return s, err
}

// close looks at every page and index as well.
func (d *fileDisk) close() error {
	if err := d.store.Close(); err != nil {
		return err
	}
	_, err := boltstore.Check(d.path, true)
	return err
}

func (d *fileDisk) chain() error {
	var out bytes.Buffer
	if err := d.store.ExportEvents(&out); err != nil {
		return err
	}

	_, err := boltstore.VerifyExport(&out)
	return err
}

var (
	errFull    = errors.New("no space left on device")
	errUnknown = errors.New("the disk failed, as the seed wants it")
	errUnread  = errors.New("the disk could not be read, as the seed wants it")
)

// refused is what a store says when nothing was written for sure.
func refused(err error) bool {
	return errors.Is(err, errFull) || errors.Is(err, statetest.ErrConflict) || errors.Is(err, boltstore.ErrConflict)
}

// failing is the store of one process, on a disk that fails: before a commit or after it, which ends the process; full,
// which refuses one batch; slow; or unreadable.
type failing struct {
	statetest.Store
	w *world
}

func (w *world) failing(s statetest.Store) *failing {
	return &failing{w: w, Store: statetest.NewFaulty(s, func(op statetest.Op) (bool, error) {
		if w.calm.Load() {
			return true, nil
		}
		switch op.Method {
		case "Commit":
		case "Key", "LastNumber", "CountAttention", "PruneKeys":
			if w.commits.IntN(400) == 0 {
				w.met("disk unreadable")
				return false, errUnread
			}
			return true, nil
		default: // asked beside the engine too, at moments that nobody draws
			return true, nil
		}
		if w.commits.IntN(5) > 0 {
			return true, nil
		}
		switch n := w.commits.IntN(100); {
		case n < 10:
			w.met("crash before a commit")
			return false, errUnknown
		case n < 20:
			w.met("crash after a commit")
			return true, errUnknown
		}
		return true, nil
	})}
}

// Commit may take its time first, in which requests and answers queue up, or find no room.
func (f *failing) Commit(b state.Batch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			f.w.failf("a batch that no correct till makes: %v", p)
			err = fmt.Errorf("%v", p)
		}
	}()
	if !f.w.calm.Load() {
		switch n := f.w.commits.IntN(60); {
		case n < 3:
			f.w.met("disk slow")
			time.Sleep(moment(f.w.commits, 3*time.Second))
		case n == 4:
			f.w.met("disk full")
			f.w.bank.lost()
			f.w.disturb(false)
			return errFull
		}
	}
	f.w.bank.committing(b)
	return f.Store.Commit(b)
}
