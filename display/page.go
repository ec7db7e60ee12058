package display

import (
	"cmp"
	"image/color"
	"strconv"
	"strings"

	"galla/internal/day"
	"galla/internal/typeset"
)

// page is what a View says, before it has places: a figure, and words above and below it (portrait) or beside it.
type page struct {
	figure figure
	panel  color.RGBA // behind the figure
	whole  bool       // the panel's colour fills the screen
	head   []block
	foot   []block
}

// colours are the page's ground and ink.
func (pg page) colours(t *Theme) (ground, ink color.RGBA) {
	if pg.whole {
		ink, _ = inkOn(pg.panel)
		return pg.panel, ink
	}
	return t.Ground, t.Ink
}

// Sizes of text in hundredths of the screen's shorter side (panes.unit). At 600 pixels and 7 inches, 4 are 24 pixels:
// letters of
// 2.6 mm, which normal eyes read at 1 m with room to spare (5 minutes of arc are 1.5 mm). What the customer must see
// (the amount to pay, how it stands with the payment) is headline: capitals of 7.3 mm there, 0.7 degrees at 60 cm, as
// EN 301 549 §5.1.4 asks; testdata/letters.txt has them on other screens.
const (
	smallest = 4.0
	small    = 5.0
	body     = 6.2
	large    = 8.5
	headline = 12.0
	huge     = 13.0
	foremost = 19.0
)

// compose returns the page of a View.
func compose(v View, t *Theme) page {
	said := spoken(v.Languages)
	switch v.Screen {
	case ScreenTyping:
		return typing(v, t, said)
	case ScreenOpening:
		return page{
			figure: figureWait,
			panel:  t.Accent,
			head:   amount(v, huge),
			foot:   twice(said, "opening.title", "opening.step"),
		}
	case ScreenPay:
		return pay(v, said)
	case ScreenPaying:
		p := page{figure: figureBank, panel: payingIndigo, head: amount(v, huge)}
		if v.Reason == ReasonUnseen {
			p.foot = append(twice(said, "paying.title", "unseen.step"), number(v, said)...)
			return p
		}
		p.foot = twice(said, "paying.title", "paying.step")
		if !v.Since.IsZero() {
			p.foot = append(p.foot, timeRow(said, "paying.elapsed", elapsed, v)...)
		}
		return p
	case ScreenPaid:
		return paid(v, said)
	case ScreenUnpaid:
		p := page{
			figure: figureCross,
			panel:  unpaidRed,
			head:   amount(v, huge),
			foot:   append(reasoned(said, v.Reason, "unpaid"), number(v, said)...),
		}
		if v.Reason == ReasonOtherTender {
			p.figure, p.panel = figureNote, settledTeal
		}
		return p
	case ScreenLate:
		return page{
			figure: figureLate,
			panel:  lateBrown,
			head:   amount(v, huge),
			foot:   append(twice(said, "late.title", "late.step"), number(v, said)...),
		}
	case ScreenOutOfService:
		return page{figure: figureWarning, panel: serviceGrey, foot: reasoned(said, v.Reason, "out")}
	case ScreenPairing:
		return pairing(v, said)
	}

	return idle(v, t, said)
}

func idle(v View, t *Theme, said []*sentences) page {
	p := page{panel: t.Accent}
	switch {
	case len(t.Pictures) > 0:
		p.figure = figurePicture
	case t.Logo != nil:
		p.figure = figureLogo
	default:
		p.whole = true
	}
	p.foot = []block{
		{text: v.Shop, weight: typeset.Bold, wished: huge, least: body, lines: 3, name: true},
	}
	for i, s := range said {
		p.foot = append(p.foot, block{
			text:     s.say("idle.title"),
			language: s.code,
			tone:     tone(min(i, 1)),
			wished:   large - 1.5*float64(i),
			least:    smallest,
			lines:    3,
			gap:      3 - float64(i),
		})
	}
	p.foot = append(
		p.foot,
		block{text: "00:00", live: clock, weight: typeset.Bold, wished: huge, least: body, lines: 1, gap: 4},
	)
	return p
}

