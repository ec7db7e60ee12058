package display

import (
	"image"

	"golang.org/x/image/draw"
)

// fit is the largest rectangle of size's shape in the middle of box. A smaller picture isn't enlarged: it would blur.
func fit(size image.Point, box image.Rectangle) image.Rectangle {
	w, h := size.X, size.Y
	if w > box.Dx() || h > box.Dy() {
		if w*box.Dy() > h*box.Dx() {
			w, h = box.Dx(), max(1, h*box.Dx()/w)
		} else {
			w, h = max(1, w*box.Dy()/h), box.Dy()
		}
	}
	at := box.Min.Add(image.Pt((box.Dx()-w)/2, (box.Dy()-h)/2))
	return image.Rectangle{at, at.Add(image.Pt(w, h))}
}

// scale draws img into r, over what is there.
func scale(dst *image.RGBA, r image.Rectangle, img *image.RGBA) {
	if r.Size() == img.Rect.Size() {
		draw.Draw(dst, r, img, img.Rect.Min, draw.Over)
		return
	}
	draw.ApproxBiLinear.Scale(dst, r, img, img.Rect, draw.Over, nil)
}
