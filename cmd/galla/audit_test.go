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
	galla := func(args ...string) (code int, out, errs string) {
		var o, e bytes.Buffer
		code = runCommand(context.Background(), args, &o, &e)
		return code, o.String(), e.String()
	}
	if code, _, errs := galla("audit", "export", db, export); code != exitTryLater ||
		!strings.Contains(errs, "next: ") {
		t.Errorf("export of a file that is in use: %d, %s", code, errs)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := galla("audit", "export", db, export); code != 0 {
		t.Fatalf("export: %d, %s", code, errs)
	}
	code, out, errs := galla("audit", "verify", export)
	if code != 0 || !strings.Contains(out, "none changed") {
		t.Fatalf("verify: %d, %s%s", code, out, errs)
	}
	if !strings.Contains(out, "give --anchor") || strings.Contains(out, "removed") {
		t.Errorf("verify without an anchor, of a file that lacks nothing: %s", out)
	}
	_, anchor, _ := strings.Cut(out, "ends at ")
	anchor, _, _ = strings.Cut(anchor, "\n")
	if code, out, errs := galla("audit", "verify", export, "--anchor", strings.ToUpper(anchor)); code != 0 ||
		strings.Contains(out, "give --anchor") {
		t.Errorf("its own end as an anchor: %d, %s%s", code, out, errs)
	}
	if code, _, _ := galla("audit", "verify", export, "--anchor", "3:"+strings.Repeat("0", 64)); code != 1 {
		t.Errorf("a foreign anchor: exit code %d", code)
	}
	half := len(anchor) / 2
	if code, out, errs := galla("audit", "verify", export, "--anchor", anchor[:half]+" \n"+anchor[half:]); code != 0 {
		t.Errorf("its own end, copied from two lines of paper: %d, %s%s", code, out, errs)
	}
	for _, wrong := range []string{anchor[:half], anchor[:len(anchor)-1], anchor + "0", "3:" + strings.Repeat("g", 64),
		"x:" + strings.Repeat("0", 64), "3"} {
		if code, _, errs := galla("audit", "verify", export, "--anchor", wrong); code != 64 ||
			strings.Contains(errs, "rewritten") {
			t.Errorf("anchor %q, which is mistyped: exit code %d, %s", wrong, code, errs)
		}
	}
	raw, err := os.ReadFile(export)
	if err != nil {
		t.Fatal(err)
	}
	// Whoever says that an event is lost can make up the next one: that must not read as a proof.
	lines := bytes.SplitAfter(raw, []byte("\n"))
	forged := filepath.Join(dir, "forged.jsonl")
	lines[3] = []byte(`{"seq":3,"lost":true}` + "\n")
	if err := os.WriteFile(forged, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := galla("audit", "verify", forged); code != 2 ||
		!strings.Contains(out, "NOT PROVED: 1 events are lost") {
		t.Errorf("an event that is said to be lost: %d, %s%s", code, out, errs)
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
