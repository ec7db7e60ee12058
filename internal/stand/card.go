package stand

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"

	qrcode "github.com/skip2/go-qrcode"

	"galla/internal/money"
	"galla/internal/typeset"
	"galla/internal/upiqr"
)

// A6 at 300 dots an inch, in dots: 105 by 148 mm.
const (
	Width  = 1240
	Height = 1748

	border     = 70
	codeSide   = 960 // of the symbol with its quiet zone
	quiet      = 4   // modules, of each side
	codeTop    = 470
	dotsAMetre = 11811 // 300 an inch
)

// Card is what stands on the counter.
type Card struct {
	Shop     string
	Name     string      // what the shop calls the QR, in small letters
	Payload  string      // the gateway's string, byte for byte
	Amount   money.Paise // 0: the customer types it
	Language string      // of the second line, one of Languages; "" or "en": Hindi
	Demo     bool        // not real money: the card says so
}

// scan is "scan with any UPI app" in the languages of the customer's screen.
var scan = map[string]string{
	"en": "Scan with any UPI app",
	"hi": "किसी भी UPI ऐप से स्कैन करें",
	"mr": "कोणत्याही UPI ॲपने स्कॅन करा",
	"bn": "যেকোনো UPI অ্যাপ দিয়ে স্ক্যান করুন",
	"ta": "எந்த UPI செயலியிலும் ஸ்கேன் செய்யவும்",
	"te": "ఏ UPI యాప్\u200cతోనైనా స్కాన్ చేయండి",
}

var fonts = typeset.New()

// PNG draws the card.
func (c Card) PNG() ([]byte, error) {
	if c.Payload == "" {
		return nil, errors.New("this standing QR has no code that may be printed")
	}
	if c.Language == "" || c.Language == "en" {
		c.Language = "hi"
	}
	second := scan[c.Language]
	if second == "" {
		return nil, fmt.Errorf("the card has no second line in the language %.20q: give hi, mr, ta, te or bn",
			c.Language)
	}
	c.Shop, _ = fonts.Drawable(c.Shop) // a letter that no font has would be an empty box
	c.Name, _ = fonts.Drawable(c.Name)
	page := image.NewGray(image.Rect(0, 0, Width, Height))
	draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)

	room := Width - 2*border
	style := typeset.Style{Weight: typeset.Bold, Color: color.Black}
	size, lines, ok := fonts.FitLines(c.Shop, style, room, 230, 2, 48, 110)
	if !ok || strings.TrimSpace(c.Shop) == "" {
		return nil, fmt.Errorf("the shop's name %.60q doesn't fit on a card: give a shorter one in [shop]", c.Shop)
	}
	style.Size = size
	y := border
	for _, l := range lines {
		y = centre(page, y, l, style)
	}
	style.Size = 62
	at := centre(page, codeTop-180, scan["en"], style)
	style.Weight, style.Language = typeset.Regular, c.Language
	centre(page, at, second, shrunk(second, style, room))

	if err := code(page, c.Payload); err != nil {
		return nil, err
	}
	style = typeset.Style{Weight: typeset.Bold, Color: color.Black, Size: 96}
	if c.Amount > 0 {
		centre(page, codeTop+codeSide, c.Amount.String(), style)
	}
	style.Weight, style.Size = typeset.Regular, 44
	name := c.Name
	if c.Demo {
		name = "DEMO - NOT REAL MONEY  " + name
	}
	centre(page, Height-border-style.Size, fonts.Shorten(name, style, room), style)

	raw, err := encode(page)
	if err != nil {
		return nil, err
	}
	read, err := upiqr.DecodePicture(raw)
	if err != nil || read != c.Payload {
		return nil, fmt.Errorf("the card's code can't be read back: %w",
			errors.Join(err, errors.New("it is not handed out")))
	}
	return raw, nil
}

// shrunk is the style in which a text fits.
func shrunk(text string, st typeset.Style, room int) typeset.Style {
	for ; st.Size > 24; st.Size-- {
		if w, _, _ := fonts.Measure(text, st); w <= room {
			break
		}
	}
	return st
}

// centre draws a line below y, and returns where the next begins.
func centre(page draw.Image, y int, text string, st typeset.Style) int {
	width, ascent, descent := fonts.Measure(text, st)
	fonts.Draw(page, (Width-width)/2, y+ascent, text, st)
	return y + ascent + descent
}

// code draws the symbol with its quiet zone, as large as whole dots allow.
func code(page draw.Image, payload string) error {
	q, err := qrcode.New(payload, qrcode.Medium)
	if err != nil {
		return fmt.Errorf("the QR string of %d bytes: %w", len(payload), err)
	}
	q.DisableBorder = true
	bits := q.Bitmap()
	module := codeSide / (len(bits) + 2*quiet)
	if module < 3 {
		return fmt.Errorf("the QR string of %d bytes is too long for a card", len(payload))
	}
	left, top := (Width-len(bits)*module)/2, codeTop+(codeSide-len(bits)*module)/2
	for y, row := range bits {
		for x, black := range row {
			if black {
				at := image.Rect(left+x*module, top+y*module, left+(x+1)*module, top+(y+1)*module)
				draw.Draw(page, at, image.Black, image.Point{}, draw.Src)
			}
		}
	}
	return nil
}

// encode is the picture as a PNG that says how large its dots are (PNG specification, 11.3.4.3 pHYs): image/png leaves
// that out.
func encode(page image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, page); err != nil {
		return nil, err
	}
	const head = 8 + 4 + 4 + 13 + 4 // signature, and IHDR with length, name and checksum
	raw := b.Bytes()
	chunk := binary.BigEndian.AppendUint32([]byte("pHYs"), dotsAMetre)
	chunk = append(binary.BigEndian.AppendUint32(chunk, dotsAMetre), 1) // 1: metres
	out := append([]byte(nil), raw[:head]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-4))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, raw[head:]...), nil
}
