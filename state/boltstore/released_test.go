package boltstore_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

var update = flag.Bool(
	"update",
	false,
	"write golden text again; the released files themselves are never written again",
)

// makeReleased writes the file of a schema with something of everything in it.
func makeReleased(t *testing.T, name string) {
	t.Helper()
	path, _ := fill(t, 400)
	s := open(t, path, quick)
	seq, err := s.Seq()
	if err == nil {
		err = s.Commit(statetest.Asked(fmt.Sprintf("O%08X", seq+1), seq+1, "asked"))
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Prune(boltstore.Retention{Before: "2026-11-23", Max: 3})
	if err := errors.Join(err, s.Settings().Put("pin/asha", []byte("hash")), s.Compact(), s.Backup(name),
		os.Chmod(name, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// TestReleased opens a file of every released schema: each is brought up to date, and holds what it held.
// testdata/schemaN.db was written by the release that brought schema N, and schemaN.json is everything in it, read by
// this code.
func TestReleased(t *testing.T) {
	if newest := fmt.Sprintf("testdata/schema%d.db", boltstore.Schema); *update {
		if _, err := os.Stat(newest); err != nil { // a schema that is about to be released
			makeReleased(t, newest)
		}
	}
	files, _ := filepath.Glob("testdata/schema*.db")
	if len(files) != boltstore.Schema {
		t.Fatalf("testdata has %d released files, and there are %d schemas", len(files), boltstore.Schema)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "sales.db")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := boltstore.Check(path, true)
		if said := r.String(); err != nil || r.Events == 0 || r.Seq == 0 ||
			r.Schema < boltstore.Schema && !strings.Contains(said, "not looked at") {
			t.Errorf("%s before it is brought up to date: %v\n%s", f, err, said)
		}
		got := everything(t, path)
		golden := strings.TrimSuffix(f, ".db") + ".json"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || got != string(want) {
			t.Errorf("%s does not hold what it held when it was released (%v)", f, err)
		}
		s := sound(t, open(t, path, quick))
		if watching, err := s.Watching(); err != nil || len(watching) == 0 {
			t.Errorf("%d sales to resume: %v", len(watching), err)
		}
		all, err := s.Sales(state.Query{Limit: 1 << 20})
		if err != nil || len(all) == 0 {
			t.Fatalf("%d sales: %v", len(all), err)
		}
		s.Close()
		// The events of a release, replayed by today's rules, must make the sales it stored.
		if _, r := salvaged(t, path); len(r.Findings) > 0 {
			t.Errorf("%s: %v", f, r)
		}
	}
}
