package kiosk

import (
	"image"
	"time"

	"galla/display"
)

// picture is the customer's picture, upright, and the same as the monitor wants it. It has no ebiten in it.
type picture struct {
	drawer  Drawer
	degrees int
	upright *image.RGBA // what the customer sees
	panel   *image.RGBA // upright, turned: row by row what the texture holds
}

// bring makes the picture that of v at now, for a monitor of panel pixels, and returns what of the panel has changed.
func (p *picture) bring(panel image.Point, v display.View, now time.Time) image.Rectangle {
	fresh := p.panel == nil || p.panel.Rect.Size() != panel
	if fresh {
		p.panel = image.NewRGBA(image.Rectangle{Max: panel})
		p.upright = image.NewRGBA(image.Rectangle{Max: turned(panel, p.degrees)})
	}
	drawn := p.drawer.Draw(p.upright, v, now)
	if fresh {
		transfer(p.panel, p.upright, p.degrees, p.upright.Rect)
		return p.panel.Rect
	}
	return transfer(p.panel, p.upright, p.degrees, drawn)
}

// upside turns a frame that was read back from the panel so that it stands as the customer sees it.
func (p *picture) upside(panel *image.RGBA) *image.RGBA {
	if p.degrees == 0 {
		return panel
	}
	img := image.NewRGBA(image.Rectangle{Max: turned(panel.Rect.Size(), p.degrees)})
	transfer(img, panel, 360-p.degrees, panel.Rect)
	return img
}
