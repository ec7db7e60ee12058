package display

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"
)

// figure is the large shape that tells a state without words, in the place where the QR stands.
type figure uint8

const (
	figureNone    figure = iota
	figureQR             // to be scanned
	figureWait           // three dots: one moment
	figureBank           // a clock's face: the bank is at work
	figureTick           // paid
	figureCross          // not paid
	figureLate           // a diamond with a clock's hands: money after the time
	figureWarning        // a triangle with an exclamation mark
	figureLogo           // the shop's own
	figurePicture        // the shop's own, in turn
)

// pen draws shapes in a square of 100 by 100 around its middle.
type pen struct {
	r    *vector.Rasterizer
	box  image.Rectangle
	side float32
}

func newPen(box image.Rectangle) *pen {
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	return &pen{r: r, box: box, side: float32(box.Dx()) / 100}
}

// at converts a place in the square; the conversion keeps processors from rounding differently.
func (p *pen) at(x, y float64) (float32, float32) {
	return float32(float32(x) * p.side), float32(float32(y) * p.side)
}

func (p *pen) polygon(points ...float64) {
	p.r.MoveTo(p.at(points[0], points[1]))
	for i := 2; i+1 < len(points); i += 2 {
		p.r.LineTo(p.at(points[i], points[i+1]))
	}
	p.r.ClosePath()
}

// circle draws a disc; a negative radius draws it the other way round, which cuts it out of what it lies in.
func (p *pen) circle(cx, cy, radius float64) {
	const k = 0.5522847498307936 // cubic Bézier's best quarter circle
	r, q := math.Abs(radius), math.Abs(radius)*k
	s := 1.0
	if radius < 0 {
		s = -1
	}
	curve := func(ax, ay, bx, by, x, y float64) {
		a1, a2 := p.at(cx+ax, cy+ay*s)
		b1, b2 := p.at(cx+bx, cy+by*s)
		c1, c2 := p.at(cx+x, cy+y*s)
		p.r.CubeTo(a1, a2, b1, b2, c1, c2)
	}
	p.r.MoveTo(p.at(cx+r, cy))
	curve(r, q, q, r, 0, r)
	curve(-q, r, -r, q, -r, 0)
	curve(-r, -q, -q, -r, 0, -r)
	curve(q, -r, r, -q, r, 0)
	p.r.ClosePath()
}

// stroke draws a line of a width with round ends. Its parts are filled one by one, so that overlaps stay filled.
func (p *pen) stroke(dst *image.RGBA, ink color.RGBA, width float64, points ...float64) {
	for i := 0; i+3 < len(points); i += 2 {
		x1, y1, x2, y2 := points[i], points[i+1], points[i+2], points[i+3]
		l := math.Hypot(x2-x1, y2-y1)
		nx, ny := -(y2-y1)/l*width/2, (x2-x1)/l*width/2
		p.polygon(x1+nx, y1+ny, x2+nx, y2+ny, x2-nx, y2-ny, x1-nx, y1-ny)
		p.fill(dst, ink)
		p.circle(x1, y1, width/2)
		p.fill(dst, ink)
		p.circle(x2, y2, width/2)
		p.fill(dst, ink)
	}
}

// fill paints what was drawn so far and begins anew.
func (p *pen) fill(dst *image.RGBA, ink color.RGBA) {
	p.r.Draw(dst, p.box, image.NewUniform(ink), image.Point{})
	p.r.Reset(p.box.Dx(), p.box.Dy())
}

// drawShape draws a status shape into a square; ground shows through its holes.
func drawShape(dst *image.RGBA, f figure, square image.Rectangle, ink, ground color.RGBA) {
	p := newPen(square)
	disc := func() {
		p.circle(50, 50, 48)
		p.fill(dst, ink)
	}
	switch f {
	case figureTick:
		disc()
		p.stroke(dst, ground, 11, 25, 52, 43, 70, 76, 33)
	case figureCross:
		// An octagon, the shape of a stop sign: it can't be taken for the disc of the tick.
		p.polygon(31, 4, 69, 4, 96, 31, 96, 69, 69, 96, 31, 96, 4, 69, 4, 31)
		p.fill(dst, ink)
		p.stroke(dst, ground, 11, 32, 32, 68, 68)
		p.stroke(dst, ground, 11, 68, 32, 32, 68)
	case figureWarning:
		p.polygon(50, 6, 97, 90, 3, 90)
		p.fill(dst, ink)
		p.stroke(dst, ground, 9, 50, 36, 50, 62)
		p.circle(50, 77, 5.4)
		p.fill(dst, ground)
	case figureBank:
		p.circle(50, 50, 46)
		p.circle(50, 50, -36)
		p.fill(dst, ink)
		p.stroke(dst, ink, 8, 50, 26, 50, 50, 66, 60)
	case figureLate:
		// A diamond with a clock's hands: neither the triangle of a warning nor the ring of waiting.
		p.polygon(50, 1, 99, 50, 50, 99, 1, 50)
		p.fill(dst, ink)
		p.stroke(dst, ground, 8, 50, 24, 50, 52, 67, 64)
	case figureWait:
		for _, x := range []float64{20, 50, 80} {
			p.circle(x, 50, 9)
			p.fill(dst, ink)
		}
	}
}
