package boltstore_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// sound wants a full check to find nothing. The store is closed for it and opened again.
func sound(t *testing.T, s *boltstore.Store) *boltstore.Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := boltstore.Check(s.Path(), true); err != nil {
		t.Fatalf("%v\n%v", err, r)
	}
	return open(t, s.Path(), quick)
}

func sales(t *testing.T, s *boltstore.Store) map[string]string {
	t.Helper()
	all, err := s.Sales(state.Query{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, x := range all {
		raw, _ := json.Marshal(x)
		m[x.ID] = string(raw)
	}
	return m
}

// TestPruneUpto: of what may go by its day, that goes which ended at or before the office's place, and all of it; and
// no event behind the place.
func TestPruneUpto(t *testing.T) {
	for _, upto := range []uint64{1, 300, 301, 302, 303, 1000, math.MaxUint64} {
		path, _ := fill(t, 2000)
		s := open(t, path, quick)
		want := map[string]bool{}
		for id, raw := range sales(t, s) {
			var x state.Sale
			if err := json.Unmarshal([]byte(raw), &x); err != nil {
				t.Fatal(err)
			}
			if x.Day < "2026-11-24" && x.Phase.Final() && !state.Watching(x) && len(x.Attention) == 0 && x.Seq <= upto {
				want[id] = true
			}
		}
		was, err := s.Stretch(upto, math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}
		n, err := s.Prune(boltstore.Retention{Before: "2026-11-24", Upto: &upto})
		if err != nil || n != len(want) || upto == math.MaxUint64 && n < 20 || upto == 1000 && n < 5 {
			t.Fatalf("up to %d: %d of %d sales pruned: %v", upto, n, len(want), err)
		}
		s = sound(t, s)
		for id := range sales(t, s) {
			if want[id] {
				t.Errorf("up to %d: sale %s is there still", upto, id)
			}
		}
		if is, err := s.Stretch(upto, math.MaxInt); err != nil || !reflect.DeepEqual(is.Places, was.Places) {
			t.Errorf("up to %d: what comes behind it is another: %v", upto, err)
		}
	}
}

func TestPrune(t *testing.T) {
	path, tr := fill(t, 3000) // about 160 sales over 6 days
	s := open(t, path, quick)
	before := sales(t, s)
	anchor, err := s.Anchor()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Prune(boltstore.Retention{Before: "2026-11-22"}); n != 0 || err != nil {
		t.Fatalf("%d sales pruned before the first day: %v", n, err)
	}
	if n, err := s.Prune(boltstore.Retention{Before: "9999-12-31", Keep: 1 << 20}); n != 0 || err != nil {
		t.Fatalf("a clock that jumped emptied the file of %d sales: %v", n, err)
	}
	if h := s.Head(); h.Seq != anchor.Seq || hex.EncodeToString(h.Hash[:]) != anchor.Hash || h.Seq != tr.Seq() {
		t.Fatalf("the head is %+v, the file's end %+v", h, anchor)
	}
	if n, err := s.Prune(boltstore.Retention{Before: "2026-11-24", Upto: new(uint64)}); n != 0 || err != nil {
		t.Fatalf("%d sales pruned that an office has not seen: %v", n, err)
	}
	if n, err := s.Prune(boltstore.Retention{Before: "2026-11-24", Max: 7}); n != 7 || err != nil {
		t.Fatalf("%d sales pruned, want 7: %v", n, err)
	}
	s = sound(t, s)
	n, err := s.Prune(boltstore.Retention{Before: "2026-11-25", Keep: 10})
	if err != nil || n < 40 {
		t.Fatalf("%d sales pruned: %v", n, err)
	}
	s = sound(t, s)
	after := sales(t, s)
	kinds := map[string][]state.Kind{}
	events, err := s.Events(0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		kinds[e.SaleID] = append(kinds[e.SaleID], e.Kind)
	}
	if len(after) != len(before)-n-7 {
		t.Errorf("%d sales of %d are left after %d were pruned", len(after), len(before), n+7)
	}
	for id, was := range before {
		var sale state.Sale
		json.Unmarshal([]byte(was), &sale)
		is, there := after[id]
		switch {
		case there && is != was:
			t.Errorf("sale %s was changed by pruning", id)
		case !there && (sale.Day >= "2026-11-25" || !sale.Phase.Final() || state.Watching(sale) ||
			len(sale.Attention) > 0):
			t.Errorf("sale %s of %s, %s, attention %d, was pruned", id, sale.Day, sale.Phase, len(sale.Attention))
		case there:
			if kinds[id] == nil || kinds[id][0] != state.EventOpened {
				t.Errorf("sale %s has lost its history", id)
			}
		case len(kinds[id]) > 0:
			t.Errorf("sale %s was pruned, and %d of its events are still there", id, len(kinds[id]))
		}
	}
	if now, _ := s.Anchor(); now != anchor {
		t.Error("pruning changed the end of the chain")
	}
	for range 50 {
		if err := s.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
	}
	s = sound(t, s)
	// A salvage must not bring back what was pruned.
	have := everything(t, reopenable(t, s))
	to, r := salvaged(t, path)
	if len(r.Findings) > 0 || everything(t, to) != have {
		t.Errorf("salvage of a pruned file: %v", r)
	}
}

// TestPruneOfWrongClocks: sales made while the clock was years ahead, or behind, go with those around them.
func TestPruneOfWrongClocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	s := open(t, path, quick)
	seq := uint64(0)
	var days []string
	sell := func(n int, day string) {
		t.Helper()
		for range n {
			days = append(days, day)
			id := fmt.Sprintf("%08X", len(days))
			var sale state.Sale
			var b state.Batch
			for _, e := range []state.Event{
				{Kind: state.EventOpened, Opened: &state.Opened{Number: len(days), Day: day, Amount: 100,
					Route: []string{"a"}, Life: time.Minute}},
				{Kind: state.EventAttemptAsked, Attempt: "A" + id, Gateway: "a"},
				{Kind: state.EventAttemptFailed, Attempt: "A" + id, Problem: &state.Problem{Class: "rejected"}},
			} {
				seq++
				e.Seq, e.SaleID = seq, id
				e.At = time.Date(2026, 1, 1, 0, 0, int(seq), 0, time.UTC)
				var err error
				if sale, _, err = state.Apply(sale, e); err != nil {
					t.Fatal(err)
				}
				b.Events = append(b.Events, e)
			}
			b.Sales = []state.Sale{sale}
			if err := s.Commit(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	sell(20, "2026-01-10")
	sell(3, "2062-05-05") // the clock was ahead for a while
	sell(130, "2026-01-11")
	sell(20, "2026-03-01")
	sell(2, "1970-01-01") // and had not been set
	sell(130, "2026-03-02")
	if gone, err := s.Prune(boltstore.Retention{Before: "2026-02-01"}); err != nil || gone != 153 {
		t.Errorf("%d sales are gone, want the 153 of January: %v", gone, err)
	}
	sound(t, s)
}

// reopenable closes a store and returns its path.
func reopenable(t *testing.T, s *boltstore.Store) string {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.Path()
}

func TestPrunedToNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	s := open(t, path, quick)
	tr := statetest.NewTraffic(11, 1, 2) // one sale after another
	for {
		if err := s.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
		if w, _ := s.Watching(); len(w) == 0 && tr.Sales > 3 {
			break
		}
	}
	anchor, _ := s.Anchor()
	if n, err := s.Prune(boltstore.Retention{Before: "9999-12-31"}); err != nil || n == 0 {
		t.Fatalf("%d pruned: %v", n, err)
	}
	s = sound(t, s)
	if seq, _ := s.Seq(); seq != tr.Seq() {
		t.Errorf("the file ends at %d, not %d", seq, tr.Seq())
	}
	if err := s.Commit(tr.Next()); err != nil {
		t.Fatal(err)
	}
	s = sound(t, s)
	var out bytes.Buffer
	if err := s.ExportEvents(&out); err != nil {
		t.Fatal(err)
	}
	if _, err := boltstore.VerifyExport(&out, anchor); err != nil && !strings.Contains(err.Error(), "is not in it") {
		t.Error(err)
	}
}

func TestCompact(t *testing.T) {
	path, tr := fill(t, 2000)
	s := open(t, path, quick)
	if _, err := s.Prune(boltstore.Retention{Before: "2026-11-25"}); err != nil {
		t.Fatal(err)
	}
	was, free, err := s.Size()
	if err != nil || free == 0 {
		t.Fatalf("%d bytes free of %d: %v", free, was, err)
	}
	left := sales(t, s)
	stop, done := make(chan struct{}), make(chan error)
	go func() { // somebody looks on
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if _, err := s.Sales(state.Query{Limit: 5}); err != nil {
				done <- err
				return
			}
		}
	}()
	for range 3 {
		if err := s.Compact(); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if err := s.Commit(tr.Next()); err != nil {
				t.Fatal(err)
			}
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if is, _, _ := s.Size(); is >= was {
		t.Errorf("%d bytes before, %d after", was, is)
	}
	if _, err := boltstore.Open(path, quick); err == nil || !strings.Contains(err.Error(), "is held by") {
		t.Errorf("a second process got the compacted file: %v", err)
	}
	s = sound(t, s)
	now := sales(t, s)
	for id := range left {
		if now[id] == "" {
			t.Errorf("sale %s went", id)
		}
	}
	if files, _ := filepath.Glob(path + ".*"); len(files) != 1 {
		t.Errorf("left behind: %q", files)
	}
}

// TestCompactHoldsNobodyUp: a sale made while the copy is made waits for nothing, is kept, and makes the copy stale.
func TestCompactHoldsNobodyUp(t *testing.T) {
	path, tr := fill(t, 200)
	var s *boltstore.Store
	sell := func() {}
	o := quick
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		if strings.HasSuffix(name, ".compact") {
			sell()
		}
		return os.OpenFile(name, flag, mode)
	}
	s = open(t, path, o)
	sell = func() {
		done := make(chan error)
		go func() { done <- s.Commit(tr.Next()) }()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a sale waits for Compact")
		}
	}
	if err := s.Compact(); !errors.Is(err, boltstore.ErrBusy) {
		t.Errorf("a sale was made meanwhile: %v", err)
	}
	if seq, err := s.Seq(); err != nil || seq != tr.Seq() {
		t.Errorf("%d events of %d: %v", seq, tr.Seq(), err)
	}
	sell = func() {
		if err := s.Settings().Put("pin/asha", []byte("new")); err != nil { // no event, and still a write
			t.Error(err)
		}
	}
	if err := s.Compact(); !errors.Is(err, boltstore.ErrBusy) {
		t.Errorf("a setting was written meanwhile: %v", err)
	}
	sell = func() {}
	if err := s.Compact(); err != nil {
		t.Error(err)
	}
	if v, err := s.Settings().Get("pin/asha"); string(v) != "new" {
		t.Errorf("the setting is %q: %v", v, err)
	}
	sound(t, s)
}

func TestCompactLeavesWhatItCannotCopy(t *testing.T) {
	path, tr := fill(t, 50)
	s := open(t, path, quick)
	if err := os.Mkdir(path+".compact", 0o700); err != nil { // no file of that name can be made
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(path+".compact", "x"), nil, 0o600)
	if err := s.Compact(); err == nil {
		t.Error("compacted into a folder")
	}
	if err := s.Commit(tr.Next()); err != nil {
		t.Errorf("a failed Compact stops sales: %v", err)
	}
	os.RemoveAll(path + ".compact")
	sound(t, s)
}

func TestBackup(t *testing.T) {
	path, tr := fill(t, 200)
	s := open(t, path, quick)
	copyTo := filepath.Join(t.TempDir(), "card", "sales.backup")
	if err := s.Backup(copyTo); err == nil {
		t.Error("a backup to a folder that is not there")
	}
	if err := s.Backup(path); err == nil || !strings.Contains(err.Error(), "replace the sales file itself") {
		t.Errorf("a backup onto the file itself: %v", err)
	}
	os.Mkdir(filepath.Dir(copyTo), 0o700)
	for range 2 {
		if err := s.Backup(copyTo); err != nil {
			t.Fatal(err)
		}
		if err := s.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
	}
	seq, _ := s.Seq()
	if r, err := boltstore.Check(copyTo, true); err != nil || r.Seq != seq-1 {
		t.Fatalf("the backup ends at event %d, the file at %d: %v", r.Seq, seq, err)
	}
	s.Close()
	// Putting it back loses the last event, which the operator chose: Adopt says so to the mark.
	if _, err := boltstore.Adopt(path, copyTo); err != nil {
		t.Fatal(err)
	}
	if s := open(t, path, quick); true {
		if now, _ := s.Seq(); now != seq-1 {
			t.Errorf("adopted backup ends at %d", now)
		}
	}
	if kept, err := boltstore.Adopt(path+"2", copyTo); err == nil {
		t.Errorf("adopted a file that is not there, keeping %q", kept)
	}
}

func TestSettings(t *testing.T) {
	path, _ := fill(t, 3)
	s := open(t, path, quick)
	v := s.Settings()
	if got, err := v.Get("device/1"); got != nil || err != nil {
		t.Errorf("nothing is there: %q, %v", got, err)
	}
	for _, n := range []string{"device/1", "device/2", "pin/asha"} {
		if err := v.Put(n, []byte(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Put("device/2", []byte{}); err != nil {
		t.Fatal(err)
	}
	if err := v.Delete("device/3"); err != nil {
		t.Errorf("deleting what isn't there: %v", err)
	}
	s = sound(t, s)
	v = s.Settings()
	if l, err := v.List("device/"); err != nil || fmt.Sprint(l) != "[device/1 device/2]" {
		t.Errorf("list %q: %v", l, err)
	}
	if got, err := v.Get("device/2"); got == nil || len(got) != 0 || err != nil {
		t.Errorf("an empty value: %v, %v", got, err)
	}
	if err := v.Delete("device/1"); err != nil {
		t.Fatal(err)
	}
	if got, _ := v.Get("device/1"); got != nil {
		t.Error("deleted and there")
	}
	s.Close()
	change(t, path, "vault", []byte("pin/asha"), []byte("12345"))
	s = open(t, path, quick)
	if _, err := s.Settings().Get("pin/asha"); err == nil {
		t.Error("a setting that was changed past the store was believed")
	}
}
