package display

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"golang.org/x/image/draw"
)

// A photo's frame in pixels: the preview from which a payer's app reads.
const photoW, photoH = 720, 540

// photo is what a camera has of a screen: grey values from 0 to 255, and where the code's square came to lie.
type photo struct {
	pix []float32
	box image.Rectangle
}

// look takes the photo: the code in the middle of the frame, the screen's shorter side reach pixels of it, and a dark
// counter around the screen.
func look(screen *image.RGBA, box image.Rectangle, reach int) *photo {
	f := float64(reach) / float64(min(screen.Rect.Dx(), screen.Rect.Dy()))
	mid := box.Min.Add(box.Max).Div(2)
	moved := func(p image.Point) image.Point {
		return image.Pt(photoW/2+int(math.Round(float64(p.X-mid.X)*f)), photoH/2+int(math.Round(float64(p.Y-mid.Y)*f)))
	}
	grey := image.NewGray(image.Rect(0, 0, photoW, photoH))
	draw.Draw(grey, grey.Rect, image.NewUniform(dark), image.Point{}, draw.Src)
	draw.CatmullRom.Scale(grey, image.Rectangle{moved(screen.Rect.Min), moved(screen.Rect.Max)}, screen,
		screen.Rect, draw.Src, nil)
	p := &photo{make([]float32, len(grey.Pix)), image.Rectangle{moved(box.Min), moved(box.Max)}}
	for i, v := range grey.Pix {
		p.pix[i] = float32(v)
	}
	return p
}

// grey is the photo as a reader gets it.
func (p *photo) grey() *image.Gray {
	g := image.NewGray(image.Rect(0, 0, photoW, photoH))
	for i, v := range p.pix {
		g.Pix[i] = uint8(min(255, max(0, v)) + 0.5)
	}
	return g
}

// blurred is out of focus: a Gaussian of sigma pixels.
func (p *photo) blurred(sigma float64) *photo {
	r := int(3*sigma + 1)
	kernel := make([]float32, 2*r+1)
	sum := float32(0)
	for i := range kernel {
		kernel[i] = float32(math.Exp(-float64((i-r)*(i-r)) / (2 * sigma * sigma)))
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	// Each pass blurs the rows and turns the picture on its side, so that the second one has rows again.
	pass := func(in []float32, w, h int) []float32 {
		out := make([]float32, len(in))
		row := make([]float32, w+2*r)
		for y := range h {
			copy(row[r:], in[y*w:][:w])
			for i := range r {
				row[i], row[r+w+i] = row[r], row[r+w-1]
			}
			for x := range w {
				var v float32
				for i, k := range kernel {
					v += k * row[x+i]
				}
				out[x*h+y] = v
			}
		}
		return out
	}
	return &photo{pass(pass(p.pix, photoW, photoH), photoH, photoW), p.box}
}

// dimmed is a dark screen in a bright room: contrast shrinks to factor, black rises.
func (p *photo) dimmed(factor float32) *photo {
	return p.each(func(v float32, _, _ int) float32 { return 40*(1-factor) + v*factor })
}

// grain is a field of Gaussian noise with a deviation of 1, from which photos take a part each.
var grain = sync.OnceValue(func() []float32 {
	rng := rand.New(rand.NewPCG(11, 7))
	g := make([]float32, 4*photoW*photoH)
	for i := range g {
		g[i] = float32(rng.NormFloat64())
	}
	return g
})

// noisy is a dark room: Gaussian noise of sigma grey levels.
func (p *photo) noisy(sigma float32, rng *rand.Rand) *photo {
	g := grain()[rng.IntN(3*photoW*photoH):]
	return p.each(func(v float32, x, y int) float32 { return v + sigma*g[y*photoW+x] })
}

// glared has a lamp's reflection on the code, not far from its middle; radius is a part of the code's side.
func (p *photo) glared(radius float64, rng *rand.Rand) *photo {
	side := float64(p.box.Dx())
	cx, cy := float64(p.box.Min.X)+(0.35+0.3*rng.Float64())*side, float64(p.box.Min.Y)+(0.35+0.3*rng.Float64())*side
	r := radius * side
	return p.each(func(v float32, x, y int) float32 {
		d := math.Hypot(float64(x)-cx, float64(y)-cy) / r
		if d > 2 {
			return v
		}
		return v + float32(300*math.Exp(-d*d*d*d*d*d))
	})
}

func (p *photo) each(f func(v float32, x, y int) float32) *photo {
	out := &photo{make([]float32, len(p.pix)), p.box}
	for y := range photoH {
		for x := range photoW {
			out.pix[y*photoW+x] = f(p.pix[y*photoW+x], x, y)
		}
	}
	return out
}

// warped samples p at the place from says for each pixel of the new photo; outside lies the counter.
func (p *photo) warped(from func(x, y float64) (float64, float64)) *photo {
	out := &photo{make([]float32, len(p.pix)), p.box}
	at := func(x, y int) float32 {
		if x < 0 || y < 0 || x >= photoW || y >= photoH {
			return float32(dark.Y)
		}
		return p.pix[y*photoW+x]
	}
	for y := range photoH {
		for x := range photoW {
			fx, fy := from(float64(x), float64(y))
			x0, y0 := int(math.Floor(fx)), int(math.Floor(fy))
			dx, dy := float32(fx-float64(x0)), float32(fy-float64(y0))
			out.pix[y*photoW+x] = (at(x0, y0)*(1-dx)+at(x0+1, y0)*dx)*(1-dy) +
				(at(x0, y0+1)*(1-dx)+at(x0+1, y0+1)*dx)*dy
		}
	}
	return out
}

// rotated is a phone held askew.
func (p *photo) rotated(degrees float64) *photo {
	s, c := math.Sincos(degrees * math.Pi / 180)
	return p.warped(func(x, y float64) (float64, float64) {
		x, y = x-photoW/2, y-photoH/2
		return photoW/2 + x*c + y*s, photoH/2 - x*s + y*c
	})
}

// aslant is a phone held from the side: the far edge is shorter by twice part.
func (p *photo) aslant(part float64) *photo {
	const cx, cy = photoW / 2.0, photoH / 2.0
	return p.warped(func(x, y float64) (float64, float64) {
		u, v := (x-cx)/cx, (y-cy)/cy
		w := 1 - part*u
		return cx + cx*u*1.1/w, cy + cy*v*1.1/w
	})
}

// jpegged is sent over a poor line: JPEG of a low quality.
func (p *photo) jpegged(t *testing.T, quality int) *photo {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p.grey(), &jpeg.Options{Quality: quality}); err != nil {
		t.Error(err)
		return p
	}
	img, err := jpeg.Decode(&b)
	if err != nil {
		t.Error(err)
		return p
	}
	g := img.(*image.Gray) // as it was encoded
	return p.each(func(_ float32, x, y int) float32 { return float32(g.Pix[g.PixOffset(x, y)]) })
}
