//go:build rig

package display

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/draw"
)

// photo is what a camera has of a screen: grey values, and where the code's box came to lie.
type photo struct {
	w, h int
	pix  []float64
	box  image.Rectangle
}

// look takes the photo: the whole screen on a sensor whose longer side is cameraSide pixels.
func look(screen *image.RGBA, box image.Rectangle, cameraSide int) *photo {
	size := screen.Rect.Size()
	f := float64(cameraSide) / float64(max(size.X, size.Y))
	small := image.NewGray(image.Rect(0, 0, int(float64(size.X)*f), int(float64(size.Y)*f)))
	draw.CatmullRom.Scale(small, small.Rect, screen, screen.Rect, draw.Src, nil)
	scaled := func(p image.Point) image.Point { return image.Pt(int(float64(p.X)*f), int(float64(p.Y)*f)) }
	p := &photo{small.Rect.Dx(), small.Rect.Dy(), make([]float64, len(small.Pix)), image.Rectangle{scaled(box.Min), scaled(box.Max)}}
	for i, v := range small.Pix {
		p.pix[i] = float64(v)
	}
	return p
}

func (p *photo) image() *image.Gray {
	g := image.NewGray(image.Rect(0, 0, p.w, p.h))
	for i, v := range p.pix {
		g.Pix[i] = uint8(math.Round(min(255, max(0, v))))
	}
	return g
}

// blurred is out of focus: a Gaussian of sigma pixels.
func (p *photo) blurred(sigma float64) *photo {
	r := int(3*sigma + 1)
	kernel := make([]float64, 2*r+1)
	sum := 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-r)*(i-r)) / (2 * sigma * sigma))
		sum += kernel[i]
	}
	pass := func(in []float64, dx, dy int) []float64 {
		out := make([]float64, len(in))
		for y := range p.h {
			for x := range p.w {
				for i, k := range kernel {
					sx, sy := min(p.w-1, max(0, x+(i-r)*dx)), min(p.h-1, max(0, y+(i-r)*dy))
					out[y*p.w+x] += k / sum * in[sy*p.w+sx]
				}
			}
		}
		return out
	}
	return &photo{p.w, p.h, pass(pass(p.pix, 1, 0), 0, 1), p.box}
}

// dimmed is a dark screen in a bright room: contrast shrinks to factor, black rises.
func (p *photo) dimmed(factor float64) *photo {
	return p.each(func(v float64, _, _ int) float64 { return 40*(1-factor) + v*factor })
}

// noisy is a dark room: Gaussian noise of sigma grey levels.
func (p *photo) noisy(sigma float64, seed uint64) *photo {
	rng := rand.New(rand.NewPCG(seed, 7))
	return p.each(func(v float64, _, _ int) float64 { return v + sigma*rng.NormFloat64() })
}

// glared has a lamp's reflection on the code, a little off its middle; radius is a part of the code's side.
func (p *photo) glared(radius float64) *photo {
	cx, cy := float64(p.box.Min.X)+0.58*float64(p.box.Dx()), float64(p.box.Min.Y)+0.45*float64(p.box.Dy())
	r := radius * float64(p.box.Dx())
	return p.each(func(v float64, x, y int) float64 {
		d := math.Hypot(float64(x)-cx, float64(y)-cy) / r
		return v + 300*math.Exp(-math.Pow(d, 6))
	})
}

func (p *photo) each(f func(v float64, x, y int) float64) *photo {
	out := &photo{p.w, p.h, make([]float64, len(p.pix)), p.box}
	for i, v := range p.pix {
		out.pix[i] = f(v, i%p.w, i/p.w)
	}
	return out
}

// warped samples p at the place from says for each pixel of the new photo; outside lies a dark room.
func (p *photo) warped(from func(x, y float64) (float64, float64)) *photo {
	out := &photo{p.w, p.h, make([]float64, len(p.pix)), p.box}
	at := func(x, y int) float64 {
		if x < 0 || y < 0 || x >= p.w || y >= p.h {
			return 70
		}
		return p.pix[y*p.w+x]
	}
	for y := range p.h {
		for x := range p.w {
			fx, fy := from(float64(x), float64(y))
			x0, y0 := int(math.Floor(fx)), int(math.Floor(fy))
			dx, dy := fx-float64(x0), fy-float64(y0)
			out.pix[y*p.w+x] = (at(x0, y0)*(1-dx)+at(x0+1, y0)*dx)*(1-dy) + (at(x0, y0+1)*(1-dx)+at(x0+1, y0+1)*dx)*dy
		}
	}
	return out
}

// rotated is a phone held askew, the picture drawn back far enough to stay in the frame.
func (p *photo) rotated(degrees float64) *photo {
	s, c := math.Sincos(degrees * math.Pi / 180)
	cx, cy, back := float64(p.w)/2, float64(p.h)/2, 1.25
	return p.warped(func(x, y float64) (float64, float64) {
		x, y = (x-cx)*back, (y-cy)*back
		return cx + x*c + y*s, cy - x*s + y*c
	})
}

// aslant is a phone held from the side: the far edge is shorter by twice part.
func (p *photo) aslant(part float64) *photo {
	cx, cy := float64(p.w)/2, float64(p.h)/2
	return p.warped(func(x, y float64) (float64, float64) {
		u, v := (x-cx)/cx, (y-cy)/cy
		w := 1 - part*u
		return cx + cx*u*1.1/w, cy + cy*v*1.1/w
	})
}

// jpegged is sent over a poor line: JPEG of a low quality.
func (p *photo) jpegged(t *testing.T, quality int) *photo {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p.image(), &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return p.each(func(_ float64, x, y int) float64 { r, _, _, _ := img.At(x, y).RGBA(); return float64(r >> 8) })
}
