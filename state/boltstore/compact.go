package boltstore

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"galla/state/boltstore/salesfile"

	bolt "go.etcd.io/bbolt"
)

// Size says how many bytes the file takes, and how many of them hold nothing: what Compact would give back.
func (s *Store) Size() (bytes, free int64, err error) {
	s.swap.RLock()
	defer s.swap.RUnlock()
	info, err := os.Stat(s.path)
	if err != nil {
		return 0, 0, err
	}
	return info.Size(), int64(s.db.Stats().FreePageN+s.db.Stats().PendingPageN) * int64(s.db.Info().PageSize), nil
}

// ErrBusy says that something was written while Compact made its copy, so that the copy is no use.
var ErrBusy = errors.New("sales went on meanwhile")

// Compact copies the file into a new one without the room that nothing uses, and puts that in its place. Reads and
// writes go on meanwhile, for a large file on a card takes minutes; but a write makes the copy stale, and it answers
// ErrBusy: call it when idle. It needs room for the copy; if it fails or we die in it, the file that was is still in
// its place.
func (s *Store) Compact() error {
	s.compacting.Lock()
	defer s.compacting.Unlock()
	if s.broken.Load() {
		return ErrBroken
	}
	begin := s.txid()
	fresh := s.path + ".compact"
	os.Remove(fresh)
	next, err := openBolt(fresh, s.options)
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	next.NoSync = true                    // flushed once, below, before it is used
	err = bolt.Compact(next, s.db, 1<<20) // only Compact changes s.db
	if err == nil {
		err = next.Sync()
	}

	next.NoSync = false
	s.writing.Lock()
	defer s.writing.Unlock()
	switch {
	case err != nil:
	case s.broken.Load():
		err = ErrBroken
	case s.txid() != begin:
		err = ErrBusy
	default:
		err = sameEnd(s.db, next)
	}
	if err != nil {
		next.Close()
		os.Remove(fresh)
		return fmt.Errorf("compact: %w; the sales file stays as it was", err)
	}

	s.swap.Lock() // no transaction is under way from here on
	defer s.swap.Unlock()
	// Both files hold the same. If we die before or after the rename, either is right. Its lock came along with the new
	// file, so no other process can slip in.
	if err := os.Rename(fresh, s.path); err != nil {
		next.Close()
		os.Remove(fresh)
		return fmt.Errorf("compact: %w; the sales file stays as it was", err)
	}
	old := s.db
	s.db = next
	if s.opened, err = os.Stat(s.path); err != nil {
		s.broken.Store(true)
		return errors.Join(fmt.Errorf("compact: %w", err), old.Close())
	}
	if err := salesfile.SyncDir(filepath.Dir(s.path)); err != nil {
		// The rename may not be on disk. What is committed from here on would go into a file that a power cut makes
		// nameless.
		s.broken.Store(true)
		return errors.Join(fmt.Errorf("compact: %w", err), old.Close())
	}

	s.layBallast()
	return old.Close()
}

// sameEnd wants the last event and its hash to be the same in both files.
func sameEnd(a, b *bolt.DB) error {
	var end [2][]byte
	for i, db := range []*bolt.DB{a, b} {
		err := db.View(func(tx *bolt.Tx) error {
			meta := tx.Bucket(salesfile.BucketMeta)
			if meta == nil {
				return errors.New("the copy is not whole")
			}
			end[i] = bytes.Join([][]byte{meta.Get(salesfile.MetaSeq), meta.Get(salesfile.MetaHash)}, nil)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !bytes.Equal(end[0], end[1]) {
		return errors.New("the copy ends at another event")
	}
	return nil
}
