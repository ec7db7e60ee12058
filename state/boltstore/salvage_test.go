package boltstore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/boltstore/salvage"
)

// salvaged salvages a file and returns the new one's path.
func salvaged(t *testing.T, from string) (to string, r boltstore.Report) {
	t.Helper()
	to = filepath.Join(t.TempDir(), "salvaged.db")
	r, err := salvage.File(from, to)
	if err != nil {
		t.Fatalf("salvage: %v\n%v", err, r)
	}
	if _, err := boltstore.Check(to, true); err != nil {
		t.Fatalf("what was salvaged is itself damaged: %v", err)
	}
	left, _ := filepath.Glob(to + "*")
	if len(left) != 1 {
		t.Errorf("salvage left %q", left)
	}
	return to, r
}

func TestSalvageOfASoundFile(t *testing.T) {
	path, tr := fill(t, 500)
	s := open(t, path, quick)
	if err := s.Settings().Put("pin/asha", []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	to, r := salvaged(t, path)
	if len(r.Findings) > 0 || r.Events != tr.Seq() || r.Sales != tr.Sales {
		t.Errorf("of a sound file: %v", r)
	}
	if everything(t, to) != everything(t, path) {
		t.Error("the salvaged file is not what was there")
	}
	s = open(t, to, quick)
	if v, err := s.Settings().Get("pin/asha"); err != nil || len(v) != 3 {
		t.Errorf("setting %v: %v", v, err)
	}
	if err := s.Commit(tr.Next()); err != nil {
		t.Errorf("the shop can't go on: %v", err)
	}
	if _, err := salvage.File(path, to); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("salvage over a file: %v", err)
	}
}

