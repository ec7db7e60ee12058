package printer

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
	"time"

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
	width := s.profile.Dots
	switch slow := time.Duration(width/8*(chartDots+under))*s.profile.ByteTime() > chartPatience; {
	case s.profile.Draw == "column":
		s.chartInText(c, top)
		return
	case slow && s.profile.QR != "raster":
		// A quarter of the bytes: the printer doubles every dot, and the hours are its own letters.
		g := white(width/2, chartDots/2)
		each, left := width/2/len(c.Bars), width/2%len(c.Bars)/2
		bars(g, c, top, left, each, chartDots/2)
		s.picture(bitmap(g), escpos.Quadruple, escpos.Left)
		s.hours(c, 2*left, 2*each)
	default:
		g := white(width, chartDots+under)
		each, left := width/len(c.Bars), width%len(c.Bars)/2
		bars(g, c, top, left, each, chartDots)
		st := typeset.Style{Size: chartLabel, Language: s.language, Bilevel: true}
		for i, b := range c.Bars {
			if w, _, _ := fonts().Measure(b.Label, st); b.Label != "" {
				fonts().Draw(g, min(max(0, left+i*each+(each-w)/2), width-w), chartDots+chartLabel+2, b.Label, st)
			}
		}
		s.picture(bitmap(g), escpos.Same, escpos.Left)
	}

	s.gap(4)
	s.pair("# "+c.This, top.String()+" "+s.words.highest)
	for _, k := range []struct{ sign, name string }{{"[] ", c.Before}, {"-- ", c.Week}} {
		if k.name != "" {
			s.line(k.sign+k.name, look{})
		}
	}
}

const (
	under         = chartLabel * 7 / 5 // the rows for the hours
	chartPatience = 2 * time.Second    // what a chart may take on the line as it is
)

// bars draws the three days, each bar each dots wide and tall dots high at most, on a base line.
func bars(g *image.Gray, c Chart, top money.Paise, left, each, high int) {
	tall := func(p money.Paise) int {
		if p == 0 {
			return 0
		}
		return max(2, int(p*money.Paise(high-2)/top))
	}
	for i, b := range c.Bars {
		x := left + i*each
		gap := max(1, each/8)
		bar := image.Rect(x+gap, high-tall(b.This), x+each-gap, high)
		fill(g, bar, 0)
		if h := tall(b.Before); h > 0 && c.Before != "" {
			frame(g, image.Rect(x, high-h, x+each-1, high), bar)
		}
		if h := tall(b.Week); h > 0 && c.Week != "" {
			y := high - h
			thick := max(1, high*2/chartDots)
			tick := image.Rect(x, y, x+each-1, y+thick)
			fill(g, tick.Inset(-1), 255) // a white seam, so that it is seen on a bar
			fill(g, tick, 0)
		}
	}
	fill(g, image.Rect(0, high-1, g.Rect.Dx(), high), 0)
}

// hours prints the bars' labels as text, each as near to the middle of its bar as a column is: every one, or every
// second where they would run into each other.
func (s *sheet) hours(c Chart, left, each int) {
	cell := s.right() / s.columns
	step := 1
	if each < 3*cell {
		step = 2
	}
	row := []byte(strings.Repeat(" ", s.columns))
	for i := 0; i < len(c.Bars); i += step {
		if label, plain := s.plain(c.Bars[i].Label); plain && label != "" && len(label) < s.columns {
			at := (left+i*each+each/2)/cell - len(label)/2
			copy(row[min(max(0, at), s.columns-len(label)):], label)
		}
	}
	s.ascii(strings.TrimRight(string(row), " "), look{})
}

// chartInText is for printers that draw by columns: a line for each hour with money in it.
func (s *sheet) chartInText(c Chart, top money.Paise) {
	for _, b := range c.Bars {
		if b.This == 0 {
			continue
		}
		amount, _ := s.plain(b.This.String())
		room := s.columns - len(amount) - 4
		bar := max(1, int(b.This*money.Paise(room)/top))
		s.ascii(fmt.Sprintf("%2.2s %s%s %s", b.Label, strings.Repeat("#", bar), strings.Repeat(" ", room-bar), amount),
			look{})
	}
}

// bitmap turns what is black of a picture into dots.
func bitmap(g *image.Gray) escpos.Bitmap {
	m := escpos.NewBitmap(g.Rect.Dx(), g.Rect.Dy())
	for i, v := range g.Pix {
		if v < 128 {
			m.Set(i%g.Stride, i/g.Stride)
		}
	}
	return m
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
	for _, side := range []image.Rectangle{{r.Min, image.Pt(r.Max.X, r.Min.Y+1)}, {r.Min, image.Pt(r.Min.X+1, r.Max.Y)},
		{image.Pt(r.Max.X-1, r.Min.Y), r.Max}} {
		fill(g, side, 0)
		fill(g, side.Intersect(bar), 255)
	}
}
