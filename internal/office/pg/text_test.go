package pg_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf8"

	"galla/internal/office/pg"
)

// FuzzText: text is read back as it was, PostgreSQL takes it, and two texts are never written as one.
func FuzzText(f *testing.F) {
	f.Add("plain", "PLAIN")
	f.Add("zero\x00byte", `zero\0byte`)
	f.Add(`\\0`, "\\\x00")
	f.Add("\xff", "\uFFFD")
	f.Fuzz(func(t *testing.T, a, b string) {
		written := pg.Text(a)
		if strings.ContainsRune(written, 0) || !utf8.ValidString(written) {
			t.Fatalf("%q is written as %q", a, written)
		}
		clean, other := strings.ToValidUTF8(a, "\uFFFD"), strings.ToValidUTF8(b, "\uFFFD")
		if got := pg.Plain(written); got != clean {
			t.Fatalf("%q is read back as %q", a, got)
		}
		if (written == pg.Text(b)) != (clean == other) {
			t.Fatalf("%q and %q are written as %q and %q", a, b, written, pg.Text(b))
		}
	})
}

// TestBody: bodies are read back; those of dictionary 1 for ever; what is damaged is told.
func TestBody(t *testing.T) {
	for _, raw := range []string{`{}`, `{"id":"0000000001AAAAAA","seq":1}`, strings.Repeat("x", 1<<20), ""} {
		body, err := pg.Pack([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		got, err := pg.Unpack(body)
		if err != nil || string(got) != raw {
			t.Errorf("%d bytes are read back as %d: %v", len(raw), len(got), err)
		}
		for _, damaged := range [][]byte{nil, {2, 1}, body[:len(body)/2]} {
			if got, err := pg.Unpack(damaged); err == nil && !bytes.Equal(got, []byte(raw)) {
				t.Errorf("%x is read as %q", damaged, got)
			}
		}
	}
	const golden = "0142ab1b4c8c22a35cbdcd22e17583b1b10552fd604ed04040000000ffff"
	body, err := hex.DecodeString(golden)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pg.Unpack(body)
	if want := `{"id":"0000000042YZEK6Y","seq":13381,"number":7,"phase":"paid","tender":"exact"}`; string(got) != want {
		fresh, _ := pg.Pack([]byte(want))
		t.Errorf("the first body is read as %q: %v; today it is %x", got, err, fresh)
	}
}
