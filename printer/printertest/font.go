package printertest

import (
	"image"
	"image/color"
	"sync"

	"golang.org/x/image/font/inconsolata"
	"golang.org/x/image/math/fixed"
)

// cp437 is the upper half of the code page printers start with.
const cp437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
	"└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"

var upper = []rune(cp437)

// charOf is the character a printer's byte stands for.
func charOf(b byte) rune {
	if b < 0x80 {
		return rune(b)
	}
	return upper[b-0x80]
}

// shape names one drawn character.
type shape struct {
	r    rune
	bold bool
	w, h int
}

// shapes are the characters drawn so far; they are never written to again.
var shapes sync.Map // shape → [][]bool

func glyph(r rune, bold bool, w, h int) [][]bool {
	key := shape{r, bold, w, h}
	if known, ok := shapes.Load(key); ok {
		return known.([][]bool)
	}
	cell := drawGlyph(r, bold, w, h)
	shapes.Store(key, cell)
	return cell
}

// drawGlyph draws a character into a cell of w x h dots, scaled from an 8 x 16 bitmap font. Unknown ones become a box.
func drawGlyph(r rune, bold bool, w, h int) [][]bool {
	cell := make([][]bool, h)
	for y := range cell {
		cell[y] = make([]bool, w)
	}
	face := inconsolata.Regular8x16
	if bold {
		face = inconsolata.Bold8x16
	}
	rect, mask, at, _, ok := face.Glyph(fixed.P(0, 12), r)
	if !ok {
		rect, mask, at = image.Rect(0, 0, 8, 16), image.NewUniform(color.Opaque), image.Point{}
	}
	alpha := func(x, y int) float64 {
		if !image.Pt(x, y).In(rect) {
			return 0
		}
		_, _, _, a := mask.At(at.X+x-rect.Min.X, at.Y+y-rect.Min.Y).RGBA()
		return float64(a) / 0xFFFF
	}
	for y := range h {
		for x := range w {
			fx, fy := (float64(x)+0.5)*8/float64(w)-0.5, (float64(y)+0.5)*16/float64(h)-0.5
			x0, y0 := floor(fx), floor(fy)
			dx, dy := fx-float64(x0), fy-float64(y0)
			a := alpha(x0, y0)*(1-dx)*(1-dy) + alpha(x0+1, y0)*dx*(1-dy) + alpha(x0, y0+1)*(1-dx)*dy + alpha(
				x0+1, y0+1,
			)*dx*dy
			cell[y][x] = a > 0.4
		}
	}
	return cell
}

func floor(f float64) int {
	n := int(f)
	if float64(n) > f {
		n--
	}
	return n
}
