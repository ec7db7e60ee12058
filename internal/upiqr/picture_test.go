package upiqr

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	qrcode "github.com/skip2/go-qrcode"
)

// qr draws text as a QR code with px pixels a module and the given quiet zone in modules.
func qr(t testing.TB, text string, level qrcode.RecoveryLevel, px, quiet int) *image.RGBA {
	t.Helper()
	c, err := qrcode.New(text, level)
	if err != nil {
		t.Fatal(err)
	}
	c.DisableBorder = true
	grid := c.Bitmap()
	n := len(grid) + 2*quiet
	img := image.NewRGBA(image.Rect(0, 0, n*px, n*px))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for y, row := range grid {
		for x, dark := range row {
			if dark {
				r := image.Rect((x+quiet)*px, (y+quiet)*px, (x+quiet+1)*px, (y+quiet+1)*px)
				draw.Draw(img, r, image.Black, image.Point{}, draw.Src)
			}
		}
	}
	return img
}

// poster is a branded page: a coloured band, lines that look like text, the codes, and a logo in the middle of each.
func poster(codes ...*image.RGBA) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 1000, 1500))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{245, 247, 255, 255}), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(0, 0, 1000, 220), image.NewUniform(color.RGBA{12, 38, 81, 255}), image.Point{}, draw.Src)
	rng := rand.New(rand.NewPCG(1, 2))
	for y := 1200; y < 1450; y += 24 {
		for x := 60; x < 940; x += 4 + rng.IntN(14) {
			draw.Draw(
				img,
				image.Rect(x, y, x+1+rng.IntN(5), y+14),
				image.NewUniform(color.RGBA{60, 60, 60, 255}),
				image.Point{},
				draw.Src,
			)
		}
	}
	for i, c := range codes {
		at := image.Pt(500-c.Bounds().Dx()/2, 300)
		if len(codes) > 1 {
			at = image.Pt(40+480*i, 400)
		}
		draw.Draw(img, c.Bounds().Add(at), c, image.Point{}, draw.Src)
		logo := image.Rect(0, 0, c.Bounds().Dx()/6, c.Bounds().Dy()/6).Add(at).Add(c.Bounds().Size().Div(2)).Sub(
			c.Bounds().Size().Div(12),
		)
		draw.Draw(img, logo, image.NewUniform(color.RGBA{51, 149, 255, 255}), image.Point{}, draw.Src)
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDecodePicture(t *testing.T) {
	jpg := func(img image.Image, quality int) []byte {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	anim := func(img image.Image) []byte {
		p := image.NewPaletted(img.Bounds(), palette.Plan9)
		draw.Draw(p, p.Bounds(), img, image.Point{}, draw.Src)
		var b bytes.Buffer
		if err := gif.Encode(&b, p, nil); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	see := func(img *image.RGBA) image.Image { // black modules on nothing at all
		n := image.NewNRGBA(img.Bounds())
		for i := 0; i < len(img.Pix); i += 4 {
			if img.Pix[i] == 0 {
				n.Pix[i+3] = 255
			}
		}
		return n
	}
	white := func(img *image.RGBA) image.Image {
		n := image.NewGray(img.Bounds())
		for i := range n.Pix {
			n.Pix[i] = ^img.Pix[4*i]
		}
		return n
	}
	hindi := "upi://pay?pa=shop@okaxis&pn=गल्ला स्टोर&tn=چائے&cu=INR&am=250.00&mc=5411"
	short := "upi://pay?pa=a@b&am=1&cu=INR"
	long := sampleURI + "&sign=" + strings.Repeat("MEQCIBkQ+/=", 60)
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"plain", asPNG(t, qr(t, sampleURI, qrcode.Medium, 4, 4)), sampleURI},
		{"three pixels a module", asPNG(t, qr(t, sampleURI, qrcode.Low, 3, 4)), sampleURI},
		{"two pixels a module", asPNG(t, qr(t, sampleURI, qrcode.Medium, 2, 4)), sampleURI},
		{"one pixel a module", asPNG(t, qr(t, sampleURI, qrcode.Medium, 1, 4)), sampleURI},
		{"no quiet zone", asPNG(t, qr(t, sampleURI, qrcode.Medium, 5, 0)), sampleURI},
		{"one pixel, no quiet zone", asPNG(t, qr(t, short, qrcode.Medium, 1, 0)), short},
		{"transparent", asPNG(t, see(qr(t, sampleURI, qrcode.Medium, 4, 4))), sampleURI},
		{"white on black", asPNG(t, white(qr(t, sampleURI, qrcode.Medium, 4, 4))), sampleURI},
		{"jpeg", jpg(qr(t, sampleURI, qrcode.Medium, 6, 4), 40), sampleURI},
		{"gif", anim(qr(t, sampleURI, qrcode.Medium, 4, 4)), sampleURI},
		{"long", asPNG(t, qr(t, long, qrcode.Low, 3, 4)), long},
		{"hindi and urdu", asPNG(t, qr(t, hindi, qrcode.Medium, 4, 4)), hindi},
		{"numbers and capitals", asPNG(t, qr(t, "UPI://PAY?PA=SHOP@OKAXIS", qrcode.High, 4, 4)),
			"UPI://PAY?PA=SHOP@OKAXIS"},
		{"bharatqr", asPNG(t, qr(t, sampleEMV, qrcode.Medium, 4, 4)), sampleEMV},
		{"poster with logo", asPNG(t, poster(qr(t, sampleURI, qrcode.High, 8, 4))), sampleURI},
		{"poster as jpeg", jpg(poster(qr(t, sampleURI, qrcode.High, 8, 4)), 70), sampleURI},
	} {
		if got, err := DecodePicture(tc.data); err != nil || got != tc.want {
			t.Errorf("%s: got %q, %v", tc.name, got, err)
		}
	}
}

func TestDecodePictureRefuses(t *testing.T) {
	one := qr(t, sampleURI, qrcode.Medium, 6, 4)
	blank := image.NewGray(image.Rect(0, 0, 300, 300))
	crowd := image.NewGray(image.Rect(0, 0, 900, 900)) // nothing but finder patterns
	for y := range 900 {
		for x := range 900 {
			u, v := x/3%10, y/3%10
			ring := max(max(u, 6-u), max(v, 6-v))
			if u > 6 || v > 6 || ring == 5 {
				crowd.SetGray(x, y, color.Gray{255})
			}
		}
	}
	huge := asPNG(t, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black}))
	copy(huge[16:24], []byte{0, 0, 0x40, 0, 0, 0, 0x40, 0}) // the header now claims 16384 by 16384
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for _, tc := range []struct {
		name, err string
		data      []byte
	}{
		{"two codes", "2 QR codes", asPNG(t, poster(one, qr(t, "https://razorpay.com/app", qrcode.Medium, 8, 4)))},
		{"two payment codes", "2 QR codes",
			asPNG(t, poster(one, qr(t, "upi://pay?pa=x@y&am=3&cu=INR", qrcode.Medium, 8, 4)))},
		{"the same code twice", "2 QR codes", asPNG(t, poster(one, one))},
		{"none", "no QR code", asPNG(t, blank)},
		{"poster without code", "no QR code", asPNG(t, poster())},
		{"a wall of corners", "everywhere", asPNG(t, crowd)},
		{"huge", "16384 by 16384 pixels", huge},
		{"too many bytes", "at most", make([]byte, MaxPicture+1)},
		{"html", "want a PNG, JPEG or GIF", []byte("<!doctype html><title>login</title>")},
		{"empty", "want a PNG, JPEG or GIF", nil},
		{"cut off", "can't be read", asPNG(t, one)[:300]},
		{"latin-1 bytes", "UTF-8", asPNG(t, qr(t, "upi://pay?pn=caf\xe9", qrcode.Medium, 5, 4))},
	} {
		got, err := DecodePicture(tc.data)
		if err == nil || !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: got %q, %v; want an error with %q", tc.name, got, err, tc.err)
		}
	}
}

