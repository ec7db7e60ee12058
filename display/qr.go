package display

import (
	"errors"
	"fmt"
	"image"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"

	"galla/internal/upiqr"
)

const (
	quietZone = 4 // modules, ISO/IEC 18004 §6.3.8; readers fail without it
	// leastModule is the smallest module, in pixels. On the coarsest screen meant here (7 inches, 800x480, 0.19 mm a
	// pixel) it is 0.57 mm, on 1024x600 0.45 mm: read from about 25 cm, which is where a phone is held to a counter.
	leastModule = 3
	// longestPayload is what version 40 holds at level M in byte mode.
	longestPayload = 2331
)

// code is a payload as modules, without quiet zone.
type code [][]bool

// encode makes the QR of payload at level M: L is lost to the smallest spot of glare, Q costs a fifth of the reach
// (measured).
func encode(payload string) (code, error) {
	if payload == "" || len(payload) > longestPayload {
		return nil, fmt.Errorf(
			"payment string of %d bytes doesn't fit a QR code of at most %d: ask the gateway for fewer fields",
			len(payload),
			longestPayload,
		)
	}
	if strings.ContainsFunc(payload, func(r rune) bool { return r >= utf8.RuneSelf }) && utf8.ValidString(payload) {
		return encodeUTF8(payload)
	}
	if last := lastSymbol.Load(); last != nil && last.payload == payload {
		return last.code, nil
	}
	c := symbolOf(payload)
	lastSymbol.Store(&madeSymbol{payload, c})
	return c, nil
}

// madeSymbol is the code of a payload. The last one is kept: a sale's is asked for when it is checked, drawn, and read
// back.
type madeSymbol struct {
	payload string
	code    code
}

var lastSymbol atomic.Pointer[madeSymbol]

// encodeUTF8 makes the QR of a payload with letters that nobody escaped. Readers guess what bytes above 127 mean (zbar
// wrongly for Devanagari) unless the code says so (ECI 26, ISO/IEC 18004 §7.4.2), which symbolOf doesn't say.
func encodeUTF8(payload string) (code, error) {
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"}
	q, err := encoder.Encoder_encode(payload, decoder.ErrorCorrectionLevel_M, hints)
	if err != nil {
		return nil, fmt.Errorf("payment string of %d bytes: %w", len(payload), err)
	}
	m := q.GetMatrix()
	c := make(code, m.GetHeight())
	for y := range c {
		c[y] = make([]bool, m.GetWidth())
		for x := range c[y] {
			c[y][x] = m.Get(x, y) == 1
		}
	}
	return c, nil
}

// place returns the size of a module in pixels and the square of the code with its quiet zone, in the middle of pane.
// The module is a whole number of pixels: uneven ones cost reach.
func (c code) place(pane image.Rectangle) (module int, box image.Rectangle) {
	n := len(c) + 2*quietZone
	module = min(pane.Dx(), pane.Dy()) / n // the quiet zone is in it: no other margin is needed
	side := module * n
	at := pane.Min.Add(image.Pt((pane.Dx()-side)/2, (pane.Dy()-side)/2))
	return module, image.Rectangle{at, at.Add(image.Pt(side, side))}
}

// draw paints the code into its box, which is white whatever the theme.
func (c code) draw(dst *image.RGBA, module int, box image.Rectangle) {
	for y, row := range c {
		at := box.Min.Add(image.Pt(quietZone*module, (y+quietZone)*module))
		line := dst.Pix[dst.PixOffset(at.X, at.Y):][:4*module*len(row)]
		for x, dark := range row {
			if dark {
				fill(dst, image.Rect(at.X+x*module, at.Y, at.X+(x+1)*module, at.Y+1), black)
			}
		}
		for below := 1; below < module; below++ {
			copy(dst.Pix[dst.PixOffset(at.X, at.Y+below):], line)
		}
	}
}

// Check says why v's QR can't be shown on a screen of this size: too long to be read, or not of v's amount and payee.
// It is nil for a View that shows none. The Painter shows ReasonQRUnreadable for a View to be paid that fails it, and a
// pairing code without its QR.
func Check(v View, size image.Point) error {
	if v.symbol() == "" && v.Screen != ScreenPay {
		return nil
	}
	_, err := prepare(v, size)
	return err
}

// prepare returns the code of a View that may be shown on a screen of this size.
func prepare(v View, size image.Point) (code, error) {
	c, err := encode(v.symbol())
	if err != nil {
		return nil, err
	}
	if module, _ := c.place(divide(size, v.Demo).figure); module < leastModule {
		return nil, fmt.Errorf(
			"string of %d bytes makes modules of %d pixels on a screen of %dx%d, fewer than the %d a phone can "+
				"read: use a larger screen or ask the gateway for fewer fields",
			len(v.symbol()),
			module,
			size.X,
			size.Y,
			leastModule,
		)
	}
	if v.Screen != ScreenPay {
		return c, nil
	}
	return c, agree(v)
}

// agree judges the string as gallad did before it was kept, by the same function, and compares it with what the words
// beside it say: a screen that shows one amount and asks for another must not come from a mistake between there and
// here either.
func agree(v View) error {
	asked, err := upiqr.Check(v.Payload, v.Amount)
	if err != nil {
		return err
	}
	if v.PayeeVPA != "" && !strings.EqualFold(asked.PA, v.PayeeVPA) {
		return errors.New("payment string pays another address than the sale's")
	}
	return nil
}
