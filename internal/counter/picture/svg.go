package picture

import (
	"bytes"
	"fmt"
	"html"
	"strconv"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/money"
)

// Style is the style sheet of the file, light and dark.
const Style = `svg{background:#fff;color:#111;font:13px system-ui,` +
	`sans-serif}text{fill:currentColor}.small{font-size:11px}.head{font-weight:700}` +
	`.day{fill:#0b6e4f}.before{fill:none;stroke:#111;stroke-width:1.5}.week{stroke:#c2410c;` +
	`stroke-width:3}.axis{stroke:#777}` +
	`.paid{fill:#0b6e4f}.other_tender{fill:#4f8f79}.expired{fill:#c2410c}.cancelled{fill:#8a8a8a}.failed{fill:#111}` +
	`.open{fill:#d9d9d9}.hatch{stroke:#fff;stroke-width:1.5}` +
	`@media(prefers-color-scheme:dark){svg{background:#101418;color:#eee}.day,` +
	`.paid{fill:#3fbf94}.before{stroke:#eee}.week{stroke:#ffa552}.other_tender{fill:#2c7a60}.expired{fill:#ffa552}.` +
	`failed{fill:#eee}.open{fill:#444}.hatch{stroke:#101418}}`

// The picture's measures, in its own units: 400 wide, so that 13-unit letters are 11 px high on a phone.
const (
	width  = 400
	tall   = 110 // the highest bar
	gutter = 10
)

// canvas collects the parts of the file.
type canvas struct {
	bytes.Buffer
	y int // the top of what comes next
}

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

// word writes a text that the console says in its language; key names it there.
func (c *canvas) word(x, y int, class, key, english string) {
	c.add(
		`<text x="%d" y="%d" class="word %s" data-word="%s">%s</text>`,
		x,
		y,
		class,
		html.EscapeString(key),
		html.EscapeString(english),
	)
}

func (c *canvas) text(x, y int, class, anchor, s string) {
	c.add(`<text x="%d" y="%d" class="%s" text-anchor="%s">%s</text>`, x, y, class, anchor, html.EscapeString(s))
}

// SVG draws a day. A picture without three days is drawn as far as it goes.
func SVG(p wire.Picture) []byte {
	c := &canvas{}
	days := make([]wire.PictureDay, 3)
	copy(days, p.Days)
	c.y = 6
	c.legend(days)
	c.hours(days)
	c.waits(days)
	c.ends(days)
	if p.Demo {
		c.y += 14
		c.word(gutter, c.y, "head", "demo", "DEMO: not real money")
		c.y += 6
	}
	var out bytes.Buffer
	fmt.Fprintf(
		&out,
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">`+"\n",
		width,
		c.y+gutter,
	)
	fmt.Fprintf(&out, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n<style>%s</style>\n",
		html.EscapeString("Sales of "+days[0].Day), html.EscapeString(describe(days)), Style)
	out.Write(c.Bytes())
	out.WriteString("</svg>\n")
	return out.Bytes()
}

// describe says the figures in words, for who can't see them.
func describe(days []wire.PictureDay) string {
	text := ""
	for _, d := range days {
		text += fmt.Sprintf("%s: %d sales, %d paid, %s.", d.Day, d.Sales.Count, d.Paid.Count, d.Paid.Paise)
		if t := d.TimeToPaid; t != nil {
			text += fmt.Sprintf(" Half paid within %s.", seconds(t.P50))
		}
		text += " "
	}
	return text
}

// legend shows the three signs with their days and sums.
func (c *canvas) legend(days []wire.PictureDay) {
	for i, d := range days {
		y := c.y + i*18
		switch i {
		case 0:
			c.add(`<rect class="day" x="%d" y="%d" width="14" height="12"/>`, gutter, y+2)
		case 1:
			c.add(`<rect class="before" x="%d" y="%d" width="13" height="11"/>`, gutter, y+2)
		default:
			c.add(`<line class="week" x1="%d" y1="%d" x2="%d" y2="%d"/>`, gutter, y+8, gutter+14, y+8)
		}
		c.text(gutter+22, y+13, "", "start", dayName(d.Day))
		c.text(width/2+30, y+13, "", "end", fmt.Sprintf("%d", d.Paid.Count))
		c.text(width-gutter, y+13, "", "end", d.Paid.Paise.String())
	}
	c.y += 3*18 + 8
}

// bar is one column of a chart.
type bar struct {
	label string
	value [3]int64 // of the three days
	title string
}

// columns draws bars with the outline of the day before and the tick of the week before.
func (c *canvas) columns(key, english string, bars []bar) {
	c.word(gutter, c.y+14, "head", key, english)
	base := c.y + 22 + tall
	var top int64 = 1
	for _, b := range bars {
		top = max(top, b.value[0], b.value[1], b.value[2])
	}
	high := func(v int64) int {
		if v <= 0 {
			return 0
		}
		return max(2, int(v*tall/top))
	}
	each := (width - 2*gutter) / max(1, len(bars))
	for i, b := range bars {
		x := gutter + i*each
		c.add(`<g><title>%s</title>`, html.EscapeString(b.title))
		if h := high(b.value[0]); h > 0 {
			c.add(`<rect class="day" x="%d" y="%d" width="%d" height="%d"/>`, x+3, base-h, max(1, each-6), h)
		}
		if h := high(b.value[1]); h > 0 {
			c.add(`<rect class="before" x="%d" y="%d" width="%d" height="%d"/>`, x+1, base-h, max(1, each-2), h)
		}
		if h := high(b.value[2]); h > 0 {
			c.add(`<line class="week" x1="%d" y1="%d" x2="%d" y2="%d"/>`, x, base-h, x+each, base-h)
		}
		c.add(`</g>`)
		c.text(x+each/2, base+14, "small", "middle", b.label)
	}
	c.add(`<line class="axis" x1="%d" y1="%d" x2="%d" y2="%d"/>`, gutter, base, width-gutter, base)
	c.y = base + 28
}

