package display

import (
	"image"
	"math"
	"time"

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
	figureNote           // a banknote: paid, but not by this code
	figureLate           // a diamond with a clock's hands: money after the time
	figureWarning        // a triangle with an exclamation mark
	figureLogo           // the shop's own
	figurePicture        // the shop's own, in turn
)

// pen draws a shape in a square of 100 by 100: ink first, then what is cut out of it.
type pen struct {
	r        *vector.Rasterizer
	ink, cut *image.Alpha
	side     float32 // pixels to a hundredth
}

// moves says whether a figure stands while people wait: it then takes a step each second, so that nobody takes the
// screen for a dead one.
func (f figure) moves() bool { return f == figureWait || f == figureBank }

// steps is after how many seconds a figure that moves looks as it did: each of its steps differs from the one before.
const steps = 24

// phase is which step of a figure stands at now.
func phase(now time.Time) int { return int((now.Unix()%steps + steps) % steps) }

// shape is a status figure's coverage in a square of side pixels, at a step of it if it moves.
func shape(f figure, side, step int) *image.Alpha {
	box := image.Rect(0, 0, side, side)
	p := &pen{vector.NewRasterizer(side, side), image.NewAlpha(box), image.NewAlpha(box), float32(side) / 100}
	switch f {
	case figureTick:
		p.circle(50, 50, 48)
		p.fill(p.ink)
		p.stroke(p.cut, 11, 25, 52, 43, 70, 76, 33)
	case figureCross:
		// An octagon, the shape of a stop sign: it can't be taken for the disc of the tick.
		p.polygon(31, 4, 69, 4, 96, 31, 96, 69, 69, 96, 31, 96, 4, 69, 4, 31)
		p.fill(p.ink)
		p.stroke(p.cut, 11, 32, 32, 68, 68)
		p.stroke(p.cut, 11, 68, 32, 32, 68)
	case figureWarning:
		p.polygon(50, 6, 97, 90, 3, 90)
		p.fill(p.ink)
		p.stroke(p.cut, 9, 50, 36, 50, 62)
		p.circle(50, 77, 5.4)
		p.fill(p.cut)
	case figureBank:
		p.circle(50, 50, 46)
		p.fill(p.ink)
		p.circle(50, 50, 36)
		p.fill(p.cut)
		p.merge()
		at := float64(step) * math.Pi / 4
		p.stroke(p.ink, 8, 50, 50, 50+26*math.Sin(at), 50-26*math.Cos(at))
	case figureNote:
		// Who has paid must not see the stop sign of who hasn't, and without UPI's proof not its tick either.
		p.polygon(1, 20, 99, 20, 99, 80, 1, 80)
		p.fill(p.ink)
		p.polygon(8, 27, 92, 27, 92, 73, 8, 73)
		p.fill(p.cut)
		p.merge()
		p.circle(50, 50, 15)
		p.fill(p.ink)
		for _, x := range []float64{21, 79} {
			p.circle(x, 50, 5)
			p.fill(p.ink)
		}
	case figureLate:
		// A diamond with a clock's hands: neither the triangle of a warning nor the ring of waiting.
		p.polygon(50, 1, 99, 50, 50, 99, 1, 50)
		p.fill(p.ink)
		p.stroke(p.cut, 8, 50, 24, 50, 52, 67, 64)
	case figureWait:
		for i, x := range []float64{18, 50, 82} {
			r := 8.0
			if i == step%3 {
				r = 15
			}
			p.circle(x, 50, r)
		}
		p.fill(p.ink)
	}

	p.merge()
	return p.ink
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

// circle draws a disc from four Bézier curves.
func (p *pen) circle(cx, cy, r float64) {
	q := r * 0.5522847498307936 // the best quarter of a circle a cubic curve can be
	curve := func(ax, ay, bx, by, x, y float64) {
		a1, a2 := p.at(cx+ax, cy+ay)
		b1, b2 := p.at(cx+bx, cy+by)
		c1, c2 := p.at(cx+x, cy+y)
		p.r.CubeTo(a1, a2, b1, b2, c1, c2)
	}
	p.r.MoveTo(p.at(cx+r, cy))
	curve(r, q, q, r, 0, r)
	curve(-q, r, -r, q, -r, 0)
	curve(-r, -q, -q, -r, 0, -r)
	curve(q, -r, r, -q, r, 0)
	p.r.ClosePath()
}

// stroke draws a line of a width with round ends. Its parts are filled one by one: together they would cancel out where
// they overlap and turn the other way.
func (p *pen) stroke(to *image.Alpha, width float64, points ...float64) {
	for i := 0; i+3 < len(points); i += 2 {
		x1, y1, x2, y2 := points[i], points[i+1], points[i+2], points[i+3]
		l := math.Hypot(x2-x1, y2-y1)
		nx, ny := -(y2-y1)/l*width/2, (x2-x1)/l*width/2
		p.polygon(x1+nx, y1+ny, x2+nx, y2+ny, x2-nx, y2-ny, x1-nx, y1-ny)
		p.fill(to)
		p.circle(x1, y1, width/2)
		p.fill(to)
		p.circle(x2, y2, width/2)
		p.fill(to)
	}
}

// fill paints what was drawn so far and begins anew.
func (p *pen) fill(to *image.Alpha) {
	p.r.Draw(to, to.Rect, image.Opaque, image.Point{})
	p.r.Reset(to.Rect.Dx(), to.Rect.Dy())
}

// merge takes what is cut out of the ink.
func (p *pen) merge() {
	for i, c := range p.cut.Pix {
		p.ink.Pix[i] = uint8(uint32(p.ink.Pix[i]) * (255 - uint32(c)) / 255)
	}
	clear(p.cut.Pix)
}
