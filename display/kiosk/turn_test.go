package kiosk

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
	"time"

	"galla/display"
)

// at says where the pixel (x, y) of a picture of w x h goes when the picture is turned clockwise: written down apart
// from transfer, from looking at a sheet of paper.
func at(x, y, w, h, degrees int) image.Point {
	switch degrees {
	case 90:
		return image.Pt(h-1-y, x)
	case 180:
		return image.Pt(w-1-x, h-1-y)
	case 270:
		return image.Pt(y, w-1-x)
	}
	return image.Pt(x, y)
}

func noise(w, h int, rng *rand.Rand) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = byte(rng.Uint32())
	}
	return img
}

func TestTransferTurns(t *testing.T) {
	const w, h = 13, 7
	rng := rand.New(rand.NewPCG(1, 1))
	for _, degrees := range []int{0, 90, 180, 270} {
		src := noise(w, h, rng)
		dst := image.NewRGBA(image.Rectangle{Max: turned(image.Pt(w, h), degrees)})
		if changed := transfer(dst, src, degrees, src.Rect); changed != dst.Rect {
			t.Errorf("%d°: a new picture changes %v, want %v", degrees, changed, dst.Rect)
		}
		for y := range h {
			for x := range w {
				p := at(x, y, w, h, degrees)
				if dst.RGBAAt(p.X, p.Y) != src.RGBAAt(x, y) {
					t.Fatalf("%d°: pixel %d,%d is not at %v", degrees, x, y, p)
				}
			}
		}
		if changed := transfer(dst, src, degrees, src.Rect); !changed.Empty() {
			t.Errorf("%d°: the same picture again changes %v", degrees, changed)
		}
		for range 200 { // one changed pixel is found, exactly
			x, y := rng.IntN(w), rng.IntN(h)
			c := src.RGBAAt(x, y)
			src.SetRGBA(x, y, color.RGBA{^c.R, c.G, c.B, c.A})
			p := at(x, y, w, h, degrees)
			changed := transfer(dst, src, degrees, image.Rect(x-2, y-2, x+2, y+2))
			if changed != image.Rect(p.X, p.Y, p.X+1, p.Y+1) {
				t.Fatalf("%d°: a change at %d,%d is reported as %v, want the pixel %v", degrees, x, y, changed, p)
			}
		}
		back := image.NewRGBA(src.Rect)
		transfer(back, dst, (360-degrees)%360, dst.Rect)
		if !transfer(back, src, 0, src.Rect).Empty() {
			t.Errorf("%d°: turned back it is another picture", degrees)
		}
	}
}

// The picture on the panel is always the Painter's, turned, and what is reported as changed covers every pixel that is.
func TestPictureReportsWhatChanged(t *testing.T) {
	d := newTestDrawer()
	for _, degrees := range []int{0, 90, 180, 270} {
		p := &picture{paint: d.painter, degrees: degrees}
		var texture *image.RGBA
		for i, size := range []image.Point{{160, 96}, {160, 96}, {160, 96}, {96, 160}, {160, 96}, {160, 96}} {
			v := display.View{Screen: display.ScreenPaid, SaleID: fmt.Sprint(i / 2)}
			changed := p.bring(size, v, time.Time{})
			if texture == nil || texture.Rect.Size() != size {
				texture = image.NewRGBA(image.Rectangle{Max: size})
				if changed != texture.Rect {
					t.Errorf("%d° step %d: a new size changes %v", degrees, i, changed)
				}
			}
			transfer(texture, p.panel, 0, changed)
			if rest := transfer(texture, p.panel, 0, p.panel.Rect); !rest.Empty() {
				t.Errorf("%d° step %d: %v changed and was not reported", degrees, i, rest)
			}
			want := image.NewRGBA(image.Rectangle{Max: turned(size, degrees)})
			d.paint(want, v)
			if got := p.upright(p.panel); !transfer(want, got, 0, got.Rect).Empty() {
				t.Errorf("%d° step %d: upright it is not the picture", degrees, i)
			}
		}
	}
}

func BenchmarkTurn(b *testing.B) {
	src := noise(1920, 1080, rand.New(rand.NewPCG(1, 1)))
	dst := image.NewRGBA(image.Rect(0, 0, 1080, 1920))
	for b.Loop() {
		transfer(dst, src, 90, src.Rect)
	}
}

// TestAround: what is outside of a picture in its window is all of the window but the picture, each pixel once.
func TestAround(t *testing.T) {
	window := image.Rect(0, 0, 12, 9)
	for _, place := range []image.Rectangle{
		{}, window, image.Rect(0, 0, 4, 9), image.Rect(8, 0, 12, 9), image.Rect(3, 2, 7, 5), image.Rect(0, 4, 12, 9),
		image.Rect(10, 7, 20, 20),
	} {
		times := map[image.Point]int{}
		for _, r := range around(window, place) {
			for y := r.Min.Y; y < r.Max.Y; y++ {
				for x := r.Min.X; x < r.Max.X; x++ {
					times[image.Pt(x, y)]++
				}
			}
		}
		for y := range 9 {
			for x := range 12 {
				p, want := image.Pt(x, y), 1
				if p.In(place) {
					want = 0
				}
				if times[p] != want {
					t.Errorf("%v: pixel %v is there %d times, want %d", place, p, times[p], want)
				}
			}
		}
		if len(times) > 12*9 {
			t.Errorf("%v: %v goes beyond the window", place, around(window, place))
		}
	}
}
