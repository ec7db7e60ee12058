package boltstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// TestIndexesAtTheEnd: an open sale has no row in an index and is found all the same; the rows come once, after its
// end, and follow what comes later.
func TestIndexesAtTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	s := open(t, path, quick)
	tr := statetest.NewTraffic(31, 3, 20)
	indexed := func() (all []string) {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for k := range rows(t, path) {
			bucket, _, _ := strings.Cut(k, "/")
			if slices.Contains([]string{"lookup", "days", "watch", "attention", "sales", "events"}, bucket) {
				all = append(all, k)
			}
		}
		s = open(t, path, quick)
		return all
	}
	for tr.Seq() < 120 {
		if err := s.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
	}
	if all := indexed(); len(all) > 0 {
		t.Fatalf("%d rows outside recent before it is full, such as %q", len(all), all[0])
	}
	for tr.Seq() < 2000 {
		if err := s.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
	}
	sales, err := s.Sales(state.Query{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	all := indexed()
	ended := 0
	for _, sale := range sales {
		in := slices.Contains(all, "sales/"+sale.ID)
		if in && !sale.Phase.Final() {
			t.Errorf("sale %s is %s, and lies in the history", sale.ID, sale.Phase)
		}
		if day := slices.Contains(all, "days/"+state.NumberOf(sale.Day, sale.Number)); day != in {
			t.Errorf("sale %s in the history: %v, in the index of days: %v", sale.ID, in, day)
		}
		if in {
			ended++
		}
		if found, err := s.Find(state.FieldReference, sale.Reference, "", 10); err != nil || len(found) != 1 {
			t.Errorf("sale %s (in the history: %v) is found %d times: %v", sale.ID, in, len(found), err)
		}
	}
	if ended < 20 {
		t.Errorf("only %d sales in the history", ended)
	}
	sound(t, s)
}

// TestFailedCommits fails each commit of some trade in turn, before it is there and after: those that only touch the
// recent rows, those that move them into the history, and the ones of PruneKeys and Prune. The store then refuses
// everything, and what is there when it is opened again is whole, with the commit or without it.
func TestFailedCommits(t *testing.T) {
	oops := errors.New("the disk failed")
	trade := func(path string, n int, applied bool) (done int, failed bool) {
		t.Helper()
		o := quick
		o.LockTimeout = time.Second
		i := 0
		s, err := boltstore.Open(path, boltstore.WithCommit(o, func(do func() error) error {
			if i++; i != n {
				return do()
			}
			failed = true
			if applied {
				if err := do(); err != nil {
					return err
				}
			}
			return oops
		}))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		tr := statetest.NewTraffic(41, 2, 3)
		for k := range 300 {
			if err := s.Commit(tr.Next()); err != nil {
				if !errors.Is(err, oops) || !errors.Is(s.Commit(tr.Next()), boltstore.ErrBroken) {
					t.Fatalf("commit %d: %v", k, err)
				}
				return k, failed
			}
			if k%100 == 99 {
				if _, err := s.PruneKeys(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
					return k + 1, failed
				}
				if _, err := s.Prune(boltstore.Retention{Before: "9999-12-31", Keep: 2}); err != nil {
					return k + 1, failed
				}
			}
		}
		return 300, failed
	}
	for n := 1; ; n += 13 * every() {
		hit := false
		for _, applied := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "sales.db")
			done, failed := trade(path, n, applied)
			hit = hit || failed
			s := open(t, path, quick)
			seq, err := s.Seq()
			if err != nil || seq < uint64(done) || seq > uint64(done)+1 {
				t.Fatalf("commit %d failed (applied: %v): %d events of %d: %v", n, applied, seq, done, err)
			}
			sound(t, s)
		}
		if !hit {
			if n < 250 {
				t.Errorf("only %d commits", n)
			}
			return
		}
	}
}

// TestBatchWithoutEvent: a row changes by an event or not at all.
func TestBatchWithoutEvent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	s := open(t, path, quick)
	b := statetest.NewTraffic(1, 1, 10).Next()
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	b.Events, b.Keys = nil, nil
	b.Sales[0].Note = "changed"
	refused(t, s.Commit(b), boltstore.ErrConflict, "its last event is 1")
	sound(t, s)
}

// TestMigrateNames: where a name that the migration needs is taken by what it can't replace, the start says so and
// the next one, once that is gone, ends it.
func TestMigrateNames(t *testing.T) {
	for _, name := range []string{".migrating.new", ".schema2", ".migrated-3.txt.new"} {
		path := oldFile(t, 300)
		before, chain := oldSales(t, path)
		if err := os.MkdirAll(filepath.Join(path+name, "full"), 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := boltstore.Open(path, quick)
		if err == nil || !strings.Contains(err.Error(), path+name) {
			t.Errorf("%s is taken: %v", name, err)
		}
		if err := os.RemoveAll(path + name); err != nil {
			t.Fatal(err)
		}
		s := open(t, path, quick)
		migrated(t, s, before, chain)
		sound(t, s)
	}
}
