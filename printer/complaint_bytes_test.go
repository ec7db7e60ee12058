package printer

// The complaints of printer.md §7 that are about bytes: what other people's printers did wrong, and must not happen
// here.

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"galla/printer/escpos"
	"galla/printer/printertest"
)

// rendered is one of allJobs.
type rendered struct {
	profile Profile
	job     Job
	err     error
}

// allJobs renders every document in both languages for every profile, in both fonts, once.
var allJobs = sync.OnceValue(func() (all []rendered) {
	for _, p := range Profiles() {
		for _, font := range []string{"a", "b"} {
			p.Font = font
			for _, lang := range []string{"en", "hi"} {
				for _, d := range []Document{slip(lang), receipt(lang), report(lang), selfTest(lang)} {
					j, err := Render(d, p)
					all = append(all, rendered{p, j, err})
				}
			}
		}
	}
	return all
})

func everyJob(t testing.TB, f func(p Profile, j Job)) {
	t.Helper()
	for _, r := range allJobs() {
		if r.err != nil {
			t.Fatalf("%s on %s: %v", r.job.Kind, r.profile.Name, r.err)
		}
		f(r.profile, r.job)
	}
}

func render(t testing.TB, d Document, p Profile) Job {
	t.Helper()
	j, err := Render(d, p)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// 3: python-escpos#367, garbage after an image. Every command has the length it declares: each segment is whole by
// itself.
func TestComplaint03_DeclaredLength(t *testing.T) {
	everyJob(t, func(p Profile, j Job) {
		d := printertest.NewDecoder(modelOf(p))
		for i, s := range j.Segments {
			if d.Write(s.Bytes); len(d.Unknown) > 0 || d.Unfinished() ||
				d.Pending() && s.Dots > 0 { // columns wait in the line for the feed that prints them
				t.Fatalf("%s on %s: segment %d % x is not whole: unknown %q",
					j.Kind, p.Name, i, s.Bytes[:min(12, len(s.Bytes))], d.Unknown)
			}
		}
	})
}

// 5: ha-escpos-thermal-printer#45, a tall image freezes the printer.
func TestComplaint05_Bands(t *testing.T) {
	everyJob(t, func(p Profile, j Job) {
		for _, s := range j.Segments {
			if i := bytes.Index(s.Bytes, []byte{0x1D, 'v', '0'}); i >= 0 {
				if rows := int(s.Bytes[i+6]) | int(s.Bytes[i+7])<<8; rows > 255 {
					t.Errorf("%s on %s: a band of %d rows", j.Kind, p.Name, rows)
				}
			}
		}
	})
}

// 6: EscPosEncoder#108, text below an image is corrupted.
func TestComplaint06_TextAfterPicture(t *testing.T) {
	for _, p := range Profiles() {
		text := decode(t, render(t, slip("en"), p), p).Text()
		picture := max(
			strings.LastIndex(text, "[qr"),
			strings.LastIndex(text, "[raster 1"),
			strings.LastIndex(text, "[columns"),
		) // a rule is above and below it
		if at := strings.Index(text, "Scan with any UPI app"); at >= 0 {
			picture = max(
				strings.LastIndex(text[:at], "[qr"),
				strings.LastIndex(text[:at], "[raster"),
				strings.LastIndex(text[:at], "[columns"),
			)
		}
		if picture < 0 || !strings.Contains(text[picture:], "Scan with any UPI app") ||
			!strings.Contains(text[picture:], "Pay to") {
			t.Errorf("%s: the lines below the QR are lost:\n%s", p.Name, text)
		}
	}
}

// 7: node-thermal-printer#157, the QR's length is counted in characters.
func TestComplaint07_NonASCIIPayload(t *testing.T) {
	p := profile(t, "epson80")
	s := slip("en")
	s.Payload = "upi://pay?pa=a@b&pn=शर्मा&am=1249.50&cu=INR"
	j := render(t, s, p)
	if bytes.Contains(j.Bytes(), []byte{0x1D, '(', 'k'}) {
		t.Error("a payload outside ASCII went into a native QR")
	}
	if got := zbarimg(t, decode(t, j, p).Paper.Image()); got != s.Payload {
		t.Errorf("the QR reads %q", got)
	}
	if _, err := escpos.QR(6, escpos.ECM, s.Payload); err == nil || !strings.Contains(err.Error(), "raster") {
		t.Errorf("native QR of it: %v", err)
	}
}

// 8: node-thermal-printer#33, escpos-php#426 and others: a native QR is printed as text.
func TestComplaint08_NoNativeQR(t *testing.T) {
	everyJob(t, func(p Profile, j Job) {
		if p.QR != "native" && bytes.Contains(j.Bytes(), []byte{0x1D, '(', 'k'}) {
			t.Errorf("%s on %s has a native QR", j.Kind, p.Name)
		}
	})
}

// 10: escpos-php#552, DantSu#461 and others: a QR too wide is cut in half or left out.
func TestComplaint10_QRTooWide(t *testing.T) {
	for _, p := range Profiles() {
		refused := 0
		for n := 30; n < 2400; n += 173 {
			s := slip("en")
			s.Payload = payload + strings.Repeat("x", n)
			j, err := Render(s, p)
			if err != nil {
				if refused++; !strings.Contains(err.Error(), "use 80 mm paper") &&
					!strings.Contains(err.Error(), "too long") {
					t.Errorf("%s, %d bytes: %v", p.Name, len(s.Payload), err)
				}
				continue
			}
			if refused > 0 {
				t.Errorf("%s: %d bytes printed though fewer were refused", p.Name, len(s.Payload))
			}
			if text := decode(t, j, p).Text(); strings.Contains(text, "not printed") {
				t.Errorf("%s, %d bytes: %s", p.Name, len(s.Payload), text)
			}
		}
		if refused == 0 {
			t.Errorf("%s refused nothing", p.Name)
		}
	}
}

// 11: ESC-POS-.NET#296, the QR is too small to scan.
func TestComplaint11_LargestModule(t *testing.T) {
	for _, tc := range []struct{ size, dots, limit, step, want int }{
		{49, 384, 8, 1, 6}, {49, 384, 8, 2, 6}, {49, 576, 8, 1, 8}, {49, 576, 6, 2, 6}, {57, 384, 8, 2, 4},
		{25, 384, 8, 1, 8}, {117, 384, 8, 1, 3}, {177, 384, 8, 1, 2},
	} {
		if got := moduleFor(tc.size, Profile{Dots: tc.dots, MaxModule: tc.limit}, tc.step); got != tc.want {
			t.Errorf("%d modules on %d dots: %d dots each, want %d", tc.size, tc.dots, got, tc.want)
		}
	}
}

// 12: DantSu#16, ESC-POS-.NET#252 and six others: ₹ prints as a question mark.
func TestComplaint12_Rupee(t *testing.T) {
	everyJob(t, func(p Profile, j Job) {
		b := j.Bytes()
		if bytes.Contains(b, []byte("₹")) ||
			j.Kind != "order slip" && j.Kind != "self-test" && bytes.ContainsRune(textOf(j), '?') {
			t.Errorf("%s on %s has ₹ as UTF-8 or a question mark", j.Kind, p.Name)
		}
	})
	p := profile(t, "epson80")
	s := slip("en")
	s.Shop.Header = []string{"Prices in ₹, not in `points`"}
	if text := decode(t, render(t, s, p), p).Text(); !strings.Contains(text, "₹1,249.50") ||
		!strings.Contains(text, "Prices in ₹, not in 'points'") {
		t.Errorf("the defined glyph isn't used for ₹ alone:\n%s", text)
	}
}

// textOf is the printable part of the segments that are lines of text.
func textOf(j Job) []byte {
	var b []byte
	for _, s := range j.Segments {
		if !s.Even && len(s.Bytes) > 0 && s.Bytes[len(s.Bytes)-1] == '\n' {
			b = append(b, s.Bytes...)
		}
	}
	return b
}

// 13: escpos-php#481 (TVS RP-3160), DantSu#107 and others: Hindi, Tamil, Marathi come out as ???.
func TestComplaint13_IndianScripts(t *testing.T) {
	for _, name := range []string{"शर्मा जनरल स्टोर", "முருகன் கடை", "श्री गणेश भांडार (मराठी)", "ಶ್ರೀ ಅಂಗಡಿ",
		"দোকান", "Café Müller"} {
		s := slip("en")
		s.Shop.Name = name
		j := render(t, s, profile(t, "tvs80"))
		d := decode(t, j, profile(t, "tvs80"))
		if first := d.Lines[0]; !strings.HasPrefix(first, "[raster") && !strings.HasPrefix(first, "[feed") {
			t.Errorf("%s: printed as %q", name, first)
		}
		if strings.Contains(strings.ReplaceAll(d.Text(), "upi://pay?", ""), "?") {
			t.Errorf("%s: a question mark is on the paper:\n%s", name, d.Text())
		}
	}
}

// 26: escpos-php#144, the cut is sometimes ignored because it doesn't stand at the beginning of a line.
func TestComplaint26_CutAtLineStart(t *testing.T) {
	everyJob(t, func(p Profile, j Job) {
		lines := decode(t, j, p).Lines
		if last := lines[len(lines)-1]; p.Cut != "none" && last != "[cut]" {
			t.Errorf("%s on %s ends with %q", j.Kind, p.Name, last)
		}
	})
}

// 27: escpos-php#403, #504, #390: the cut command differs, and the wrong one prints "VA".
func TestComplaint27_CutPerProfile(t *testing.T) {
	for cut, want := range map[string]string{"gsv66": "\x1dV\x42\x00", "gsv1": "\x1dV\x01", "gsv0": "\x1dV\x00",
		"esci": "\x1bi", "escm": "\x1bm", "none": "\x1bJ\x78"} {
		p := profile(t, "generic58")
		p.Cut = cut
		j := render(t, receipt("en"), p)
		if decode(t, j, p); !bytes.HasSuffix(j.Bytes(), []byte(want)) {
			t.Errorf("cut %s ends with % x", cut, j.Bytes()[j.Len()-4:])
		}
	}
}

// 31: thermalprinter#15, a letter before every job because the vendor's set-up isn't understood.
func TestComplaint31_NoVendorSetup(t *testing.T) {
	everyJob(t, func(p Profile, j Job) {
		if first := j.Segments[0].Bytes; (p.Heat != nil) != bytes.Contains(first, []byte("\x1b7")) ||
			(p.Heat != nil) != bytes.Contains(first, []byte("\x12#")) {
			t.Errorf("%s: begins with % x", p.Name, first)
		}
	})
}

// 32: adafruit-thermal-printer-driver PR#3, ESC 7 is 1B 37, not 1B 07.
func TestComplaint32_HeatBytes(t *testing.T) {
	if got := escpos.Heat(11, 120, 40); string(got) != "\x1b\x37\x0b\x78\x28" {
		t.Errorf("ESC 7 is % x", got)
	}
}

// 33: DantSu#451, epsonsimplecups#2: white lines between bands.
func TestComplaint33_OneBand(t *testing.T) {
	for _, p := range Profiles() {
		if p.Buffer < 4096 {
			continue // smaller than any QR: paced row by row
		}
		j := render(t, slip("en"), p)
		bands := 0
		for _, seg := range j.Segments {
			if at := bytes.Index(seg.Bytes, []byte{0x1D, 'v', '0'}); at >= 0 &&
				seg.Bytes[at+6] > 1 { // a rule is one row
				bands++
			}
		}
		if bands > 1 {
			t.Errorf("%s: the QR is sent in %d bands", p.Name, bands)
		}
		if bytes.Contains(j.Bytes(), []byte{0x1B, '*'}) {
			t.Errorf("%s uses column images", p.Name)
		}
	}
}

// 34: Adafruit lib#52, stuttering: the line is slower than the head.
func TestComplaint34_FewBytes(t *testing.T) {
	for _, p := range Profiles() {
		if n := render(t, slip("en"), p).Len(); n > 3600 && p.Draw == "raster" || n > 7200 ||
			p.QR == "native" && n > 1000 {
			t.Errorf("%s: an order slip has %d bytes", p.Name, n)
		}
	}
}

// 35: zj-58#9 and others, too light: heat is a setting, and bounded.
func TestComplaint35_HeatBounded(t *testing.T) {
	for _, h := range []Heat{{Dots: 256}, {Time: -1}, {Interval: 300}, {Density: 32}, {Break: 8}} {
		p := profile(t, "csn-a2")
		p.Heat = &h
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), "heat") {
			t.Errorf("%+v: %v", h, err)
		}
	}
	p := profile(t, "csn-a2")
	p.Heat.Time = 200
	if j := render(t, receipt("en"), p); !bytes.Contains(j.Bytes(), []byte("\x1b7\x0b\xc8")) {
		t.Error("the profile's heat isn't sent")
	}
	if profile(t, "csn-a2").Heat.Time != 120 {
		t.Error("a profile from the table was shared")
	}
}

