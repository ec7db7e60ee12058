package kiosk

import (
	"errors"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"sync/atomic"
	"time"

	"galla/display"
)

// testDrawer draws pictures that are told apart in every corner and depend on nothing but the View: what is tested here
// is how a picture gets onto the monitor, not the picture.
type testDrawer struct {
	refuse atomic.Bool // Verify fails
	draws  atomic.Int64
}

func newTestDrawer() *testDrawer { return &testDrawer{} }

// paint makes the picture of v in img.
func (d *testDrawer) paint(img *image.RGBA, v display.View) {
	h := fnv.New32a()
	h.Write([]byte(v.Screen))
	h.Write([]byte(v.SaleID))
	h.Write([]byte(v.Reason))
	seed := h.Sum32()
	w, hh := img.Rect.Dx(), img.Rect.Dy()
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{byte(seed), byte(seed >> 8), byte(seed >> 16), 255}),
		image.Point{}, draw.Src)
	for i := range 256 { // 16 x 16 cells of noise over the whole picture, one-pixel lines between them
		seed = seed*1664525 + 1013904223
		x, y := i%16*w/16, i/16*hh/16
		cell := image.Rect(x+1, y+1, (i%16+1)*w/16, (i/16+1)*hh/16)
		draw.Draw(img, cell, image.NewUniform(color.RGBA{byte(seed >> 24), byte(seed >> 16), byte(seed >> 8), 255}),
			image.Point{}, draw.Src)
	}
	img.SetRGBA(0, 0, color.RGBA{255, 0, 0, 255})
	img.SetRGBA(w-1, 0, color.RGBA{0, 255, 0, 255})
	img.SetRGBA(0, hh-1, color.RGBA{0, 0, 255, 255})
	img.SetRGBA(w-1, hh-1, color.RGBA{255, 255, 255, 255})
}

// testPainter is the Painter of one size.
type testPainter struct {
	d   *testDrawer
	img *image.RGBA
}

func (d *testDrawer) painter(size image.Point) Painter {
	return &testPainter{d, image.NewRGBA(image.Rectangle{Max: size})}
}

func (p *testPainter) Frame(v display.View, now time.Time) (*image.RGBA, image.Rectangle) {
	p.d.draws.Add(1)
	old := image.NewRGBA(p.img.Rect)
	copy(old.Pix, p.img.Pix)
	p.d.paint(p.img, v)
	return p.img, transfer(old, p.img, 0, p.img.Rect)
}

func (p *testPainter) NextChange(display.View, time.Time) time.Time { return time.Time{} }

// QR is a part of the picture that is nowhere else when it is turned.
func (p *testPainter) QR() image.Rectangle {
	size := p.img.Rect.Size()
	return image.Rect(size.X/16, size.Y/8, size.X*9/16, size.Y*7/8)
}

func (d *testDrawer) verify(part image.Image, size image.Point, v display.View) error {
	if d.refuse.Load() {
		return errors.New("the test says so")
	}
	r := part.Bounds()
	if want := (&testPainter{img: image.NewRGBA(image.Rectangle{Max: size})}).QR(); r != want {
		return fmt.Errorf("the part %v of %v was read back, want %v", r, size, want)
	}
	want := image.NewRGBA(image.Rectangle{Max: size})
	d.paint(want, v)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := want.RGBAAt(x, y)
			if got := part.(*image.Gray).GrayAt(x, y).Y; got != luminance(c.R, c.G, c.B) {
				return fmt.Errorf("pixel %d,%d of the frame is %d, and the picture's is %v", x, y, got, c)
			}
		}
	}
	return nil
}
