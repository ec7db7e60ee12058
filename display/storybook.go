package display

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"time"

	"galla/internal/day"
)

// StoryTime is the moment at which the storybook is drawn: 22 November 2026, 17:35:40 in India.
var StoryTime = time.Date(2026, 11, 22, 17, 35, 40, 0, day.IST)

// StorySizes are the screens of the storybook, in pixels: what is sold as a 4 to 10 inch panel, a monitor, both
// upright, a till's monitor of 4:3, a square panel and a bar.
var StorySizes = []image.Point{
	{800, 480}, {1024, 600}, {1280, 800}, {1920, 1080}, {720, 1280}, {1080, 1920}, {1024, 768}, {720, 720}, {1280, 400},
}

// Scene is one picture of the storybook.
type Scene struct {
	Name string // as in a file name
	View View
}

// Scenes returns a View of every screen, and of every reason, in one or two languages: what the storybook and the
// golden pictures show. Names and numbers are made up.
func Scenes(languages ...string) []Scene {
	base := View{
		Seq:       1,
		SaleID:    "s1",
		Name:      "1122-17",
		Number:    17,
		Amount:    1_250_00,
		Shop:      "Sharma General Stores",
		Payee:     "Sharma General Stores",
		PayeeVPA:  "sharma.stores@icici",
		Languages: languages,
		Since:     StoryTime.Add(-34 * time.Second),
	}

	scene := func(name string, s Screen, change func(*View)) Scene {
		v := base
		v.Screen = s
		if change != nil {
			change(&v)
		}
		return Scene{name, v}
	}

	blank := func(v *View) { *v = View{Screen: v.Screen, Shop: v.Shop, Languages: v.Languages} }
	payable := func(v *View) {
		v.Payload = storyPayload(v.Amount.Decimal())
		v.ValidUntil = StoryTime.Add(4*time.Minute + 37*time.Second)
	}
	scenes := []Scene{
		scene("idle", ScreenIdle, blank),
		scene(
			"typing",
			ScreenTyping,
			func(v *View) { blank(v); v.Entry = "1,250"; v.Tape = []string{"3 × 250", "+ 500"} },
		),
		scene("typing-refused", ScreenTyping, func(v *View) {
			blank(v)
			v.Entry, v.Notes = "1,50,000", []string{
				"₹1,50,000.00 is above the limit of ₹1,00,000.00: take it in two sales",
			}
		}),
		scene("opening", ScreenOpening, nil),
		scene("pay", ScreenPay, payable),
		scene(
			"pay-large",
			ScreenPay,
			func(v *View) { v.Amount = 12_34_567_89; payable(v); v.Payee = "Sri Venkateswara Textiles & Readymades" },
		),
		scene("pay-demo", ScreenPay, func(v *View) { payable(v); v.Demo = true }),
		scene("pay-expired", ScreenPay, func(v *View) { payable(v); v.ValidUntil = StoryTime }),
		scene("pay-unseen", ScreenPay, func(v *View) { payable(v); v.Reason = ReasonUnseen }),
		scene("paying", ScreenPaying, nil),
		scene("paying-unseen", ScreenPaying, func(v *View) { v.Reason = ReasonUnseen }),
		scene("paid", ScreenPaid, func(v *View) { v.RRN = "4821" }),
		scene("paid-demo", ScreenPaid, func(v *View) { v.RRN = "4821"; v.Demo = true }),
		scene("unpaid", ScreenUnpaid, nil),
		scene("late", ScreenLate, nil),
		scene("out-of-service", ScreenOutOfService, blank),
		scene("pairing", ScreenPairing, func(v *View) { blank(v); v.Code = "4815-2634" }),
		scene("pairing-scan", ScreenPairing, func(v *View) {
			blank(v)
			v.Code, v.Link = "4815-2634", "https://192.168.1.17:7417/#pair=48152634&"+
				"sha256=9f3ac4d10b52e78866f10d2c93ab47e05dc1b8a27e64f3902a1158cd70be49f3"
			v.Notes = []string{"https://192.168.1.17:7417", "SHA-256 9F:3A:C4:D1:0B:52:E7:88…"}
		}),
	}

	for _, r := range []Reason{ReasonCancelled, ReasonExpired, ReasonFailed, ReasonNoGateway, ReasonOtherTender} {
		scenes = append(scenes, scene("unpaid-"+string(r), ScreenUnpaid, func(v *View) { v.Reason = r }))
	}
	for _, r := range []Reason{ReasonNoGateway, ReasonNotConfigured, ReasonClockNotSet, ReasonStorage,
		ReasonConnectionLost, ReasonStarting, ReasonQRUnreadable, ReasonTestKeys} {
		scenes = append(
			scenes,
			scene("out-of-service-"+string(r), ScreenOutOfService, func(v *View) { blank(v); v.Reason = r }),
		)
	}

	return scenes
}

