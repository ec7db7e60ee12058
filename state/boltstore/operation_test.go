package boltstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/boltstore/salvage"
	"galla/state/statetest"
)

// operated fills a file with sales and, between them, operations of every status; young ones are the last two.
func operated(t *testing.T) (path string, s *boltstore.Store, ids []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sales.db")
	s = open(t, path, quick)
	tr := statetest.NewTraffic(21, 3, 4)
	commit := func(b state.Batch) {
		t.Helper()
		if err := s.Commit(b); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 {
		commit(tr.Next())
		if i%60 != 0 {
			continue
		}
		b := statetest.Asked("O000"+string(rune('A'+i/60)), tr.NextSeq(), "key"+string(rune('A'+i/60)))
		ids = append(ids, b.Operations[0].ID)
		commit(b)
		if i < 180 {
			commit(statetest.Ended(b.Operations[0], tr.NextSeq(), state.OperationDone))
		}
	}
	return path, s, ids
}

func TestOperationsAreChecked(t *testing.T) {
	path, s, ids := operated(t)
	if o, found, err := s.Operation(ids[0]); err != nil || !found || o.Status != state.OperationDone {
		t.Fatalf("%+v %v %v", o, found, err)
	}
	s.Close()
	r, err := boltstore.Check(path, true)
	if err != nil || r.Operations != len(ids) {
		t.Errorf("%d operations read, want %d: %v\n%v", r.Operations, len(ids), err, r)
	}
}

func TestOperationsAreSalvaged(t *testing.T) {
	path, s, ids := operated(t)
	want, err := s.Operations("", 100)
	if err != nil || len(want) != len(ids) {
		t.Fatal(len(want), err)
	}
	s.Close()
	to := filepath.Join(t.TempDir(), "rescued.db")
	r, err := salvage.File(path, to)
	if err != nil || len(r.Findings) > 0 || r.Operations != len(ids) {
		t.Fatalf("%v\n%v", err, r)
	}
	again := open(t, to, quick)
	got, err := again.Operations("", 100)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d operations, want %d: %v", len(got), len(want), err)
	}
	for i := range want {
		if got[i].ID != want[i].ID || got[i].Status != want[i].Status || got[i].Seq != want[i].Seq {
			t.Errorf("is %+v, was %+v", got[i], want[i])
		}
	}
	if k, found, err := again.Key("", "keyA"); err != nil || !found || k.SaleID != ids[0] {
		t.Errorf("the idempotency key is gone: %+v %v %v", k, found, err)
	}
}

// TestOperationsArePruned: what ended goes with the sales of its time, and a file without its first sales keeps its
// chain.
func TestOperationsArePruned(t *testing.T) {
	path, s, ids := operated(t)
	gone, err := s.Prune(boltstore.Retention{Before: "2030-01-01", Keep: 2})
	if err != nil || gone == 0 {
		t.Fatal(gone, err)
	}
	for i, id := range ids {
		_, found, err := s.Operation(id)
		if err != nil {
			t.Fatal(err)
		}
		if ended := i < 3; found == ended {
			t.Errorf("operation %d: found %v", i, found)
		}
	}
	if _, found, err := s.Key("", "keyA"); !found || err != nil {
		t.Error("the key of a pruned operation went before its day")
	}
	if _, err := s.Events(0, 1<<20); err != nil {
		t.Error(err)
	}
	s.Close()
	if r, err := boltstore.Check(path, true); err != nil {
		t.Errorf("%v\n%v", err, r)
	}
}

// TestOperationRow: a row that was turned into another operation's is found out.
func TestOperationRow(t *testing.T) {
	path, s, _ := operated(t)
	s.Close()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	turned := strings.ReplaceAll(string(raw), `"name":"counter 1"`, `"name":"counter 2"`)
	if turned == string(raw) {
		t.Fatal("the file does not hold the request as it was asked")
	}
	if err := os.WriteFile(path, []byte(turned), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := boltstore.Check(path, true); err == nil {
		t.Errorf("nothing was found: %v", r)
	}
}
