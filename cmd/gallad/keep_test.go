package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"galla/internal/config"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// TestKeepOnce: the copy is there, whole, and can be opened; nothing young is removed.
func TestKeepOnce(t *testing.T) {
	dir := t.TempDir()
	store, err := boltstore.Open(filepath.Join(dir, "sales.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	traffic := statetest.NewTraffic(1, 3, 50)
	for range 300 {
		if err := store.Commit(traffic.Next()); err != nil {
			t.Fatal(err)
		}
	}
	backup := filepath.Join(dir, "copy.db")
	if err := keepOnce(store, config.Till{Backup: backup, KeepDays: 400}, time.Now(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	r, err := boltstore.Check(backup, true)
	if seq, _ := store.Seq(); err != nil || r.Seq != seq {
		t.Errorf("the copy ends at event %d of %d: %v", r.Seq, seq, err)
	}
	if err := keepOnce(store, config.Till{Backup: filepath.Join(dir, "nowhere", "copy.db")}, time.Now(), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a copy to a place that isn't there was no error")
	}
	if _, err := os.Stat(backup); err != nil {
		t.Error(err)
	}
}
