package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"galla/state/boltstore"
)

// TestAdopt: a backup, or what salvage made, takes the place of a damaged file, which is kept; what is damaged itself, or would
// replace a file that is being sold from, does not.
func TestAdopt(t *testing.T) {
	dir := t.TempDir()
	path, backup, rescued := filepath.Join(dir, "sales.db"), filepath.Join(dir, "copy.db"), filepath.Join(dir, "rescued.db")
	gallad := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := run(args, &out, &out); code != want {
			t.Errorf("gallad %v: exit code %d, want %d\n%s", args, code, want, &out)
		}
		return out.String()
	}
	store := filled(t, dir, 300)
	if err := store.Backup(backup); err != nil {
		t.Fatal(err)
	}
	seq, _ := store.Seq()
	if said := gallad(exitFailed, "adopt", path, backup); !strings.Contains(said, "is held by") {
		t.Errorf("of a file that is being sold from: %s", said)
	}
	store.Close()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw = raw[:len(raw)/3]
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := gallad(exitDamaged, "adopt", path, path); !strings.Contains(said, "damaged") {
		t.Errorf("of a damaged file: %s", said)
	}
	gallad(exitDone, "salvage", path, rescued)
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 4711, 4711); err != nil {
			t.Fatal(err)
		}
		os.Remove(path + ".seq")
	}
	for i, from := range []string{rescued, backup} {
		said := gallad(exitDone, "adopt", path, from)
		kept := path + ".damaged" + string(rune('1'+i))
		if b, err := os.ReadFile(kept); err != nil || i == 0 && !bytes.Equal(b, raw) || !strings.Contains(said, kept) {
			t.Errorf("what was there is not kept as %s: %v\n%s", kept, err, said)
		}
		if _, err := os.Stat(from); err != nil {
			t.Error(err)
		}
		for _, name := range []string{path, path + ".seq"} {
			if info, err := os.Stat(name); err != nil || os.Geteuid() == 0 && info.Sys().(*syscall.Stat_t).Uid != 4711 {
				t.Errorf("%s does not belong to whom its folder belongs: %v", name, err)
			}
		}
		s, err := boltstore.Open(path, boltstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if now, err := s.Seq(); err != nil || now != seq {
			t.Errorf("it ends at event %d of %d: %v", now, seq, err)
		}
		s.Close()
	}
	if left, _ := filepath.Glob(path + ".adopt*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	gallad(exitConfig, "adopt", path)
	// A salvage that made nothing has nothing to report.
	if said := gallad(exitFailed, "salvage", filepath.Join(dir, "nowhere.db"), filepath.Join(dir, "x.db")); strings.Contains(said, "nothing is wrong") {
		t.Errorf("salvage of nothing: %s", said)
	}
}
