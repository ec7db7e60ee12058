package upiqr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// Bounds of a picture. A gateway's poster is about 1000 by 1500 pixels and 200 KB.
const (
	MaxPicture = 4 << 20  // bytes
	maxPixels  = 10 << 20 // checked before a pixel is decoded
	maxSide    = 8192
	// finder patterns; three make a QR. Bounds the work, which grows with their cube: half a second at most on a laptop
	maxCorners = 128
)

// DecodePicture finds the one QR code in a PNG, JPEG or GIF and returns its text, byte for byte.
// No QR code and more than one are errors: with two, nobody can say which is the sale's.
func DecodePicture(data []byte) (string, error) {
	img, err := decodeImage(data)
	if err != nil {
		return "", err
	}
	full := luminanceOf(img)
	// Each look sees what another may miss: a code printed in one-pixel modules, without a quiet zone, or white on
	// black. The first look is the strict one, because it alone decides whether a second code is there too.
	var found []symbol
	for i, look := range []func(plane) []gozxing.Binarizer{
		func(p plane) []gozxing.Binarizer { return []gozxing.Binarizer{p.hybrid(), p.global()} },
		func(p plane) []gozxing.Binarizer {
			return []gozxing.Binarizer{p.framed(2).global(), p.framed(3).hybrid()}
		},
		func(p plane) []gozxing.Binarizer { return []gozxing.Binarizer{p.inverted().framed(1).global()} },
	} {
		if i > 0 && len(full.grey) > 2<<20 {
			break // small codes come in small pictures; enlarging a big one would only cost memory
		}
		for _, b := range look(full) {
			codes, err := symbolsIn(b)
			if err != nil {
				return "", err
			}
			found = merge(found, codes)
		}
		if len(found) > 0 {
			break
		}
	}
	switch len(found) {
	case 0:
		return "", errors.New("no QR code was found in the gateway's picture")
	case 1:
		return found[0].text, found[0].check()
	}
	return "", fmt.Errorf("%d QR codes were found in the gateway's picture: nobody can say which one is the sale's",
		len(found))
}

// decodeImage bounds a picture by its header before it decodes it. The format is told by its first bytes,
// so that nothing registered elsewhere in the program widens what is accepted.
func decodeImage(data []byte) (image.Image, error) {
	if len(data) > MaxPicture {
		return nil, fmt.Errorf("the gateway's picture is %d bytes: at most %d are read", len(data), MaxPicture)
	}
	var config func(io.Reader) (image.Config, error)
	var decode func(io.Reader) (image.Image, error)
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		config, decode = png.DecodeConfig, png.Decode
	case bytes.HasPrefix(data, []byte("\xff\xd8")):
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	case bytes.HasPrefix(data, []byte("GIF8")):
		config, decode = gif.DecodeConfig, gif.Decode
	default:
		return nil, fmt.Errorf("the gateway's picture begins %q: want a PNG, JPEG or GIF", data[:min(8, len(data))])
	}
	c, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the gateway's picture can't be read: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels {
		return nil, fmt.Errorf("the gateway's picture is %d by %d pixels: at most %d in all are read",
			c.Width, c.Height, maxPixels)
	}
	img, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the gateway's picture can't be read: %w", err)
	}
	return img, nil
}

// symbol is one QR code that was read, with where it lies in shares of the picture's size.
type symbol struct {
	text string
	x, y float64
	size float64
}

// check refuses a text that isn't what the code's bytes say.
func (s symbol) check() error {
	if strings.ContainsRune(s.text, '\uFFFD') {
		return errors.New("the QR code in the gateway's picture doesn't hold UTF-8: it can't be " +
			"shown without changing it")
	}
	return nil
}

// merge adds the codes that aren't the same print read once more.
func merge(found, more []symbol) []symbol {
	for _, m := range more {
		known := false
		for _, f := range found {
			known = known || f.text == m.text && math.Hypot(f.x-m.x, f.y-m.y) < f.size/2
		}
		if !known {
			found = append(found, m)
		}
	}
	return found
}

var errCrowded = errors.New("the gateway's picture looks like more than one QR code everywhere: it isn't a payment QR")

// symbolsIn reads every QR code the binarizer's picture shows. No code is no error.
func symbolsIn(b gozxing.Binarizer) (found []symbol, err error) {
	// The library is a port of Java code that leans on exceptions; a hostile picture must cost a sale its QR, not the
	// till its process.
	defer func() {
		switch r := recover(); r {
		case nil:
		case errCrowded:
			found, err = nil, errCrowded
		default:
			found, err = nil, fmt.Errorf("the gateway's picture can't be read: %v", r)
		}
	}()

	corners := 0
	hints := map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER: true,
		// Without it the library guesses between Latin, Shift-JIS and UTF-8 and gets Hindi wrong.
		gozxing.DecodeHintType_CHARACTER_SET: "UTF-8",
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: gozxing.ResultPointCallback(func(p gozxing.ResultPoint) {
			if _, ok := p.(*detector.FinderPattern); ok {
				if corners++; corners > maxCorners {
					panic(errCrowded) // the library's only way out of its search
				}
			}
		}),
	}

	bitmap, err := gozxing.NewBinaryBitmap(b)
	if err != nil {
		return nil, fmt.Errorf("the gateway's picture can't be read: %w", err)
	}
	results, err := qrcode.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
	if err != nil {
		return nil, nil // the library's word for "nothing here"
	}
	for _, r := range results {
		pts := r.GetResultPoints()
		if len(pts) < 3 {
			return nil,
				errors.New("the gateway's picture splits its text over several QR codes: phones can't read that")
		}
		w, h := float64(b.GetWidth()), float64(b.GetHeight())
		// Bottom-left and top-right corner lie on the code's diagonal.
		x0, y0, x1, y1 := pts[0].GetX()/w, pts[0].GetY()/h, pts[2].GetX()/w, pts[2].GetY()/h
		found = merge(
			found,
			[]symbol{{text: r.GetText(), x: (x0 + x1) / 2, y: (y0 + y1) / 2, size: math.Hypot(x1-x0, y1-y0)}},
		)
	}

	return found, nil
}
