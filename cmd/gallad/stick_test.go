package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/copies"
)

// TestBox_2_CarryAndRestore: what gallad sells goes to a stick, and from it to a new box by gallad's own commands; a box
// with sales keeps them, one whose file is damaged gets the copy and keeps the damaged file.
func TestBox_2_CarryAndRestore(t *testing.T) {
	dir := t.TempDir()
	stick, note, config := filepath.Join(dir, copies.Folder), filepath.Join(dir, "note"), filepath.Join(dir, "gallad.toml")
	path, hourly := filepath.Join(dir, "sales.db"), filepath.Join(dir, copies.Stage, copies.Name)
	gallad := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := run(append(args[:1:1], append([]string{"--config", config}, args[1:]...)...), &out, &out); code != want {
			t.Errorf("gallad %v: exit code %d, want %d\n%s", args, code, want, &out)
		}
		return out.String()
	}
	settings := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	unset := fmt.Sprintf("[till]\ndatabase = %q\nbackup = %q\n", path, hourly)
	settings(unset)
	if err := os.Mkdir(stick, 0o700); err != nil {
		t.Fatal(err)
	}
	gallad(exitConfig, "carry", stick, note) // nobody has set it up
	gallad(exitConfig, "carry", stick)

	settings(unset + "[shop]\nname = \"Asha\"\n[[gateway]]\nprovider = \"razorpay\"\n")
	if said := gallad(exitDone, "carry", stick, note); !strings.Contains(said, "some minutes from now") {
		t.Errorf("before the first copy: %s", said)
	}
	store := filled(t, dir, 50)
	if err := os.MkdirAll(filepath.Dir(hourly), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := store.Backup(hourly); err != nil {
		t.Fatal(err)
	}
	seq, err := store.Seq()
	if err != nil {
		t.Fatal(err)
	}
	gallad(exitDone, "carry", stick, note)
	store.Close()

	if said := gallad(exitFailed, "restore", stick); !strings.Contains(said, "this box has sales of its own, which stay") {
		t.Errorf("on a box with sales: %s", said)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, harm := range map[string]func() error{
		"damaged": func() error { return os.WriteFile(path, raw[:len(raw)/3], 0o600) },
		"gone":    func() error { return os.Remove(path) },
		"a new card": func() error {
			os.Remove(path + ".seq")
			return os.Remove(path)
		},
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		settings(unset)
		if said := gallad(exitDone, "restore", stick); !strings.Contains(said, fmt.Sprintf("with %d events", seq)) {
			t.Errorf("%s: %s", what, said)
		}
		gallad(exitDone, "fsck", "--full", path)
	}
	if _, err := os.Stat(path + ".damaged1"); err != nil {
		t.Errorf("the damaged file was not kept: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(stick, copies.Name), 9000); err != nil {
		t.Fatal(err)
	}
	if said := gallad(exitFailed, "restore", stick); !strings.Contains(said, "no copy on the stick is whole") {
		t.Errorf("of a damaged copy: %s", said)
	}
}
