package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"galla/cmd/gallad/progress"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// TestAdopt: a backup, or what salvage made, takes the place of a damaged file, which is kept; what is damaged itself,
// or would replace a file that is being sold from, does not.
func TestAdopt(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sales.db")
	backup := filepath.Join(dir, "copy.db")
	rescued := filepath.Join(dir, "rescued.db")
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
		// The copy is asked about: the cut file had lost the box's id, and what was salvaged of it got another one.
		args := []string{"adopt", path, from}
		if from == backup {
			args = []string{"adopt", "--yes", path, from}
		}
		said := gallad(exitDone, args...)
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
	said := gallad(exitFailed, "salvage", filepath.Join(dir, "nowhere.db"), filepath.Join(dir, "x.db"))
	if strings.Contains(said, "nothing is wrong") {
		t.Errorf("salvage of nothing: %s", said)
	}
}

// TestCorners_16: what is no sales file is not salvaged into an empty till; a file that would lose sales, or is another
// till's, is adopted only when a person said so; compact is a command; a folder is said to be one.
func TestCorners_16(t *testing.T) {
	dir := t.TempDir()
	path, early := filepath.Join(dir, "sales.db"), filepath.Join(dir, "early.db")
	gallad := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := run(args, &out, &out); code != want {
			t.Errorf("gallad %v: exit code %d, want %d\n%s", args, code, want, &out)
		}
		return out.String()
	}
	store := filled(t, dir, 200)
	if err := store.Backup(early); err != nil {
		t.Fatal(err)
	}
	store.Close()

	garbage, made := filepath.Join(dir, "garbage"), filepath.Join(dir, "new.db")
	if err := os.WriteFile(garbage, bytes.Repeat([]byte("garbage "), 9000), 0o600); err != nil {
		t.Fatal(err)
	}
	said := gallad(exitFailed, "salvage", garbage, made)
	if !strings.Contains(said, "nothing of a sales file is in "+garbage) {
		t.Errorf("salvage of garbage: %s", said)
	}
	if _, err := os.Stat(made); err == nil {
		t.Error("salvage of garbage made a file")
	}

	store, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	seq, _ := store.Seq()
	if err := store.Commit(statetest.Asked(fmt.Sprintf("O%08X", seq+1), seq+1, "asked")); err != nil {
		t.Fatal(err)
	}
	store.Close()
	other := t.TempDir()
	filled(t, other, 300).Close()
	empty, err := boltstore.Open(filepath.Join(other, "empty.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	empty.Close()
	raw, _ := os.ReadFile(path)
	for from, says := range map[string]string{
		early:                            "the last 1 events, and the sales in them, would be gone",
		filepath.Join(other, "sales.db"): "is of another till",
		filepath.Join(other, "empty.db"): "is of another till",
	} {
		if said := gallad(exitFailed, "adopt", path, from); !strings.Contains(said, says) ||
			!strings.Contains(said, "gallad adopt --yes "+path) {
			t.Errorf("%s: %s", from, said)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, raw) {
			t.Errorf("%s: the file was changed", from)
		}
	}
	gallad(exitDone, "adopt", "--yes", path, early)
	gallad(exitDone, "fsck", "--full", path)

	if said := gallad(exitDone, "compact", path); !strings.Contains(said, "bytes, and had") {
		t.Errorf("compact: %s", said)
	}
	for _, command := range []string{"fsck", "compact"} {
		if said := gallad(exitFailed, command, dir); !strings.Contains(said, dir+" is a folder") {
			t.Errorf("%s of a folder: %s", command, said)
		}
	}
	if said := gallad(exitFailed, "compact", filepath.Join(dir, "nowhere.db")); !strings.Contains(
		said, "no such file",
	) {
		t.Errorf("compact of nothing: %s", said)
	}
}

// TestBooks_7: gallad makes no empty till where the sales file is gone and its copy is there.
func TestBooks_7(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "sales.db"), filepath.Join(dir, "copy.db")
	store := filled(t, dir, 30)
	if err := store.Backup(copied); err != nil {
		t.Fatal(err)
	}
	if err := refuseNewFile(path, copied); err != nil {
		t.Error(err)
	}
	store.Close()
	for _, name := range []string{path, path + ".seq"} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := refuseNewFile(path, copied); !errors.Is(err, boltstore.ErrDamaged) ||
		!strings.Contains(err.Error(), "gallad adopt "+path+" "+copied) {
		t.Errorf("the file and its mark were moved away: %v", err)
	}
	if err := refuseNewFile(path, ""); err != nil {
		t.Errorf("a new till: %v", err)
	}
}

// TestBooks_4: while a gallad has the file open, fsck looks at its copy and says so, and tells how far it is; without a
// copy it says who has the file.
func TestBooks_4(t *testing.T) {
	name, hourly := copiesOf(t, "backup = \"HOURLY\"\ndatabase = \"DATABASE\"")
	dir := filepath.Dir(name)
	path := filepath.Join(dir, "sales.db")
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, bytes.ReplaceAll(raw, []byte("DATABASE"), []byte(path)), 0o600); err != nil {
		t.Fatal(err)
	}
	store := filled(t, dir, 100)
	var out bytes.Buffer
	if code := run([]string{"fsck", "--full", "--config", name, path}, &out, &out); code != exitFailed ||
		!strings.Contains(out.String(), "is held by") {
		t.Errorf("without a copy: %d\n%s", code, &out)
	}
	if err := store.Backup(hourly); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	code := run([]string{"fsck", "--full", "--config", name, path}, &out, &out)
	if said := out.String(); code != exitDone || !strings.Contains(said, "is looked at instead") ||
		!strings.Contains(said, hourly+": ") ||
		!strings.Contains(said, "nothing is wrong") {
		t.Errorf("beside a gallad: %d\n%s", code, said)
	}

	out.Reset()
	synctest.Test(t, func(t *testing.T) {
		tell := progress.Teller(&out)
		for i := range uint64(64 * 30) {
			tell("pages", i+1, 2000)
			time.Sleep(10 * time.Millisecond)
		}
	})
	if n := strings.Count(out.String(), "\n"); n < 10 || n > 20 ||
		!strings.Contains(out.String(), "pages: 128 of 2000\n") {
		t.Errorf("19 seconds: %d lines\n%s", n, &out)
	}
}

// TestFlagBeforeCommand: "gallad --config FILE adopt …" is no till that is started beside the one that runs.
func TestFlagBeforeCommand(t *testing.T) {
	for _, args := range []string{"--config x adopt a b", "serve x", "check x", "backup x", "verify x", "version x"} {
		var said bytes.Buffer
		code := run(strings.Fields(args), &said, &said)
		if code != exitConfig || !strings.Contains(said.String(), "a command stands before its flags") {
			t.Errorf("%s: %d %s", args, code, said.String())
		}
	}
}
