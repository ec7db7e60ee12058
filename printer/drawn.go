package printer

import (
	"image"
	"strings"
	"sync"

	"galla/internal/typeset"
	"galla/printer/escpos"
)

// The em in dots of drawn text, by the document's font: it reads as large as that. A tall line gets half as much again.
const (
	drawnA = 22
	drawnB = 18
)

func (s *sheet) drawnSize() int {
	if s.profile.Font == "b" || s.profile.Draw == "column" { // by columns, what is higher than one band feeds two
		return drawnB
	}
	return drawnA
}

// drawn prints text of any script as pictures, one per line, cropped to their ink.
func (s *sheet) drawn(text string, l look) {
	text = s.drawable(text)
	if strings.TrimSpace(text) == "" {
		return // nothing of it can be drawn
	}
	st := s.drawnStyle(l)
	for _, line := range fonts().Lines(text, st, s.profile.Dots) {
		canvas, base := s.canvas(line, st)
		fonts().Draw(canvas, 0, base, line, st)
		s.ink(canvas, base, st, l.align)
	}
}

// drawnPair is pair for texts of which at least one must be drawn: both go into one picture where they fit.
func (s *sheet) drawnPair(label, value string, l look) {
	label, value = s.drawable(label), s.drawable(value)
	st := s.drawnStyle(l)
	left, _, _ := fonts().Measure(label, st)
	right, _, _ := fonts().Measure(value, st)
	edge := s.right()
	if left+right+s.drawnSize()/2 > edge {
		s.line(label, l)
		l.align = escpos.Right
		s.line(value, l)
		return
	}
	canvas, base := s.canvas(label+value, st)
	fonts().Draw(canvas, 0, base, label, st)
	fonts().Draw(canvas, edge-right, base, value, st)
	s.ink(canvas, base, st, escpos.Left)
}

// drawable is text as a picture of this document can show it: with the document's one sign for rupees, and without the
// letters that no font here has, which would come out as boxes.
func (s *sheet) drawable(text string) string {
	if s.profile.Rupee == "text" {
		text = strings.ReplaceAll(text, "₹", "Rs.")
	}
	kept, _ := fonts().Drawable(text)
	return kept
}

func (s *sheet) drawnStyle(l look) typeset.Style {
	st := typeset.Style{Size: s.drawnSize(), Language: s.language, Bilevel: true}
	if l.size != escpos.Normal {
		st.Size = s.drawnSize() * 3 / 2
	}
	if l.bold || l.size != escpos.Normal {
		st.Weight = typeset.Bold
	}
	return st
}

// fonts draws for every sheet; it may be used by many at once and remembers what it drew.
var fonts = sync.OnceValue(typeset.New)

// canvas returns a white line of the paper's width, high enough for text, and where its baseline is.
func (s *sheet) canvas(text string, st typeset.Style) (*image.Gray, int) {
	_, up, down := fonts().Measure(text, st)
	return white(s.profile.Dots, up+down), up
}

// white returns an empty picture; what is drawn on it has the value 0.
func white(width, height int) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, width, height))
	for i := range g.Pix {
		g.Pix[i] = 0xFF
	}
	return g
}

// ink prints the black part of canvas, and feeds its white rows instead of sending them. Left-aligned ink keeps its
// place; otherwise its columns are cropped too and the printer aligns it. A clone that ignores the alignment of
// pictures puts it at the left, still readable. Baselines stand evenly, 1.35 em apart, whatever signs a line has.
func (s *sheet) ink(canvas *image.Gray, base int, st typeset.Style, align escpos.Alignment) {
	box := inkOf(canvas)
	if box.Empty() {
		s.gap(s.pitch())
		return
	}
	left := 0
	if align != escpos.Left {
		left = box.Min.X
	}
	m := escpos.NewBitmap(box.Max.X-left, box.Dy())
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if canvas.Pix[y*canvas.Stride+x] == 0 {
				m.Set(x-left, y-box.Min.Y)
			}
		}
	}
	above := max(0, box.Min.Y-(base-st.Size))
	s.gap(above)
	s.picture(m, escpos.Same, align)
	s.gap(max(2, st.Size*27/20-above-box.Dy()))
}

func inkOf(g *image.Gray) image.Rectangle {
	var box image.Rectangle
	for i, v := range g.Pix {
		if v == 0 {
			x, y := i%g.Stride, i/g.Stride
			box = box.Union(image.Rect(x, y, x+1, y+1))
		}
	}
	return box
}

// picture prints a bitmap by rows, or by columns where the profile says so.
func (s *sheet) picture(m escpos.Bitmap, scale escpos.Scale, align escpos.Alignment) {
	if s.profile.Draw == "column" {
		if scale == escpos.Quadruple { // ESC * doubles in one direction only
			m = m.Doubled()
		}
		s.bandsOfColumns(m, scale == escpos.Quadruple, align)
		return
	}
	s.bandsOfRows(m, scale, align)
}

// bandsOfColumns prints a bitmap 24 rows at a time. The band is printed by the feed after it, whatever the line spacing
// is.
func (s *sheet) bandsOfColumns(m escpos.Bitmap, wide bool, align escpos.Alignment) {
	for y := 0; y < m.Rows; y += escpos.BandRows {
		band := m.Slice(y, min(y+escpos.BandRows, m.Rows))
		if band.Blank() {
			s.gap(band.Rows)
			continue
		}
		columns, err := escpos.Columns(band, wide)
		if err != nil {
			s.fail(err)
			return
		}
		// Two segments: the columns are taken as they come, and only then the head begins.
		s.put(Segment{Bytes: append(s.style(look{align: align}, len(columns)), columns...), Even: true})
		s.put(Segment{Bytes: escpos.FeedDots(escpos.BandRows), Dots: escpos.BandRows})
	}
}

// bandsOfRows prints a bitmap in bands: one when it fits the printer's buffer, because some stop their motor between
// bands and leave a white line; else as tall as the buffer and the manuals allow.
func (s *sheet) bandsOfRows(m escpos.Bitmap, scale escpos.Scale, align escpos.Alignment) {
	rows := escpos.MaxRows
	if fit := (s.profile.Buffer - 64) / m.Stride; m.Rows > fit {
		rows = min(rows, max(fit, pacedRows))
	}
	times := 1
	if scale == escpos.Quadruple {
		times = 2
	}
	for y := 0; y < m.Rows; y += rows {
		band := m.Slice(y, min(y+rows, m.Rows))
		raster, err := escpos.Raster(scale, band)
		if err != nil {
			s.fail(err)
			return
		}
		s.put(Segment{Bytes: append(s.style(look{align: align}, len(raster)), raster...),
			Dots: band.Rows * times, Even: true})
	}
}

// pacedRows is the least height of a band on printers whose buffer is smaller than a picture: those are paced row by
// row, and lower bands would only add seams.
const pacedRows = 64

// rupeeGlyph is ₹ drawn into a character cell of font A.
var rupeeGlyph = sync.OnceValue(func() escpos.GlyphA {
	canvas := white(12, 24)
	st := typeset.Style{Size: 20, Weight: typeset.Bold, Bilevel: true}
	box := fonts().Ink("₹", st)
	fonts().Draw(canvas, (12-box.Dx())/2-box.Min.X, 20, "₹", st)
	var g escpos.GlyphA
	for x := range 12 {
		for y := range 24 {
			if canvas.Pix[y*canvas.Stride+x] == 0 {
				g[x*3+y/8] |= 0x80 >> (y % 8)
			}
		}
	}
	return g
})
