package display

import (
	"errors"
	"fmt"
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Verify reads img as a phone would, by another library than the one that drew it, and says whether it shows exactly v's
// QR: the payload byte for byte when v is to be paid, no code at all otherwise. img is a frame as it was presented, or a
// photograph of it; any rotation will do. It takes tens of milliseconds: call it beside the presenting, not before it.
func Verify(img image.Image, v View) error {
	read, err := readBack(img)
	switch {
	case err != nil && v.Screen == ScreenPay:
		return fmt.Errorf("the QR on the screen can't be read back: %w", err)
	case err != nil:
		return nil
	case v.Screen != ScreenPay:
		return fmt.Errorf("the screen is %q and yet shows a QR of %d bytes", v.Screen, len(read))
	case read != v.Payload:
		return fmt.Errorf("the QR on the screen reads as another string (%d bytes) than the sale's (%d bytes)", len(read), len(v.Payload))
	}
	return agree(v)
}

// readBack decodes the QR in img.
func readBack(img image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return "", err
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		// gozxing's texts are stack traces of Java names; the kind is all there is to know.
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
