package typeset

import (
	"strings"
	"unicode"

	"github.com/go-text/typesetting/segmenter"
)

// Lines breaks text into lines no wider than maxWidth pixels, where Unicode (UAX 14) allows a break; a newline always
// breaks. A word wider than a line is broken between letters. There is always at least one line.
func (s *Set) Lines(text string, st Style, maxWidth int) []string {
	var lines []string
	for part := range strings.SplitSeq(text, "\n") {
		lines = append(lines, s.wrap(part, st, maxWidth)...)
	}
	return lines
}

// Balance is Lines with the lines made as equal as they can be without being more: no last word stands alone.
func (s *Set) Balance(text string, st Style, maxWidth int) []string {
	lines := s.Lines(text, st, maxWidth)
	least := s.Widest(text, st)
	if len(lines) < 2 || least >= maxWidth {
		return lines
	}
	less, _ := largest(0, maxWidth-least, func(less int) bool {
		return len(s.Lines(text, st, maxWidth-less)) <= len(lines)
	})
	return s.Lines(text, st, maxWidth-less)
}

// Widest is the width in pixels of the widest part of text in which no line may end: narrower lines would break a word.
func (s *Set) Widest(text string, st Style) int {
	widest := 0
	for _, piece := range s.pieces(text) {
		widest = max(widest, s.width(strings.TrimRight(piece, " "), st))
	}
	return widest
}

func (s *Set) wrap(text string, st Style, maxWidth int) []string {
	var lines []string
	line := ""
	for _, piece := range s.pieces(text) {
		if s.width(line+strings.TrimRight(piece, " "), st) <= maxWidth {
			line += piece
			continue
		}
		if line != "" {
			lines = append(lines, strings.TrimRight(line, " "))
			line = ""
		}
		for _, letter := range s.letters(piece, st, maxWidth) {
			if line != "" && s.width(line+letter, st) > maxWidth {
				lines = append(lines, line)
				line = ""
			}
			line += letter
		}
	}
	return append(lines, strings.TrimRight(line, " "))
}

// letters returns piece whole when it fits a line, else its letters.
func (s *Set) letters(piece string, st Style, maxWidth int) []string {
	if s.width(strings.TrimRight(piece, " "), st) <= maxWidth {
		return []string{piece}
	}
	return clusters(piece)
}

// width is the advance of text. Lines tries many: they are remembered as one number each, apart from what is drawn.
func (s *Set) width(text string, st Style) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := shapeKey{text, st.Weight, st.Language}
	cost := func(int) int { return 1 }
	units, ok := s.widths.get(key, cost)
	if !ok {
		units = s.shapeRunes(clean(text), st.Weight, st.Language).advance
		s.widths.put(key, units, 1)
	}
	return ceil(units, st.Size)
}

// pieces cuts text where a line may end. The sentences of a screen are cut for every sale, so the parts are remembered;
// they must not be written to.
func (s *Set) pieces(text string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	cost := func(parts []string) int { return 1 + len(parts) }
	parts, ok := s.parts.get(text, cost)
	if !ok {
		parts = cutPieces(text)
		s.parts.put(text, parts, cost(parts))
	}
	return parts
}

func cutPieces(text string) []string {
	var seg segmenter.Segmenter
	seg.Init([]rune(text))
	var out []string
	for it := seg.LineIterator(); it.Next(); {
		out = append(out, string(it.Line().Text))
	}
	return out
}

// clusters cuts text into what a reader calls letters: grapheme clusters, with a virama keeping what follows.
func clusters(text string) []string {
	var seg segmenter.Segmenter
	seg.Init([]rune(text))
	var out []string
	joined := false
	for it := seg.GraphemeIterator(); it.Next(); {
		g := it.Grapheme().Text
		if joined {
			out[len(out)-1] += string(g)
		} else {
			out = append(out, string(g))
		}
		joined = virama(g[len(g)-1])
	}
	return out
}

// virama reports whether r joins the next consonant to the one before. They are the sign at offset 4D of every Indic
// block.
func virama(r rune) bool {
	return r == zwj || r >= 0x0900 && r <= 0x0d7f && r&0x7f == 0x4d && unicode.Is(unicode.Mn, r)
}

// Fit returns the largest size from min to max pixels at which text stands on one line within maxWidth × maxHeight
// pixels. When even min is too large it returns min and false.
func (s *Set) Fit(text string, st Style, maxWidth, maxHeight, minSize, maxSize int) (size int, ok bool) {
	return largest(minSize, maxSize, func(size int) bool {
		st.Size = size
		w, up, down := s.Measure(text, st)
		return w <= maxWidth && up+down <= maxHeight
	})
}

// FitLines returns the largest size from min to max at which text, broken into at most maxLines lines, stands within
// maxWidth × maxHeight pixels, and those lines. When even min is too large it returns min, the lines that do fit, the
// last one shortened, and false.
func (s *Set) FitLines(
	text string,
	st Style,
	maxWidth, maxHeight, maxLines, minSize, maxSize int,
) (size int, lines []string, ok bool) {
	size, ok = largest(minSize, maxSize, func(size int) bool {
		st.Size = size
		ls := s.Lines(text, st, maxWidth)
		return len(ls) <= maxLines && s.Height(ls, st) <= maxHeight
	})
	st.Size = size
	lines = s.Lines(text, st, maxWidth)
	for n := len(lines); n > 1 && (n > maxLines || s.Height(lines[:n], st) > maxHeight); {
		n--
		last := strings.Join(lines[n-1:], " ")
		lines = append(lines[:n-1], s.Shorten(last, st, maxWidth))
	}
	return size, lines, ok
}

// Height returns the height in pixels of lines set one below the other.
func (s *Set) Height(lines []string, st Style) int {
	total := 0
	for _, l := range lines {
		_, up, down := s.Measure(l, st)
		total += up + down
	}
	return total
}

// Shorten returns text, cut between letters and ended with "…" when it is wider than maxWidth pixels.
func (s *Set) Shorten(text string, st Style, maxWidth int) string {
	if s.width(text, st) <= maxWidth {
		return text
	}
	letters := clusters(text)
	n, _ := largest(0, len(letters), func(n int) bool {
		return s.width(strings.TrimRight(strings.Join(letters[:n], ""), " ")+"…", st) <= maxWidth
	})
	return strings.TrimRight(strings.Join(letters[:n], ""), " ") + "…"
}

// largest returns the largest n from lo to hi for which ok holds, taking ok to hold up to some n and no further.
func largest(lo, hi int, ok func(int) bool) (int, bool) {
	if !ok(lo) {
		return lo, false
	}
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if ok(mid) {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo, true
}
