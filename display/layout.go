package display

import (
	"image"

	"galla/internal/typeset"
)

// panes divide the screen. The figure (QR, status shape, logo, picture) has one place in every state:
//
//	landscape                      portrait
//	+---------------+---------+    +-----------+
//	| ribbon (demo)           |    | ribbon    |
//	+---------------+---------+    +-----------+
//	|               | head    |    | head      |
//	|    figure     | foot    |    +-----------+
//	|               |         |    |  figure   |
//	+---------------+---------+    +-----------+
//	                               | foot      |
//	                               +-----------+
type panes struct {
	ribbon   image.Rectangle // empty unless demo
	figure   image.Rectangle // a square
	words    image.Rectangle // landscape: beside the figure; portrait: head and foot in one, with the figure between
	portrait bool
	unit     float64 // a hundredth of the screen's shorter side: text sizes are in it
	all      image.Rectangle
}

func divide(size image.Point, demo bool) panes {
	p := panes{portrait: size.Y > size.X, unit: float64(min(size.X, size.Y)) / 100, all: image.Rectangle{Max: size}}
	rest := p.all
	if demo {
		p.ribbon = image.Rect(0, 0, size.X, p.px(7))
		rest.Min.Y = p.ribbon.Max.Y
	}
	// A square screen would leave the words no room; six tenths of the longer side do.
	side := min(rest.Dx(), rest.Dy(), max(rest.Dx(), rest.Dy())*6/10)
	if p.portrait {
		// A little above the middle: more is said below the figure than above it.
		y := rest.Min.Y + (rest.Dy()-side)*42/100
		x := rest.Min.X + (rest.Dx()-side)/2
		p.figure = image.Rect(x, y, x+side, y+side)
		p.words = rest
		return p
	}
	y := rest.Min.Y + (rest.Dy()-side)/2
	p.figure = image.Rect(0, y, side, y+side)
	p.words = image.Rect(side+p.px(2), rest.Min.Y+p.px(4), rest.Max.X-p.px(4), rest.Max.Y-p.px(4))
	return p
}

// px is n hundredths of the shorter side in pixels.
func (p panes) px(n float64) int { return int(n*p.unit + 0.5) }

// block is one text of a page. Sizes are in hundredths of the screen's shorter side: first wished, at the least bearable.
type block struct {
	text     string
	language string
	weight   typeset.Weight
	tone     tone
	wished   float64
	least    float64
	lines    int     // at most
	gap      float64 // above it
	live     *live   // redrawn as time passes; text is then its widest form
	right    *block  // on the same line at the right end
}

// tone is how much a text matters.
type tone uint8

const (
	plain tone = iota
	soft
)

// set is a block with its size and lines chosen.
type set struct {
	block
	size          int
	lines         []string
	gap           int // pixels above
	height        int
	ascent        int
	right         *set
	width, shrunk int
}

// stack chooses the sizes of blocks so that they stand in box one below the other, as near to what they wish as possible:
// all shrink together, none below its least. It returns them with their total height; the height exceeds the box's when
// even the least sizes do.
func stack(ts *typeset.Set, p panes, blocks []block, box image.Rectangle) (sets []set, height int) {
	for percent := 100; percent > 0; percent -= 4 {
		sets, height = sets[:0], 0
		for i, b := range blocks {
			s := b.set(ts, p, box.Dx(), percent)
			if i == 0 {
				s.gap = 0
			}
			sets = append(sets, s)
			height += s.gap + s.height
		}
		if height <= box.Dy() && !overlong(sets) {
			break
		}
	}
	return sets, height
}

// overlong reports whether a text had to be cut although it could still shrink.
func overlong(sets []set) bool {
	for _, s := range sets {
		if s.shrunk > 0 {
			return true
		}
	}
	return false
}

func (b block) set(ts *typeset.Set, p panes, width, percent int) set {
	least := max(1, p.px(b.least))
	wished := max(least, p.px(b.wished*float64(percent)/100))
	st := typeset.Style{Weight: b.weight, Language: b.language, Size: wished}
	s := set{block: b, gap: p.px(b.gap * float64(percent) / 100)}
	if b.lines > 1 {
		// The wished size of this round, not the largest that fits: a title must not grow over its neighbour.
		s.size = wished
		s.lines = ts.Lines(b.text, st, width)
		if len(s.lines) > b.lines {
			if wished > least {
				s.shrunk = 1
			}
			s.size, s.lines, _ = ts.FitLines(b.text, st, width, 1<<20, b.lines, least, wished)
		}
	} else {
		var ok bool
		if s.size, ok = ts.Fit(b.text, st, width, 1<<20, least, wished); ok {
			s.lines = []string{b.text}
		} else {
			st.Size = s.size
			s.lines = []string{ts.Shorten(b.text, st, width)}
		}
	}
	st.Size = s.size
	_, s.ascent, _ = ts.Measure(s.lines[0], st)
	s.height = ts.Height(s.lines, st)
	for _, l := range s.lines {
		w, _, _ := ts.Measure(l, st)
		s.width = max(s.width, w)
	}
	if b.right != nil {
		r := b.right.set(ts, p, max(1, width-s.width-p.px(3)), percent)
		s.right = &r
		s.height = max(s.height, r.height)
	}
	return s
}
