package salvage_test

import (
	"os"
	"path/filepath"
	"testing"

	"galla/state/boltstore"
	"galla/state/boltstore/salvage"
)

// FuzzSalvage gives whole files to File: it never dies, and what it makes is sound.
func FuzzSalvage(f *testing.F) {
	dir := f.TempDir()
	s, err := boltstore.Open(filepath.Join(dir, "seed.db"), boltstore.Options{})
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	sound, err := os.ReadFile(filepath.Join(dir, "seed.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sound)
	f.Add(sound[:5000])
	f.Add([]byte("nothing"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		dir := t.TempDir()
		from, to := filepath.Join(dir, "from.db"), filepath.Join(dir, "to.db")
		if err := os.WriteFile(from, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := salvage.File(from, to); err != nil {
			return
		}
		if _, err := boltstore.Check(to, true); err != nil {
			t.Fatal(err)
		}
	})
}