func typing(v View, t *Theme, said []*sentences) page {
	p := page{panel: t.Accent}
	for i, s := range said {
		p.foot = append(p.foot, block{
			text:     s.say("typing.title"),
			language: s.code,
			tone:     tone(min(i, 1)),
			wished:   body - float64(i),
			least:    smallest,
			lines:    1,
		})
	}

	tape := v.Tape[max(0, len(v.Tape)-5):] // the newest lines; the cashier's own screen has all
	for i, line := range tape {
		b := block{text: line, tone: soft, wished: body, least: smallest, lines: 1}
		if i == 0 {
			b.gap = 2
		}
		p.foot = append(p.foot, b)
	}

	entry := v.Entry
	if entry == "" {
		entry = "0"
	}
	p.foot = append(p.foot, block{
		text:   "₹" + entry,
		weight: typeset.Bold,
		wished: 22,
		least:  body,
		lines:  1,
		vital:  true,
		whole:  true,
		gap:    2,
	})

	if len(v.Notes) > 0 {
		// What the notes say is for the cashier, in the cashier's language.
		for i, s := range said {
			p.foot = append(p.foot, block{
				text:     s.say("typing.step"),
				language: s.code,
				tone:     tone(min(i, 1)),
				wished:   body - float64(i),
				least:    smallest,
				lines:    4,
				gap:      2,
			})
		}
	}

	return p
}

// pairing is the code for a new device, and where there is an address, that as a QR and to type.
func pairing(v View, said []*sentences) page {
	if v.Link == "" {
		p := page{foot: twice(said, "pairing.title", "pairing.step")}
		p.foot = append(p.foot, block{
			text:   v.Code,
			weight: typeset.Bold,
			wished: 20,
			least:  large,
			lines:  1,
			whole:  true,
			gap:    3,
		})
		return p
	}

	p := page{
		figure: figureQR,
		panel:  white,
		head: []block{{
			text:   v.Code,
			weight: typeset.Bold,
			wished: huge,
			least:  body,
			lines:  1,
			vital:  true,
			whole:  true,
		}},
		foot: []block{{
			text:     said[0].say("pairing.title"),
			language: said[0].code,
			weight:   typeset.Bold,
			wished:   large,
			least:    smallest,
			lines:    2,
			spare:    true,
		}},
	}

	for i, s := range said {
		p.foot = append(p.foot, block{
			text:     s.say("pairing.scan"),
			language: s.code,
			tone:     tone(min(i, 1)),
			wished:   body - float64(i),
			least:    smallest,
			lines:    4,
			spare:    i > 0,
			gap:      2 - float64(i),
		})
	}

	for _, n := range v.Notes {
		p.foot = append(p.foot, block{text: n, tone: soft, wished: small, least: smallest, lines: 3, gap: 1})
	}
	return p
}

func pay(v View, said []*sentences) page {
	p := page{figure: figureQR, panel: white, head: amount(v, foremost)}
	ask := "pay.title"
	if v.Reason == ReasonUnseen { // nobody is asked to pay who may have paid; the code stays for who hasn't
		ask = "unseen.step"
	}
	for i, s := range said {
		b := block{
			text:     s.say(ask),
			language: s.code,
			weight:   typeset.Bold,
			wished:   large,
			least:    smallest,
			lines:    8,
			gap:      3,
		}
		if i > 0 {
			b.weight, b.tone, b.wished, b.gap = typeset.Regular, soft, body, 1.5
		}
		p.foot = append(p.foot, b)
	}
	if name := cmp.Or(v.Payee, v.Shop); name != "" && v.Reason != ReasonUnseen {
		line := block{text: name, language: said[0].code, wished: body, least: smallest, lines: 4, name: true, gap: 2}
		if v.Payee != "" { // of the shop's own name nobody knows whether the app shows it
			line.text = said[0].say("pay.payee", "name", name)
		}
		p.foot = append(p.foot, line)
	}
	switch {
	case v.Reason == ReasonUnseen: // who should ask first is not hurried by a clock
	case v.ValidUntil.IsZero():
		p.foot = append(p.foot, number(v, said)...)
	default:
		p.foot = append(p.foot, timeRow(said, "pay.left", countdown, v)...)
	}
	return p
}

