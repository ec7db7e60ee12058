package display

import (
	"bytes"
	"fmt"
	"image"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"galla/internal/typeset"
)

// TestScreen_5: what keeps a QR off a panel that is too small is what gallad is told, with the remedy.
func TestScreen_5(t *testing.T) {
	size := image.Pt(320, 240)
	v := story("pay", "en")
	v.Payload += strings.Repeat("x", 200)
	frame := Draw(size, nil, v, StoryTime)
	err := Verify(frame, v)
	if err == nil || !strings.Contains(err.Error(), "modules of 2 pixels on a screen of 320x240") ||
		!strings.Contains(err.Error(), "use a larger screen") {
		t.Errorf("gallad is told %v", err)
	}
}

// TestScreen_8: the module is the largest whole number of pixels with which the code and its quiet zone fit the height.
func TestScreen_8(t *testing.T) {
	for _, tt := range []struct{ w, h, modules, want int }{
		{1024, 600, 49, 10}, {1024, 600, 57, 9}, {720, 1280, 57, 11}, {1920, 1080, 57, 16}, {800, 480, 49, 8},
	} {
		module, box := make(code, tt.modules).place(divide(image.Pt(tt.w, tt.h), false).figure)
		if module != tt.want || !box.In(image.Rect(0, 0, tt.w, tt.h)) {
			t.Errorf("%dx%d: %d modules get %d pixels each in %v, want %d",
				tt.w, tt.h, tt.modules, module, box, tt.want)
		}
	}
}

// TestScreen_9: a status leaves its words two thirds of the screen, and what it says is the largest thing among them
// but the amount. What matters is a headline: a capital of 7.3 mm on 7 inches, 0.7 degrees at 60 cm (EN 301 549
// §5.1.4).
func TestScreen_9(t *testing.T) {
	for _, size := range StorySizes {
		places := divide(size, false)
		if panel := places.panel(); panel.Dx()*panel.Dy() > size.X*size.Y*34/100 {
			t.Errorf("%v: the shape stands in %v, more than a third", size, panel)
		}
	}
	for _, size := range []image.Point{{800, 480}, {1024, 600}, {720, 1280}} {
		pitch := 7 * 25.4 / math.Hypot(float64(size.X), float64(size.Y))
		for _, pair := range [][]string{{"en"}, {"hi"}, {"en", "hi"}, {"hi", "en"}, {"en", "ta"}, {"en", "ml"}} {
			for _, name := range []string{"pay", "paid", "paying", "unpaid", "unpaid-cancelled",
				"late", "out-of-service"} {
				sizes := sizesOf(size, story(name, pair...))
				what := map[string]string{"paid": "paid.title", "paying": "paying.title", "unpaid": "unpaid.title",
					"unpaid-cancelled": "cancelled.title", "late": "late.title", "out-of-service": "out.title"}[name]
				text := story(name).Amount.String()
				if what != "" {
					text = spoken(pair)[0].say(what)
				}
				if mm := float64(sizes[text]) * capital * pitch; mm < 7.3 {
					t.Errorf("%v %v %s: %q has capitals of %.1f mm", size, pair, name, text, mm)
				}
			}
		}
	}
}

// capital is the height of a capital in Noto Sans, of the size.
const capital = 0.714

// sizesOf is how large each text of a View is set, in pixels of the em.
func sizesOf(size image.Point, v View) map[string]int {
	p := NewPainter(size, nil)
	v = At(v, StoryTime)
	places := divide(size, v.Demo)
	all := map[string]int{}
	for _, c := range p.columns(compose(v, p.theme), places) {
		sets, _ := stack(p.text, places, c.blocks, c.box)
		for _, s := range sets {
			all[s.text] = s.size
		}
	}
	return all
}

// TestLetters writes the table of screens and sizes: how high the capitals of what matters are, and from how far they
// are seen under 0.7 degrees.
func TestLetters(t *testing.T) {
	var b strings.Builder
	b.WriteString(
		"# Capitals in millimetres, English and Hindi, and the distance in cm at which they are 0.7 " +
			"degrees (EN 301 549).\n",
	)
	b.WriteString("# screen, inches: amount to pay, call to scan, \"Paid\", \"Not paid\", smallest text\n")
	for _, s := range []struct {
		size   image.Point
		inches float64
	}{
		{image.Pt(800, 480), 4.3}, {image.Pt(800, 480), 7}, {image.Pt(1024, 600), 7}, {image.Pt(1280, 800), 10.1},
		{image.Pt(1920, 1080), 15.6}, {image.Pt(1920, 1080), 23.8}, {image.Pt(720, 1280), 7},
		{image.Pt(1080, 1920), 15.6}, {image.Pt(1024, 768), 9.7}, {image.Pt(720, 720), 4}, {image.Pt(1280, 400), 7.9},
	} {
		pitch := s.inches * 25.4 / math.Hypot(float64(s.size.X), float64(s.size.Y))
		pay := sizesOf(s.size, story("pay", "en", "hi"))
		paid := sizesOf(s.size, story("paid", "en", "hi"))
		unpaid := sizesOf(s.size, story("unpaid", "en", "hi"))
		least := math.MaxInt
		for _, sizes := range []map[string]int{pay, paid, unpaid} {
			for _, n := range sizes {
				least = min(least, n)
			}
		}
		said := spoken([]string{"en"})[0]
		fmt.Fprintf(&b, "%dx%d, %g:", s.size.X, s.size.Y, s.inches)
		for _, px := range []int{pay[story("pay").Amount.String()], pay[said.say("pay.title")],
			paid[said.say("paid.title")], unpaid[said.say("unpaid.title")], least} {
			mm := float64(px) * capital * pitch
			fmt.Fprintf(&b, " %.1f (%.0f)", mm, mm/10/math.Tan(0.7*math.Pi/180))
		}
		b.WriteString("\n")
	}
	const file = "testdata/letters.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want, err := os.ReadFile(file); err != nil || string(want) != b.String() {
		t.Errorf("%s is not what the screens have (%v); go test ./display -run Letters -update:\n%s",
			file, err, b.String())
	}
}