// storyPayload is as long as the gateways' own strings (about 175 characters).
func storyPayload(rupees string) string {
	return "upi://pay?pa=sharma.stores@icici&pn=Sharma%20General%20Stores&am=" + rupees +
		"&cu=INR&mc=5411&tr=GALLA20261122A17QX7B2&tn=Sale%2017%20at%20Sharma%20General%20Stores&mode=22&" +
		"orgid=000000&purpose=00"
}

// languagePairs are the languages of the storybook's pictures: English first, then with each of the others below it,
// and the other way round for Hindi.
func languagePairs() [][]string {
	codes, _ := Languages()
	pairs := [][]string{{"en"}, {"hi", "en"}}
	for _, c := range codes {
		if c != "en" {
			pairs = append(pairs, []string{"en", c})
		}
	}
	return pairs
}

// Storybook writes every scene at every size in every pair of languages as PNG files into dir, one folder per pair and
// size, and in each folder contact.png with all of them side by side: what to look at when a sentence, a colour or a
// layout changes. It makes the folders. It takes about a minute.
func Storybook(dir string, t *Theme) error {
	for _, size := range StorySizes {
		painter := NewPainter(size, t)
		for _, pair := range languagePairs() {
			name := pair[0]
			if len(pair) > 1 {
				name += "+" + pair[1]
			}
			folder := filepath.Join(dir, name, fmt.Sprintf("%dx%d", size.X, size.Y))
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return fmt.Errorf("storybook: %w", err)
			}
			scenes := Scenes(pair...)
			sheet := newContact(size, len(scenes))
			for i, s := range scenes {
				frame, _ := painter.Frame(s.View, StoryTime)
				sheet.add(i, frame)
				if err := writePNG(filepath.Join(folder, s.Name+".png"), frame); err != nil {
					return fmt.Errorf("storybook: %w", err)
				}
			}
			if err := writePNG(filepath.Join(folder, "contact.png"), sheet.img); err != nil {
				return fmt.Errorf("storybook: %w", err)
			}
		}
	}
	return nil
}

// contact is a sheet of small pictures, row by row.
type contact struct {
	img  *image.RGBA
	cell image.Point
}

const (
	contactColumns = 6
	contactSide    = 320 // pixels of a small picture's longer side
	contactGap     = 4
)

func newContact(size image.Point, pictures int) *contact {
	cell := size.Mul(contactSide).Div(max(size.X, size.Y))
	rows := (pictures + contactColumns - 1) / contactColumns
	all := image.Pt(contactColumns*(cell.X+contactGap), rows*(cell.Y+contactGap))
	return &contact{image.NewRGBA(image.Rectangle{Max: all}), cell}
}

// add puts picture n in its place.
func (c *contact) add(n int, frame *image.RGBA) {
	at := image.Pt(n%contactColumns*(c.cell.X+contactGap), n/contactColumns*(c.cell.Y+contactGap))
	scale(c.img, image.Rectangle{at, at.Add(c.cell)}, frame)
}

func writePNG(name string, img image.Image) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(f, img); err != nil {
		return err
	}
	return f.Close()
}
