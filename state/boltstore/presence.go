package boltstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/state/boltstore/salesfile"
)

// ErrGone says that the sales file is not at its path any more, or is not what this process wrote: it was deleted,
// replaced or rolled back, or its disk was unmounted.
var ErrGone = errors.New("the sales file is gone")

// There looks whether the file at the path is the one that is open, and holds what was committed. It is for a caller
// that looks every minute; every write looks too. The error is ErrGone, and every later write fails.
func (s *Store) There() error {
	s.swap.RLock()
	defer s.swap.RUnlock()
	err := s.there()
	if err == nil {
		last := s.Head().Seq // before the transaction begins: a commit that ends between makes no difference
		err = s.db.View(func(tx *bolt.Tx) error {
			return s.rolledBack(salesfile.Number(tx.Bucket(salesfile.BucketMeta).Get(salesfile.MetaSeq)), last)
		})
	}
	if errors.Is(err, ErrGone) {
		s.broken.Store(true)
	}
	return err
}

// there compares the file at the path with the one that is open. The caller holds swap. An error of stat other than
// that nothing is there says nothing of the file.
func (s *Store) there() error {
	at, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: nothing is at %s any more: it was deleted or moved, or its disk was unmounted. Put "+
			"the disk or the file back, then restart gallad", ErrGone, s.path)
	case err == nil && !os.SameFile(at, s.opened):
		return fmt.Errorf(
			"%w: another file was put at %s while gallad ran. Put the right one back, then restart gallad",
			ErrGone,
			s.path,
		)
	}
	return nil
}

// rolledBack compares the newest event in the file with what this process committed.
func (s *Store) rolledBack(seq, last uint64) error {
	if seq < last {
		return fmt.Errorf("%w: %s ends at event %d, but event %d was committed: an older copy was written over it "+
			"while gallad ran. Put the right file back, then restart gallad", ErrGone, s.path, seq, last)
	}
	return nil
}

// abandoned refuses a start that would make a new file beside what is left of an old one.
func abandoned(path string) error {
	left := path + ".ballast"
	if _, err := os.Lstat(left); err != nil {
		return nil
	}
	return fmt.Errorf("%w: %s is gone, but %s was left beside it, so there was one: put the file or its backup back "+
		"(gallad adopt), or remove %s to begin with no sales",
		ErrDamaged, path, left, left)
}

const (
	slowCommit = time.Second      // a commit that takes longer makes people wait
	slowFor    = 10 * time.Minute // how long a slow commit is told of
)

// Slow is how long the slowest commit of the last ten minutes took, or the one under way takes so far, if that is more
// than a second; else 0. Such a disk makes the cashier wait at each step of a sale.
func (s *Store) Slow() time.Duration {
	var took time.Duration
	if c := s.slow.Load(); c != nil && time.Since(c.at) < slowFor {
		took = c.took
	}
	if at := s.since.Load(); at != nil {
		took = max(took, time.Since(*at))
	}
	if took <= slowCommit {
		return 0
	}
	return took
}

// slowest is a commit that took long.
type slowest struct {
	took time.Duration
	at   time.Time
}

// timed measures a commit. One runs at a time.
func (s *Store) timed(do func() error) error {
	begin := time.Now()
	s.since.Store(&begin)
	err := do()
	s.since.Store(nil)

	took := time.Since(begin)
	if was := s.slow.Load(); took > slowCommit && (was == nil || took >= was.took || time.Since(was.at) >= slowFor) {
		s.slow.Store(&slowest{took, time.Now()})
	}
	return err
}
