package logo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"

	"galla/printer/escpos"
)

// MaxFile is the largest file of a logo, in bytes.
const MaxFile = 1 << 20

// Bounds of a logo. 384 x 160 dots are 7.7 KB: 8 s at 9600 baud, so small logos serve slow printers better.
const (
	maxSide = 2048 // pixels of the PNG
	maxRows = 200  // dots on paper
)

// Read turns a PNG into dots for paper that is dots wide. The picture is shrunk to fit, never enlarged. An error says
// what is wrong with the file; nothing of the picture is decoded before its size is known.
func Read(data []byte, dots int) (escpos.Bitmap, error) {
	var none escpos.Bitmap
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return none, fmt.Errorf("not a PNG (%w): convert it to one", err)
	}
	if c.Width > maxSide || c.Height > maxSide || c.Width < 1 || c.Height < 1 {
		return none, fmt.Errorf("%d x %d pixels: at most %d x %d are allowed", c.Width, c.Height, maxSide, maxSide)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return none, fmt.Errorf("the PNG is damaged: %w", err)
	}
	w, h := c.Width, c.Height
	if w > dots {
		w, h = dots, h*dots/w
	}
	if h > maxRows {
		w, h = max(1, w*maxRows/h), maxRows
	}
	bits := dither(img, w, max(1, h))
	if bits.Blank() {
		return none, errors.New("the picture is white: give one with something dark in it, or leave it empty")
	}
	return bits, nil
}

// dither shrinks img to w x h by averaging and turns grey into dots by error diffusion (Floyd and Steinberg, 1976).
func dither(img image.Image, w, h int) escpos.Bitmap {
	from := img.Bounds()
	m := escpos.NewBitmap(w, h)
	grey := make([]int, w*h) // 0 black to 255 white, before and after errors of neighbours
	for y := range h {
		for x := range w {
			box := image.Rect(
				x*from.Dx()/w,
				y*from.Dy()/h,
				max((x+1)*from.Dx()/w, x*from.Dx()/w+1),
				max((y+1)*from.Dy()/h, y*from.Dy()/h+1),
			)
			grey[y*w+x] = averageGrey(img, box.Add(from.Min))
		}
	}
	for i, v := range grey {
		x, y := i%w, i/w
		rest := v
		if v < 128 {
			m.Set(x, y)
		} else {
			rest = v - 255
		}
		for _, n := range [4][3]int{{1, 0, 7}, {-1, 1, 3}, {0, 1, 5}, {1, 1, 1}} {
			if nx, ny := x+n[0], y+n[1]; nx >= 0 && nx < w && ny < h {
				grey[ny*w+nx] += rest * n[2] / 16
			}
		}
	}
	return m
}

// averageGrey is the mean brightness of a box over white paper, 0 to 255.
func averageGrey(img image.Image, box image.Rectangle) int {
	sum := 0
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			r, g, b, a := img.At(x, y).RGBA()
			sum += int((299*r+587*g+114*b)/1000 + 0xFFFF - a)
		}
	}
	return sum / (box.Dx() * box.Dy()) >> 8
}
