package boxfile_test

import (
	"bytes"
	"crypto/ed25519"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/office/boxfile"
	"galla/internal/segment"
	"galla/state/boltstore"
	"galla/state/chain"
	"galla/state/statetest"
)

var key = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// pieces reads a chain in small ones, so that a short chain makes several segments.
type pieces struct{ *boltstore.Store }

func (p pieces) Stretch(after uint64, most int) (chain.Stretch, error) {
	return p.Store.Stretch(after, min(most, 16<<10))
}

// folder has a sales file, and what was exported of it.
func folder(t *testing.T) (dir string, places uint64) {
	t.Helper()
	dir = t.TempDir()
	s, err := boltstore.Open(filepath.Join(dir, "sales.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	traffic := statetest.NewTraffic(3, 4, 10)
	for range 600 {
		if err := s.Commit(traffic.Next()); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := segment.Write(t.Context(), &out, pieces{s}, key); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "box.segments"), out.Bytes())
	write(t, filepath.Join(dir, "readme.txt"), []byte("nothing of it"))
	return dir, traffic.Seq()
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// all reads a chain from its root, by reads of a size.
func all(t *testing.T, c boxfile.Chain, most int) (places []chain.Place) {
	t.Helper()
	var before chain.Hash
	for after := uint64(0); ; {
		s, err := c.Stretch(after, most)
		if err != nil {
			t.Fatal(err)
		}
		if s.After != after || s.Before != before || s.Root != (after == 0) {
			t.Fatalf("behind place %d: place %d, root %t", after, s.After, s.Root)
		}
		if len(s.Places) == 0 {
			return places
		}
		places, after = append(places, s.Places...), s.Last()
		before = places[len(places)-1].Hash
	}
}

// TestOpen: a sales file and its export are the same chain, and the file is left as it was.
func TestOpen(t *testing.T) {
	dir, places := folder(t)
	was, err := os.ReadFile(filepath.Join(dir, "sales.db"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "api")) // as in a running box's folder
	if err != nil {
		t.Fatal(err)
	}
	paths, err := boxfile.Find(dir)
	l.Close()
	if err != nil || len(paths) != 2 {
		t.Fatalf("%q %v", paths, err)
	}
	var chains [2][]chain.Place
	for i, path := range paths {
		c, terminal, err := boxfile.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if filepath.Ext(path) == boxfile.Suffix {
			want = segment.TerminalID(key.Public().(ed25519.PublicKey))
		}
		if terminal != want {
			t.Errorf("%s is of terminal %q, want %q", path, terminal, want)
		}
		chains[i] = all(t, c, 1000+i)
		if end, err := c.Stretch(1<<63, 0); err != nil || end.After != places || len(end.Places) > 0 {
			t.Errorf("%s ends at %d: %v", path, end.After, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	for i := range chains[0] {
		if a, b := chains[0][i], chains[1][i]; a.Hash != b.Hash || !bytes.Equal(a.Event, b.Event) {
			t.Fatalf("place %d differs", i+1)
		}
	}
	if len(chains[0]) != int(places) || len(chains[1]) != int(places) {
		t.Errorf("%d and %d places of %d", len(chains[0]), len(chains[1]), places)
	}
	if is, err := os.ReadFile(filepath.Join(dir, "sales.db")); err != nil || !bytes.Equal(is, was) {
		t.Errorf("the sales file was changed: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 4 { // the mark of the sales file lies beside it
		t.Errorf("%v lie there", left)
	}
}

func TestRefuses(t *testing.T) {
	dir, _ := folder(t)
	raw, err := os.ReadFile(filepath.Join(dir, "box.segments"))
	if err != nil {
		t.Fatal(err)
	}
	var first segment.Segment
	_ = boxfile.Segments(bytes.NewReader(raw), func(g segment.Segment) error {
		if first.Last == 0 {
			first = g
		}
		return nil
	})
	for name, test := range map[string]struct {
		raw  []byte
		says string
	}{
		"cut off":     {raw[:len(raw)-1], "is cut off: copy the file again"},
		"a hole":      {raw[len(first.Bytes()):], ""},
		"twice":       {append(bytes.Clone(first.Bytes()), first.Bytes()...), "put together of two"},
		"junk behind": {append(bytes.Clone(raw), bytes.Repeat([]byte("x"), 300)...), "version 120"},
		"empty":       {nil, "neither"},
	} {
		path := filepath.Join(t.TempDir(), "x.segments")
		write(t, path, test.raw)
		_, _, err := boxfile.Open(path)
		if test.says == "" && err != nil ||
			test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty := t.TempDir()
	for name, says := range map[string]string{
		empty:                            "no sales file and no export",
		filepath.Join(dir, "readme.txt"): "neither a sales file",
		filepath.Join(dir, "nothing"):    "no such file",
	} {
		if _, err := boxfile.Find(name); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
}
