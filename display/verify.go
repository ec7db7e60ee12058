package display

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// Verify reads img back, by another library than the one that drew it, and says whether it shows exactly v's QR: the
// payload byte for byte when v is to be paid, the link when a device is to be paired, no code at all otherwise. img is
// a frame as it was presented, upright or turned, or a photograph of one.
func Verify(img image.Image, v View) error { return VerifyPart(img, img.Bounds().Size(), v) }

// VerifyPart is Verify for a part of a frame of size pixels; img has the bounds of that part. Where a QR is expected,
// the part that Painter.QR names is enough. An upright frame takes about a millisecond, one that must be searched up to
// 20: call it beside the presenting, not before it.
func VerifyPart(img image.Image, size image.Point, v View) error {
	if v.symbol() == "" && v.Screen != ScreenPay {
		if read, err := find(img); err == nil {
			return fmt.Errorf("the screen is %q and yet shows a QR of %d bytes", v.Screen, len(read))
		}
		return nil
	}
	read, err := readPlaced(img, size, v)
	if err != nil {
		read, err = find(img)
	}
	if err != nil {
		if why := Check(v, size); why != nil {
			return fmt.Errorf("the QR is not shown: %w", why) // the Painter refused it, and this says what helps
		}
		return fmt.Errorf("the QR on the screen can't be read back: %w", err)
	}
	if read != v.symbol() {
		return fmt.Errorf("the QR on the screen reads as another string (%d bytes) than the one to be shown (%d bytes)",
			len(read), len(v.symbol()))
	}
	if v.Screen != ScreenPay {
		return nil
	}
	return agree(v)
}

// readPlaced reads the code where the Painter puts v's, module by module. Searching alone would not do: in about one
// code of fifty gozxing takes some of the data for a corner mark and finds nothing, in the cleanest picture (measured).
// Nor would a glance at each module: all its pixels must be equally dark or light, as they were drawn.
func readPlaced(img image.Image, size image.Point, v View) (string, error) {
	c, err := prepare(v, size)
	if err != nil {
		return "", err
	}
	_, box := c.place(divide(size, v.Demo).figure)
	if !box.In(img.Bounds()) {
		return "", errors.New("the QR is not in the picture")
	}
	pixels, ok := img.(*image.Gray)
	if !ok {
		pixels = &image.Gray{Pix: grey(img, box), Stride: box.Dx(), Rect: box}
	}
	bits, err := modules(pixels, box, len(c)+2*quietZone)
	if err != nil {
		return "", err
	}
	result, err := decoder.NewDecoder().Decode(bits, hints(gozxing.DecodeHintType_PURE_BARCODE))
	if err != nil {
		return "", kindOf(err)
	}
	return result.GetText(), nil
}

// modules reads the square box of n by n modules, the quiet zone with it, and returns what is in the quiet zone.
func modules(img *image.Gray, box image.Rectangle, n int) (*gozxing.BitMatrix, error) {
	bits, err := gozxing.NewSquareBitMatrix(n - 2*quietZone)
	if err != nil {
		return nil, err
	}
	side := box.Dx() / n
	row := func(y int) []byte { return img.Pix[img.PixOffset(box.Min.X, box.Min.Y+y):][:box.Dx()] }
	for y := range n {
		first := row(y * side)
		for below := 1; below < side; below++ {
			if r := row(y*side + below); !bytes.Equal(r, first) && !alikeRows(r, first) {
				return nil, errors.New("a row of modules is not the same all over")
			}
		}
		for x := range n {
			dark := isDark(first[x*side])
			for _, p := range first[x*side:][:side] {
				if isDark(p) != dark {
					return nil, errors.New("a module is half dark and half light")
				}
			}
			mx, my := x-quietZone, y-quietZone
			quiet := mx < 0 || my < 0 || mx >= n-2*quietZone || my >= n-2*quietZone
			if dark && quiet {
				return nil, errors.New("the margin around the QR is not empty")
			}
			if dark {
				bits.Set(mx, my)
			}
		}
	}
	return bits, nil
}

func isDark(brightness byte) bool { return brightness < 128 }

func alikeRows(a, b []byte) bool {
	for i := range a {
		if isDark(a[i]) != isDark(b[i]) {
			return false
		}
	}
	return true
}

// find searches a code anywhere in img.
func find(img image.Image) (string, error) {
	box := img.Bounds()
	if box.Empty() {
		return "", errors.New("no QR code found")
	}
	source, err := gozxing.NewPlanarYUVLuminanceSource(
		grey(img, box),
		box.Dx(),
		box.Dy(),
		0,
		0,
		box.Dx(),
		box.Dy(),
		false,
	)
	if err != nil {
		return "", err
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
	if err != nil {
		return "", err
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints(gozxing.DecodeHintType_TRY_HARDER))
	if err != nil {
		return "", kindOf(err)
	}
	return result.GetText(), nil
}

func hints(how gozxing.DecodeHintType) map[gozxing.DecodeHintType]any {
	return map[gozxing.DecodeHintType]any{how: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
}

// kindOf says what an error of gozxing's means. Its texts are stack traces; the kind is all there is to know.
func kindOf(err error) error {
	switch err.(type) {
	case gozxing.NotFoundException:
		return errors.New("no QR code found")
	case gozxing.ChecksumException:
		return errors.New("a QR code is there, but too much of it is wrong")
	}
	return errors.New("a QR code is there, but it isn't well formed")
}

// grey is the brightness of each pixel of b, as package kiosk reckons it too. gozxing's own way of getting it takes an
// allocation and three calls a pixel, which at 1920x1080 costs more than the reading.
func grey(img image.Image, b image.Rectangle) []byte {
	out := make([]byte, 0, b.Dx()*b.Dy())
	rgba, fast := img.(*image.RGBA)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		if fast {
			row := rgba.Pix[rgba.PixOffset(b.Min.X, y):][:4*b.Dx()]
			for i := 0; i < len(row); i += 4 {
				out = append(out, uint8((299*uint32(row[i])+587*uint32(row[i+1])+114*uint32(row[i+2]))/1000))
			}
			continue
		}
		for x := b.Min.X; x < b.Max.X; x++ {
			out = append(out, color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
		}
	}
	return out
}
