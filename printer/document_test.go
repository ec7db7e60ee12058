package printer

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/printer/logo"
)

// TestRefused: what is no receipt, no slip and no report isn't printed as one.
func TestRefused(t *testing.T) {
	change := func(f func(*Receipt)) Receipt { r := receipt("en"); f(&r); return r }
	for want, d := range map[string]Document{
		"isn't paid":                      change(func(r *Receipt) { r.PaidAt = time.Time{} }),
		"neither a payment":               change(func(r *Receipt) { r.PaymentID = "" }),
		"the amount is ₹0.00":             change(func(r *Receipt) { r.Amount = 0 }),
		"doesn't have 12 digits":          change(func(r *Receipt) { r.RRN = "12345" }),
		"isn't masked":                    change(func(r *Receipt) { r.VPA = "rahul@okaxis" }),
		"transaction id has 70":           change(func(r *Receipt) { r.UPITxnID = strings.Repeat("x", 70) }),
		"has 17 characters":               change(func(r *Receipt) { r.Reference = "ORD20261122000123" }),
		"receipt of sale 01JD9Q4M7K3T5V8": change(func(r *Receipt) { r.Reference = "A B" }),
		"lacks its amount":                OrderSlip{Payload: "x", At: paidAt},
		"its QR has expired":              func() Document { s := slip("en"); s.ValidUntil = s.At; return s }(),
		"doesn't add up":                  func() Document { r := report("en"); r.Net++; return r }(),
		"times wrong": func() Document {
			r := report("en")
			r.From, r.To = r.To, r.From
			return r
		}(),
		"has no time": SelfTest{Shop: shop("en")},
	} {
		j, err := Render(d, profile(t, "generic58"))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "print "+d.kind()) {
			t.Errorf("want %q: %v", want, err)
		}
		if len(j.Segments) > 0 {
			t.Errorf("%s: something to print was returned all the same", want)
		}
	}
	if err := change(func(r *Receipt) { r.VPA = "rahul@okaxis" }).check(); strings.Contains(err.Error(), "rahul") {
		t.Errorf("the error gives the payer away: %v", err)
	}
}

// TestMarks: a reprint, a demo and a sale declared paid say so on every document, whatever the language.
func TestMarks(t *testing.T) {
	for _, lang := range []string{"en", "hi"} {
		s, r, d := slip(lang), receipt(lang), report(lang)
		s.Copy, r.Copy, d.Copy = 1, 2, 1
		for _, doc := range []Document{s, r, d} {
			text := decode(t, render(t, doc, profile(t, "epson80")), profile(t, "epson80")).Text()
			if !strings.Contains(text, "DUPLICATE  {2x2 bold}") {
				t.Errorf("%s %s: no large DUPLICATE:\n%s", lang, doc.kind(), text)
			}
		}
	}
	s, r, d := slip("en"), receipt("en"), report("en")
	s.Demo, r.Demo, d.Demo = true, true, true
	for _, doc := range []Document{s, r, d} {
		text := decode(t, render(t, doc, profile(t, "generic58")), profile(t, "generic58")).Text()
		if !strings.Contains(text, "DEMO - NOT REAL MONEY") {
			t.Errorf("%s: not marked as demo:\n%s", doc.kind(), text)
		}
	}
	r = receipt("en")
	r.PaymentID, r.Override = "", "Anita"
	text := decode(t, render(t, r, profile(t, "epson80")), profile(t, "epson80")).Text()
	if !strings.Contains(text, "Marked paid by Anita, not confirmed") || strings.Contains(text, "SUCCESS") {
		t.Errorf("a sale declared paid looks like a confirmed one:\n%s", text)
	}
}

