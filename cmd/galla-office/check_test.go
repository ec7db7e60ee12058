package main

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/office"
	"galla/internal/office/config"
	"galla/internal/office/pg"
	"galla/internal/office/pg/pgtest"
	"galla/internal/segment"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// TestImportAndCheck: what a box without a network exported is taken once, and held against its sales file.
func TestImportAndCheck(t *testing.T) {
	o := newOffice(t)
	dir := t.TempDir()
	sales, err := boltstore.Open(filepath.Join(dir, "sales.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	traffic := statetest.NewTraffic(7, 4, 10)
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public := key.Public().(ed25519.PublicKey)
	id := segment.TerminalID(public)
	export := func(name string, batches int) (path string) {
		t.Helper()
		for range batches {
			if err := sales.Commit(traffic.Next()); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := segment.Write(t.Context(), &out, sales, key); err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	says := func(code int, want string, args ...string) {
		t.Helper()
		if out := o.does(code, args...); !strings.Contains(out, want) {
			t.Errorf("galla-office %v: %q, want %q", args, out, want)
		}
	}

	first := export("first.segments", 200)
	says(exitRefuse, "next: Let the box join", "import", first)
	c, err := config.Read(o.config)
	if err != nil {
		t.Fatal(err)
	}
	store, err := pg.Open(t.Context(), c.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.PutTerminal(t.Context(), office.Terminal{ID: id, Key: public}); err != nil {
		t.Fatal(err)
	}
	says(exitDone, "1 segments, of which 0 were here already", "import", first)
	says(exitDone, "1 segments, of which 1 were here already", "import", first)
	whole := export("whole.segments", 300)
	says(exitRefuse, "places 201 to 500 of "+whole+" are not at the office", "check", "--files", whole)
	says(exitDone, "up to place 500", "import", whole)
	if err := sales.Close(); err != nil {
		t.Fatal(err)
	}
	says(exitDone, "nothing is missing, doubled or wrong", "check", "--all", "--files", dir)
	says(exitDone, `"of":1000`, "check", "--json", "--files", dir, "--files", whole)
	says(exitDone, "0 chains of boxes", "check")

	pgtest.Do(t, c.Database, "UPDATE payment SET received = received + 1, surplus = surplus + 1 WHERE ctid = "+
		"(SELECT ctid FROM payment LIMIT 1)")
	says(exitRefuse, "wrong: payment of terminal "+id, "check", "--files", dir)
	says(exitUsage, "no sales file and no export", "check", "--files", t.TempDir())
	cut := filepath.Join(t.TempDir(), "cut.segments")
	if err := os.WriteFile(cut, []byte("\x01\x01"+id+"0123"), 0o600); err != nil {
		t.Fatal(err)
	}
	says(exitFault, "segment 1 is cut off: copy the file again", "import", cut)
}
