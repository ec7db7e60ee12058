package display

import (
	"errors"
	"fmt"
	"image"
	"image/color"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Verify reads img back, by another library than the one that drew it, and says whether it shows exactly v's QR: the
// payload byte for byte when v is to be paid, the link when a device is to be paired, no code at all otherwise. img is
// a frame as it was presented, upright or turned, or a photograph of one. It takes from 2 to 20 ms: call it beside the
// presenting, not before it.
func Verify(img image.Image, v View) error {
	if v.symbol() == "" && v.Screen != ScreenPay {
		if read, err := find(img); err == nil {
			return fmt.Errorf("the screen is %q and yet shows a QR of %d bytes", v.Screen, len(read))
		}
		return nil
	}
	read, err := readPlaced(img, v)
	if err != nil {
		read, err = find(img)
	}
	if err != nil {
		if why := Check(v, img.Bounds().Size()); why != nil {
			return fmt.Errorf("the QR is not shown: %w", why) // the Painter refused it, and this says what helps
		}
		return fmt.Errorf("the QR on the screen can't be read back: %w", err)
	}
	if read != v.symbol() {
		return fmt.Errorf(
			"the QR on the screen reads as another string (%d bytes) than the one to be shown (%d bytes)",
			len(read),
			len(v.symbol()),
		)
	}
	if v.Screen != ScreenPay {
		return nil
	}
	return agree(v)
}

// readPlaced reads the code where the Painter puts v's, pixel by pixel. Searching alone would not do: in about one code
// of fifty gozxing takes some of the data for a corner mark and finds nothing, in the cleanest picture (measured).
func readPlaced(img image.Image, v View) (string, error) {
	size := img.Bounds().Size()
	c, err := prepare(v, size)
	if err != nil {
		return "", err
	}
	_, box := c.place(divide(size, v.Demo).figure)
	return decode(img, box.Add(img.Bounds().Min), gozxing.DecodeHintType_PURE_BARCODE)
}

// find searches a code anywhere in img.
func find(img image.Image) (string, error) {
	return decode(img, img.Bounds(), gozxing.DecodeHintType_TRY_HARDER)
}

func decode(img image.Image, box image.Rectangle, how gozxing.DecodeHintType) (string, error) {
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
	hints := map[gozxing.DecodeHintType]any{how: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		// gozxing's texts are stack traces; the kind is all there is to know.
		switch err.(type) {
		case gozxing.NotFoundException:
			return "", errors.New("no QR code found")
		case gozxing.ChecksumException:
			return "", errors.New("a QR code is there, but too much of it is wrong")
		}
		return "", errors.New("a QR code is there, but it isn't well formed")
	}
	return result.GetText(), nil
}

// grey is the brightness of each pixel of b. gozxing's own way of getting it takes an allocation and three calls a
// pixel, which at 1920x1080 costs more than the reading.
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
