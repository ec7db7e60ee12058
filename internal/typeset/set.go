package typeset

import (
	"image"
	"image/color"
	"image/draw"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/harfbuzz"
	"golang.org/x/image/vector"
)

// What a Set remembers at most. A full pay screen at 1920x1080 in two languages needs about a third of it.
const (
	maskBytes  = 4 << 20
	lineGlyphs = 16 << 10
	lineWidths = 4 << 10
	lineParts  = 2 << 10
)

// Set draws text with the embedded fonts. Its methods may be called from any goroutine; they wait for each other.
type Set struct {
	mu     sync.Mutex
	faces  [weights][len(families)]face
	lines  cache[shapeKey, *shaped]
	widths cache[shapeKey, int]
	parts  cache[string, []string]
	masks  cache[maskKey, *mask]
	buffer *harfbuzz.Buffer  // reused for every run: it remembers what a font's rules come to for a script and language
	raster vector.Rasterizer // reused for every glyph
}

// New returns a Set. It reads no font until a text needs it.
func New() *Set {
	return &Set{
		buffer: harfbuzz.NewBuffer(),
		lines:  newCache[shapeKey, *shaped](lineGlyphs),
		widths: newCache[shapeKey, int](lineWidths),
		parts:  newCache[string, []string](lineParts),
		masks:  newCache[maskKey, *mask](maskBytes),
	}
}

// Style is how a text looks.
type Style struct {
	Size     int         // pixels of the em; below 1 nothing is drawn
	Weight   Weight      //
	Color    color.Color // nil: black
	Language string      // "hi", "mr", …: letters that differ by language (Marathi ल and श); empty: the font's own
	Bilevel  bool        // every pixel either ink or not, for paper
}

// Measure returns the room a text takes in pixels, rounded up: its advance, and the height of its fonts above and below
// the baseline. All three are upper bounds for what is drawn, but for a letter that leans out of its own advance.
func (s *Set) Measure(text string, st Style) (width, ascent, descent int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.shape(text, st.Weight, st.Language)
	return ceil(l.advance, st.Size), ceil(l.ascent, st.Size), ceil(l.descent, st.Size)
}

// Ink returns the smallest rectangle around the pixels that Draw would touch, relative to the pen on the baseline (y
// down).
func (s *Set) Ink(text string, st Style) image.Rectangle {
	s.mu.Lock()
	defer s.mu.Unlock()
	var box image.Rectangle
	s.each(text, st, 0, 0, func(m *mask, at image.Point) { box = box.Union(m.Rect.Add(at)) })
	return box
}

// Draw draws text with its baseline at y, starting at x, and returns how far the pen went in pixels. It stays within
// dst's bounds.
func (s *Set) Draw(dst draw.Image, x, y int, text string, st Style) (advance int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ink := st.Color
	if ink == nil {
		ink = color.Black
	}
	return s.each(text, st, x, y, func(m *mask, at image.Point) {
		if st.Bilevel {
			stamp(dst, m, at, ink)
		} else {
			blend(dst, m, at, ink)
		}
	})
}

// each calls do for every visible glyph of text with the place of its pen, and returns the advance.
func (s *Set) each(text string, st Style, x, y int, do func(m *mask, at image.Point)) int {
	if st.Size < 1 {
		return 0
	}
	l := s.shape(text, st.Weight, st.Language)
	pen := 0
	for _, g := range l.glyphs {
		gx := pen + g.dx
		pen += g.advance
		// In quarters of a pixel; whole pixels on paper, where a quarter would only make equal letters differ.
		q, sub := roundDiv(gx*st.Size*4, unitsPerEm), 0
		if st.Bilevel {
			q = roundDiv(gx*st.Size, unitsPerEm) * 4
		} else {
			sub = q & 3
		}
		m := s.mask(maskKey{g.family, st.Weight, g.id, st.Size, sub})
		if !m.Rect.Empty() {
			do(m, image.Pt(x+q>>2, y-roundDiv(g.dy*st.Size, unitsPerEm)))
		}
	}
	return ceil(l.advance, st.Size)
}

// Glyph is one glyph of a shaped text, in font units (1000 to the em), y up.
type Glyph struct {
	Font             string // file name without its ending
	ID               font.GID
	OffsetX, OffsetY int // from the pen
	Advance          int
}

// Glyphs returns what Draw would draw: what hb-shape prints for the same fonts. Tests use it, and who asks why a word
// looks wrong.
func (s *Set) Glyphs(text string, st Style) []Glyph {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.shape(text, st.Weight, st.Language)
	out := make([]Glyph, len(l.glyphs))
	for i, g := range l.glyphs {
		out[i] = Glyph{fileName(g.family, st.Weight), g.id, g.dx, g.dy, g.advance}
	}
	return out
}

func ceil(units, size int) int {
	return -floorDiv(-units*size, unitsPerEm)
}

func roundDiv(a, b int) int { return floorDiv(2*a+b, 2*b) }

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && a < 0 {
		q--
	}
	return q
}
