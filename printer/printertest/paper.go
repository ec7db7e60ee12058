package printertest

import (
	"image"
	"image/color"
	"slices"
)

// Paper is what has been printed: rows of dots, growing downwards.
type Paper struct {
	dots int
	rows [][]bool
}

// maxRows bounds the memory a stream can ask for: 8 m of paper.
const maxRows = 1 << 16

func (p *Paper) grow(rows int) {
	for len(p.rows) < min(rows, maxRows) {
		p.rows = append(p.rows, make([]bool, p.dots))
	}
}

// set makes a dot black; what lies outside the print width is not printed.
func (p *Paper) set(x, y int) {
	if x >= 0 && x < p.dots && y >= 0 && y < maxRows {
		p.grow(y + 1)
		p.rows[y][x] = true
	}
}

// inked counts the rows with dots from (included) to to (excluded).
func (p *Paper) inked(from, to int) int {
	n := 0
	for y := max(0, from); y < min(to, len(p.rows)); y++ {
		if slices.Contains(p.rows[y], true) {
			n++
		}
	}
	return n
}

// Rows is the length of the paper in rows of dots.
func (p *Paper) Rows() int { return len(p.rows) }

// PaperMargin is the unprintable edge on both sides, about 4 mm, in dots; a picture has it above and below, too.
const PaperMargin = 32

// Image draws the paper with its margins, black on white.
func (p *Paper) Image() *image.Gray {
	m := image.NewGray(image.Rect(0, 0, p.dots+2*PaperMargin, len(p.rows)+2*PaperMargin))
	for i := range m.Pix {
		m.Pix[i] = 0xFF
	}
	for y, row := range p.rows {
		for x, black := range row {
			if black {
				m.SetGray(x+PaperMargin, y+PaperMargin, color.Gray{})
			}
		}
	}
	return m
}

// Ink counts the black dots.
func (p *Paper) Ink() int {
	n := 0
	for _, row := range p.rows {
		for _, black := range row {
			if black {
				n++
			}
		}
	}
	return n
}
