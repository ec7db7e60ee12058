package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/state/boltstore"
	"galla/state/statetest"
)

// TestAudit: an export proves itself, a changed one doesn't, and an anchor that isn't in it is missed.
func TestAudit(t *testing.T) {
	dir := t.TempDir()
	db, export := filepath.Join(dir, "sales.db"), filepath.Join(dir, "events.jsonl")
	store, err := boltstore.Open(db, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	traffic := statetest.NewTraffic(1, 3, 50)
	for range 50 {
		if err := store.Commit(traffic.Next()); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	galla := func(args ...string) (code int, out, errs string) {
		var o, e bytes.Buffer
		code = runCommand(context.Background(), args, &o, &e)
		return code, o.String(), e.String()
	}
	if code, _, errs := galla("audit", "export", db, export); code != 0 {
		t.Fatalf("export: %d, %s", code, errs)
	}
	code, out, errs := galla("audit", "verify", export)
	if code != 0 || !strings.Contains(out, "none changed") {
		t.Fatalf("verify: %d, %s%s", code, out, errs)
	}
	anchor := strings.TrimSpace(out[strings.LastIndex(out, " ")+1:])
	if code, _, errs := galla("audit", "verify", export, "--anchor", anchor); code != 0 {
		t.Errorf("its own end as an anchor: %d, %s", code, errs)
	}
	if code, _, _ := galla("audit", "verify", export, "--anchor", "3:"+strings.Repeat("0", 64)); code != 1 {
		t.Errorf("a foreign anchor: exit code %d", code)
	}
	raw, err := os.ReadFile(export)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(raw, []byte(`amount_paise":`), []byte(`amount_paise":9`), 1)
	if bytes.Equal(raw, changed) {
		t.Fatal("nothing was changed")
	}
	if err := os.WriteFile(export, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := galla("audit", "verify", export); code != 1 || !strings.Contains(errs, "can't be trusted") {
		t.Errorf("a changed export: %d, %s", code, errs)
	}
}