// 37: go-serial#104, listing ports takes 30 s and disturbs the open one: nothing here lists ports.
func TestComplaint37_NoEnumeration(t *testing.T) {
	for _, dir := range []string{".", "port", "escpos"} {
		files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
		for _, f := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range parsed.Imports {
				if strings.Contains(i.Path.Value, "enumerator") {
					t.Errorf("%s imports %s", f, i.Path.Value)
				}
			}
		}
	}
}

// 38: node-thermal-printer kicks with three bytes, which swallows the next two.
func TestComplaint38_DrawerKick(t *testing.T) {
	d := printertest.NewDecoder(modelOf(profile(t, "generic58")))
	d.Write(append(Drawer{}.Kick().Bytes(), "OK next\n"...))
	if got := fmt.Sprint(d.Lines, d.Unknown); got != "[[kick 0 50 250] OK next] []" {
		t.Errorf("printed %s", got)
	}
}

// 39: TM-T81 specification p. 70: image data that contains DLE EOT, ENQ or DC4 is obeyed.
func TestComplaint39_NoRealtimeInPictures(t *testing.T) {
	forbidden := func(b []byte) bool {
		for _, c := range []byte{0x04, 0x05, 0x14} {
			if bytes.Contains(b, []byte{0x10, c}) {
				return true
			}
		}
		return false
	}
	everyJob(t, func(p Profile, j Job) {
		if forbidden(j.Bytes()) {
			t.Errorf("%s on %s contains a real-time command", j.Kind, p.Name)
		}
	})
	random := rand.New(rand.NewPCG(1, 2))
	met := 0
	for range 2000 {
		m := escpos.NewBitmap(8*(1+random.IntN(20)), 1+random.IntN(20))
		for i := range m.Bits {
			m.Bits[i] = []byte{0x10, 0x04, 0x05, 0x14, 0xFF}[random.IntN(5)]
		}
		if forbidden(m.Bits) {
			met++
		}
		b, err := escpos.Raster(escpos.Same, m)
		if err != nil || forbidden(b[7:]) {
			t.Fatalf("% x: %v", b, err)
		}
	}
	if met < 1000 {
		t.Errorf("only %d of the pictures would have been obeyed", met)
	}
}
