package kiosk

import (
	"image"
	"time"

	"galla/display"
)

// picture is the customer's picture, and the same as the monitor wants it. It has no ebiten in it.
type picture struct {
	paint   func(size image.Point) Painter
	degrees int
	painter Painter
	panel   *image.RGBA // the picture, turned: row by row what the texture holds. Without rotation, the Painter's own
}

// bring makes the picture that of v at now, for a monitor of size pixels, and returns what of the panel has changed.
func (p *picture) bring(size image.Point, v display.View, now time.Time) image.Rectangle {
	fresh := p.panel == nil || p.panel.Rect.Size() != size
	if fresh {
		p.painter = p.paint(turned(size, p.degrees))
	}
	frame, changed := p.painter.Frame(v, now)
	switch {
	case p.degrees == 0:
		p.panel = frame
	case fresh:
		p.panel = image.NewRGBA(image.Rectangle{Max: size})
		transfer(p.panel, frame, p.degrees, frame.Rect)
	default:
		changed = transfer(p.panel, frame, p.degrees, changed)
	}
	if fresh {
		return p.panel.Rect
	}
	return changed
}

// code is where the QR stands in the panel; all of it where it shows none.
func (p *picture) code() image.Rectangle {
	r := p.painter.QR()
	if r.Empty() {
		return p.panel.Rect
	}
	upright := turned(p.panel.Rect.Size(), p.degrees)
	return turnRect(r, upright.X, upright.Y, p.degrees)
}

// uprightCode turns a part of the panel that was read back so that it stands as the customer sees it, and returns it
// with the size of the whole picture.
func (p *picture) uprightCode(part *image.Gray, panel image.Point) (*image.Gray, image.Point) {
	return turnGrey(part, panel, 360-p.degrees), turned(panel, p.degrees)
}

// upright turns a frame that was read back from the panel so that it stands as the customer sees it.
func (p *picture) upright(panel *image.RGBA) *image.RGBA {
	if p.degrees == 0 {
		return panel
	}
	img := image.NewRGBA(image.Rectangle{Max: turned(panel.Rect.Size(), p.degrees)})
	transfer(img, panel, 360-p.degrees, panel.Rect)
	return img
}
