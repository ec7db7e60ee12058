package segment

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"galla/state/chain"
	"galla/state/statetest"
)

// Golden segments are what offices have in their databases and boxes send for years: every version that was ever
// released must be read for ever. They are never renewed: not by this flag, which refuses a file that is there, and not
// by hand. A new version of the wire form gets a folder of its own, made once by
//
//	go test ./internal/segment -run TestGolden -golden.add
//
// and the folders before it stay, with a reader for each.
var addGolden = flag.Bool("golden.add", false, "write the golden segments of this version, which must not be there yet")

// goldenLine is one place of a golden segment as text: what the reader must find.
type goldenLine struct {
	Seq   uint64          `json:"seq"`
	Hash  chain.Hash      `json:"hash"`
	Event json.RawMessage `json:"event,omitempty"`
}

// traffic is a chain of at least 200 events of a shop with so many sales a day.
func traffic(t testing.TB, sales int) (l log) {
	t.Helper()
	tr := statetest.NewTraffic(25, 4, sales)
	var prev []byte
	for len(l) < 200 {
		for _, e := range tr.Next().Events {
			event, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			prev = chain.Link(prev, event)
			l = append(l, chain.Place{Hash: chain.Hash(prev), Event: event})
		}
	}
	return l
}

// goldens are stretches of every shape, of the traffic of a shop.
func goldens(t *testing.T) map[string]chain.Stretch {
	t.Helper()
	l := traffic(t, 30)
	pruned := append(log{}, l...)
	for i := 30; i < 50; i++ {
		pruned[i].Event = nil
	}
	lost := append(log{}, l...)
	lost[60], lost[61].Event = chain.Place{}, nil
	root := pruned.stretch(40, 80)
	root.Root = true
	return map[string]chain.Stretch{
		"first":  l.stretch(0, 1),
		"sale":   l.stretch(100, 118),
		"long":   l.stretch(0, 160),
		"pruned": pruned.stretch(20, 60),
		"lost":   lost.stretch(55, 70),
		"root":   root,
	}
}

// TestGolden: segments of every version that ever was are read as they were, place by place, and travel on unchanged.
func TestGolden(t *testing.T) {
	if *addGolden {
		for name, s := range goldens(t) {
			writeGolden(t, filepath.Join("testdata", fmt.Sprintf("v%d", Version), name), s)
		}
	}

	read := 0
	for version := 1; version <= Version; version++ {
		files, err := filepath.Glob(filepath.Join("testdata", fmt.Sprintf("v%d", version), "*.segment"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) < 6 {
			t.Errorf("version %d has %d golden segments: some were removed", version, len(files))
		}
		for _, f := range files {
			read++
			t.Run(filepath.ToSlash(f), func(t *testing.T) { readGolden(t, f) })
		}
	}
	if read == 0 {
		t.Error("nothing was read")
	}
}

func readGolden(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g.Bytes(), raw) {
		t.Error("it travels on as something else")
	}
	places, err := g.Open(public(keyOf(25)))
	if err != nil {
		t.Fatal(err)
	}

	f, err := os.Open(file + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, MaxEvent)
	for i, p := range places {
		if !lines.Scan() {
			t.Fatalf("%d places, and %d are known", len(places), i)
		}
		var want goldenLine
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		if want.Seq != g.After+1+uint64(i) || want.Hash != p.Hash || !bytes.Equal(want.Event, p.Event) {
			t.Errorf("place %d reads %x %q, want %d %x %q",
				g.After+1+uint64(i), p.Hash[:4], p.Event, want.Seq, want.Hash[:4], want.Event)
		}
	}
	if lines.Scan() || lines.Err() != nil {
		t.Errorf("%d places, and more are known: %v", len(places), lines.Err())
	}
}

func writeGolden(t *testing.T, file string, s chain.Stretch) {
	g, err := New(keyOf(25), s)
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	enc.SetEscapeHTML(false)
	for i, p := range s.Places {
		if err := enc.Encode(goldenLine{s.After + 1 + uint64(i), p.Hash, p.Event}); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string][]byte{file + ".segment": g.Bytes(), file + ".segment.jsonl": lines.Bytes()} {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			t.Fatalf("golden segments are never renewed: %v", err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
