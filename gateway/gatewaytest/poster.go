package gatewaytest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	qrcode "github.com/skip2/go-qrcode"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// qrPNG draws a bare QR, as EnKash's qrCode field holds it.
func qrPNG(payload string) []byte {
	q, err := qrcode.New(payload, qrcode.Medium)
	if err != nil {
		panic(fmt.Sprintf("gatewaytest: a QR of %d bytes cannot be drawn: %v", len(payload), err))
	}
	return pngOf(q.Image(-6))
}

// pngOf writes a picture fast rather than small: simulations draw tens of thousands.
func pngOf(m image.Image) []byte {
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := e.Encode(&b, m); err != nil {
		panic(fmt.Sprintf("gatewaytest: a picture cannot be written as PNG: %v", err))
	}
	return b.Bytes()
}

// posterPNG draws what stands behind Razorpay's image_url: not a bare QR but a branded poster with the shop's name, the
// description, a logo on the QR's middle and a row of app badges (R12). Level Highest leaves room for the logo.
func posterPNG(o *order, payload string) []byte {
	q, err := qrcode.New(payload, qrcode.Highest)
	if err != nil {
		panic(fmt.Sprintf("gatewaytest: a QR of %d bytes cannot be drawn: %v", len(payload), err))
	}
	q.DisableBorder = true
	const wide, high = 720, 1080
	blue, ink, gray := color.RGBA{11, 36, 92, 255}, color.RGBA{30, 30, 30, 255}, color.RGBA{235, 238, 245, 255}
	m := image.NewRGBA(image.Rect(0, 0, wide, high))
	fill := func(r image.Rectangle, c color.Color) { draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Src) }
	fill(m.Bounds(), gray)
	fill(image.Rect(0, 0, wide, 150), blue)
	write(m, payeeName, 60, 4, color.White)
	fill(image.Rect(60, 190, wide-60, 850), color.White)
	code := q.Image(-7)
	at := image.Pt((wide-code.Bounds().Dx())/2, 190+(660-code.Bounds().Dy())/2)
	draw.Draw(m, code.Bounds().Add(at), code, image.Point{}, draw.Src)
	// The logo: a white square with a blue slash, a twentieth of the code's area.
	side := code.Bounds().Dx() / 5
	logo := image.Rect(0, 0, side, side).Add(image.Pt(wide/2-side/2, 520-side/2))
	fill(logo, color.White)
	for y := 6; y < side-6; y++ {
		x := logo.Min.X + side/2 + (side/2-y)/2
		fill(image.Rect(x-5, logo.Min.Y+y, x+5, logo.Min.Y+y+1), blue)
	}
	write(m, o.desc, 880, 2, ink)
	for i := range 4 {
		fill(
			image.Rect(90+i*145, 950, 90+i*145+105, 1000),
			[]color.Color{blue, ink, color.RGBA{90, 40, 160, 255}, color.RGBA{0, 120, 90, 255}}[i],
		)
	}
	write(m, "SIMULATED POSTER - NO REAL PAYEE", 1025, 2, ink)
	return pngOf(m)
}

// write draws one centred line, the 13-dot bitmap font enlarged size times.
func write(m *image.RGBA, s string, y, size int, c color.Color) {
	f := basicfont.Face7x13
	line := image.NewAlpha(image.Rect(0, 0, f.Advance*len(s), f.Height))
	d := font.Drawer{Dst: line, Src: image.Opaque, Face: f, Dot: fixed.P(0, f.Ascent)}
	d.DrawString(s)
	left := (m.Bounds().Dx() - line.Bounds().Dx()*size) / 2
	for py := range line.Bounds().Dy() * size {
		for px := range line.Bounds().Dx() * size {
			if line.AlphaAt(px/size, py/size).A > 127 {
				m.Set(left+px, y+py, c)
			}
		}
	}
}
