package typeset

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/hb-shape/*.txt anew from the installed hb-shape")

// lists are the word lists with hard conjuncts, one per font. Marathi shares its font with Hindi and has letters of its
// own.
func lists() (out []struct{ font, language string }) {
	for _, f := range families {
		out = append(out, struct{ font, language string }{f.name, ""})
	}
	return append(out, struct{ font, language string }{"NotoSansDevanagari", "mr"})
}

// TestShapesLikeHarfBuzz compares every glyph id, offset and advance with hb-shape's, as committed and as installed:
// the first tells what changed when a font or the library changes, the second that the first was not made up.
func TestShapesLikeHarfBuzz(t *testing.T) {
	s := New()
	for _, list := range lists() {
		words := readFile(t, "testdata/words/"+list.font+".txt")
		for _, w := range []Weight{Regular, Bold} {
			name := list.font + "_" + w.file()
			t.Run(name+list.language, func(t *testing.T) {
				var got bytes.Buffer
				for word := range strings.Lines(words) {
					word = strings.TrimSuffix(word, "\n")
					fmt.Fprintf(&got, "%s\n", hbFormat(s.Glyphs(word, Style{Weight: w, Language: list.language})))
				}
				// The language is always given: hb-shape would else take the tester's locale.
				cmd := exec.Command("hb-shape", "--no-glyph-names", "--no-clusters",
					"--language="+cmp.Or(list.language, "en"),
					"fonts/"+name+".ttf", "--text-file=testdata/words/"+list.font+".txt")
				hb, err := cmd.Output()
				if err != nil {
					t.Fatalf("hb-shape (Debian package libharfbuzz-bin): %v", err)
				}
				golden := filepath.Join("testdata", "hb-shape", name+list.language+".txt")
				if *update {
					if err := os.WriteFile(golden, hb, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				compare(t, words, "the committed hb-shape output", readFile(t, golden), got.String())
				compare(t, words, "hb-shape", string(hb), got.String())
			})
		}
	}
}

func compare(t *testing.T, words, what, want, got string) {
	t.Helper()
	ws, wl, gl := strings.Split(words, "\n"), strings.Split(want, "\n"), strings.Split(got, "\n")
	if len(wl) != len(gl) {
		t.Fatalf("%s has %d lines, we shaped %d", what, len(wl), len(gl))
	}
	for i := range wl {
		if wl[i] != gl[i] {
			t.Errorf("%q: we shaped %s, %s says %s", ws[i], gl[i], what, wl[i])
		}
	}
}

// hbFormat prints glyphs as hb-shape does: [id@x,y+advance|…].
func hbFormat(glyphs []Glyph) string {
	var parts []string
	for _, g := range glyphs {
		p := fmt.Sprint(g.ID)
		if g.OffsetX != 0 || g.OffsetY != 0 {
			p += fmt.Sprintf("@%d,%d", g.OffsetX, g.OffsetY)
		}
		parts = append(parts, fmt.Sprintf("%s+%d", p, g.Advance))
	}
	return "[" + strings.Join(parts, "|") + "]"
}

// TestNoGaps: no word of the lists has a letter without a glyph, so a subset that lost one is found.
func TestNoGaps(t *testing.T) {
	s := New()
	for _, list := range lists() {
		for word := range strings.Lines(readFile(t, "testdata/words/"+list.font+".txt")) {
			for _, g := range s.Glyphs(strings.TrimSpace(word), Style{}) {
				if g.ID == 0 {
					t.Errorf("%s: %q has a letter that its font lacks", list.font, strings.TrimSpace(word))
				}
			}
		}
	}
}

func TestFonts(t *testing.T) {
	for w := range weights {
		for i := range families {
			f := load(i, w)
			if f.font.Upem() != unitsPerEm {
				t.Errorf("%s has %d units per em, shaping counts on %d", fileName(i, w), f.font.Upem(), unitsPerEm)
			}
			if f.ascent < 500 || f.descent < 100 {
				t.Errorf("%s: ascent %d, descent %d units can't be right", fileName(i, w), f.ascent, f.descent)
			}
		}
	}
}

func TestMixedScripts(t *testing.T) {
	s := New()
	fonts := func(text string) string {
		var out []string
		for _, g := range s.Glyphs(text, Style{}) {
			name := strings.TrimSuffix(g.Font, "_Regular")
			if g.ID == 0 {
				name = "missing"
			}
			if len(out) == 0 || out[len(out)-1] != name {
				out = append(out, name)
			}
		}
		return strings.Join(out, " ")
	}
	for text, want := range map[string]string{
		"₹250":            "NotoSans",
		"देय ₹250":        "NotoSansDevanagari NotoSans",
		"करें। ₹5":        "NotoSansDevanagari NotoSans", // the danda stays with its words
		"করুন।":           "NotoSansBengali",
		"বাংলা हिन्दी":    "NotoSansBengali NotoSans NotoSansDevanagari",
		"A\u202eB\u0007C": "NotoSans", // a direction override and a bell are dropped
		"日":               "missing",
		"क\u200dष":        "NotoSansDevanagari",
		"":                "",
	} {
		if got := fonts(text); got != want {
			t.Errorf("%q is drawn with %q, want %q", text, got, want)
		}
	}
	if n := len(s.Glyphs("A\u202eB\u0007C", Style{})); n != 3 {
		t.Errorf("control characters left %d glyphs, want 3", n)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