// TestScreen_10: a payee of 64 letters takes nothing from the call to scan, the amount and the time.
func TestScreen_10(t *testing.T) {
	for _, size := range StorySizes[:6] {
		usual, long := story("pay", "en", "hi"), story("pay", "en", "hi")
		long.Payee = strings.Repeat("Sri Venkateswara ", 4)[:64]
		a, b := sizesOf(size, usual), sizesOf(size, long)
		for _, text := range []string{usual.Amount.String(), spoken(usual.Languages)[0].say("pay.title"), "00:00"} {
			if b[text] < a[text]*3/4 {
				t.Errorf("%v: beside a long name %q is %d pixels, else %d", size, text, b[text], a[text])
			}
		}
	}
}

// TestScreen_11: where there is no code nobody is asked to scan one, and where people wait something moves each second,
// in its own place alone.
func TestScreen_11(t *testing.T) {
	for code, s := range languages() {
		if idle := s.say("idle.title"); idle == s.say("pay.title") || !strings.Contains(idle, "UPI") {
			t.Errorf("%s: the idle screen says %q", code, idle)
		}
	}
	for _, name := range []string{"opening", "paying"} {
		p := NewPainter(image.Pt(1024, 600), nil)
		v := story(name, "en", "hi")
		now := StoryTime
		last := bytes.Clone(first(p.Frame(v, now)).Pix)
		for range 30 {
			next := p.NextChange(v, now)
			if wait := next.Sub(now); wait <= 0 || wait > time.Second {
				t.Fatalf("%s: nothing moves for %v", name, wait)
			}
			now = next
			frame, changed := p.Frame(v, now)
			if bytes.Equal(frame.Pix, last) {
				t.Errorf("%s: nothing moved at %v", name, now)
			}
			if changed.Dx()*changed.Dy() > 1024*600/2 {
				t.Errorf("%s: %v is drawn each second", name, changed)
			}
			last = bytes.Clone(frame.Pix)
		}
	}
}

// TestScreen_12: a no-break space holds; what is for the cashier isn't on the customer's screen.
func TestScreen_12(t *testing.T) {
	ts := typeset.New()
	st := typeset.Style{Size: 20, Language: "hi"}
	text := spoken([]string{"hi"})[0].say("pay.title")
	if !strings.Contains(text, "किसी\u00a0भी") {
		t.Fatalf("%q has no no-break space", text)
	}
	for width := ts.Widest(text, st); width < 400; width++ {
		for _, lines := range [][]string{ts.Lines(text, st, width), ts.Balance(text, st, width)} {
			if !strings.Contains(strings.Join(lines, "\n"), "किसी\u00a0भी") {
				t.Fatalf("%d pixels: %q", width, lines)
			}
		}
	}
	refused := story("typing-refused", "hi", "en")
	for text := range sizesOf(image.Pt(800, 480), refused) {
		if strings.Contains(text, "above the limit") || strings.Contains(text, "two sales") {
			t.Errorf("the customer reads %q", text)
		}
	}
	for code, s := range languages() {
		for key, text := range s.words {
			if strings.Contains(text, ": ") && !strings.Contains(text, "{name}") {
				t.Errorf("%s: %s = %q speaks to somebody else", code, key, text)
			}
		}
	}
}

// TestScreen_13: letters that no font has are named and left out, everything else stays.
func TestScreen_13(t *testing.T) {
	for text, want := range map[string]string{"Sharma Stores": "", "شرما Stores": "شرما", "ᱥᱟᱨᱢᱟ": "ᱥᱟᱨᱢ",
		"Tea ☕ ★ Stall": "☕★", "ꯃꯤꯇꯩ": "ꯃꯤꯇꯩ"} {
		if got := LeftOut(text); sorted(got) != sorted(want) {
			t.Errorf("%q: %q is left out, want %q", text, got, want)
		}
	}
	a, b := story("idle", "en"), story("idle", "en")
	a.Shop, b.Shop = "Tea ★ Stall", "Tea Stall"
	size := image.Pt(800, 480)
	if !bytes.Equal(Draw(size, nil, a, StoryTime).Pix, Draw(size, nil, b, StoryTime).Pix) {
		t.Error("a letter without a font leaves a mark")
	}
}