// TestNothingCutOff: what identifies the payment is on paper whole, at every width.
func TestNothingCutOff(t *testing.T) {
	for _, p := range Profiles() {
		for _, font := range []string{"a", "b"} {
			p.Font = font
			text := decode(t, render(t, receipt("en"), p), p).Text()
			flat := strings.NewReplacer("\n", "", " ", "").Replace(text)
			for _, want := range []string{"632612345678", "ICI5f3c1a2b4d6e7f8091a2b3c4d5e6f708", "pay_QXy7Zk2LmN0pQr",
				"ra****@okaxis", "INV/2026-27/0017", "01JD9Q4M7K3T5V8X", "27AAPFU0939F1ZV"} {
				if !strings.Contains(flat, want) {
					t.Errorf("%s font %s: %s is cut off:\n%s", p.Name, font, want, text)
				}
			}
			for _, l := range strings.Split(text, "\n") {
				if l, _, _ = strings.Cut(l, "  {"); len([]rune(l)) > p.ColumnsB && !strings.HasPrefix(l, "[") {
					t.Errorf("%s font %s: a line of %d characters on %d columns: %q",
						p.Name, font, len(l), p.Columns(), l)
				}
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		in      string
		columns int
		want    string
	}{
		{"", 10, ""}, {"short", 10, "short"}, {"exactly 10", 10, "exactly 10"},
		{"two words here", 10, "two words|here"}, {"abcdefghijklmno", 10, "abcdefghij|klmno"},
		{"a bcdefghijklmno", 10, "a|bcdefghijk|lmno"}, {"   indented text", 12, "   indented|text"},
	} {
		if got := strings.Join(wrap(nil, tc.in, tc.columns), "|"); got != tc.want {
			t.Errorf("%q at %d: %q, want %q", tc.in, tc.columns, got, tc.want)
		}
	}
}

func TestInvoiceNumber(t *testing.T) {
	for s, ok := range map[string]bool{"INV/2026-27/0017": true, "1": true, "a-b/C9": true, "": false,
		"ORD20261122000123": false, "INV 17": false, "INV#17": false, "बिल17": false} {
		if err := money.CheckInvoiceNumber(s); (err == nil) != ok {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestGSTIN(t *testing.T) {
	for s, want := range map[string]string{"27AAPFU0939F1ZV": "", "29AAGCB7383J1Z4": "",
		"27AAPFU0939F1ZX": "check character is 'V'", "27AAPFU0939F1Z": "14 characters",
		"27aapfu0939F1ZV": "place 3", "2AAAPFU0939F1ZV": "place 2", "27AAPFU0939F1Z!": "place 15"} {
		if err := money.CheckGSTIN(s); want == "" && err != nil ||
			want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", s, err, want)
		}
	}
}

// TestLogo: a picture becomes dots, shrunk to the paper; what is no PNG, or too much of one, is refused.
func TestLogo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "logo.png")
	m := image.NewNRGBA(image.Rect(0, 0, 800, 300))
	for x := range 800 {
		for y := range 300 {
			m.Set(x, y, color.NRGBA{R: uint8(x / 4), G: uint8(x / 4), B: uint8(x / 4), A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s := slip("en")
	s.Shop.Logo = file
	var err error
	if s.Shop, err = s.Shop.Load(384); err != nil {
		t.Fatal(err)
	}
	if got := s.Shop.Picture; got.Stride != 48 || got.Rows != 144 {
		t.Errorf("%d x %d", got.Stride*8, got.Rows)
	}
	dark, light := 0, 0
	for y := range 144 {
		for x := range 192 {
			if s.Shop.Picture.At(x, y) {
				dark++
			}
			if s.Shop.Picture.At(x+192, y) {
				light++
			}
		}
	}
	if half := 144 * 192; dark < half*7/10 || light > half*5/10 || light < half/10 {
		t.Errorf("a ramp from black to light grey has %d and %d dots of %d", dark, light, half)
	}
	d := decode(t, render(t, s, profile(t, "generic58")), profile(t, "generic58"))
	if d.Lines[0] != "[raster 384x84]" {
		t.Errorf("the slip begins with %q", d.Lines[0])
	}
	for want, change := range map[string]func(*Shop){
		"no name": func(s *Shop) { s.Name = "" }, "GSTIN": func(s *Shop) {
			s.GSTIN = "x"
		}, "give the path": func(s *Shop) { s.Logo = file + "x" },
		"not a PNG": func(s *Shop) {
			s.Logo = filepath.Join(filepath.Dir(file), "text")
			os.WriteFile(s.Logo, []byte("hello"), 0o600)
		},
		"smaller PNG": func(s *Shop) {
			s.Logo = filepath.Join(filepath.Dir(file), "big")
			os.WriteFile(s.Logo, make([]byte, logo.MaxFile+1), 0o600)
		},
	} {
		bad := shop("en")
		bad.Logo = file
		change(&bad)
		if _, err := bad.Load(384); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

func TestProfileCheck(t *testing.T) {
	for _, p := range Profiles() {
		if err := p.Check(); err != nil {
			t.Error(err)
		}
		if p.About == "" {
			t.Errorf("%s has no reason", p.Name)
		}
	}
	for want, change := range map[string]func(*Profile){
		"dots is 12":         func(p *Profile) { p.Dots = 12 },
		"baud is -1":         func(p *Profile) { p.Baud = -1 },
		"one of none, gsv66": func(p *Profile) { p.Cut = "yes" },
		"one of native, ras": func(p *Profile) { p.QR = "" },
		"buffer is 10":       func(p *Profile) { p.Buffer = 10 },
		"don't fit":          func(p *Profile) { p.ColumnsA = 48 },
		"33 columns of 12":   func(p *Profile) { p.ColumnsA = 33 }, // 396 dots on 384: the last would wrap
		"43 of 9 don't fit":  func(p *Profile) { p.ColumnsB = 43 },
		"one of none, xonx":  func(p *Profile) { p.Flow = "dtr" },
	} {
		p := profile(t, "generic58")
		change(&p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v", want, err)
		}
		if _, err := New(Options{Port: "/dev/x", Profile: p}); err == nil {
			t.Errorf("%s: a printer was made", want)
		}
		if _, err := Render(slip("en"), p); err == nil {
			t.Errorf("%s: a job was made", want)
		}
	}
	if _, err := ProfileByName("epson"); err == nil || !strings.Contains(err.Error(), "epson80") {
		t.Errorf("%v", err)
	}
	if _, err := New(Options{Profile: profile(t, "generic58")}); err == nil ||
		!strings.Contains(err.Error(), "configure no printer") {
		t.Errorf("%v", err)
	}
}

// TestStand: a stand's slip says the shop, its name, the code byte for byte, and what to do in two languages; without a
// code it is none.
func TestStand(t *testing.T) {
	d := Stand{Shop: shop("en"), Name: "Counter 1", Payload: strings.Replace(payload, "&am=1249.50", "", 1)}
	for _, p := range Profiles() {
		text := decode(t, render(t, d, p), p).Text()
		for _, want := range []string{"Sharma General Store", "Counter 1", "Scan with any UPI app"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is missing:\n%s", p.Name, want, text)
			}
		}
	}
	if _, err := Render(Stand{Shop: shop("en")}, profile(t, "generic58")); err == nil {
		t.Error("a stand without a code was printed")
	}
}
