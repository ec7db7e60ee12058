package salesfile

import (
	"bytes"
	"testing"
)

// FuzzElements feeds the page reader of Salvage: whatever a page holds, it answers or refuses, and stays within the
// page.
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
