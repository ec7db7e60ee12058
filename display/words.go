package display

import (
	"image"
	"image/color"

	"galla/internal/typeset"
)

// drawWords sets a page's texts beside the figure, or above and below it.
func (p *Painter) drawWords(pg page, places panes, ground, ink color.RGBA) {
	switch {
	case pg.figure == figureNone:
		box := places.all.Inset(places.px(6))
		box.Min.Y += places.ribbon.Dy()
		p.column(append(pg.head, pg.foot...), places, box, centre, ground, ink)
	case places.portrait:
		side := places.px(5)
		head := image.Rect(side, places.words.Min.Y+places.px(2), p.size.X-side, places.figure.Min.Y-places.px(1))
		foot := image.Rect(side, places.figure.Max.Y+places.px(2), p.size.X-side, p.size.Y-places.px(3))
		if len(pg.head) == 0 {
			// Nothing to say above: the figure keeps its place and the space stays empty.
			p.column(pg.foot, places, foot, centre, ground, ink)
			return
		}
		p.column(pg.head, places, head, centre, ground, ink)
		p.column(pg.foot, places, foot, centre, ground, ink)
	default:
		p.column(append(pg.head, pg.foot...), places, places.words, left, ground, ink)
	}
}

// column sets blocks one below the other, in the middle of box's height.
func (p *Painter) column(blocks []block, places panes, box image.Rectangle, a align, ground, ink color.RGBA) {
	sets, height := stack(p.text, places, blocks, box)
	y := box.Min.Y + max(0, (box.Dy()-height)/2)
	x := box.Min.X
	if a == centre {
		x = (box.Min.X + box.Max.X) / 2
	}
	for _, s := range sets {
		y += s.gap
		p.put(s, x, y, a, ground, ink)
		if s.right != nil {
			// On the baseline of what stands left of it, at the far end; in a centred column both ends of the middle half.
			p.put(*s.right, box.Max.X, y+s.ascent-s.right.ascent, right, ground, ink)
		}
		y += s.height
	}
}

// put draws one text with its top at y, or leaves its place to the live text it is.
func (p *Painter) put(s set, x, y int, a align, ground, ink color.RGBA) {
	if s.tone == soft {
		ink = soften(ink, ground)
	}
	st := typeset.Style{Size: s.size, Weight: s.weight, Language: s.language, Color: ink}
	for _, line := range s.lines {
		w, up, down := p.text.Measure(line, st)
		start := a.start(p.text, x, line, st)
		if s.live != nil {
			box := image.Rect(start, y, start+w, y+up+down)
			p.spots = append(p.spots, spot{live: s.live, box: box, base: image.Pt(x, y+up), align: a, style: st, ground: ground})
			return
		}
		p.text.Draw(p.frame, start, y+up, line, st)
		y += up + down
	}
}
