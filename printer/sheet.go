package printer

import (
	"strings"

	"galla/printer/escpos"
)

// lineDots is what a line of text feeds by default; a double-high one feeds its own height: 48 dots in font A, 34 in B.
const lineDots = 30

// look is the style of a line.
type look struct {
	align escpos.Alignment
	size  escpos.Size
	bold  bool
}

// sheet lays out one document. It remembers the style the printer is in, so that only changes are sent.
type sheet struct {
	profile  Profile
	words    words
	columns  int
	segments []Segment
	now      look
	language string
	err      error // the first failure; later calls do nothing worse than add segments
}

func newSheet(p Profile) *sheet {
	s := &sheet{profile: p, columns: p.Columns(), words: english}
	s.begin()
	if p.Font == "b" {
		s.put(Segment{Bytes: escpos.SetFont(escpos.FontB)})
	}
	return s
}

func (s *sheet) put(seg Segment) { s.segments = append(s.segments, seg) }

func (s *sheet) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// style returns the commands that bring the printer from its present style to l.
func (s *sheet) style(l look) []byte {
	var b []byte
	if l.align != s.now.align {
		b = append(b, escpos.Align(l.align)...)
	}
	if l.size != s.now.size {
		b = append(b, escpos.SetSize(l.size)...)
	}
	if l.bold != s.now.bold {
		b = append(b, escpos.Bold(l.bold)...)
	}
	s.now = l
	return b
}

// line prints text in one style, wrapped between words; nothing is cut off. What the printer's own characters can't
// say is printed as a picture.
func (s *sheet) line(text string, l look) {
	if ascii, lossless := s.plain(text); lossless {
		s.ascii(ascii, l)
	} else {
		s.drawn(text, l)
	}
}

func (s *sheet) ascii(text string, l look) {
	columns, dots := s.columns, lineDots
	if l.size&escpos.Wide != 0 {
		columns /= 2
	}
	if l.size&escpos.Tall != 0 {
		dots = 48
		if s.profile.Font == "b" {
			dots = 34
		}
	}
	for _, part := range wrap(text, columns) {
		b := append(s.style(l), part...)
		s.put(Segment{Bytes: append(b, '\n'), Dots: dots})
	}
}

func (s *sheet) center(text string)     { s.line(text, look{align: escpos.Center}) }
func (s *sheet) boldCenter(text string) { s.line(text, look{align: escpos.Center, bold: true}) }
func (s *sheet) title(text string) {
	s.line(text, look{align: escpos.Center, size: escpos.Tall, bold: true})
}
func (s *sheet) rule() { s.line(strings.Repeat("-", s.columns), look{}) }

// big prints double size when that fits one line, else double height.
func (s *sheet) big(text string) {
	size := escpos.Double
	if t, plain := s.plain(text); plain && 2*len(t) > s.columns {
		size = escpos.Tall
	}
	s.line(text, look{align: escpos.Center, size: size, bold: true})
}

// pair prints a label at the left and its value at the right, on two lines where one is too short.
func (s *sheet) pair(label, value string) { s.pairIn(label, value, look{}) }

// strong is pair in bold.
func (s *sheet) strong(label, value string) { s.pairIn(label, value, look{bold: true}) }

func (s *sheet) pairIn(label, value string, l look) {
	left, plainLabel := s.plain(label)
	right, plainValue := s.plain(value)
	if !plainLabel || !plainValue {
		s.drawnPair(label, value, l)
		return
	}
	if gap := s.columns - len(left) - len(right); gap > 0 {
		s.ascii(left+strings.Repeat(" ", gap)+right, l)
		return
	}
	s.ascii(left, l)
	l.align = escpos.Right
	s.ascii(right, l)
}

// optional is pair for values that may be missing.
func (s *sheet) optional(label, value string) {
	if value != "" {
		s.pair(label, value)
	}
}

// gap feeds dots of white paper: three bytes instead of rows of white picture.
func (s *sheet) gap(dots int) {
	for dots > 0 {
		n := min(dots, 255)
		s.put(Segment{Bytes: escpos.FeedDots(byte(n)), Dots: n})
		dots -= n
	}
}

// head prints the shop.
func (s *sheet) head(shop Shop) {
	s.words, s.language = wordsOf(shop.Language), shop.Language
	if shop.Picture != nil {
		s.logo(shop.Picture)
	}
	s.big(shop.Name)
	for _, l := range shop.Address {
		s.center(l)
	}
	if shop.Phone != "" {
		s.center(s.words.phone + " " + shop.Phone)
	}
	if shop.GSTIN != "" {
		s.center("GSTIN " + shop.GSTIN)
	}
	for _, l := range shop.Header {
		s.center(l)
	}
	s.rule()
}

// marks prints what no slip may hide.
func (s *sheet) marks(demo bool, copies int) {
	if demo {
		s.boldCenter("*** " + s.words.demo + " ***")
	}
	if copies > 0 {
		s.big("DUPLICATE")
	}
}

func (s *sheet) foot(shop Shop) {
	for _, l := range shop.Footer {
		s.center(l)
	}
}