// FuzzDecodePicture changes bytes of whole files: headers and compressed data.
func FuzzDecodePicture(f *testing.F) {
	f.Add(asPNG(f, qr(f, "upi://pay?pa=a@b", qrcode.Medium, 2, 2)))
	var j bytes.Buffer
	if err := jpeg.Encode(&j, qr(f, "UPI", qrcode.Low, 3, 4), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(j.Bytes())
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := DecodePicture(data); err == nil && strings.ContainsRune(s, '\uFFFD') {
			t.Errorf("a text with lost bytes passed: %q", s)
		}
	})
}

// FuzzSymbols changes pixels, which a file's checksums would hide from the search above.
func FuzzSymbols(f *testing.F) {
	code := qr(f, "upi://pay?pa=a@b", qrcode.Medium, 2, 3)
	grey := luminanceOf(code)
	f.Add(uint8(grey.w), grey.grey)
	f.Add(uint8(7), []byte("\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\x00"))
	f.Fuzz(func(t *testing.T, width uint8, data []byte) {
		w := int(width)
		if w == 0 || len(data) < w {
			return
		}
		p := plane{data[:len(data)/w*w], w, len(data) / w}
		for _, b := range []gozxing.Binarizer{p.hybrid(), p.global(), p.framed(2).global(),
			p.inverted().framed(1).global()} {
			symbolsIn(b) // any answer will do, as long as there is one
		}
	})
}

func BenchmarkDecodePoster(b *testing.B) {
	data := asPNG(b, poster(qr(b, sampleURI, qrcode.High, 8, 4)))
	for b.Loop() {
		if _, err := DecodePicture(data); err != nil {
			b.Fatal(err)
		}
	}
}
