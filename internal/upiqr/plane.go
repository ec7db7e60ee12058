package upiqr

import (
	"image"
	"image/draw"

	"github.com/makiuchi-d/gozxing"
)

// plane is a picture in grey, one byte a pixel, row by row.
type plane struct {
	grey []byte
	w, h int
}

// luminanceOf flattens a picture onto white paper, because a transparent PNG is shown on white.
func luminanceOf(img image.Image) plane {
	b := img.Bounds()
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for i := range g.Pix {
		g.Pix[i] = 0xff
	}
	draw.Draw(g, g.Bounds(), img, b.Min, draw.Over)
	return plane{g.Pix, b.Dx(), b.Dy()}
}

// framed enlarges each pixel to n by n and adds a white border: a code that fills its picture has no quiet zone to be
// found by.
func (p plane) framed(n int) plane {
	border := 8 * n
	q := plane{w: p.w*n + 2*border, h: p.h*n + 2*border}
	q.grey = make([]byte, q.w*q.h)
	for i := range q.grey {
		q.grey[i] = 0xff
	}
	for y := range p.h * n {
		row := q.grey[(y+border)*q.w+border:]
		for x := range p.w * n {
			row[x] = p.grey[y/n*p.w+x/n]
		}
	}
	return q
}

func (p plane) inverted() plane {
	q := plane{make([]byte, len(p.grey)), p.w, p.h}
	for i, v := range p.grey {
		q.grey[i] = ^v
	}
	return q
}

func (p plane) source() gozxing.LuminanceSource {
	// The error is for a crop outside the data; there is no crop.
	s, _ := gozxing.NewPlanarYUVLuminanceSource(p.grey, p.w, p.h, 0, 0, p.w, p.h, false)
	return s
}

func (p plane) hybrid() gozxing.Binarizer { return gozxing.NewHybridBinarizer(p.source()) }
func (p plane) global() gozxing.Binarizer { return gozxing.NewGlobalHistgramBinarizer(p.source()) }
