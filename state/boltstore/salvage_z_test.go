package boltstore_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/state"
	"galla/state/boltstore"
)

// closedDays makes a file with some sales, settings, and Z reports that were made as package books does: the act, the
// report, the act's end.
func closedDays(t *testing.T, days int) (path string, seq uint64) {
	t.Helper()
	path, tr := fill(t, 60)
	s := open(t, path, quick)
	defer s.Close()
	seq = tr.Seq()
	put := func(name, value string) {
		t.Helper()
		if err := s.Settings().Put(name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	put("person/asha", `{"pin":"1379"}`)
	put("tls/key", `{"key":"secret"}`)
	for n := 1; n <= days; n++ {
		report := fmt.Appendf(
			nil,
			`{"kind":"Z","number":%d,"day":"2026-11-%02d","seq":%d,"note":"closing-%d"}`,
			n,
			n,
			seq,
			n,
		)
		o := acted(t, s, fmt.Sprint("act", n), seq+1, state.Operation{
			Kind:   state.ActDayClose,
			Target: fmt.Sprint("Z", n),
			Request: fmt.Appendf(nil, `{"day":"2026-11-%02d","sha256":"%x","net_paise":%d,"seq":%d}`,
				n, sha256.Sum256(report), 100*n, seq),
		})
		put(fmt.Sprintf("z/%06d", n), fmt.Sprintf(`{"key":"k","report":%s}`, report))
		ended(t, s, o, seq+2)
		seq += 2
	}
	put("hook/cursor", "12") // no event comes after it
	return path, seq
}

func acted(t *testing.T, s *boltstore.Store, id string, seq uint64, o state.Operation) state.Operation {
	t.Helper()
	o.ID, o.Gateway = id, state.Box
	return apply(
		t,
		s,
		state.Operation{},
		state.Event{Seq: seq, Kind: state.EventOperationAsked, By: "owner:ravi", Operation: &o},
	)
}

func ended(t *testing.T, s *boltstore.Store, o state.Operation, seq uint64) {
	t.Helper()
	apply(t, s, o, state.Event{Seq: seq, Kind: state.EventOperationDone, By: "owner:ravi",
		Operation: &state.Operation{ID: o.ID, Status: state.OperationDone}})
}

func apply(t *testing.T, s *boltstore.Store, o state.Operation, e state.Event) state.Operation {
	t.Helper()
	e.At = today.Add(time.Duration(e.Seq) * time.Second)
	o, err := state.ApplyOperation(o, e)
	if err == nil {
		err = s.Commit(state.Batch{Events: []state.Event{e}, Operations: []state.Operation{o}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// hurtBy is a copy of a file, and of its mark, that was damaged.
func hurtBy(t *testing.T, path string, spoil func(raw []byte)) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "hurt.db")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoil(raw)
	mark, err := os.ReadFile(path + ".seq")
	if err == nil {
		err = os.WriteFile(to+".seq", mark, 0o600)
	}
	if err == nil {
		err = os.WriteFile(to, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// settingsOf is all that a file's settings hold.
func settingsOf(t *testing.T, path string) map[string]string {
	t.Helper()
	s := open(t, path, quick)
	defer s.Close()
	names, err := s.Settings().List("")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, n := range names {
		v, err := s.Settings().Get(n)
		if err != nil {
			t.Fatal(err)
		}
		all[n] = string(v)
	}
	return all
}

// roots clears every page that lists the buckets, and both meta pages.
func roots(raw []byte) {
	clear(raw[:2*4096])
	for at := 2 * 4096; at < len(raw); at += 4096 {
		if page := raw[at:][:4096]; page[8] == 2 && bytes.Contains(page, []byte("attention")) &&
			bytes.Contains(page, []byte("lookup")) {
			clear(page)
		}
	}
}

// TestSalvageWithoutMetaPages: a file that lost both meta pages, with its mark or without, keeps its settings and Z
// reports: the pages that commits wrote tell which of them was the last.
func TestSalvageWithoutMetaPages(t *testing.T) {
	path, _ := closedDays(t, 30)
	want := settingsOf(t, path)
	for _, mark := range []bool{true, false} {
		hurt := hurtBy(t, path, func(raw []byte) { clear(raw[:2*4096]) })
		if !mark {
			if err := os.Remove(hurt + ".seq"); err != nil {
				t.Fatal(err)
			}
		}
		to, r := salvaged(t, hurt)
		if got := settingsOf(t, to); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("with the mark %t, the settings hold %d rows of %d:\n%v", mark, len(got), len(want), r)
		}
		if r.Lost > 0 || len(r.Findings) != 1 || !strings.Contains(r.Findings[0], "which ends at event") {
			t.Errorf("with the mark %t: %v", mark, r)
		}
	}
}

// TestSalvageOfOldPIN: where the newest list of buckets is gone, an older one is not believed: what was changed since
// stays lost, and the report names it. The Z reports are all there, proved by their acts.
func TestSalvageOfOldPIN(t *testing.T) {
	path, seq := closedDays(t, 30)
	want := settingsOf(t, path)
	to, r := salvaged(t, hurtBy(t, path, roots))
	said := strings.Join(r.Findings, "\n")
	for _, w := range []string{"pages are read one by one", `setting "person/asha" is lost`,
		`setting "tls/key" is lost`, "Z report 30 comes from a page"} {
		if !strings.Contains(said, w) {
			t.Errorf("the report does not say %q:\n%s", w, said)
		}
	}
	got := settingsOf(t, to)
	for n := 1; n <= 30; n++ {
		if k := fmt.Sprintf("z/%06d", n); got[k] != want[k] {
			t.Errorf("%s is %s, want %s", k, got[k], want[k])
		}
	}
	if len(got) != 30 || r.Seq != seq {
		t.Errorf("%d rows, up to event %d of %d", len(got), r.Seq, seq)
	}
}

// TestSalvageOfTheNewestZ: the newest Z report, of which nothing is left but its act, keeps its number, its day, its
// place and its hash, so that the next one has another number and counts on behind it.
func TestSalvageOfTheNewestZ(t *testing.T) {
	path, seq := closedDays(t, 4)
	gone := func(raw []byte) {
		copy(raw, bytes.ReplaceAll(raw, []byte("closing-4"), []byte("closing-X")))
	}
	var sum string
	for name, spoil := range map[string]func([]byte){
		"its row":                           gone,
		"its row and the meta pages":        func(raw []byte) { gone(raw); clear(raw[:2*4096]) },
		"its row and every list of buckets": func(raw []byte) { gone(raw); roots(raw) },
	} {
		to, r := salvaged(t, hurtBy(t, path, spoil))
		if said := strings.Join(r.Findings, "\n"); !strings.Contains(said, "Z report 4 of 2026-11-04, made at ") ||
			!strings.Contains(said, "a net of 400 paise, and the next one counts on behind it") {
			t.Errorf("%s: the report says\n%s", name, said)
		}
		var z struct {
			Lost   bool
			SHA256 string
			Report struct {
				Kind   string
				Number int
				Day    string
				Seq    uint64
				Net    int64 `json:"net_paise"`
			}
		}
		row := settingsOf(t, to)["z/000004"]
		if err := json.Unmarshal([]byte(row), &z); err != nil || !z.Lost || len(z.SHA256) != 64 ||
			z.Report.Number != 4 || z.Report.Day != "2026-11-04" || z.Report.Seq != seq-2 || z.Report.Net != 400 {
			t.Errorf("%s: it is kept as %s, %v", name, row, err)
		}
		if sum != "" && sum != z.SHA256 {
			t.Errorf("%s: its hash is %s, and was %s", name, z.SHA256, sum)
		}
		sum = z.SHA256
	}
}

// TestSalvageOfABrokenZ: a Z whose act has no end, and of which nothing is there, may have been made. Its number is not
// used again, and it holds nothing.
func TestSalvageOfABrokenZ(t *testing.T) {
	path, seq := closedDays(t, 2)
	s := open(t, path, quick)
	acted(t, s, "act3", seq+1, state.Operation{
		Kind:    state.ActDayClose,
		Target:  "Z3",
		Request: []byte(`{"day":"2026-11-03","sha256":"00","net_paise":5,"seq":9}`),
	})
	s.Close()
	for name, spoil := range map[string]func([]byte){
		"its meta pages": func(raw []byte) { clear(raw[:2*4096]) },
		"nothing":        func([]byte) {},
	} {
		to, r := salvaged(t, hurtBy(t, path, spoil))
		said := strings.Join(r.Findings, "\n")
		if !strings.Contains(said, "Z report 3 of 2026-11-03 is lost, if it was made") {
			t.Errorf("%s: the report says\n%s", name, said)
		}
		if row := settingsOf(t, to)["z/000003"]; !strings.Contains(row, `"number":3,"day":"2026-11-03"`) ||
			!strings.Contains(row, `"seq":0`) {
			t.Errorf("%s: it is kept as %s", name, row)
		}
	}
}

// TestSalvageOfANumber: an event whose number was damaged is named as lost under the right one, and nobody looks for
// all events up to the wrong one.
func TestSalvageOfANumber(t *testing.T) {
	path, tr := fill(t, 300)
	hit := 0
	hurt := hurtBy(t, path, func(raw []byte) {
		key := []byte{0, 0, 0, 0, 0, 0, 0, 7}
		for at := range len(raw) - 200 {
			if bytes.HasPrefix(raw[at:], key) && bytes.Contains(raw[at:][:200], []byte(`{"seq":7,`)) {
				raw[at] = 0x20
				hit++
			}
		}
	})
	if hit == 0 {
		t.Fatal("event 7 was not found")
	}
	_, r := salvaged(t, hurt)
	if said := strings.Join(r.Findings, "\n"); !strings.Contains(said, "event 7 is lost") || r.Seq != tr.Seq() {
		t.Errorf("up to event %d of %d:\n%s", r.Seq, tr.Seq(), said)
	}
}
