package printer

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"strings"

	"galla/internal/money"
	"galla/printer/escpos"
)

// Bounds of a logo. 384 x 160 dots are 7.7 KB: 8 s at 9600 baud, so small logos serve slow printers better.
const (
	maxLogoFile = 1 << 20
	maxLogoSide = 2048
	maxLogoRows = 200
)

// Picture is a logo as black dots.
type Picture struct{ bits escpos.Bitmap }

// Load checks the shop's GSTIN and reads its logo for paper of dots width, once, at start. The logo is shrunk to fit,
// never enlarged.
func (s Shop) Load(dots int) (Shop, error) {
	if s.Name == "" {
		return s, fmt.Errorf("the shop has no name: it heads every slip")
	}
	if s.GSTIN != "" {
		if err := money.CheckGSTIN(s.GSTIN); err != nil {
			return s, err
		}
	}
	if s.Logo == "" {
		return s, nil
	}
	f, err := os.Open(s.Logo)
	if err != nil {
		return s, fmt.Errorf("logo: %w: give the path of a PNG, or leave it empty", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLogoFile+1))
	if err != nil || len(data) > maxLogoFile {
		return s, fmt.Errorf(
			"logo %s can't be read or is above %d KB (%v): give a smaller PNG",
			s.Logo,
			maxLogoFile>>10,
			err,
		)
	}
	s.Picture, err = newPicture(data, dots)
	if err != nil {
		return s, fmt.Errorf("logo %s: %w", s.Logo, err)
	}
	return s, nil
}

// LeftOut is the letters of the shop's lines that slips leave out because no font here has them: emoji, scripts of
// other countries, marks stacked on letters. Each stands once.
func (s Shop) LeftOut() string {
	texts := append(
		[]string{s.Name, s.Phone},
		append(append(append([]string{}, s.Address...), s.Header...), s.Footer...)...)
	_, missing := fonts().Drawable(strings.Join(texts, " "))
	return string(missing)
}

func newPicture(data []byte, dots int) (*Picture, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a PNG (%w): convert it to one", err)
	}
	if c.Width > maxLogoSide || c.Height > maxLogoSide || c.Width < 1 || c.Height < 1 {
		return nil, fmt.Errorf(
			"%d x %d pixels: at most %d x %d are allowed",
			c.Width,
			c.Height,
			maxLogoSide,
			maxLogoSide,
		)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the PNG is damaged: %w", err)
	}
	w, h := c.Width, c.Height
	if w > dots {
		w, h = dots, h*dots/w
	}
	if h > maxLogoRows {
		w, h = max(1, w*maxLogoRows/h), maxLogoRows
	}
	bits := dither(img, w, max(1, h))
	if bits.Blank() {
		return nil, errors.New("the picture is white: give one with something dark in it, or leave it empty")
	}
	return &Picture{bits}, nil
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

// logo prints the shop's picture.
func (s *sheet) logo(p *Picture) {
	s.picture(p.bits, escpos.Same, escpos.Center)
	s.gap(8)
}