func paid(v View, said []*sentences) page {
	p := page{figure: figureTick, panel: paidGreen, whole: true, head: amount(v, foremost)}
	for i, s := range said {
		b := block{
			text:     s.say("paid.title"),
			language: s.code,
			weight:   typeset.Bold,
			wished:   foremost - 6*float64(i),
			least:    body,
			lines:    2,
			vital:    true,
			gap:      2 - float64(i),
		}
		p.foot = append(p.foot, b)
	}

	thanks := said[0].say("paid.step")
	if len(said) > 1 {
		thanks += "  " + said[1].say("paid.step")
	}
	p.foot = append(
		p.foot,
		block{text: thanks, language: said[0].code, wished: body, least: smallest, lines: 2, gap: 2},
	)
	if payee := cmp.Or(v.Payee, v.Shop); payee != "" {
		p.foot = append(
			p.foot,
			block{text: payee, wished: small + 0.4, least: smallest, lines: 2, name: true, gap: 2.5},
		)
	}

	if v.RRN != "" {
		p.foot = append(p.foot, block{
			text:     said[0].say("paid.reference", "rrn", v.RRN),
			language: said[0].code,
			wished:   small,
			least:    smallest,
			lines:    2,
		})
	}

	var when []string
	if v.Number > 0 {
		when = append(when, called(v, said[0]))
	}
	if clockSet(v.Since) {
		when = append(when, v.Since.In(day.IST).Format("15:04"))
	}
	if len(when) > 0 {
		p.foot = append(
			p.foot,
			block{text: strings.Join(when, " · "), language: said[0].code, wished: small, least: smallest, lines: 1},
		)
	}

	return p
}

// amount is the sale's amount: as large as its place allows where it is the message, smaller where the words are.
func amount(v View, wished float64) []block {
	if v.Amount <= 0 {
		return nil
	}
	return []block{{
		text:   v.Amount.String(),
		weight: typeset.Bold,
		wished: wished,
		least:  body,
		lines:  1,
		vital:  wished == foremost,
		whole:  true,
		gap:    0.5,
	}}
}

// called is what people call the sale, in one language.
func called(v View, said *sentences) string {
	if v.Name != "" {
		return said.say("sale.name", "n", v.Name)
	}
	return said.say("sale.number", "n", strconv.Itoa(v.Number))
}

// number is what the sale is called, in the first language.
func number(v View, said []*sentences) []block {
	if v.Number <= 0 {
		return nil
	}
	return []block{
		{
			text:     called(v, said[0]),
			language: said[0].code,
			tone:     soft,
			wished:   small,
			least:    smallest,
			lines:    1,
			gap:      3,
		},
	}
}

// timeRow is what the time is, in both languages, and the time itself with the sale's number at the right end.
func timeRow(said []*sentences, key string, l *live, v View) []block {
	label := said[0].say(key)
	if len(said) > 1 && said[1].say(key) != label {
		label += " · " + said[1].say(key)
	}
	row := block{text: "00:00", live: l, weight: typeset.Bold, wished: large, least: small, lines: 1}
	if n := number(v, said); len(n) > 0 {
		row.right = &n[0]
		row.right.brief = v.Name // a name that lost its end would be another sale's
	}
	return []block{
		{
			text:     label,
			language: said[0].code,
			tone:     soft,
			wished:   small,
			least:    smallest,
			lines:    2,
			spare:    true,
			gap:      3.5,
		},
		row,
	}
}

// twice is a title and a next step in each language, the first language larger.
func twice(said []*sentences, title, step string) []block {
	var out []block
	for i, s := range said {
		down := float64(min(i, 1))
		out = append(
			out,
			block{
				text:     s.say(title),
				language: s.code,
				weight:   typeset.Bold,
				wished:   headline - 4*down,
				least:    smallest + down,
				lines:    3,
				vital:    i == 0,
				gap:      3 + down,
			},
			block{
				text:     s.say(step),
				language: s.code,
				tone:     tone(min(i, 1)),
				wished:   body + 0.8 - 0.7*down,
				least:    smallest,
				lines:    8,
				gap:      0.8,
			},
		)
	}
	return out
}

// reasoned is the title and next step of a reason; fallback's when there is none or it is unknown.
func reasoned(said []*sentences, r Reason, fallback string) []block {
	key := string(r)
	if _, ok := said[0].words[key+".title"]; r == ReasonNone || !ok {
		key = fallback
	}
	return twice(said, key+".title", key+".step")
}
