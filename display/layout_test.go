package display

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"galla/internal/money"
)

// TestEverythingFits: at every size and in every pair of languages, no text of the storybook is
// cut, goes over another, is smaller than can be read or leaves its place. The everyday run has the pairs with English,
// with Hindi, and of high letters.
func TestEverythingFits(t *testing.T) {
	theme := defaultTheme()
	for _, size := range StorySizes {
		t.Run(fmt.Sprintf("%dx%d", size.X, size.Y), func(t *testing.T) {
			t.Parallel()
			p := NewPainter(size, theme)
			pairs := languagePairs()
			for _, pair := range languagePairs()[2:] {
				pairs = append(pairs, []string{pair[1], "en"}, []string{pair[1], "hi"})
			}
			for _, pair := range [][2]string{{"kn", "ml"}, {"kn", "ta"}, {"ml", "ta"}} {
				pairs = append(pairs, []string{pair[0], pair[1]}, []string{pair[1], pair[0]})
			}
			if matrix(image.Point{}, []string{""}) {
				pairs = everyPair()
			}
			for _, pair := range pairs {
				if !matrix(size, pair) {
					continue
				}
				for _, s := range Scenes(pair...) {
					checkFits(t, p, s, fmt.Sprintf("%s in %v", s.Name, pair))
				}
			}
		})
	}
}

// checkFits looks at all the words of one screen.
func checkFits(t *testing.T, p *Painter, s Scene, name string) {
	t.Helper()
	v := At(s.View, StoryTime)
	pg, places := compose(v, p.theme), divide(p.size, v.Demo)
	for _, c := range p.columns(pg, places) {
		sets, height := stack(p.text, places, c.blocks, c.box)
		if height > c.box.Dy() {
			t.Errorf("%s: the words need %d pixels of height, there are %d", name, height, c.box.Dy())
		}
		for _, set := range sets {
			checkSet(t, name, places, set, c.box)
		}
	}
}

// TestScreen_6: 4:3 and square panels hold every screen in the languages with the longest words, beside which English
// ran off the bottom or was cut. TestEverythingFits has the sizes of the storybook.
func TestScreen_6(t *testing.T) {
	for _, size := range []image.Point{{720, 720}, {480, 480}, {640, 480}, {800, 600}, {1024, 768}, {1280, 1024}} {
		p := NewPainter(size, nil)
		for _, pair := range [][]string{{"en", "ta"}, {"ta", "en"}, {"en", "ml"}, {"en", "hi"}} {
			for _, s := range Scenes(pair...) {
				checkFits(t, p, s, fmt.Sprintf("%s in %v at %v", s.Name, pair, size))
			}
		}
	}
}

// everyPair is each language alone and with each other, in both orders.
func everyPair() (pairs [][]string) {
	codes, _ := Languages()
	for _, a := range codes {
		pairs = append(pairs, []string{a})
		for _, b := range codes {
			if a != b {
				pairs = append(pairs, []string{a, b})
			}
		}
	}
	return pairs
}

func checkSet(t *testing.T, name string, places panes, s set, box image.Rectangle) {
	t.Helper()
	if s.size < places.px(smallest) {
		t.Errorf("%s: %q is set in %d pixels, less than %d", name, s.text, s.size, places.px(smallest))
	}
	plain := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	if got := strings.Join(s.lines, ""); plain(got) != plain(s.text) {
		t.Errorf("%s: %q became %q", name, s.text, s.lines)
	}
	words := strings.Fields(
		s.text + " " + strings.ReplaceAll(s.text, "://", ":// "),
	) // an address may go on in the next line
	for _, l := range s.lines {
		for _, w := range strings.Fields(l) {
			if !slices.Contains(words, w) {
				t.Errorf("%s: %q is broken within a word: %q", name, s.text, s.lines)
			}
		}
	}
	if s.width > box.Dx() {
		t.Errorf("%s: %q is %d pixels wide, its column %d", name, s.text, s.width, box.Dx())
	}
	if s.right != nil {
		checkSet(t, name, places, *s.right, box)
		if s.width+s.right.width > box.Dx() {
			t.Errorf("%s: %q and %q stand on each other", name, s.text, s.right.text)
		}
	}
}

