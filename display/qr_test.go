package display

import (
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"galla/internal/money"
)

// TestQRPixels: at every size, in the wildest theme, each module is a square of the same whole number of pixels, pure
// black or white, with four white ones around.
func TestQRPixels(t *testing.T) {
	theme := &Theme{
		Ground: color.RGBA{0, 0, 0, 255},
		Ink:    color.RGBA{255, 255, 0, 255},
		Accent: color.RGBA{60, 0, 60, 255},
	}
	if err := theme.Check(); err != nil {
		t.Fatal(err)
	}
	for _, size := range StorySizes {
		v := story("pay", "en", "hi")
		p := NewPainter(size, theme)
		frame, _ := p.Frame(v, StoryTime)
		c, err := encode(v.Payload)
		if err != nil {
			t.Fatal(err)
		}
		box := p.QR()
		n := len(c) + 2*quietZone
		if box.Dx() != box.Dy() || box.Dx()%n != 0 {
			t.Fatalf("%v: a code of %d modules stands in %v", size, n, box)
		}
		module := box.Dx() / n
		room := min(size.X, size.Y, size.X*6/10)
		if size.Y >= size.X {
			room = min(size.X, size.Y-int(divide(size, false).unit*52+0.5)) // the words stand above and below
		}
		if want := room / n; module != want {
			t.Errorf("%v: modules of %d pixels, there is room for %d", size, module, want)
		}
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				mx, my := (x-box.Min.X)/module-quietZone, (y-box.Min.Y)/module-quietZone
				want := white
				if mx >= 0 && my >= 0 && mx < len(c) && my < len(c) && c[my][mx] {
					want = black
				}
				if got := frame.RGBAAt(x, y); got != want {
					t.Fatalf("%v: pixel %d,%d of module %d,%d is %v, want %v", size, x, y, mx, my, got, want)
				}
			}
		}
	}
}

// TestManyPayloads: of payloads by the hundred none is drawn so that it can't be read back. gozxing's search alone
// loses some (see readPlaced).
func TestManyPayloads(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	p := NewPainter(image.Pt(800, 480), nil)
	for n := range 300 {
		v := story("pay", "en")
		v.Amount = money.Paise(1 + rng.Int64N(1_00_000_00))
		v.Payload = fmt.Sprintf("upi://pay?pa=sharma.stores@icici&am=%s&cu=INR&tr=%X&tn=%d",
			v.Amount.Decimal(), rng.Uint64(), n)
		for range rng.IntN(9) {
			v.Payload += fmt.Sprintf("%x", rng.Uint64())
		}
		frame, _ := p.Frame(v, StoryTime)
		if err := Verify(frame, v); err != nil {
			t.Errorf("%q: %v", v.Payload, err)
		}
	}
}

// TestPayloadByteForByte: what was given is what is read, whatever is in it.
func TestPayloadByteForByte(t *testing.T) {
	for _, tail := range []string{"", "&x=A%20B", "&x=a+b", "&x=" + strings.Repeat("7", 30),
		"&x=ABCDEF0123456789$%*./:", "&mam=&mid=%E0%A4%95", "&x=दुकान~"} {
		v := story("pay", "en")
		v.Payload += tail
		if err := Verify(Draw(image.Pt(1024, 600), nil, v, StoryTime), v); err != nil {
			t.Errorf("%q: %v", tail, err)
		}
	}
	v := story("pay", "en")
	v.Payload = strings.Replace(v.Payload, "upi://pay", "UPI://PAY", 1)
	if err := Verify(Draw(image.Pt(1024, 600), nil, v, StoryTime), v); err != nil {
		t.Error(err)
	}
	v.Payload, v.PayeeVPA, v.Amount = emv, "", 3_00
	if err := Verify(Draw(image.Pt(1024, 600), nil, v, StoryTime), v); err != nil {
		t.Errorf("an EMV string: %v", err)
	}
}

// emv is a BharatQR string of ₹3.00.
const emv = "00020101021226310010A0000005240113nilgiri@icici52045411530335654043.005802IN5907NILGIRI6004OOTY630452AF"

