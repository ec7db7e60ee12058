package boltstore

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"galla/state/boltstore/salesfile"

	bolt "go.etcd.io/bbolt"
)

// Backup copies the file as it is now to path, which may be on another disk. Sales go on meanwhile. If we die or the
// disk fails in it, the copy that was at path before is still whole. The copy is looked at by Options.Verify before it
// takes that one's place. It has no sequence mark: put it back with Adopt.
func (s *Store) Backup(path string) error {
	if path == s.path {
		return fmt.Errorf("backup to %s would replace the sales file itself: give another name", path)
	}
	fresh := path + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	err = s.view(func(tx *bolt.Tx) error {
		w := bufio.NewWriterSize(f, 1<<20)
		if _, err := tx.WriteTo(w); err != nil {
			return err
		}
		return w.Flush()
	})
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(fresh)
		return fmt.Errorf("backup to %s: %w", path, err)
	}
	if s.options.Verify != nil {
		if err := s.options.Verify(fresh); err != nil {
			os.Remove(fresh)
			return fmt.Errorf("backup to %s: the copy is not whole, and the last one stays: %w", path, err)
		}
	}
	if err := salesfile.MoveInto(fresh, path); err != nil {
		return fmt.Errorf("backup to %s: %w", path, err)
	}
	s.layBallast()
	return nil
}

// Adopt puts the sales file fresh, a backup or what Salvage made, in the place of path and sets the sequence mark to
// it. What was at path is kept under the name it returns, empty if nothing was there. It refuses while a process has
// path open.
func Adopt(path, fresh string) (kept string, err error) {
	report, err := Check(fresh, false)
	if err != nil {
		return "", err
	}
	switch f, err := salesfile.Lock(path); {
	case err == nil:
		defer f.Close()
		for i := 1; ; i++ {
			kept = fmt.Sprintf("%s.damaged%d", path, i)
			if _, err := os.Lstat(kept); errors.Is(err, fs.ErrNotExist) {
				break
			}
		}
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	m, err := openMark(path + ".seq")
	if err != nil {
		return "", err
	}
	defer m.close()
	// A second name first, so that the old file has a name at every moment. If we die between here and the end, the old
	// file is still in its place, or the new one is there with a mark that refuses it: running Adopt again is right in
	// both cases.
	if kept != "" {
		if err := os.Link(path, kept); err != nil {
			return "", fmt.Errorf("the old sales file can't be kept: %w", err)
		}
	}
	if err := errors.Join(salesfile.SyncFile(fresh), salesfile.MoveInto(fresh, path)); err != nil {
		return kept, err
	}
	return kept, m.reset(report.Seq)
}

// Version is a number that rises with every write, of sales or settings, until Compact. A copy of the same version
// needs no renewal.
func (s *Store) Version() int {
	s.swap.RLock()
	defer s.swap.RUnlock()
	return s.txid()
}

// Loss says in a sentence what an Adopt of fresh in the place of path would lose: events of path that fresh doesn't
// have, or the file of another till. "" is nothing. A file at path that can't be read is judged by its sequence mark.
func Loss(path, fresh string) (string, error) {
	told := func(name string) (salesfile.Told, error) {
		img, err := salesfile.OpenImage(name)
		if err != nil {
			return salesfile.Told{}, err
		}
		defer img.Close()
		return img.Told()
	}
	next, err := told(fresh)
	if err != nil {
		return "", fmt.Errorf("%s: %w", fresh, err)
	}
	was, err := told(path)
	was.Seq = max(was.Seq, MarkOf(path+".seq"))
	switch {
	case err == nil && was.Box != "" && next.Box != "" && was.Box != next.Box:
		return fmt.Sprintf("%s is of another till (box %s) than %s (box %s), which has %d events", fresh, next.Box,
			path, was.Box, was.Seq), nil
	case next.Seq < was.Seq:
		return fmt.Sprintf("%s ends at event %d, and %s at event %d: the last %d events, and the sales in them, "+
			"would be gone", fresh, next.Seq, path, was.Seq, was.Seq-next.Seq), nil
	}
	return "", nil
}