// hours draws the money by the hour. Half a day is shown at least, so that one hour is no wall.
func (c *canvas) hours(days []wire.PictureDay) {
	from, to := 24, -1
	var money3 [3]map[int]money.Paise
	for i, d := range days {
		money3[i] = map[int]money.Paise{}
		for _, h := range d.Hours {
			if h.Hour < 0 || h.Hour > 23 {
				continue
			}
			money3[i][h.Hour] = h.Paise
			from, to = min(from, h.Hour), max(to, h.Hour)
		}
	}
	if to < 0 {
		from, to = 9, 20
	}
	to = max(to, min(23, from+11))
	from = max(0, min(from, to-11))
	var bars []bar
	for h := from; h <= to; h++ {
		b := bar{label: strconv.Itoa(h), title: fmt.Sprintf("%d:00", h)}
		if to-from > 15 && (h-from)%2 > 0 {
			b.label = ""
		}
		for i := range days {
			b.value[i] = int64(money3[i][h])
			b.title += "  " + money3[i][h].String()
		}
		bars = append(bars, b)
	}
	c.columns("by_hour", "UPI by hour", bars)
}

// waits draws how long customers took, and what half of them took.
func (c *canvas) waits(days []wire.PictureDay) {
	var bars []bar
	for i, w := range days[0].Waits {
		b := bar{label: "≤" + seconds(w.Upto)}
		if w.Upto == 0 {
			b.label = "…"
			if i > 0 {
				b.label = ">" + seconds(days[0].Waits[i-1].Upto)
			}
		}
		b.title = b.label + " "
		for j, d := range days {
			if i < len(d.Waits) {
				b.value[j] = int64(d.Waits[i].Count)
				b.title += fmt.Sprintf(" %d", d.Waits[i].Count)
			}
		}
		bars = append(bars, b)
	}
	c.columns("by_wait", "Time to paid", bars)
	c.word(gutter, c.y+4, "", "half_paid", "Half paid within")
	text := ""
	for i, d := range days {
		if i > 0 {
			text += "  ·  "
		}
		if d.TimeToPaid == nil {
			text += "–"
		} else {
			text += seconds(d.TimeToPaid.P50)
		}
	}
	c.text(width-gutter, c.y+4, "", "end", text)
	c.y += 18
}

// ends draws how the sales ended, a row for each day, each part wide by its share. Parts differ by hatching too.
func (c *canvas) ends(days []wire.PictureDay) {
	c.word(gutter, c.y+14, "head", "by_end", "How sales ended")
	c.y += 22
	for _, d := range days {
		c.text(gutter, c.y+15, "small", "start", dayName(d.Day))
		x, left, all := 78, width-gutter-78, 0
		for _, e := range d.Ends {
			all += e.Count
		}
		if all == 0 {
			c.text(x, c.y+15, "small", "start", "–")
		}
		done := 0
		for _, e := range d.Ends {
			from := x + left*done/max(1, all)
			done += e.Count
			wide := x + left*done/max(1, all) - from
			if e.Count == 0 {
				continue
			}
			wide = max(1, wide)
			c.add(
				`<g><title>%s %d</title><rect class="%s" x="%d" y="%d" width="%d" height="20"/>`,
				html.EscapeString(e.What),
				e.Count,
				html.EscapeString(e.What),
				from,
				c.y,
				wide,
			)
			for _, h := range hatching(e.What, from, c.y, wide, 20) {
				c.add(`%s`, h)
			}
			c.add(`</g>`)
		}
		c.y += 24
	}

	c.y += 4
	for i, e := range days[0].Ends {
		x, y := gutter+i%2*190, c.y+i/2*18
		c.add(`<g><rect class="%s" x="%d" y="%d" width="22" height="12"/>`, html.EscapeString(e.What), x, y+1)
		for _, h := range hatching(e.What, x, y+1, 22, 12) {
			c.add(`%s`, h)
		}
		c.add(`</g>`)
		c.word(x+28, y+11, "small", e.What, names[e.What])
		c.text(x+178, y+11, "small", "end", strconv.Itoa(e.Count))
	}

	c.y += (len(days[0].Ends)+1)/2*18 + 2
}

var names = map[string]string{
	"paid":         "Paid",
	"other_tender": "Paid in another way",
	"expired":      "Ran out of time",
	"cancelled":    "Cancelled",
	"failed":       "Failed",
	"open":         "Open",
}

// hatching is the pattern of a way to end over a box: none, upright, slanted to either side, or a line through.
func hatching(what string, x, y, wide, high int) (out []string) {
	const step = 8
	line := func(x1, y1, x2, y2 int) {
		out = append(out, fmt.Sprintf(`<line class="hatch" x1="%d" y1="%d" x2="%d" y2="%d"/>`, x1, y1, x2, y2))
	}
	for at := step; at < wide && len(out) < 60; at += step {
		switch what {
		case "other_tender":
			line(x+at, y, x+at, y+high)
		case "expired":
			line(x+at, y, max(x, x+at-step), y+high)
		case "cancelled":
			line(x+max(0, at-step), y, x+at, y+high)
		}
	}
	if what == "failed" {
		line(x, y+high/2, x+wide, y+high/2)
	}
	return out
}

// seconds writes ms as people say it: "14.2 s", "2 min".
func seconds(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	switch {
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%d:%02d min", d/time.Minute, d%time.Minute/time.Second)
	case d%time.Second == 0:
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

func dayName(day string) string {
	if t, err := time.Parse(time.DateOnly, day); err == nil {
		return t.Format("Mon 2 Jan")
	}
	return day
}