func sorted(s string) string {
	runes := []rune(s)
	for i := range runes {
		for j := i; j > 0 && runes[j] < runes[j-1]; j-- {
			runes[j], runes[j-1] = runes[j-1], runes[j]
		}
	}
	return string(runes)
}

// TestScreen_14 to TestScreen_19 on the sentences: the wording that customers know from their UPI apps.
func TestScreen_14(t *testing.T) {
	sayings(t, [][3]string{
		{
			"en",
			"paid.reference",
			"UPI ref.\u00a0no.",
		},
		{"ta", "paid.reference", "UPI குறிப்பு எண்ணின்"},
		{"hi", "paid.reference", "UPI रेफ़.\u00a0नं. के अंतिम अंक"},
	})
}

func TestScreen_15(t *testing.T) {
	sayings(t, [][3]string{
		{
			"mr",
			"paid.title",
			"पेमेंट झाले",
		},
		{"mr", "unpaid.title", "पेमेंट झाले नाही"},
		{"ta", "paid.title", "பணம் செலுத்தப்பட்டது"},
		{"ml", "paid.title", "പേയ്\u200cമെന്റ് പൂർത്തിയായി"},
	})
}

func TestScreen_16(t *testing.T) {
	sayings(t, [][3]string{
		{
			"te",
			"test_keys.title",
			"టెస్ట్ మోడ్",
		},
		{"kn", "test_keys.title", "ಟೆಸ್ಟ್ ಮೋಡ್"},
		{"ta", "cancelled.title", "பேமெண்ட் ரத்து"},
		{"ta", "sale.number", "பில் எண்"},
		{"ta", "late.step", "பணம்"},
	})
	for key, text := range languages()["ta"].words {
		if strings.Contains(text, "கட்டண") || strings.Contains(text, "சாவி") {
			t.Errorf("ta: %s = %q speaks of a fee or of keys of a door", key, text)
		}
	}
}

func TestScreen_17(t *testing.T) {
	sayings(t, [][3]string{
		{
			"bn",
			"typing.title",
			"টাকার পরিমাণ",
		},
		{"or", "typing.title", "ରାଶି"},
		{"pa", "out.title", "ਇਸ ਵੇਲੇ UPI"},
		{"pa", "no_gateway.title", "ਇਸ ਵੇਲੇ UPI"},
		{"pa", "pairing.step", "ਡਿਵਾਈਸ ਵਿੱਚ ਭਰੋ"},
		{"pa", "no_gateway.step", "ਦੁਬਾਰਾ"},
	})
}

func TestScreen_18(t *testing.T) {
	sayings(t, [][3]string{
		{
			"kn",
			"cancelled.step",
			"ಕಡಿತವಾಗಿದ್ದರೆ",
		},
		{"te", "cancelled.step", "కట్ అయి"},
		{"ml", "cancelled.step", "ഡെബിറ്റ്"},
		{"ta", "cancelled.step", "பிடிக்கப்பட்டிருந்தால்"},
		{
			"hi",
			"late.title",
			"आपके पैसे देर से पहुँचे",
		},
		{"hi", "late.step", "बिक्री बंद होने के बाद दुकान को पैसे मिले।"},
		{"mr", "opening.step", "थोडे"},
		{"gu", "pairing.scan", "સ્કૅન"},
		{"or", "other_tender.step", "ଆଗର"},
	})
}

func TestScreen_19(t *testing.T) {
	sayings(t, [][3]string{
		{
			"en",
			"expired.title",
			"This code has expired",
		},
		{"en", "expired.step", "the earlier code"},
		{"en", "cancelled.step", "the earlier code"},
		{
			"en",
			"connection_lost.title",
			"Screen disconnected",
		},
		{"en", "pay.title", "camera"},
		{"en", "pay.payee", "Your app shows: {name}"},
	})
}

// sayings checks that a sentence of a language has some words in it: language, key, words.
func sayings(t *testing.T, all [][3]string) {
	t.Helper()
	for _, s := range all {
		if text := languages()[s[0]].words[s[1]]; !strings.Contains(text, s[2]) {
			t.Errorf("%s: %s = %q, without %q", s[0], s[1], text, s[2])
		}
	}
}

// TestRawUTF8: a payload with letters that nobody escaped is read by zbar, zxing-cpp and gozxing, byte for byte.
func TestRawUTF8(t *testing.T) {
	r := startReaders(t)
	size := image.Pt(1024, 600)
	for _, tail := range []string{"&xn=दुकान", "&xn=கடை 12", "&xn=Café", "&xn=చెల్లింపు ₹"} {
		v := story("pay", "en")
		v.Payload += tail
		frame := Draw(size, nil, v, StoryTime)
		if err := Verify(frame, v); err != nil {
			t.Errorf("gozxing, %q: %v", tail, err)
		}
		texts, err := r.read(&image.Gray{Pix: grey(frame, frame.Rect), Stride: size.X, Rect: frame.Rect})
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			if text != v.Payload {
				t.Errorf("%s, %q: %q", readerNames[i], tail, text)
			}
		}
	}
}
