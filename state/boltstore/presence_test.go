package boltstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// TestBooks_7: a file that is deleted, moved, replaced or written over under a store is noticed by the next look and by
// the next commit, with a sentence; nothing is committed from then on, and no start makes an empty file beside what is
// left.
func TestBooks_7(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(path, old string) error
		says string
	}{
		"deleted": {func(path, _ string) error { return os.Remove(path) }, "nothing is at"},
		"moved":   {func(path, _ string) error { return os.Rename(path, path+".away") }, "nothing is at"},
		"folder unmounted": {func(path, _ string) error {
			return os.Rename(filepath.Dir(path), filepath.Dir(path)+".away")
		}, "nothing is at"},
		"replaced": {func(path, old string) error { return os.Rename(old, path) }, "another file was put at"},
		"rolled back": {func(path, old string) error {
			raw, err := os.ReadFile(old)
			if err != nil {
				return err
			}
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteAt(raw, 0)
			return errors.Join(err, f.Close())
		}, "an older copy was written over it"},
	} {
		for _, look := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "galla")
				if err := os.Mkdir(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				path, old := filepath.Join(dir, "sales.db"), filepath.Join(t.TempDir(), "old.db")
				o := quick
				o.Ballast = 4096
				s, err := boltstore.Open(path, o)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				tr := statetest.NewTraffic(1, 3, 50)
				for i := range 60 {
					if err := s.Commit(tr.Next()); err != nil {
						t.Fatal(err)
					}
					if i == 30 {
						if err := s.Backup(old); err != nil {
							t.Fatal(err)
						}
					}
				}
				if err := s.There(); err != nil {
					t.Fatal(err)
				}
				if err := c.do(path, old); err != nil {
					t.Fatal(err)
				}
				if look {
					refused(t, s.There(), boltstore.ErrGone, path, c.says, "restart gallad")
					if err := s.Commit(tr.Next()); !errors.Is(err, boltstore.ErrGone) &&
						!errors.Is(err, boltstore.ErrBroken) {
						t.Errorf("after the look, a commit: %v", err)
					}
				} else {
					refused(t, s.Commit(tr.Next()), boltstore.ErrGone, path, c.says, "restart gallad")
				}
				if err := s.Commit(tr.Next()); err == nil {
					t.Error("a later commit went through")
				}
				if name == "deleted" || name == "moved" {
					s.Close()
					os.Remove(path + ".seq") // it went with the file
					_, err := boltstore.Open(path, o)
					refused(t, err, boltstore.ErrDamaged, path+".ballast", "to begin with no sales")
				}
			})
		}
	}
}

// TestBooks_8: a commit that takes longer than a second is told while it runs and for ten minutes, and quick ones are
// not.
func TestBooks_8(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		wait := time.Duration(0)
		o := quick
		s, err := boltstore.Open(filepath.Join(dir, "sales.db"), boltstore.WithCommit(o, func(do func() error) error {
			time.Sleep(wait)
			return do()
		}))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		tr := statetest.NewTraffic(1, 3, 50)
		commit := func(b state.Batch) {
			if err := s.Commit(b); err != nil {
				t.Error(err)
			}
		}
		wait = 900 * time.Millisecond
		if commit(tr.Next()); s.Slow() != 0 {
			t.Errorf("a quick disk is slow: %v", s.Slow())
		}
		wait = 5 * time.Second
		done := make(chan bool)
		go func() { commit(tr.Next()); close(done) }()
		time.Sleep(3 * time.Second)
		if got := s.Slow(); got != 3*time.Second {
			t.Errorf("while it waits: %v", got)
		}
		<-done
		wait = 0
		commit(tr.Next())
		time.Sleep(9 * time.Minute)
		if got := s.Slow(); got != 5*time.Second {
			t.Errorf("nine minutes later: %v", got)
		}
		time.Sleep(2 * time.Minute)
		if got := s.Slow(); got != 0 {
			t.Errorf("eleven minutes later: %v", got)
		}
	})
}