// TestSalvageOfAZ: a Z report that is lost among others leaves word, because books refuse settings in which one is just
// missing.
func TestSalvageOfAZ(t *testing.T) {
	path, _ := fill(t, 20)
	s := open(t, path, quick)
	for n := 1; n <= 4; n++ {
		if err := s.Settings().
			Put(fmt.Sprintf("z/%06d", n), fmt.Appendf(nil, `{"report":{"kind":"Z","number":%d,"note":"closing-%d"}}`, n,
				n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Settings().Delete("z/000001"); err != nil { // as a page that is gone does; an older page still has it
		t.Fatal(err)
	}
	s.Close()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	hurt := filepath.Join(t.TempDir(), "hurt.db")
	if err := os.WriteFile(hurt, bytes.ReplaceAll(raw, []byte("closing-3"), []byte("closing-X")), 0o600); err != nil {
		t.Fatal(err)
	}

	to, r := salvaged(t, hurt)
	for _, want := range []string{`setting "z/000003" can't be read`, "Z report 1 comes from a page that is not in " +
		"use, and no act proves it", "Z report 3 is lost"} {
		if !strings.Contains(strings.Join(r.Findings, "\n"), want) {
			t.Errorf("the report does not say %s: %q", want, r.Findings)
		}
	}
	s = open(t, to, quick)
	for n, want := range []string{`closing-1"`, `closing-2"`, `{"lost":true}`, `closing-4"`} {
		if v, err := s.Settings().Get(fmt.Sprintf("z/%06d", n+1)); err != nil || !strings.Contains(string(v), want) {
			t.Errorf("Z %d is %q, %v, want %s", n+1, v, err, want)
		}
	}
	if v, err := s.Settings().Get("z/000005"); err != nil || v != nil {
		t.Errorf("there is a Z 5: %q, %v", v, err)
	}
}

// mended holds a salvaged file against the sound one: a sale is as it was, or the report names it; an event is as it
// was, or the report names it.
func mended(t *testing.T, sound, hurt string) (lost int) {
	t.Helper()
	to, r := salvaged(t, hurt)
	was, is := open(t, sound, quick), open(t, to, quick)
	defer was.Close()
	defer is.Close()
	report := strings.Join(r.Findings, "\n")
	named := func(format string, args ...any) bool {
		return r.More > 0 || strings.Contains(report, fmt.Sprintf(format, args...))
	}
	sales, err := was.Sales(state.Query{Limit: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	events, err := was.Events(0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	// Where nothing is left of a recent sale, its events are named as lost, each, or with all that came before one that
	// is there.
	upTo := uint64(0)
	for _, f := range r.Findings {
		fmt.Sscanf(f, "events up to %d are not there", &upTo)
	}
	vanished := func(id string) bool {
		return !slices.ContainsFunc(
			events,
			func(e state.Event) bool { return e.SaleID == id && e.Seq > upTo && !named("event %d is lost", e.Seq) },
		)
	}
	for _, w := range sales {
		s, found, err := is.Sale(w.ID)
		wj, _ := json.Marshal(w)
		sj, _ := json.Marshal(s)
		if err != nil || !found || string(wj) != string(sj) {
			lost++
			if !named("sale %s", w.ID) && !named("more sales had ended before") && (found || !vanished(w.ID)) {
				t.Errorf("sale %s (found %v, %v) differs, and the report does not say so:\n%s",
					w.ID, found, err, report)
			}
		}
	}
	after, err := is.Events(0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	have := map[uint64]string{}
	for _, e := range after {
		raw, _ := json.Marshal(e)
		have[e.Seq] = string(raw)
	}
	for _, e := range events {
		raw, _ := json.Marshal(e)
		if have[e.Seq] != string(raw) && !named("event %d", e.Seq) && !named("events up to") {
			t.Errorf("event %d differs, and the report does not say so:\n%s", e.Seq, report)
		}
	}
	if s, err := is.Seq(); err != nil {
		t.Error(err)
	} else if w, _ := was.Seq(); s != w {
		t.Errorf("salvaged file ends at %d, not %d: a number might be used twice", s, w)
	}
	return lost
}

func TestSalvage(t *testing.T) {
	path, _ := fill(t, 150)
	whole, _ := os.ReadFile(path)
	mark, _ := os.ReadFile(path + ".seq")
	hurt := func(spoil func([]byte) []byte) string {
		name := filepath.Join(t.TempDir(), "sales.db")
		os.WriteFile(name, spoil(append([]byte{}, whole...)), 0o600)
		os.WriteFile(name+".seq", mark, 0o600)
		return name
	}
	r := rand.New(rand.NewPCG(3, 4))
	lost := 0
	for page := 0; page < len(whole)/4096; page += every() {
		if bytes.Count(whole[page*4096:][:4096], []byte{0}) == 4096 {
			continue
		}
		lost += mended(t, path, hurt(func(b []byte) []byte {
			for i := range 4096 {
				b[page*4096+i] = byte(r.IntN(256))
			}
			return b
		}))
	}
	t.Logf("one page of %d gone at a time: %d sales not as they were, each named", len(whole)/4096, lost)
	for i := range 12 {
		at := r.IntN(len(whole))
		for whole[at] == 0 {
			at = r.IntN(len(whole))
		}
		mended(t, path, hurt(func(b []byte) []byte { b[at] ^= 1 << (i % 8); return b }))
	}
	lost = 0
	for range 4 {
		lost += mended(t, path, hurt(func(b []byte) []byte {
			for page := 2; page < len(b)/4096; page++ {
				if r.IntN(3) == 0 {
					clear(b[page*4096:][:4096])
				}
			}
			return b
		}))
	}
	t.Logf("every third page gone: %d sales not as they were, each named", lost)
	mended(t, path, hurt(func(b []byte) []byte { return append(make([]byte, 8192), b[8192:]...) })) // both meta pages
	mended(t, path, hurt(func(b []byte) []byte { return b[:len(b)/2] }))
	for _, nothing := range []string{"", "not a database at all"} { // no empty till is made of it
		from, to := hurt(func([]byte) []byte { return []byte(nothing) }), filepath.Join(t.TempDir(), "salvaged.db")
		if _, err := salvage.File(from, to); err == nil ||
			!strings.Contains(err.Error(), "nothing of a sales file is in "+from) {
			t.Errorf("salvage of %q: %v", nothing, err)
		}
		if _, err := os.Stat(to); err == nil {
			t.Errorf("salvage of %q made a file", nothing)
		}
	}
}

// TestSalvageOfLargePages: a file of a machine with pages of 16 KiB, a Raspberry Pi 5, is salvaged without its meta
// pages too.
func TestSalvageOfLargePages(t *testing.T) {
	path, tr := fill(t, 150)
	from, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(t.TempDir(), "sales.db")
	to, err := bolt.Open(large, 0o600, &bolt.Options{PageSize: 16 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(bolt.Compact(to, from, 1<<20), to.Close(), from.Close()); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(large)
	clear(raw[:32<<10])
	os.WriteFile(large, raw, 0o600)
	if _, r := salvaged(t, large); r.Events != tr.Seq() || r.Sales != tr.Sales || r.Lost > 0 {
		t.Errorf("%d events and %d sales of %d and %d: %v", r.Events, r.Sales, tr.Seq(), tr.Sales, r)
	}
}

// TestAdoptSalvaged is the operator's whole way back: refused, salvaged, adopted, sold from again; the damaged file is
// kept.
func TestAdoptSalvaged(t *testing.T) {
	path, tr := fill(t, 100)
	raw, _ := os.ReadFile(path)
	raw = raw[:len(raw)*3/4]
	os.WriteFile(path, raw, 0o600)
	_, err := boltstore.Open(path, checked())
	refused(t, err, boltstore.ErrDamaged)
	if _, err := salvage.File(path, path+".salvaged"); err != nil {
		t.Fatal(err)
	}
	kept, err := boltstore.Adopt(path, path+".salvaged")
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(kept); string(b) != string(raw) {
		t.Errorf("the damaged file is not kept as it was under %s", kept)
	}
	s := open(t, path, checked())
	if seq, _ := s.Seq(); seq != tr.Seq() {
		t.Errorf("the new file ends at %d, not %d", seq, tr.Seq())
	}
}
