package boltstore_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state"
	"galla/state/boltstore"
	"galla/state/chain"
)

// years makes the export of a shop that kept 400 days of its sales, with anchors at the root, in the middle and at the
// end. An old sale whose decision is open stays between removed ones.
func years(t testing.TB) (lines []string, root, middle, end boltstore.Anchor) {
	t.Helper()
	s := open(t, t.TempDir()+"/sales.db", quick)
	now := time.Date(2024, 1, 1, 6, 0, 0, 0, time.UTC)
	last := now.AddDate(0, 0, 500)
	n, seq := 0, uint64(0)
	for ; now.Before(last); now = now.AddDate(0, 0, 10) {
		n++
		sale, events := oldSale(n, now, seq, n == 4)
		seq += uint64(len(events))
		if err := s.Commit(state.Batch{Events: events, Sales: []state.Sale{sale}}); err != nil {
			t.Fatal(err)
		}
		if n == 30 {
			middle, _ = s.Anchor()
		}
		if n == 3 {
			root, _ = s.Anchor()
		}
	}
	if gone, err := s.Prune(boltstore.Retention{Before: last.AddDate(0, 0, -400).Format(time.DateOnly)}); err != nil ||
		gone < 5 {
		t.Fatalf("%d sales were pruned: %v", gone, err)
	}
	end, _ = s.Anchor()
	var out bytes.Buffer
	if err := s.ExportEvents(&out); err != nil {
		t.Fatal(err)
	}
	lines = strings.SplitAfter(out.String(), "\n")
	return lines[:len(lines)-1], root, middle, end
}

// oldSale is a sale that failed at its beginning, with its three events.
func oldSale(n int, at time.Time, seq uint64, decide bool) (state.Sale, []state.Event) {
	id := fmt.Sprintf("s%05d", n)
	events := []state.Event{
		{Kind: state.EventOpened, By: "cashier:asha", Opened: &state.Opened{
			Number: 1,
			Day:    at.Format(time.DateOnly),
			Amount: money.Paise(100 * n),
			Route:  []string{"a"},
			Life:   time.Minute,
			Rules:  state.Rules,
		}},
		{Kind: state.EventAttemptAsked, Attempt: "A" + id, Gateway: "a"},
		{Kind: state.EventAttemptFailed, Attempt: "A" + id, Problem: &state.Problem{Class: "rejected"}},
	}
	for i := range events {
		events[i].Seq, events[i].SaleID, events[i].At = seq+uint64(i)+1, id, at.Add(time.Duration(i)*time.Second)
	}
	sale := state.Sale{}
	for _, e := range events {
		var err error
		if sale, _, err = state.Apply(sale, e); err != nil {
			panic(err)
		}
	}
	if decide {
		sale.Attention = []state.Attention{{ID: "x", Kind: state.AttentionShort}}
	}
	return sale, events
}

// proved says what verify makes of an export: 0 proved, 1 changed, 2 not proved, as galla's exit codes.
func proved(text string, anchors ...boltstore.Anchor) int {
	c, err := boltstore.VerifyExport(strings.NewReader(text), anchors...)
	switch {
	case errors.Is(err, boltstore.ErrUnproved):
		return 2
	case err != nil:
		return 1
	case c.Lost+c.Unexplained > 0:
		return 2
	}
	return 0
}

