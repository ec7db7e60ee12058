package printer

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"galla/printer/escpos"
	"galla/printer/logo"
	"galla/printer/port"
	"galla/printer/printertest"
	"galla/printer/printertest/reader"
)

// documents is everything that can be printed, in one language.
func documents(t *testing.T, lang string) map[string]Document {
	t.Helper()
	duplicate := receipt(lang)
	duplicate.Copy, duplicate.Merchant, duplicate.Demo = 1, true, true
	declared := receipt(lang)
	declared.PaymentID, declared.RRN, declared.UPITxnID, declared.VPA, declared.Override = "", "", "", "",
		"Anita (manager)"
	x := fullReport(lang)
	x.Number, x.Anchor = 0, ""
	pictured := slip(lang)
	pictured.Shop.Picture = circle(t)
	return map[string]Document{
		"slip":           slip(lang),
		"logo":           pictured,
		"receipt":        receipt(lang),
		"duplicate":      duplicate,
		"declared":       declared,
		"report":         report(lang),
		"x":              x,
		"fullreport":     fullReport(lang),
		"reconciliation": reconciliation(lang),
		"selftest":       selfTest(lang),
	}
}

// circle is a logo of 160 dots.
func circle(t *testing.T) *escpos.Bitmap {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 160, 160))
	for i := range m.Pix {
		x, y := i%160-80, i/160-80
		if m.Pix[i] = 255; x*x+y*y < 6000 {
			m.Pix[i] = uint8(x + 80)
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	dots, err := logo.Read(file.Bytes(), 160)
	if err != nil {
		t.Fatal(err)
	}
	return &dots
}

// TestSecondReader has every document of every profile, font, line and language read by a reader that shares nothing
// with the encoder or with the virtual printer. Both readers must see the same paper: as long, with the same words, and
// outside of the letters dot for dot.
func TestSecondReader(t *testing.T) {
	n := 0
	for _, p := range Profiles() {
		for _, p.Font = range []string{"a", "b"} {
			for _, p.Link = range []port.Means{port.Serial, port.USB} {
				if (p.Font == "b" || p.Link == port.USB) && p.Name != "generic58" && p.Name != "epson80" {
					continue // the font and the speed of the line change what is drawn, not how
				}
				for _, lang := range []string{"en", "hi"} {
					for name, d := range documents(t, lang) {
						j := render(t, d, p)
						n++
						same(
							t,
							fmt.Sprintf("%s %s font %s over %s in %s", name, p.Name, p.Font, p.Link, lang),
							j,
							decode(t, j, p),
							reader.Read(j.Bytes(), p.Dots, 30),
						)
					}
				}
			}
		}
	}
	t.Logf("%d documents", n)
}

func same(t *testing.T, what string, j Job, d *printertest.Decoder, s *reader.Sheet) {
	t.Helper()
	if len(s.Complaints) > 0 {
		t.Errorf("%s: %q", what, s.Complaints)
		return
	}
	if s.Picture.Rect.Dy() != j.Dots() || d.Paper.Rows() != j.Dots() {
		t.Errorf("%s: the job says %d dots, the readers see %d and %d",
			what, j.Dots(), d.Paper.Rows(), s.Picture.Rect.Dy())
		return
	}
	var words []string
	for _, l := range d.Lines {
		l, _, _ = strings.Cut(l, "  {")
		if l = strings.TrimSpace(strings.ReplaceAll(l, "₹", "`")); l != "" && !strings.HasPrefix(l, "[") {
			words = append(words, l)
		}
	}
	got := slices.DeleteFunc(slices.Clone(s.Text), func(l string) bool { return strings.HasPrefix(l, "[") })
	if !slices.Equal(got, words) {
		t.Errorf("%s: one reads\n%q\nthe other\n%q", what, words, got)
	}
	first, letters := d.Paper.Image(), image.NewAlpha(s.Picture.Rect)
	for _, r := range s.Letters {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				letters.SetAlpha(x, y, color.Alpha{A: 255})
			}
		}
	}
	for y := range s.Picture.Rect.Dy() {
		for x := range s.Picture.Rect.Dx() {
			if letters.AlphaAt(x, y).A == 0 &&
				(s.Picture.AlphaAt(x, y).A != 0) != (first.GrayAt(x+printertest.PaperMargin,
					y+printertest.PaperMargin).Y == 0) {
				t.Errorf("%s: the readers disagree about the dot at %d, %d", what, x, y)
				return
			}
		}
	}
}

// TestSecondReaderScans: the QR of the second reader's picture reads as the gateway's string, for every profile.
func TestSecondReaderScans(t *testing.T) {
	for _, p := range Profiles() {
		s := reader.Read(render(t, slip("hi"), p).Bytes(), p.Dots, 30)
		if got := zbarimg(t, onWhite(s.Picture)); got != payload {
			t.Errorf("%s: %q", p.Name, got)
		}
	}
}

// TestSecondReaderComplains: what is wrong is complained about.
func TestSecondReaderComplains(t *testing.T) {
	for job, want := range map[string]string{
		"\x1b\x00": "isn't known", "\x1d\x00": "isn't known", "\x07": "neither", "text": "no end",
		"x\x1dV\x01": "a cut inside a line", "x\x1dv0\x00\x01\x00\x01\x00\xff": "inside a line",
		"\x1dv0\x00\x40\x00\x01\x00" + strings.Repeat("\xff", 64): "wider than the paper",
		"\x1dv0\x00\x01\x00\x02\x00\xff":                          "shorter",
		"\x1d(k\x03\x001Q0":                                       "before it is set up",
		strings.Repeat("x", 40) + "\n":                            "wider than the paper", "\x1ba\x07": "alignment",
		"\x1b*\x21\x00\x02": "ends inside", "\x1d(H\x06\x00": "ends inside",
	} {
		if s := reader.Read([]byte(job), 384, 30); len(s.Complaints) == 0 ||
			!strings.Contains(strings.Join(s.Complaints, " "), want) {
			t.Errorf("%q: %q, want %q", job, s.Complaints, want)
		}
	}
}

func onWhite(a *image.Alpha) *image.Gray {
	const margin = printertest.PaperMargin
	g := image.NewGray(a.Rect.Inset(-margin))
	for i := range g.Pix {
		g.Pix[i] = 255
	}
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			if a.AlphaAt(x, y).A != 0 {
				g.SetGray(x, y, color.Gray{})
			}
		}
	}
	return g
}

// TestPictures writes every document of every profile in both languages to $GALLA_PICTURES, for a person to look at.
func TestPictures(t *testing.T) {
	dir := os.Getenv("GALLA_PICTURES")
	if dir == "" {
		dir = t.TempDir()
	}
	for _, p := range Profiles() {
		for _, lang := range []string{"en", "hi"} {
			for name, d := range documents(t, lang) {
				f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%s-%s.png", p.Name, name, lang)))
				if err != nil {
					t.Fatal(err)
				}
				if err := png.Encode(f, decode(t, render(t, d, p), p).Paper.Image()); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
		}
	}
}