// TestReadableAtOneMetre: on a 7-inch panel the height of a capital, seen from 1 m, is at least 8 minutes of arc in the
// smallest text there may be, and 20 in the amount to pay and in "Paid". Normal eyes need 5, and 8 are left to those
// with 20/32.
func TestReadableAtOneMetre(t *testing.T) {
	const diagonal = 7 * 25.4 // mm
	for _, size := range []image.Point{{800, 480}, {1024, 600}, {720, 1280}} {
		pitch := diagonal / math.Hypot(float64(size.X), float64(size.Y))
		arc := func(px int) float64 {
			const capital = 0.714 // of the size, in Noto Sans
			return math.Atan(float64(px)*capital*pitch/1000) * 180 * 60 / math.Pi
		}
		p := NewPainter(size, nil)
		for _, pair := range [][]string{{"en"}, {"hi"}, {"en", "hi"}, {"en", "ta"}, {"en", "ml"}} {
			for _, s := range Scenes(pair...) {
				v := At(s.View, StoryTime)
				pg, places := compose(v, defaultTheme()), divide(size, v.Demo)
				said := spoken(v.Languages)[0]
				for _, c := range p.columns(pg, places) {
					sets, _ := stack(p.text, places, c.blocks, c.box)
					for _, set := range sets {
						least := 8.0
						if s.Name == "pay" && set.text == v.Amount.String() ||
							s.Name == "paid" && set.text == said.say("paid.title") {
							least = 20
						}
						if got := arc(set.size); got < least {
							t.Errorf("%v %v %s: %q is %d pixels, %.1f minutes of arc; want %.0f",
								size, pair, s.Name, set.text, set.size, got, least)
						}
					}
				}
			}
		}
	}
}

// TestLongNames: a shop's or payee's name of any length and script neither pushes the amount off the screen nor covers
// anything.
func TestLongNames(t *testing.T) {
	for _, name := range []string{
		strings.Repeat("Sri Venkateswara ", 12), strings.Repeat("W", 99), strings.Repeat("क्षत्रिय", 20),
		strings.Repeat("स्टोर्स ", 20), "日本 عربي 😀", "\u202eevil", "",
	} {
		for _, size := range []image.Point{{800, 480}, {720, 1280}, {320, 240}} {
			for _, scene := range []string{"pay", "paid", "idle"} {
				v := story(scene, "en", "ml")
				v.Payee, v.Shop = name, name
				v.Amount = 99_99_99_99_999_99
				v.Payload = strings.Replace(v.Payload, "1250.00", v.Amount.Decimal(), 1)
				p := NewPainter(size, nil)
				pg, places := compose(v, p.theme), divide(size, false)
				for _, c := range p.columns(pg, places) {
					_, height := stack(p.text, places, c.blocks, c.box)
					if height > c.box.Dy() && size.X > 320 {
						t.Errorf("%s at %v with %.20q: %d pixels of words in %d", scene, size, name, height, c.box.Dy())
					}
				}
				frame, _ := p.Frame(v, StoryTime)
				if v.Screen == ScreenPay && size.X > 320 && Verify(frame, v) != nil {
					t.Errorf("%s at %v with %.20q: %v", scene, size, name, Verify(frame, v))
				}
			}
		}
	}
}

