package printer

import (
	"strings"

	"galla/printer/escpos"
)

// What a line of text feeds, by its font: the height of a character and a little. A double-high one feeds its own
// height. The printers' own 30 dots make a font of 17 stand as wide as one of 24.
const (
	pitchA, heightA = 26, 24
	pitchB, heightB = 20, 17
)

// look is the style of a line.
type look struct {
	align escpos.Alignment
	size  escpos.Size
	bold  bool
	small bool // in font B whatever the document's font is
}

// sheet lays out one document. It remembers the style the printer is in, so that only changes are sent.
type sheet struct {
	profile  Profile
	words    *words
	columns  int
	segments []Segment
	now      look
	language string
	err      error // the first failure; later calls do nothing worse than add segments
}

func newSheet(p Profile) *sheet {
	s := &sheet{profile: p, columns: p.Columns(), words: english, segments: make([]Segment, 0, 64)} // as most have
	s.begin()
	return s
}

func (s *sheet) put(seg Segment) { s.segments = append(s.segments, seg) }

func (s *sheet) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// style returns the commands that bring the printer from its present style to l, with room for that many bytes more.
func (s *sheet) style(l look, room int) []byte {
	b := make([]byte, 0, 4*3+room)
	if l.align != s.now.align {
		b = append(b, escpos.Align(l.align)...)
	}
	if l.size != s.now.size {
		b = append(b, escpos.SetSize(l.size)...)
	}
	if l.bold != s.now.bold {
		b = append(b, escpos.Bold(l.bold)...)
	}
	if l.small != s.now.small && s.profile.Font != "b" {
		font := escpos.FontA
		if l.small {
			font = escpos.FontB
		}
		b = append(b, escpos.SetFont(font)...)
	}
	s.now = l
	return b
}

// fontB tells whether a line of this look is in font B.
func (s *sheet) fontB(l look) bool { return l.small || s.profile.Font == "b" }

// pitch is what a line feed feeds in the document's own font.
func (s *sheet) pitch() int {
	if s.profile.Font == "b" {
		return pitchB
	}
	return pitchA
}

// right is the right edge of text in dots: the columns may leave some over.
func (s *sheet) right() int {
	if s.profile.Font == "b" {
		return min(s.profile.Dots, 9*s.profile.ColumnsB)
	}
	return min(s.profile.Dots, 12*s.profile.ColumnsA)
}

// line prints text in one style, wrapped between words; nothing is cut off. What the printer's own characters can't
// say is printed as a picture.
func (s *sheet) line(text string, l look) {
	ascii, lossless := s.plain(text)
	if !lossless {
		// a letter without a font is left out, and need not make a picture of the rest
		ascii, lossless = s.plain(s.drawable(text))
	}
	if lossless {
		s.ascii(ascii, l)
	} else {
		s.drawn(text, l)
	}
}

func (s *sheet) ascii(text string, l look) {
	columns, height := s.profile.ColumnsA, heightA
	if s.fontB(l) {
		columns, height = s.profile.ColumnsB, heightB
	}
	if l.size&escpos.Wide != 0 {
		columns /= 2
	}
	if l.size&escpos.Tall != 0 {
		height *= 2
	}
	feed, end := max(s.pitch(), height), []byte{'\n'}
	if l.small && s.profile.Font != "b" {
		feed, end = max(pitchB, height), escpos.FeedDots(pitchB)
	}
	var few [4]string
	for _, part := range wrap(few[:0], text, columns) {
		if l.align == escpos.Right { // by blanks: the printer's own edge is further right than the last column
			part = strings.Repeat(" ", max(0, columns-len(part))) + part
			l.align = escpos.Left
		}
		b := append(s.style(l, len(part)+len(end)), part...)
		blank := feed - height
		if strings.TrimSpace(part) == "" {
			blank = feed
		}
		s.put(Segment{Bytes: append(b, end...), Dots: feed, Blank: blank})
	}
}

func (s *sheet) center(text string)     { s.line(text, look{align: escpos.Center}) }
func (s *sheet) boldCenter(text string) { s.line(text, look{align: escpos.Center, bold: true}) }
func (s *sheet) title(text string) {
	s.line(text, look{align: escpos.Center, size: escpos.Tall, bold: true})
}

// fine prints what is rather small than long: in font B where that saves a line.
func (s *sheet) fine(text string) {
	l := look{align: escpos.Center}
	if t, plain := s.plain(text); plain && len(t) > s.columns {
		l.small = true
	}
	s.line(text, l)
}

// rule prints a line across the paper: two rows of dots, where the printer doubles one, else dashes.
func (s *sheet) rule() {
	if s.profile.Draw == "column" || s.profile.QR == "raster" {
		s.line(strings.Repeat("-", s.columns), look{})
		return
	}
	m := escpos.NewBitmap(s.right()/2, 1)
	for i := range m.Bits {
		m.Bits[i] = 0xFF
	}
	m.Bits[m.Stride-1] <<= 8*m.Stride - s.right()/2
	s.gap(ruleGap)
	s.picture(m, escpos.Quadruple, escpos.Left)
	s.gap(ruleGap)
}

// ruleGap is the white above and below a rule.
const ruleGap = 6

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
	both := len(left) + len(right)
	columns := s.columns
	if small := s.profile.ColumnsB; both >= columns && both < small { // one line in the small font instead of two
		columns, l.small = small, true
	}
	if gap := columns - both; gap > 0 {
		s.ascii(left+strings.Repeat(" ", gap)+right, l)
		return
	}
	s.ascii(left, l)
	l.small = len(right) > s.columns && len(right) <= s.profile.ColumnsB // an id stays whole
	if len(right) <= s.columns || l.small {
		l.align = escpos.Right
	}
	s.ascii(right, l)
}

// pairs prints two facts on one line where they fit, else one below the other. An empty value leaves its fact out.
func (s *sheet) pairs(label, value, label2, value2 string) {
	left, plain := s.plain(label + " " + value)
	right, plain2 := s.plain(label2 + " " + value2)
	if value == "" || value2 == "" || plain && plain2 && len(left)+len(right) >= s.columns {
		s.optional(label, value)
		s.optional(label2, value2)
		return
	}
	s.pair(label+" "+value, label2+" "+value2)
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
		s.put(Segment{Bytes: escpos.FeedDots(byte(n)), Dots: n, Blank: n})
		dots -= n
	}
}

// head prints the shop.
func (s *sheet) head(shop Shop) {
	s.words, s.language = wordsOf(shop.Language), shop.Language
	if shop.Picture != nil {
		s.logo(*shop.Picture)
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
