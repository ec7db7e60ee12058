package typeset

import (
	"image"
	"testing"
	"unicode/utf8"
)

// FuzzText: a payee's name comes from outside. Whatever it is, it is drawn within its bounds, and shortened text fits.
func FuzzText(f *testing.F) {
	for _, s := range []string{"Sharma & Sons", "क्षत्रिय र्\u200dय", "স্ত্রী", "ൻ ന്റെ", "\u202eevil\x00", "\xff\xfe",
		"े्", "◌\u0d4d\u0d4d\u200d", "日本 😀 ع", "a\nb\tc"} {
		f.Add(s, 90)
	}
	s := New()
	f.Fuzz(func(t *testing.T, text string, width int) {
		if len(text) > 2000 || width < 0 || width > 5000 {
			return
		}
		st := Style{Size: 20, Language: "hi"}
		box := s.Ink(text, st)
		im := image.NewRGBA(image.Rect(0, 0, 64, 32))
		s.Draw(im, 5, 20, text, st)
		if box.Dx() < 0 {
			t.Errorf("ink %v", box)
		}
		short := s.Shorten(text, st, width)
		if w, _, _ := s.Measure(short, st); w > width && short != "…" {
			t.Errorf("%q shortened to %q is %d wide, more than %d", text, short, w, width)
		}
		if utf8.ValidString(text) && !utf8.ValidString(short) {
			t.Errorf("%q was cut within a character: %q", text, short)
		}
		for _, l := range s.Balance(text, st, width) {
			if w, _, _ := s.Measure(l, st); w > width && len(clusters(l)) > 1 {
				t.Errorf("%q: the line %q of %d letters is %d wide, more than %d", text, l, len(clusters(l)), w, width)
			}
		}
	})
}