// TestDoor_15: each way to tamper with an export is noticed; what honest boxes write is proved.
func TestDoor_15(t *testing.T) {
	lines, root, middle, end := years(t)
	whole := strings.Join(lines, "")
	if got := proved(whole, middle, end); got != 0 {
		t.Fatalf("the export of a box that keeps 400 days: %d\n%.600s", got, whole)
	}
	if !strings.Contains(whole, `"pruned":true`) || !strings.HasPrefix(whole, `{"galla_events":1,"seq":9,`) {
		t.Fatalf("nothing was pruned in it, or not at its beginning:\n%.600s", whole)
	}

	at := slices.IndexFunc(
		lines,
		func(l string) bool { return strings.Contains(l, fmt.Sprintf(`{"seq":%d,`, middle.Seq-2)) },
	)
	edit := func(i int, f func(string) string) string {
		l := slices.Clone(lines)
		l[i] = f(l[i])
		return strings.Join(l, "")
	}
	hole := func(l string) string {
		return l[:strings.Index(l, `,"event"`)] + `,"pruned":true}` + "\n"
	}
	twice := func(first, second string) func(string) string {
		return func(l string) string {
			i := strings.Index(l, `,"event":`)
			event := strings.TrimSuffix(l[i+len(`,"event":`):], "}\n")
			forged := strings.Replace(event, "cashier:asha", "cashier:evil", 1)
			if first == "forged" {
				return l[:i] + `,"event":` + forged + `,"` + second + `":` + event + "}\n"
			}
			return l[:i] + `,"` + second + `":` + event + `,"event":` + forged + "}\n"
		}
	}
	started := func(from uint64) string { // the events before one are "removed"
		l := slices.Clone(lines)
		i := slices.IndexFunc(l, func(s string) bool { return strings.HasPrefix(s, fmt.Sprintf(`{"seq":%d,`, from)) })
		var at struct{ Hash string }
		if err := json.Unmarshal([]byte(l[i]), &at); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"galla_events":1,"seq":%d,"hash":"%s"}`+"\n", from, at.Hash) + strings.Join(l[i+1:], "")
	}

	for _, tc := range []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 2},
		{"an empty line", "\n", 2},
		{"one event turned into a removed one", edit(at, hole), 2},
		{"a young sale turned into removed events", strings.NewReplacer(
			lines[at], hole(lines[at]), lines[at+1], hole(lines[at+1]), lines[at+2], hole(lines[at+2])).Replace(whole),
			2},
		{"an event twice in its line, in capitals", edit(at, twice("forged", "EVENT")), 2},
		{"an event twice in its line, the other way round", edit(at, twice("true", "Event")), 2},
		{"an event twice in its line, the same key", edit(at, twice("forged", "event")), 2},
		{"a key that nobody knows", edit(at, func(l string) string {
			return strings.Replace(l, `{"seq"`, `{"x":1,"seq"`, 1)
		}), 2},
		{"removed, and there", edit(at, func(l string) string {
			return strings.TrimSuffix(l, "}\n") + `,"pruned":true}` + "\n"
		}), 2},
		{"lost, and there", edit(at, func(l string) string {
			return strings.TrimSuffix(l, "}\n") + `,"lost":true}` + "\n"
		}), 2},
		{"lost", edit(at, func(l string) string { return fmt.Sprintf(`{"seq":%d,"lost":true}`+"\n", middle.Seq-2) }),
			2},
		{"the first fifty dropped as the root", started(middle.Seq - 8), 2},
		{"everything dropped as the root", started(end.Seq), 1}, // the anchors are missed,
		{"the first line gone", strings.Join(lines[1:], ""), 2},
		{"the last line gone", strings.Join(lines[:len(lines)-1], ""), 2},
		{"another begins in its middle", edit(at, func(l string) string { return lines[0] + l }), 2},
		{"a space more", edit(at, func(l string) string { return " " + l }), 2},
		{"a hash in capitals", edit(at, strings.ToUpper), 2},
		{"an event gone", edit(at, func(string) string { return "" }), 1},
		{"an event changed", edit(at, func(l string) string {
			return strings.Replace(l, "cashier:asha", "cashier:evil", 1)
		}), 1},
	} {
		if got := proved(tc.text, middle, end); got == 0 {
			t.Errorf("%s: proved", tc.name)
		} else if got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}

	// Whoever adds an event of a later day makes nothing old enough to be removed.
	later := func(day string) string {
		l := slices.Clone(lines[:len(lines)-1])
		for i := at; i < at+3; i++ {
			l[i] = hole(l[i])
		}
		forged := fmt.Sprintf(`{"seq":%d,"sale_id":"","kind":"operation.done","at":"%sT06:00:00Z"}`, end.Seq+1, day)
		head, err := hex.DecodeString(end.Hash)
		if err != nil {
			t.Fatal(err)
		}
		hash := hex.EncodeToString(chain.Link(head, []byte(forged)))
		return strings.Join(l, "") + fmt.Sprintf(`{"seq":%d,"hash":"%s","event":%s}`+"\n", end.Seq+1, hash, forged) +
			fmt.Sprintf(`{"seq":%d,"hash":"%s","end":true}`+"\n", end.Seq+1, hash)
	}
	if got := proved(later("2100-01-01"), middle, end); got != 2 {
		t.Errorf("a young sale removed, and an event of the year 2100 added: %d", got)
	}
	if got := proved(later("2100-01-01")); got != 2 {
		t.Errorf("the same without an anchor: %d", got)
	}
	if got := proved(later("2026-09-01"), end); got != 2 {
		t.Errorf("a young sale removed, and an event of a day that is over added behind the anchor: %d", got)
	}

	// A start that keep_days does not explain is explained by an anchor of the very place.
	if got := proved(started(middle.Seq), middle); got != 0 {
		t.Errorf("the first events removed, and an anchor of the last of them: %d", got)
	}
	if got := proved(whole, root); got != 0 {
		t.Errorf("the root's own anchor: %d", got)
	}
}

// TestDoor_15_Random: whatever one change of one byte, or of one line, is made, it is noticed: or it changed nothing
// that is proved, the hash inside a row of removed events, which nothing hangs on.
func TestDoor_15_Random(t *testing.T) {
	lines, _, middle, end := years(t)
	whole := []byte(strings.Join(lines, ""))
	inHole := func(i int) bool { // of the hash of a removed event whose next one was removed too
		from := bytes.LastIndexByte(whole[:i], '\n') + 1
		to := i + bytes.IndexByte(whole[i:], '\n')
		next := whole[to+1:]
		return bytes.Contains(whole[from:to], []byte("pruned")) &&
			bytes.Contains(next[:bytes.IndexByte(next, '\n')], []byte("pruned"))
	}
	tries, harmless := 3000, 0
	if testing.Short() {
		tries = 300
	}
	for range tries {
		i := rand.IntN(len(whole))
		changed := bytes.Clone(whole)
		if changed[i] ^= byte(1 << rand.IntN(8)); proved(string(changed), middle, end) != 0 {
			continue
		}
		if harmless++; !inHole(i) {
			t.Fatalf("byte %d, %q turned into %q, was not noticed:\n%s",
				i, whole[i], changed[i], whole[max(0, i-80):min(len(whole), i+80)])
		}
	}
	t.Logf("%d changes of one byte, of which %d were in hashes inside a row of removed events", tries, harmless)
	for i := range lines {
		j := rand.IntN(len(lines))
		for what, l := range map[string][]string{
			"removed":    slices.Delete(slices.Clone(lines), i, i+1),
			"doubled":    slices.Insert(slices.Clone(lines), i, lines[i]),
			"moved":      slices.Insert(slices.Delete(slices.Clone(lines), i, i+1), min(j, len(lines)-1), lines[i]),
			"overridden": slices.Replace(slices.Clone(lines), i, i+1, lines[j]),
		} {
			if text := strings.Join(l, ""); text != string(whole) && proved(text, middle, end) == 0 {
				t.Fatalf("line %d %s (%d) was not noticed", i+1, what, j+1)
			}
		}
	}
}
