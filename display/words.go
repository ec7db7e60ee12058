package display

import (
	"image"
	"image/color"
	"slices"
)

// column is a stack of texts and where it stands.
type column struct {
	blocks []block
	box    image.Rectangle
	align  align
}

// columns are a page's texts in their places.
func (p *Painter) columns(pg page, places panes) []column {
	all := slices.Concat(pg.head, pg.foot)
	switch pg.figure {
	case figureNone:
		return []column{{all, places.rest.Inset(places.px(6)), centre}}
	case figureQR, figureLogo, figurePicture:
		if places.portrait {
			return []column{
				{pg.head, places.above(places.figure), centre},
				{pg.foot, places.below(places.figure), centre},
			}
		}
		margin := 5.0
		if pg.figure == figureQR {
			margin = 0 // the quiet zone is margin enough
		}
		return []column{{all, places.beside(places.figure, margin), left}}
	}
	if places.portrait {
		return []column{{all, places.below(places.panel()), centre}}
	}
	return []column{{all, places.beside(places.panel(), 4), left}}
}

// drawColumn sets a column's texts one below the other, in the middle of its height.
func (p *Painter) drawColumn(c column, places panes, ground, ink color.RGBA) {
	box, a := c.box, c.align
	sets, height := stack(p.text, places, c.blocks, box)
	y := top(places, box, height)
	x := box.Min.X
	if a == centre {
		x = (box.Min.X + box.Max.X) / 2
	}
	for _, s := range sets {
		y += s.gap
		p.put(s, x, y, a, ground, ink)
		if s.right != nil {
			// On the baseline of what stands left of it, at the far end.
			p.put(*s.right, box.Max.X, y+s.up-s.right.up, right, ground, ink)
		}
		y += s.height
	}
}

// top is where texts of this height begin, so that they stand in the middle of box. What is too much goes into the
// margins on both sides, no further than the upper one reaches: what stands first matters most.
func top(places panes, box image.Rectangle, height int) int {
	return box.Min.Y + max(-places.px(2), (box.Dy()-height)/2)
}

// put draws one text with its top at y, or leaves its place to the live text it is.
func (p *Painter) put(s set, x, y int, a align, ground, ink color.RGBA) {
	if s.tone == soft {
		ink = soften(ink, ground)
	}
	st := s.style()
	st.Color = ink
	for _, line := range s.lines {
		start := a.start(p.text, x, line, st)
		if s.live != nil {
			box := image.Rect(start, y, start+s.width, y+s.up+s.down)
			p.spots = append(
				p.spots,
				spot{live: s.live, box: box, base: image.Pt(x, y+s.up), align: a, style: st, ground: ground},
			)
			return
		}
		p.text.Draw(p.frame, start, y+s.up, line, st)
		y += s.up + s.down
	}
}
