package escpos

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestCommands(t *testing.T) {
	raster, err := Raster(Quadruple, Bitmap{Stride: 2, Rows: 2, Bits: []byte{1, 2, 3, 4}})
	if err != nil {
		t.Fatal(err)
	}
	glyph, err := DefineGlyph('`', GlyphA{0: 0x80, 35: 1})
	if err != nil {
		t.Fatal(err)
	}
	qr, err := QR(6, ECM, "upi://pay")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		got  []byte
		want string
	}{
		{"init", Init(), "1b 40"}, {"align", Align(Center), "1b 61 01"}, {"size", SetSize(Double), "1d 21 11"},
		{"bold", Bold(true), "1b 45 01"}, {"font", SetFont(FontB), "1b 4d 01"}, {"feed", FeedDots(16), "1b 4a 10"},
		{"kick", DrawerKick(DrawerPin5, 25, 250), "1b 70 01 19 fa"}, {"heat", Heat(11, 120, 40), "1b 37 0b 78 28"},
		{"density", Density(10, 2), "12 23 4a"},
		{"density is masked", Density(33, 9), "12 23 21"}, {"cut", Cut(CutFeedPartial), "1d 56 42 00"},
		{"cut i", Cut(CutESCi), "1b 69"},
		{"status", RealtimeStatus(QueryPaper), "10 04 04"}, {"clear", ClearBuffers(), "10 14 08 01 03 14 01 06 02 08"},
		{"paper", InOrderPaper(), "1d 72 01"},
		{"process", ProcessID([4]byte{'0', '1', '2', 7}), "1d 28 48 06 00 30 30 30 31 32 21"},
		{"info", Info(InfoModel), "1d 49 43"},
		{"raster", raster, "1d 76 30 03 02 00 02 00 01 02 03 04"},
		{"glyph", glyph, "1b 26 03 60 60 0c 80" + strings.Repeat(" 00", 34) + " 01 1b 25 01"},
		{"qr", qr, "1d 28 6b 04 00 31 41 32 00 1d 28 6b 03 00 31 43 06 1d 28 6b 03 00 31 45 31 1d 28 6b 0c 00 31 50 " +
			"30 75 70 69 3a 2f 2f 70 61 79 1d 28 6b 03 00 31 51 30"},
	} {
		if got := fmt.Sprintf("% x", tc.got); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestBounds(t *testing.T) {
	qr := func(module int, level ECLevel, data string) error { _, err := QR(module, level, data); return err }
	raster := func(s Scale, m Bitmap) error { _, err := Raster(s, m); return err }
	glyph := func(c byte) error { _, err := DefineGlyph(c, GlyphA{}); return err }
	for want, err := range map[string]error{
		"modules of 1 to 8 dots, not 0": qr(0, ECM, "x"), "not 9": qr(9, ECM, "x"),
		"error correction": qr(4, 'M', "x"), "1 to 1000 bytes, not 0": qr(4, ECM, ""),
		"not 1001": qr(4, ECM, strings.Repeat("x", 1001)), "byte 1 is 0xc3": qr(4, ECM, "aé"),
		"not 257 x 1": raster(Same, NewBitmap(257*8, 1)),
		"not 1 x 256": raster(Same, NewBitmap(8, 256)), "with 3 bytes": raster(Same, Bitmap{2, 2, make([]byte, 3)}),
		"neither Same": raster(1, NewBitmap(8, 1)),
		"not 0x7f":     glyph(0x7F), "not 0x1f": glyph(0x1F),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}

func TestBitmap(t *testing.T) {
	m := NewBitmap(20, 3)
	m.Set(19, 2)
	m.Set(-1, 0)
	m.Set(24, 0)
	m.Set(0, 3)
	if m.Stride != 3 || !m.At(19, 2) || m.At(18, 2) || bytes.Count(m.Bits, []byte{0}) != 8 || !m.Slice(2, 3).At(19, 0) {
		t.Errorf("%+v", m)
	}
}

// TestConditions is the status table of printer.md §1.4.
func TestConditions(t *testing.T) {
	for _, tc := range []struct {
		query StatusQuery
		reply byte
		want  Condition
	}{
		{QueryPrinter, 0x12, Condition{}}, {QueryPrinter, 0x16, Condition{DrawerHigh: true}},
		{QueryPrinter, 0x1A, Condition{Offline: true}},
		{QueryPrinter, 0x1E, Condition{Offline: true, DrawerHigh: true}}, {QueryOffline, 0x12, Condition{}},
		{QueryOffline, 0x16, Condition{CoverOpen: true}},
		{QueryOffline, 0x32, Condition{PaperOut: true}}, {QueryError, 0x1A, Condition{Cutter: true}},
		{QueryError, 0x32, Condition{Unrecoverable: true}},
		{QueryError, 0x52, Condition{Recoverable: true}}, {QueryPaper, 0x12, Condition{}},
		{QueryPaper, 0x1E, Condition{PaperNearEnd: true}},
		{QueryPaper, 0x72, Condition{PaperOut: true}},
		{QueryPaper, 0x7E, Condition{PaperOut: true, PaperNearEnd: true}},
	} {
		var c Condition
		if c.Apply(tc.query, tc.reply); c != tc.want {
			t.Errorf("query %d answered %#x: %+v, want %+v", tc.query, tc.reply, c, tc.want)
		}
	}
	c := Condition{PaperOut: true}
	if c.Apply(QueryPaper, 0x12); !c.PaperOut {
		t.Error("the paper sensor overruled a printer that has stopped for want of paper")
	}
}

var kinds = []string{"noise", "xon", "xoff", "realtime", "auto", "inorder", "process", "cleared", "info", "block"}

func feed(d *Demux, pieces ...string) (out []string) {
	for _, p := range pieces {
		d.Feed([]byte(p), func(r Reply) { out = append(out, fmt.Sprintf("%s:%x", kinds[r.Kind], r.Data)) })
	}
	return out
}

func TestDemux(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want string
	}{
		{"\x12", "realtime:12"}, {"\x7e", "realtime:7e"}, {"\x11\x13", "xon:11 xoff:13"}, {"\x00", "inorder:00"},
		{"\x0c", "inorder:0c"},
		{"\x37\x220001\x00", "process:30303031"}, {"\x37\x25\x00", "cleared:25"}, {"\x5fEPSON\x00", "info:4550534f4e"},
		{"\x35ab\x00", "block:6162"},
		{"\x14\x00\x00\x0f", "auto:1400000f"}, {"\x10\x60\x6c\x0f", "auto:10606c0f"},
		{"\x14\x00\xff\x12", "noise:14 inorder:00 noise:ff realtime:12"}, // an automatic status that breaks off
		{"\xff\xfe\x90\x12", "noise:ff noise:fe noise:90 realtime:12"},   // noise, then in step again
		{"\x5fEP\x12", "noise:5f inorder:45 noise:50 realtime:12"},       // a text that breaks off
		// an acknowledgement between two answers
		{"\x12\x37\x220001\x00\x12", "realtime:12 process:30303031 realtime:12"},
	} {
		var whole, bytewise Demux
		got := strings.Join(feed(&whole, tc.in), " ")
		if got != tc.want {
			t.Errorf("%q: %s, want %s", tc.in, got, tc.want)
		}
		if b := strings.Join(feed(&bytewise, strings.Split(tc.in, "")...), " "); b != got {
			t.Errorf("%q byte by byte: %s, whole: %s", tc.in, b, got)
		}
	}
	var d Demux
	if got := feed(&d, "\x5fEPS"); got != nil {
		t.Errorf("half a text gave %v", got)
	}
	d.Reset()
	if got := feed(&d, "\x12"); !slices.Equal(got, []string{"realtime:12"}) {
		t.Errorf("after Reset: %v", got)
	}
	if got := feed(&d, "\x5f"+strings.Repeat("A", 200)); len(got) < 70 {
		t.Errorf("an endless text is held back: %d replies", len(got))
	}
}

func FuzzDemux(f *testing.F) {
	for _, s := range []string{"\x12", "\x37\x220001\x00", "\x5fEPSON\x00\x14\x00\x00\x00", "AT+CGMI\r",
		"\xff\xff", "\x10\x14\x08"} {
		f.Add([]byte(s), 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		collect := func(pieces ...[]byte) (out []string, total int) {
			var d Demux
			for _, p := range pieces {
				d.Feed(p, func(r Reply) {
					out = append(out, fmt.Sprintf("%d:%x", r.Kind, r.Data))
					total += len(r.Data)
				})
			}
			if len(d.held) >= maxBlock {
				t.Errorf("%d bytes are held back", len(d.held))
			}
			return out, total
		}
		whole, total := collect(data)
		if total > len(data) {
			t.Errorf("%d bytes of replies out of %d", total, len(data))
		}
		cut = max(0, min(cut, len(data)))
		if pieces, _ := collect(data[:cut], data[cut:]); !slices.Equal(whole, pieces) {
			t.Errorf("whole %v, in two pieces %v", whole, pieces)
		}
	})
}
