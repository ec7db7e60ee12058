package salesfile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// FuzzElements feeds the page reader of Salvage: whatever a page holds, it answers or refuses, and stays within the
// page.
func FuzzElements(f *testing.F) {
	leaf := make([]byte, 4096)
	leaf[8], leaf[10] = pageLeaf, 1
	copy(
		leaf[pageHeader:],
		[]byte{0, 0, 0, 0, 16, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 'k', 'e', 'y', 'v', 'a', 'l', 'u', 'e'},
	)
	f.Add(leaf)
	branch := bytes.Clone(leaf)
	branch[8] = pageBranch
	f.Add(branch)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, page []byte) {
		_, es, _ := Elements(page)
		for _, e := range es {
			if len(e.Key)+len(e.Value) > len(page) {
				t.Fatalf("an element of %d bytes in a page of %d", len(e.Key)+len(e.Value), len(page))
			}
		}
	})
}

// FuzzRecord feeds the reader of events: what it takes, it writes again as it was.
func FuzzRecord(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, HashSize))
	f.Add(make([]byte, HashSize+1))
	f.Add(append(make([]byte, HashSize+8), `{"seq":0}`...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseRecord(raw)
		if err != nil {
			return
		}
		if got := r.Bytes(); !bytes.Equal(got, raw) && len(raw) != HashSize+1 {
			t.Fatalf("%x became %x", raw, got)
		}
		if r.Event != nil {
			r.Decode(0)
		}
	})
}

// FuzzWalk feeds the walk of a full check, and the reader of what a file tells of itself: whatever pages hold, both
// end, and a sound file is sound.
func FuzzWalk(f *testing.F) {
	path := filepath.Join(f.TempDir(), "sales.db")
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: 1024})
	if err != nil {
		f.Fatal(err)
	}
	if err := db.Update(LayOut); err != nil {
		f.Fatal(err)
	}
	if err := db.Close(); err != nil {
		f.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, []byte{})
	f.Add(2048, []byte{3})
	f.Add(2*1024+8, []byte{0xff, 0xff, 0xff, 0xff})
	f.Add(3*1024+10, []byte{0xff, 0xff})
	f.Add(4*1024+12, []byte{0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, at int, with []byte) {
		raw := bytes.Clone(sound)
		if at >= 0 && at < len(raw) {
			copy(raw[at:], with)
		}
		path := filepath.Join(t.TempDir(), "sales.db")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		img, err := OpenImage(path)
		if err != nil {
			t.Fatal(err)
		}
		defer img.Close()
		meta, err := img.NewestMeta()
		if err != nil {
			return
		}
		told := 0
		img.Walk(meta, func(uint64) {}, func(string, ...any) { told++ })
		if bytes.Equal(raw, sound) && told > 0 {
			t.Fatalf("%d complaints of a sound file", told)
		}
		img.Told()
	})
}
