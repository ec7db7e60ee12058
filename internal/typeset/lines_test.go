package typeset

import (
	"slices"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	s := New()
	st := Style{Size: 20}
	for _, tc := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 100, []string{""}},
		{"Scan and pay", 1000, []string{"Scan and pay"}},
		{"Scan and pay", 90, []string{"Scan and", "pay"}},
		{"Scan\nand pay", 1000, []string{"Scan", "and pay"}},
		{"स्कैन करके भुगतान करें", 120, []string{"स्कैन करके", "भुगतान करें"}},
		{"क्षत्रियक्षत्रिय", 45, []string{"क्षत्रिय", "क्षत्रिय"}}, // a conjunct is one letter
	} {
		got := s.Lines(tc.text, st, tc.width)
		if !slices.Equal(got, tc.want) {
			t.Errorf("Lines(%q, %d) = %q, want %q", tc.text, tc.width, got, tc.want)
		}
		for _, l := range got {
			if w, _, _ := s.Measure(l, st); w > tc.width {
				t.Errorf("Lines(%q, %d): %q is %d pixels wide", tc.text, tc.width, l, w)
			}
		}
	}
}

func TestBalance(t *testing.T) {
	s := New()
	st := Style{Size: 20}
	text := "Scan with any UPI app to pay"
	if got := s.Lines(text, st, 270); !slices.Equal(got, []string{"Scan with any UPI app to", "pay"}) {
		t.Errorf("Lines = %q; the test needs a last word alone", got)
	}
	if got := s.Balance(text, st, 270); !slices.Equal(got, []string{"Scan with any", "UPI app to pay"}) {
		t.Errorf("Balance = %q", got)
	}
	if got := s.Balance("Pay", st, 270); !slices.Equal(got, []string{"Pay"}) {
		t.Errorf("Balance of one line = %q", got)
	}
}

func TestFit(t *testing.T) {
	s := New()
	size, ok := s.Fit("₹1,25,000.00", Style{Weight: Bold}, 300, 200, 10, 400)
	fits := func(size int) bool {
		w, up, down := s.Measure("₹1,25,000.00", Style{Size: size, Weight: Bold})
		return w <= 300 && up+down <= 200
	}
	if !ok || !fits(size) || fits(size+1) {
		t.Errorf("Fit = %d, %v; it fits %v, one more fits %v", size, ok, fits(size), fits(size+1))
	}
	if size, ok := s.Fit("₹1,25,000.00", Style{}, 20, 200, 10, 400); ok || size != 10 {
		t.Errorf("Fit into 20 pixels = %d, %v; want the least size and false", size, ok)
	}
}

func TestFitLines(t *testing.T) {
	s := New()
	text := "Sri Venkateswara General Stores and Stationery, Gandhi Bazaar Main Road"
	size, lines, ok := s.FitLines(text, Style{}, 300, 100, 3, 10, 60)
	if !ok || len(lines) > 3 || strings.Join(lines, " ") != text || s.Height(lines, Style{Size: size}) > 100 {
		t.Errorf("FitLines = %d, %q, %v", size, lines, ok)
	}
	size, lines, ok = s.FitLines(text, Style{}, 300, 100, 2, 30, 60)
	if ok || size != 30 || len(lines) != 2 || !strings.HasSuffix(lines[1], "…") {
		t.Errorf("FitLines into too little = %d, %q, %v; want two lines at 30, the last one shortened", size, lines, ok)
	}
	for _, l := range lines {
		if w, _, _ := s.Measure(l, Style{Size: 30}); w > 300 {
			t.Errorf("%q is %d pixels wide", l, w)
		}
	}
}

func TestShorten(t *testing.T) {
	s := New()
	st := Style{Size: 20}
	if got := s.Shorten("Sharma", st, 200); got != "Sharma" {
		t.Errorf("a text that fits became %q", got)
	}
	if got := s.Shorten("Sharma & Sons", st, 90); got != "Sharma…" {
		t.Errorf("Shorten = %q", got)
	}
	if got := s.Shorten("स्त्री", st, 20); got != "…" {
		t.Errorf("Shorten = %q: a conjunct must not be cut", got)
	}
}
