package boltstore_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"galla/state/boltstore"
	"galla/state/boltstore/salesfile"
)

// TestTotals: sums are written all or none, stay over a restart and a compaction, and a bit that turned over is told by
// the reader and by a full check, while the sales go on.
func TestTotals(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	s := open(t, path, boltstore.Options{})
	if err := s.Totals().
		Write(map[string][]byte{"head": []byte("1"), "day/a": []byte("2"), "day/b": []byte("3")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Totals().Write(map[string][]byte{"head": []byte("4"), "day/a": nil, "day/c": nil}); err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	read := func() (string, error) {
		s := open(t, path, boltstore.Options{})
		defer s.Close()
		var got []string
		err := s.Totals().Read(func(name string, value []byte) error {
			got = append(got, name+"="+string(value))
			return nil
		})
		return strings.Join(got, " "), err
	}
	if got, err := read(); got != "day/b=3 head=4" || err != nil {
		t.Errorf("%s, %v", got, err)
	}

	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket(salesfile.BucketTotals).Put([]byte("head"), []byte("\x00\x00\x00\x005"))
	}), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(); !errors.Is(err, boltstore.ErrDamaged) {
		t.Error(err)
	}
	if _, err := boltstore.Check(path, false); err != nil {
		t.Errorf("a start is not held up by it: %v", err)
	}
	if r, err := boltstore.Check(path, true); !errors.Is(err, boltstore.ErrDamaged) ||
		!strings.Contains(fmt.Sprint(r), `sum "head" can't be read`) {
		t.Errorf("%v %v", r, err)
	}
}