// TestAmountsAreWhole: an amount, what is typed of one, and a pairing code are never cut, whatever the screen and the
// amount: a part of one is another one. They are set smaller than what can be read at a metre before that.
func TestAmountsAreWhole(t *testing.T) {
	for _, size := range []image.Point{
		{240, 240}, {320, 240}, {240, 320}, {320, 480}, {480, 320}, {480, 272}, {640, 480}, {800, 480}, {1366, 768},
		{1280, 400}, {3840, 2160},
	} {
		p := NewPainter(size, nil)
		for _, amount := range []money.Paise{1, 99_99_999_99, 1_00_00_000_00, 99_99_99_999_99, money.Max} {
			for _, name := range []string{"typing", "opening", "pay", "pay-demo", "pay-unseen", "paying", "paid",
				"unpaid", "late", "pairing", "pairing-scan"} {
				v := story(name, "en", "ml")
				if v.Entry != "" {
					v.Entry = strings.TrimPrefix(amount.String(), "₹")
				}
				if v.Amount > 0 {
					v.Amount = amount
				}
				if v.Payload != "" {
					v.Payload = "upi://pay?pa=a@b&cu=INR&am=" + amount.Decimal()
				}
				wanted := map[string]bool{v.Code: true, "₹" + v.Entry: true, v.Amount.String(): true}
				delete(wanted, "")
				delete(wanted, "₹")
				delete(wanted, money.Paise(0).String())

				places := divide(size, v.Demo)
				for _, c := range p.columns(compose(v, p.theme), places) {
					sets, _ := stack(p.text, places, c.blocks, c.box)
					for _, s := range sets {
						if !wanted[s.text] {
							continue
						}
						delete(wanted, s.text)
						if strings.Join(s.lines, "") != s.text || s.width > c.box.Dx() {
							t.Errorf("%s at %v: %q became %q, %d pixels of %d", name, size, s.text,
								s.lines, s.width, c.box.Dx())
						}
					}
				}
				for text := range wanted {
					t.Errorf("%s at %v: %q is not there", name, size, text)
				}
			}
		}
	}
}

// TestWhatTheAppShows: "your app shows" names the payee of the code. Where that has no name, or none that can be drawn,
// the shop's own stands there without the claim.
func TestWhatTheAppShows(t *testing.T) {
	for payee, want := range map[string]string{
		"Sharma Traders":  "Your app shows: Sharma Traders",
		"شرما":            "Asha Stores", // no font
		"👨\u200d👩\u200d👧": "Asha Stores", // the joiners stay when the emoji go
		" \u00a0\u200c":   "Asha Stores",
		"":                "Asha Stores",
	} {
		p := NewPainter(image.Pt(1024, 600), nil)
		v := story("pay", "en")
		v.Shop, v.Payee = "Asha Stores", payee
		var said []string
		for _, b := range compose(drawable(p.text, v), p.theme).foot {
			said = append(said, b.text)
		}
		if !slices.Contains(said, want) {
			t.Errorf("%q: the screen says %q, want %q", payee, said, want)
		}
	}
}

// TestContrast: every ink on every ground reaches 7:1, in the default theme, in a dark one, and for the status colours.
func TestContrast(t *testing.T) {
	dark := &Theme{
		Ground: color.RGBA{0x10, 0x14, 0x18, 255},
		Ink:    color.RGBA{0xd0, 0xd8, 0xd0, 255},
		Accent: color.RGBA{0x50, 0x20, 0x10, 255},
	}
	for _, theme := range []*Theme{defaultTheme(), dark} {
		if err := theme.Check(); err != nil {
			t.Fatal(err)
		}
		for _, s := range Scenes("en", "hi") {
			v := At(s.View, StoryTime)
			pg := compose(v, theme)
			ground, ink := pg.colours(theme)
			for what, c := range map[string]color.RGBA{"ink": ink, "soft ink": soften(ink, ground)} {
				if got := contrast(c, ground); got < leastContrast {
					t.Errorf("%s: %s %s on %s has %.2f:1", s.Name, what, hex(c), hex(ground), got)
				}
			}
			if shape, ok := inkOn(pg.panel); !ok {
				t.Errorf("%s: its shape %s on %s has %.2f:1",
					s.Name, hex(shape), hex(pg.panel), contrast(shape, pg.panel))
			}
		}
	}
	if got := contrast(black, demoYellow); got < leastContrast {
		t.Errorf("the demo ribbon has %.2f:1", got)
	}
	if got := contrast(black, white); got < 20.9 || got > 21.1 {
		t.Errorf("black on white is %.2f:1, WCAG says 21", got)
	}
	// WCAG's own worked pair: #767676 on white is the lightest grey with 4.5:1.
	if got := contrast(color.RGBA{0x76, 0x76, 0x76, 255}, white); got < 4.5 || got > 4.6 {
		t.Errorf("#767676 on white is %.2f:1, want 4.54", got)
	}
}

