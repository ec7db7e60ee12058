package boltstore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/difference"
)

// copyOf copies a sales file into a folder of its own, so that it can be spoilt.
func copyOf(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "sales.db")
	if err := os.WriteFile(to, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// oldSales reads the rows of a file of schema 2.
func oldSales(t testing.TB, path string) (sales map[string]state.Sale, events map[string]string) {
	t.Helper()
	sales, events = map[string]state.Sale{}, map[string]string{}
	for k, v := range rows(t, path) {
		switch bucket, k, _ := strings.Cut(k, "/"); bucket {
		case "sales":
			var s state.Sale
			if err := json.Unmarshal([]byte(v[4:]), &s); err != nil {
				t.Fatal(err)
			}
			sales[k] = s
		case "events":
			events[k] = v
		}
	}
	return sales, events
}

// TestMigrate brings a file of schema 2 to today's: every old event keeps its bytes and its hash, every sale that
// needs nothing any more its row, every other one is what state.Upgrade makes of it; the chain goes on behind what
// was there.
func TestMigrate(t *testing.T) {
	path := oldFile(t, 3000)
	before, chain := oldSales(t, path)
	var said []string
	o := quick
	o.Say = func(text string) { said = append(said, text) }
	s := open(t, path, o)
	migrated(t, s, before, chain)
	acts, asked := 0, 0
	list, err := s.Operations("", 1<<20)
	for _, o := range list {
		if o.Gateway == state.Box {
			acts++
		}
		if o.Status == state.OperationAsked {
			asked++
		}
	}
	waiting, err2 := s.OpenOperations()
	if err := errors.Join(err, err2); err != nil || acts < 10 || asked < 10 || len(waiting) != asked ||
		len(list) < 2*acts {
		t.Errorf("%d operations, %d acts, %d asked, %d to be looked at: %v", len(list), acts, asked, len(waiting), err)
	}
	if pin, err := s.Settings().Get("pin/asha"); string(pin) != "hash" || err != nil {
		t.Errorf("setting %q: %v", pin, err)
	}
	box, err := s.BoxID()
	if err != nil || len(box) != 16 || box == "0000000000000000" {
		t.Errorf("box id %q: %v", box, err)
	}
	report, err := os.ReadFile(path + ".migrated-3.txt")
	if err != nil || len(said) != 1 || !strings.Contains(said[0], path+".migrated-3.txt") {
		t.Errorf("said %q; report: %v", said, err)
	}
	for id, was := range before {
		_, next, err := state.Upgrade(was, was.Seq+1, today)
		if line := difference.Of(was, next).Line(); err == nil && state.NeedsUpgrade(was) && line != "" &&
			!bytes.Contains(report, []byte(line)) {
			t.Errorf("the report says nothing of sale %s: %s", id, line)
		}
	}
	if !bytes.Contains(report, []byte("Open amounts that read otherwise than before: ")) {
		t.Errorf("report:\n%s", report)
	}
	s = sound(t, s)
	if again, _ := s.BoxID(); again != box {
		t.Errorf("the box id changed from %s to %s", box, again)
	}
	if got, _ := oldSales(t, path+".schema2"); !reflect.DeepEqual(asJSON(got), asJSON(before)) {
		t.Error("the old file is not kept as it was")
	}
	if _, err := os.Stat(path + ".migrating"); err == nil {
		t.Error("the copy is still there under its first name")
	}
	have := everything(t, reopenable(t, s))
	to, r := salvaged(t, path) // old and new events, replayed by the rules of each sale
	if len(r.Findings) > 0 || everything(t, to) != have {
		t.Errorf("salvage: %v", r)
	}
}

func asJSON(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// migrated holds a store against the file of schema 2 that it was made from.
func migrated(t *testing.T, s *boltstore.Store, before map[string]state.Sale, chain map[string]string) {
	t.Helper()
	var out bytes.Buffer
	if err := s.ExportEvents(&out); err != nil {
		t.Fatal(err)
	}
	if _, err := boltstore.VerifyExport(&out); err != nil {
		t.Error(err)
	}
	events, err := s.Events(0, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	upgraded := map[string]state.Event{}
	for _, e := range events {
		raw, old := chain[string(seqKey(e.Seq))]
		switch {
		case old && asJSON(e) != raw[40:]:
			t.Errorf("event %d is %s, was %s", e.Seq, asJSON(e), raw[40:])
		case !old && e.Kind != state.EventRules:
			t.Errorf("event %d is new, and is %q", e.Seq, e.Kind)
		case !old:
			if _, twice := upgraded[e.SaleID]; twice {
				t.Errorf("sale %s was upgraded twice", e.SaleID)
			}
			upgraded[e.SaleID] = e
		}
	}
	if n := len(events) - len(upgraded); n != len(chain) {
		t.Errorf("%d old events, want %d", n, len(chain))
	}
	all, err := s.Sales(state.Query{Limit: 1 << 30})
	if err != nil || len(all) != len(before) {
		t.Fatalf("%d sales, want %d: %v", len(all), len(before), err)
	}
	needed := 0
	for i, is := range all {
		want := before[is.ID]
		if e, up := upgraded[is.ID]; up != state.NeedsUpgrade(want) {
			t.Errorf("sale %s upgraded: %v, needed: %v", is.ID, up, !up)
		} else if up {
			needed++
			if _, want, err = state.Upgrade(want, e.Seq, e.At); err != nil {
				t.Fatal(err)
			}
		}
		if asJSON(is) != asJSON(want) {
			t.Errorf("sale %s is\n%s\nwant\n%s", is.ID, asJSON(is), asJSON(want))
		}
		for _, p := range is.Payments {
			if i%max(1, len(all)/200) > 0 {
				break // a look costs more the more sales are open
			}
			if found, err := s.Find(state.FieldPayment, p.ID, "", 5); err != nil || len(found) != 1 ||
				found[0].ID != is.ID {
				t.Fatalf("payment %s of sale %s finds %d sales: %v", p.ID, is.ID, len(found), err)
			}
		}
	}
	if needed == 0 {
		t.Error("no sale needed an upgrade: the test shows nothing")
	}
}

// TestMigrateKeys: keys of the last day answer everybody, older ones are gone.
func TestMigrateKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	largeOld(t, path, 2000, 3) // 90 s apart: 50 hours
	s := open(t, path, quick)
	have := 0
	for i := range 2000 {
		k := fmt.Sprintf("key-%010dABCDEF", i)
		rec, found, err := s.Key("pos:1", k)
		if err != nil || found && rec.Key != k {
			t.Fatal(rec, err)
		}
		if found {
			have++
		}
		if old := i < 2000-961; found == old {
			t.Errorf("key %d, %v before the last event, found: %v", i, time.Duration(1999-i)*90*time.Second, found)
		}
	}
	if have != 961 { // 24 h, its end included
		t.Errorf("%d keys", have)
	}
}

// TestMigrateFails fails every commit of a migration in turn, before it is there and after, and every write of the
// upgrade: the next start ends it, and nothing tells that it was interrupted.
func TestMigrateFails(t *testing.T) {
	boltstore.SetMigrateStep(t, 20<<10, 30)
	old := oldFile(t, 600)
	before, chain := oldSales(t, old)
	whole := copyOf(t, old)
	o := quick
	commits := 0
	s := open(t, whole, boltstore.WithCommit(o, func(do func() error) error { commits++; return do() }))
	migrated(t, s, before, chain)
	want := everything(t, reopenable(t, s))
	oops := errors.New("the disk failed")
	if commits < 25 {
		t.Fatalf("only %d commits", commits)
	}
	for n := 1; n <= commits; n += every() {
		for _, applied := range []bool{false, true} {
			path, i := copyOf(t, old), 0
			_, err := boltstore.Open(path, boltstore.WithCommit(o, func(do func() error) error {
				if i++; i != n {
					return do()
				}
				if applied {
					if err := do(); err != nil {
						return err
					}
				}
				return oops
			}))
			if !errors.Is(err, oops) {
				t.Fatalf("commit %d failed (applied: %v): %v", n, applied, err)
			}
			rest := 0
			o := checked()
			o.Wall = quick.Wall
			s, err := boltstore.Open(path, boltstore.WithCommit(o, func(do func() error) error { rest++; return do() }))
			if err != nil {
				t.Fatalf("the start after commit %d failed (applied: %v): %v", n, applied, err)
			}
			s.Close()
			if most := commits - n + 6; rest > most { // what one round of sales takes may be done again
				t.Errorf("after commit %d of %d failed (applied: %v), the next start made %d commits: it began anew",
					n, commits, applied, rest)
			}
			if got := everything(t, path); got != want {
				t.Fatalf("after commit %d of %d failed (applied: %v), the file differs:\n%s\nwant\n%s",
					n, commits, applied, got, want)
			}
			sound(t, open(t, path, quick)).Close()
		}
	}
}

// TestMigrateKilled kills the process that migrates 1,500 sales at random moments, until one gets through.
// TestMigrateLarge (make rig-migrate) does it with 300,000.
func TestMigrateKilled(t *testing.T) {
	old := filepath.Join(t.TempDir(), "old.db")
	largeOld(t, old, 1500, 40)
	path := copyOf(t, old)
	before, chain := oldSales(t, old)
	kills := killed(t, path, 25*time.Millisecond, 3)
	s := open(t, path, quick)
	migrated(t, s, before, chain)
	sound(t, s)
	t.Logf("%d kills", kills)
	if kills < 3 {
		t.Errorf("only %d kills came before the migration was done", kills)
	}
}

// killed migrates a file in processes that are killed after up to within, and from the least-th on a little more each
// time, until one is done.
func killed(t *testing.T, path string, within time.Duration, least int) (kills int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for {
		cmd := exec.Command(os.Args[0], "migrate", path)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait := time.Duration(r.Int64N(int64(within))) + 10*time.Millisecond
		timer := time.AfterFunc(wait, func() { cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		var exit *exec.ExitError
		switch {
		case err == nil:
			return kills
		case errors.As(err, &exit) && exit.Exited():
			t.Fatalf("a migration after %d kills: %s", kills, said.Bytes())
		}
		if kills++; kills >= least {
			within += within / 6
		}
	}
}

// TestMigrateNeedsRoom: a disk without room for the copy is told before anything is written, with what is missing.
func TestMigrateNeedsRoom(t *testing.T) {
	path := oldFile(t, 50)
	raw, _ := os.ReadFile(path)
	boltstore.SetFreeSpace(t, 5<<20)
	_, err := boltstore.Open(path, quick)
	for _, word := range []string{path, "from schema 2 to 3", "needs 16 MB", "5 MB are free",
		"make 12 MB free", "stays as it was"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v: says nothing of %q", err, word)
		}
	}
	if now, _ := os.ReadFile(path); !bytes.Equal(now, raw) {
		t.Error("the file was changed")
	}
	left, _ := filepath.Glob(path + ".*")
	if !slices.Equal(left, []string{path + ".seq"}) {
		t.Errorf("left behind: %v", left)
	}
	boltstore.SetFreeSpace(t, 5<<30)
	open(t, path, quick)
}

// TestMigrateAnew: what an interrupted migration left is not gone on with where an older gallad sold meanwhile, or
// where it can't be read.
func TestMigrateAnew(t *testing.T) {
	boltstore.SetMigrateStep(t, 20<<10, 30)
	old := oldFile(t, 600)
	for name, spoil := range map[string]func(path string){
		"sold meanwhile": func(path string) {
			raw, _ := os.ReadFile(oldFile(t, 650)) // the same traffic, gone on
			os.WriteFile(path, raw, 0o600)
		},
		"garbage": func(path string) { os.WriteFile(path+".migrating", []byte("garbage"), 0o600) },
		"empty":   func(path string) { os.WriteFile(path+".migrating", nil, 0o600) },
		"cut": func(path string) {
			raw, _ := os.ReadFile(path + ".migrating")
			os.WriteFile(path+".migrating", raw[:len(raw)/2], 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path, n := copyOf(t, old), 0
			_, err := boltstore.Open(path, boltstore.WithCommit(quick, func(do func() error) error {
				if n++; n > 12 {
					return errors.New("cut")
				}
				return do()
			}))
			if err == nil {
				t.Fatal("it was not interrupted")
			}
			spoil(path)
			before, chain := oldSales(t, path)
			o := checked()
			o.Wall = quick.Wall
			s := open(t, path, o)
			migrated(t, s, before, chain)
			sound(t, s)
		})
	}
}

// TestGoingBack: the older gallad refuses the new file (it has a newer schema), and the file that was kept is refused
// in its place as rolled back, until it is adopted.
func TestGoingBack(t *testing.T) {
	path := oldFile(t, 600)
	open(t, path, quick).Close()
	if err := os.Rename(path+".schema2", path); err != nil {
		t.Fatal(err)
	}
	_, err := boltstore.Open(path, quick)
	refused(t, err, boltstore.ErrDamaged, "was rolled back or replaced", path+".seq")
	if _, err := os.Stat(path + ".migrating"); err == nil {
		t.Error("a file that is refused was migrated")
	}
}

// TestSalvageOfOldFile: a file of schema 2 that is damaged is salvaged into one of today's, and its first start
// brings the sales to today's rules as a migration does.
func TestSalvageOfOldFile(t *testing.T) {
	path := oldFile(t, 900)
	before, chain := oldSales(t, path)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(raw[4096:8192]) // a meta page
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, meta := range []bool{true, false} {
		if !meta {
			clear(raw[:4096]) // the other one too: nothing says of which schema it was
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		to, _ := salvaged(t, path)
		s := open(t, to, quick)
		if meta {
			migrated(t, s, before, chain)
		}
		all, err := s.Sales(state.Query{Limit: 1 << 20})
		if err != nil || len(all) < len(before) {
			t.Fatalf("%d sales of %d: %v", len(all), len(before), err)
		}
		for _, sale := range all {
			if state.NeedsUpgrade(sale) {
				t.Errorf("sale %s still has rules %d", sale.ID, sale.Rules)
			}
		}
	}
}
