package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/people"
	"galla/state/boltstore"
)

// TestDoor_16: after the first start with a sales file that holds the key, neither it nor a copy of it does, in no
// page.
func TestDoor_16(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sales.db")
	store, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v := settings{store.Settings()}
	if _, _, err := people.Certificate(v, v, nil); err != nil { // as it was: both in the file
		t.Fatal(err)
	}
	secret, _, _ := v.Get("tls/key")
	lines := strings.Split(string(secret), "\n")
	holds := func(name string) bool {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(raw, []byte(lines[1])) || bytes.Contains(raw, []byte(lines[2])) ||
			bytes.Contains(raw, []byte("PRIVATE KEY"))
	}
	if !holds(path) {
		t.Fatal("the old file does not hold the key: this test sees nothing")
	}
	if moved, err := people.MoveKeys(v, keysBeside(path), store.Compact); !moved || err != nil {
		t.Fatal(moved, err)
	}
	if err := store.Backup(filepath.Join(dir, "copy.db")); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sales.db", "copy.db"} {
		if holds(filepath.Join(dir, name)) {
			t.Errorf("%s holds the key", name)
		}
	}
	if kept, err := os.ReadFile(filepath.Join(dir, "tls.key")); err != nil || !bytes.Equal(kept, secret) {
		t.Errorf("tls.key: %v", err)
	}
}

// TestDoor_16_Migrated: a file of schema 2 is copied without its key.
func TestDoor_16_Migrated(t *testing.T) {
	raw, err := os.ReadFile("../../state/boltstore/testdata/schema2.db")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sales.db")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	asked := 0
	store, err := boltstore.Open(path, boltstore.Options{Apart: func(name string, value []byte) (bool, error) {
		asked++
		if apart, err := people.Apart(keysBeside(path), name, value); apart || err != nil {
			return apart, err
		}
		return people.Apart(keysBeside(path), "tls/key", value) // the file has no key: another setting stands for it
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	names, err := store.Settings().List("")
	if err != nil || asked == 0 || len(names) != 0 {
		t.Errorf("%d settings were asked about, and %q copied: %v", asked, names, err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "tls.key")); err != nil {
		t.Error(err)
	}
}