// TestCheck is also TestGateway_5 and TestGateway_8 on the screen: an EMV string's amount is compared, and what two
// readers could read in two ways is refused here as the till refuses it.
func TestCheck(t *testing.T) {
	small, usual := image.Pt(320, 240), image.Pt(1024, 600)
	for _, tc := range []struct {
		name   string
		change func(*View)
		size   image.Point
		want   string // a part of the error; empty: none
	}{
		{"as it should be", func(*View) {}, usual, ""},
		{"no string", func(v *View) { v.Payload = "" }, usual, "0 bytes"},
		{"far too long", func(v *View) { v.Payload += strings.Repeat("x", 3000) }, usual, "at most 2331"},
		{"too long for the screen", func(v *View) {
			v.Payload += strings.Repeat("x", 400)
		}, small, "modules of 1 pixels on a screen of 320x240"},
		{"the same on a larger one", func(v *View) { v.Payload += strings.Repeat("x", 400) }, usual, ""},
		{"another amount", func(v *View) { v.Amount = 1_250_01 }, usual, "asks for ₹1,250.00, the sale is ₹1,250.01"},
		{"no amount", func(v *View) {
			v.Payload = strings.Replace(v.Payload, "&am=", "&ma=", 1)
		}, usual, "names no amount"},
		{"another payee", func(v *View) { v.PayeeVPA = "thief@upi" }, usual, "another address"},
		{"a payee in capitals", func(v *View) { v.PayeeVPA = "SHARMA.STORES@ICICI" }, usual, ""},
		{"a second amount", func(v *View) { v.Payload += "&am=1.00" }, usual, `"am" twice`},
		{"an amount under a key in capitals", func(v *View) {
			v.Payload = strings.Replace(v.Payload, "&am=", "&AM=", 1)
		}, usual, `writes the key "am" as "AM"`},
		{"an escaped amount", func(v *View) { v.Payload = strings.Replace(v.Payload, "am=1250.00", "am=1250%2E00", 1) },
			usual, "escapes the value"},
		{"a fee on top", func(v *View) { v.Payload += "&split=CONFEE:1.00" }, usual, "tip or fee"},
		{"an EMV string", func(v *View) { v.Payload, v.PayeeVPA, v.Amount = emv, "nilgiri@icici", 3_00 }, usual, ""},
		{"an EMV string of another amount", func(v *View) {
			v.Payload, v.PayeeVPA, v.Amount = emv, "nilgiri@icici", 999_00
		}, usual, "asks for ₹3.00, the sale is ₹999.00"},
		{"an EMV string of another payee", func(v *View) { v.Payload, v.Amount = emv, 3_00 }, usual, "another address"},
		{"an EMV string that was changed", func(v *View) {
			v.Payload, v.PayeeVPA, v.Amount = strings.Replace(emv, "3.00", "2.00", 1), "nilgiri@icici", 2_00
		}, usual, "checksum"},
		{"an amount finer than a paisa", func(v *View) {
			v.Payload = strings.Replace(v.Payload, "am=1250.00", "am=1250.001", 1)
		}, usual, "finer than a paisa"},
		{"no pay screen", func(v *View) { v.Screen, v.Payload = ScreenPaid, "" }, usual, ""},
	} {
		v := story("pay", "en")
		tc.change(&v)
		err := Check(v, tc.size)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "@") {
			t.Errorf("%s: the error shows an address: %v", tc.name, err)
		}
		// What Check refuses the Painter doesn't draw either.
		if p := NewPainter(tc.size, nil); v.Screen == ScreenPay {
			p.Frame(v, StoryTime)
			if p.QR().Empty() != (err != nil) {
				t.Errorf("%s: Check says %v, the QR stands in %v", tc.name, err, p.QR())
			}
		}
	}
}

func TestVerify(t *testing.T) {
	size := image.Pt(1024, 600)
	v := story("pay", "en", "hi")
	frame := Draw(size, nil, v, StoryTime)
	other := v
	other.Payload = strings.Replace(v.Payload, "17QX7B2", "18QX7B2", 1)
	dearer := v
	dearer.Amount = 9_999_00
	for _, tc := range []struct {
		name string
		img  image.Image
		v    View
		want string
	}{
		{"its own", frame, v, ""},
		{"another sale's", frame, other, "another string"},
		{"another amount beside it", frame, dearer, "asks for ₹1,250.00"},
		{"a blank screen", image.NewRGBA(image.Rectangle{Max: size}), v, "no QR code found"},
		{"a QR left standing", frame, story("paid", "en"), `is "paid" and yet shows a QR`},
		{"none left standing", Draw(size, nil, story("paid", "en"), StoryTime), story("paid", "en"), ""},
		{"upside down", turned(frame), v, ""},
	} {
		err := Verify(tc.img, tc.v)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
		}
	}
	blot := image.NewRGBA(frame.Rect)
	copy(blot.Pix, frame.Pix)
	box := qrBox(size, v)
	fill(blot, box.Inset(box.Dx()*30/100), white)
	if err := Verify(blot, v); err == nil {
		t.Error("a code with a hole of two fifths of its side was read")
	}
}

// qrBox is where v's code stands.
func qrBox(size image.Point, v View) image.Rectangle {
	p := NewPainter(size, nil)
	p.Frame(v, StoryTime)
	return p.QR()
}

func turned(img *image.RGBA) *image.NRGBA {
	b := img.Bounds()
	out := image.NewNRGBA(b)
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(b.Dx()-1-x, b.Dy()-1-y, img.RGBAAt(x, y))
		}
	}
	return out
}

// FuzzCheck: any string and any amount either is refused or is drawn so that it reads back byte for byte.
func FuzzCheck(f *testing.F) {
	f.Add(storyPayload("1250.00"), int64(1_250_00))
	f.Add("upi://pay?pa=a@b&am=1", int64(100))
	f.Add("UPI://pay?am=1.005", int64(100))
	f.Add("000201", int64(1))
	f.Add("\x00\xff", int64(-5))
	f.Fuzz(func(t *testing.T, payload string, paise int64) {
		v := View{Screen: ScreenPay, Payload: payload, Amount: money.Paise(paise), Languages: []string{"en"}}
		size := image.Pt(480, 320)
		if Check(v, size) != nil {
			return
		}
		img := Draw(size, nil, v, StoryTime)
		if err := Verify(img, v); err != nil && isText(payload) {
			t.Errorf("%q passes Check and is read back as something else: %v", payload, err)
		}
	})
}

// isText: a reader turns bytes into text; what is no text can't come back as it was, and Verify then refuses it.
func isText(s string) bool {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}
