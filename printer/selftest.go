package printer

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"galla/printer/escpos"
)

// SelfTest is a slip that shows what the profile makes of this printer, and names what could be found out about it.
type SelfTest struct {
	Shop     Shop
	Terminal string
	Port     string   // as configured
	Found    []string // sentences, from State.Found
	At       time.Time
}

func (SelfTest) kind() string { return "self-test" }

// selfTestQR is what the slip's QR says: plainly nothing to pay.
const selfTestQR = "GALLA PRINTER TEST: this is no payment code. 0123456789 abcdefghijklmnopqrstuvwxyz"

func (d SelfTest) compose(s *sheet) error {
	if d.At.IsZero() {
		return errors.New("it has no time")
	}
	s.head(d.Shop)
	s.title(s.words.selfTest)
	s.rule()
	p := s.profile
	s.pair(s.words.profile, p.Name)
	s.optional(s.words.port, d.Port)
	s.pair(s.words.line, fmt.Sprintf("%d 8N1 %s", p.Baud, p.Flow))
	s.optional(s.words.terminal, d.Terminal)
	s.pair(s.words.date, clock(d.At))
	s.line(s.words.answers+":", look{bold: true})
	for _, f := range d.Found {
		s.line(f, look{})
	}

	if left := d.Shop.LeftOut(); left != "" {
		codes := make([]string, 0, len(left))
		for _, r := range left {
			codes = append(codes, fmt.Sprintf("U+%04X", r))
		}
		s.line("Left out, no font has them: "+strings.Join(codes, " "), look{})
	}

	s.rule()
	// The ruler must fill one line exactly, and the bar must reach both edges: else dots or columns are wrong.
	s.line(strings.Repeat("1234567890", 13)[:s.columns], look{})
	bar := escpos.NewBitmap(p.Dots, 8)
	for x := range p.Dots {
		for y := range 8 {
			if y == 0 || y == 7 || x < 8 || x >= p.Dots-8 || x/8%2 == 0 {
				bar.Set(x, y)
			}
		}
	}

	s.picture(bar, escpos.Same, escpos.Left)
	s.gap(8)
	s.line("bold", look{bold: true})
	s.line("tall", look{size: escpos.Tall})
	s.line("double", look{size: escpos.Double})
	s.pair("₹", "₹1,23,45,678.90")
	s.line("हिन्दी, தமிழ், বাংলা", look{align: escpos.Center})
	s.gap(12)
	s.qr(selfTestQR)
	s.gap(12)
	s.foot(d.Shop)
	return s.err
}