// TestStatusWithoutColour: with all colour taken out, the figures of the states still differ in a twentieth of their
// place.
func TestStatusWithoutColour(t *testing.T) {
	size := image.Pt(1024, 600)
	pane := divide(size, false).figure
	shapes := map[string][]byte{}
	for _, name := range []string{"opening", "pay", "paying", "paid", "unpaid", "unpaid-other_tender",
		"late", "out-of-service"} {
		img := Draw(size, nil, story(name, "en"), StoryTime)
		g := grey(img, pane)
		ground := g[pane.Dx()*4+4]
		shape := make([]byte, len(g))
		for i, v := range g {
			if d := int(v) - int(ground); d > 60 || d < -60 {
				shape[i] = 1
			}
		}
		for other, b := range shapes {
			differ := 0
			for i := range b {
				differ += int(b[i] ^ shape[i])
			}
			if differ < len(b)/20 {
				t.Errorf("%s and %s have the same shape but for %d of %d pixels", name, other, differ, len(b))
			}
		}
		shapes[name] = shape
	}
}

// TestUnknownReason: a reason of a newer gallad gets the general sentence, not an empty screen.
func TestUnknownReason(t *testing.T) {
	v := story("unpaid", "en")
	v.Reason = "eclipse"
	if got := compose(v, defaultTheme()).foot[0].text; got != "Not paid" {
		t.Errorf("an unknown reason says %q", got)
	}
}

// TestAnySize: a monitor can be of any size, or say that it is. Nothing panics, and nothing is drawn on a screen that
// is none.
func TestAnySize(t *testing.T) {
	for _, size := range []image.Point{{0, 0}, {1, 1}, {3, 2000}, {2000, 3}, {64, 48}, {240, 240},
		{480, 480}, {3440, 1440}} {
		p := NewPainter(size, nil)
		for _, s := range Scenes("ta", "ml") {
			frame, _ := p.Frame(s.View, StoryTime)
			if frame.Rect.Size() != size {
				t.Fatalf("%v: the frame is %v", size, frame.Rect)
			}
			if s.View.Screen == ScreenPay && !p.QR().Empty() {
				if err := Verify(frame, s.View); err != nil {
					t.Errorf("%s at %v: %v", s.Name, size, err)
				}
			}
			p.NextChange(s.View, StoryTime)
		}
	}
}

// TestAnyView: a View of odd contents is drawn somehow.
func TestAnyView(t *testing.T) {
	p := NewPainter(image.Pt(320, 240), nil)
	for _, v := range []View{
		{}, {Screen: "from the future", Languages: []string{"xx"}}, {Screen: ScreenPay},
		{Screen: ScreenPaid, Amount: -5, Number: -1, RRN: strings.Repeat("9", 500)},
		{Screen: ScreenTyping, Entry: strings.Repeat("9", 200),
			Tape: []string{"", strings.Repeat("1 + ", 100), "\n", "a", "b", "c", "d"}},
		{Screen: ScreenPairing, Code: strings.Repeat("x", 300)},
		{Screen: ScreenPaying, Since: StoryTime.AddDate(50, 0, 0)},
		{Screen: ScreenPaying, Since: StoryTime.AddDate(-50, 0, 0)},
	} {
		if _, changed := p.Frame(v, StoryTime); changed.Empty() {
			t.Errorf("%+v changed nothing", v)
		}
		p.NextChange(v, StoryTime)
	}
}
