package boltstore

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// FuzzElements feeds the page reader of Salvage: whatever a page holds, it answers or refuses, and stays within the page.
func FuzzElements(f *testing.F) {
	leaf := make([]byte, 4096)
	leaf[8], leaf[10] = pageLeaf, 1
	copy(leaf[pageHeader:], []byte{0, 0, 0, 0, 16, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 'k', 'e', 'y', 'v', 'a', 'l', 'u', 'e'})
	f.Add(leaf)
	branch := bytes.Clone(leaf)
	branch[8] = pageBranch
	f.Add(branch)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, page []byte) {
		_, es, _ := elements(page)
		for _, e := range es {
			if len(e.key)+len(e.value) > len(page) {
				t.Fatalf("an element of %d bytes in a page of %d", len(e.key)+len(e.value), len(page))
			}
		}
	})
}

// FuzzRecord feeds the reader of events: what it takes, it writes again as it was.
func FuzzRecord(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, hashSize))
	f.Add(make([]byte, hashSize+1))
	f.Add(append(make([]byte, hashSize+8), `{"seq":0}`...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := parseRecord(raw)
		if err != nil {
			return
		}
		if got := r.bytes(); !bytes.Equal(got, raw) && len(raw) != hashSize+1 {
			t.Fatalf("%x became %x", raw, got)
		}
		if r.event != nil {
			r.decode(0)
		}
	})
}

// FuzzSalvage gives whole files to Salvage: it never dies, and what it makes is sound.
func FuzzSalvage(f *testing.F) {
	dir := f.TempDir()
	s, err := Open(filepath.Join(dir, "seed.db"), Options{})
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
		if _, err := Salvage(from, to); err != nil {
			return
		}
		if _, err := Check(to, true); err != nil {
			t.Fatal(err)
		}
	})
}
