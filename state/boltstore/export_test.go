package boltstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"galla/state/boltstore"
)

// exported makes an export of some traffic, partly pruned, and an anchor in its middle.
func exported(t testing.TB, n int) (lines []string, anchor boltstore.Anchor, events uint64) {
	t.Helper()
	path, tr := fill(t, n)
	s := open(t, path, quick)
	anchor, err := s.Anchor()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := s.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Prune(boltstore.Retention{Before: "2026-11-23"}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.ExportEvents(&out); err != nil {
		t.Fatal(err)
	}
	left, err := s.Events(0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	lines = strings.SplitAfter(out.String(), "\n")
	return lines[:len(lines)-1], anchor, uint64(len(left))
}

func TestExport(t *testing.T) {
	lines, anchor, events := exported(t, 1500)
	whole := strings.Join(lines, "")
	c, err := boltstore.VerifyExport(strings.NewReader(whole), anchor)
	if err != nil || c.Events != events || c.Pruned == 0 || c.Root == 0 {
		t.Fatalf("%+v, want %d events: %v", c, events, err)
	}
	verify := func(what, text string, word string, anchors ...boltstore.Anchor) {
		t.Helper()
		_, err := boltstore.VerifyExport(strings.NewReader(text), anchors...)
		if !errors.Is(err, boltstore.ErrExport) || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v, want a word of %q", what, err, word)
		}
	}
	at := len(lines) - 10 // behind what is pruned
	edit := func(i int, f func(string) string) string {
		l := append([]string{}, lines...)
		l[i] = f(l[i])
		return strings.Join(l, "")
	}
	verify("nothing", "", "end is missing")
	verify("garbage", "hello\n", "line 1: it is no JSON")
	verify("another format", `{"galla_events":2,"seq":0}`+"\n", "of another format")
	verify("cut at a line", strings.Join(lines[:len(lines)-1], ""), "end is missing")
	verify("cut within a line", whole[:len(whole)-5], "no end")
	verify("without one event", edit(at, func(string) string { return "" }), "follows")
	verify("one event twice", edit(at, func(l string) string { return l + l }), "follows")
	verify(
		"a changed event",
		edit(at, func(l string) string { return strings.Replace(l, `"by":"`, `"by":"x`, 1) }),
		fmt.Sprintf("line %d", at+1),
	)
	verify(
		"a changed hash",
		edit(at, func(l string) string { return strings.Replace(l, `"hash":"`, `"hash":"00`, 1) }),
		"no SHA-256",
	)
	verify("something behind the end", whole+lines[at], "behind the end")
	verify(
		"a root without a hash",
		edit(0, func(string) string { return `{"galla_events":1,"seq":7}` + "\n" }),
		"no hash",
	)
	verify(
		"an event hidden",
		edit(at, func(l string) string { return l[:strings.Index(l, `,"event"`)] + "}\n" }),
		"nothing says why",
	)
	verify("a line too long", whole+strings.Repeat(" ", 1<<21), "can't be read")
	verify("another anchor", whole, "was rewritten", boltstore.Anchor{Seq: anchor.Seq, Hash: strings.Repeat("0", 64)})
	verify("an anchor not in it", whole, "is not in it", boltstore.Anchor{Seq: 1 << 40, Hash: anchor.Hash})
}

func TestChangedEvent(t *testing.T) {
	for _, n := range []int{50, 200} { // event 7 is a recent one, or of the history
		changedEvent(t, n)
	}
}

func changedEvent(t *testing.T, n int) {
	path, _ := fill(t, n)
	if n < 128 {
		change(t, path, "recent", []byte("e\x00\x00\x00\x00\x00\x00\x00\x07"), nil)
	} else {
		change(t, path, "events", []byte{0, 0, 0, 0, 0, 0, 0, 7}, nil)
	}
	s := open(t, path, quick)
	_, err := s.Events(0, 100)
	refused(t, err, boltstore.ErrDamaged, "event 7 is missing")
	s.Close()
	_, err = boltstore.Open(path, checked())
	refused(t, err, boltstore.ErrDamaged, "event 7 is missing")
}

func FuzzVerifyExport(f *testing.F) {
	lines, _, _ := exported(f, 5)
	f.Add(strings.Join(lines, ""))
	f.Add(strings.Join(lines[:4], ""))
	f.Add(`{"galla_events":1,"seq":0}` + "\n" + `{"seq":0,"end":true}`)
	f.Add(`{"galla_events":1,"seq":0}` + "\n" + `{"seq":1,"lost":true}` + "\n" + `{"seq":1,"end":true}`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := boltstore.VerifyExport(strings.NewReader(text))
		if err != nil && !errors.Is(err, boltstore.ErrExport) {
			t.Fatalf("%v is no ErrExport", err)
		}
		if err == nil && c.Events+c.Pruned+c.Lost > uint64(strings.Count(text, "\n")) {
			t.Fatalf("%+v from %d lines", c, strings.Count(text, "\n"))
		}
	})
}
