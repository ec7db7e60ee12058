package kiosk

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"
)

// texture holds the panel's picture. Its methods are called from the frame loop only.
type texture struct {
	image   *ebiten.Image
	scratch []byte // one region on its way to the texture
}

// write copies the part r of panel into the texture.
func (x *texture) write(panel *image.RGBA, r image.Rectangle) {
	if x.image == nil || x.image.Bounds() != panel.Rect {
		if x.image != nil {
			x.image.Deallocate()
		}
		// Unmanaged: an image of its own, not a part of an atlas with other images beside it.
		x.image = ebiten.NewImageWithOptions(panel.Rect, &ebiten.NewImageOptions{Unmanaged: true})
		r = panel.Rect
	}
	if r.Empty() {
		return
	}
	if r == panel.Rect {
		x.image.WritePixels(panel.Pix)
		return
	}
	x.scratch = x.scratch[:0]
	for y := r.Min.Y; y < r.Max.Y; y++ {
		x.scratch = append(x.scratch, panel.Pix[panel.PixOffset(r.Min.X, y):panel.PixOffset(r.Max.X-1, y)+4]...)
	}
	part := x.image.RecyclableSubImage(r)
	part.WritePixels(x.scratch)
	part.Recycle()
}

// present puts the texture on the screen, pixel for pixel, with its corner at a point of it.
func (x *texture) present(screen ebiten.FinalScreen, at image.Point) {
	o := &ebiten.DrawImageOptions{Filter: ebiten.FilterNearest, Blend: ebiten.BlendCopy}
	o.GeoM.Translate(float64(at.X), float64(at.Y))
	screen.DrawImage(x.image, o)
}

// read draws the texture as present does, into another image, and reads the part r of it back, with r's bounds. ebiten
// answers ReadPixels of the texture itself from its own copy of what was written (internal/buffered), which would prove
// nothing; what was drawn, it must fetch.
func (x *texture) read(r image.Rectangle) *image.RGBA {
	proof := ebiten.NewImageWithOptions(image.Rectangle{Max: r.Size()}, &ebiten.NewImageOptions{Unmanaged: true})
	defer proof.Deallocate()
	o := &ebiten.DrawImageOptions{Filter: ebiten.FilterNearest, Blend: ebiten.BlendCopy}
	o.GeoM.Translate(float64(-r.Min.X), float64(-r.Min.Y))
	proof.DrawImage(x.image, o)
	img := image.NewRGBA(r)
	proof.ReadPixels(img.Pix)
	return img
}
