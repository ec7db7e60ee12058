package printer

import (
	"errors"
	"image"
	"image/color"

	"galla/internal/money"
	"galla/internal/typeset"
	"galla/printer/escpos"
)

// Chart is a day's money by the hour beside two days before it: bars, an outline, and a tick over each hour.
//
//	█ this day    ▯ Before    ▔ Week
type Chart struct {
	Title string
	// What the three signs mean; one without a name is not drawn.
	This, Before, Week string
	Bars               []Bar // at most 24, in order
}

// Bar is one hour.
type Bar struct {
	Label              string // of the hour, such as "9"; empty: none below it
	This, Before, Week money.Paise
}

const (
	chartDots  = 120 // the highest bar; with title, legend and hours a chart feeds at most 240 dots, 30 mm
	chartLabel = 18  // em of its words
)

// chart draws it over the whole width as one picture.
func (s *sheet) chart(c Chart) {
	if len(c.Bars) > 24 {
		s.fail(errors.New("a day has at most 24 hours"))
		return
	}
	var top money.Paise
	for _, b := range c.Bars {
		if min(b.This, b.Before, b.Week) < 0 {
			s.fail(errors.New("a chart can't show money below zero"))
			return
		}
		top = max(top, b.This, b.Before, b.Week)
	}
	if len(c.Bars) == 0 || top == 0 {
		return
	}
	s.line(c.Title, look{bold: true})
	st := typeset.Style{Size: chartLabel, Language: s.language, Bilevel: true}
	width, under := s.profile.Dots, chartLabel*7/5
	g := white(width, chartDots+under)
	each := width / len(c.Bars)
	left := (width - each*len(c.Bars)) / 2
	tall := func(p money.Paise) int {
		if p == 0 {
			return 0
		}
		return max(2, int(p*(chartDots-2)/top))
	}
	for i, b := range c.Bars {
		x := left + i*each
		gap := max(1, each/8)
		bar := image.Rect(x+gap, chartDots-tall(b.This), x+each-gap, chartDots)
		fill(g, bar, 0)
		if h := tall(b.Before); h > 0 && c.Before != "" {
			frame(g, image.Rect(x, chartDots-h, x+each-1, chartDots), bar)
		}
		if h := tall(b.Week); h > 0 && c.Week != "" {
			y := chartDots - h
			tick := image.Rect(x, y, x+each-1, y+2)
			fill(g, tick.Inset(-1), 255) // a white seam, so that it is seen on a bar
			fill(g, tick, 0)
		}
		if w, _, _ := fonts().Measure(b.Label, st); b.Label != "" {
			fonts().Draw(g, min(max(0, x+(each-w)/2), width-w), chartDots+chartLabel+2, b.Label, st)
		}
	}
	fill(g, image.Rect(0, chartDots, width, chartDots+1), 0)
	m := escpos.NewBitmap(width, g.Rect.Dy())
	for i, v := range g.Pix {
		if v < 128 {
			m.Set(i%g.Stride, i/g.Stride)
		}
	}
	s.picture(m, escpos.Same, escpos.Left)
	s.gap(4)
	s.pair("# "+c.This, top.String()+" "+s.words.highest)
	for _, k := range []struct{ sign, name string }{{"[] ", c.Before}, {"-- ", c.Week}} {
		if k.name != "" {
			s.line(k.sign+k.name, look{})
		}
	}
}

func fill(g *image.Gray, r image.Rectangle, v uint8) {
	r = r.Intersect(g.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			g.SetGray(x, y, color.Gray{Y: v})
		}
	}
}

// frame draws an outline, white where it crosses the bar.
func frame(g *image.Gray, r, bar image.Rectangle) {
	for _, side := range []image.Rectangle{{r.Min, image.Pt(r.Max.X, r.Min.Y+1)}, {r.Min, image.Pt(r.Min.X+1, r.Max.Y)}, {image.Pt(r.Max.X-1, r.Min.Y), r.Max}} {
		fill(g, side, 0)
		fill(g, side.Intersect(bar), 255)
	}
}
