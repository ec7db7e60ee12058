package display

import (
	"image"
	"slices"

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
	rest     image.Rectangle // all below the ribbon
	portrait bool
	unit     float64 // a hundredth of the screen's shorter side: text sizes are in it
}

func divide(size image.Point, demo bool) panes {
	p := panes{portrait: size.Y > size.X, unit: float64(min(size.X, size.Y)) / 100, rest: image.Rectangle{Max: size}}
	if demo {
		p.ribbon = image.Rect(0, 0, size.X, p.px(7))
		p.rest.Min.Y = p.ribbon.Max.Y
	}
	// A square screen would leave the words no room; six tenths of the longer side do.
	side := min(p.rest.Dx(), p.rest.Dy(), max(p.rest.Dx(), p.rest.Dy())*6/10)
	x, y := p.rest.Min.X, p.rest.Min.Y+(p.rest.Dy()-side)/2
	if p.portrait {
		// A little above the middle: more is said below the figure than above it.
		x, y = x+(p.rest.Dx()-side)/2, p.rest.Min.Y+(p.rest.Dy()-side)*40/100
	}
	p.figure = image.Rect(x, y, x+side, y+side)
	return p
}

// panel is the coloured ground of a status shape, in the place of the QR but smaller, for a status needs more words: in
// landscape all of its side of the screen's height, in portrait up to the top when nothing is said there.
func (p panes) panel(head bool) image.Rectangle {
	if !p.portrait {
		return image.Rect(0, p.rest.Min.Y, p.figure.Max.X-p.figure.Dx()*8/100, p.rest.Max.Y)
	}
	r := image.Rect(0, p.figure.Min.Y, p.rest.Max.X, p.figure.Max.Y-p.figure.Dy()*30/100)
	if !head {
		r.Min.Y = p.rest.Min.Y
	}
	return r
}

// words are the places of the texts: in landscape one, with margin to its left, in portrait above and below taken.
func (p panes) words(taken image.Rectangle, margin float64) (head, foot image.Rectangle) {
	if p.portrait {
		side := p.px(5)
		head = image.Rect(side, p.rest.Min.Y+p.px(2), p.rest.Max.X-side, taken.Min.Y-p.px(1))
		foot = image.Rect(side, taken.Max.Y+p.px(3), p.rest.Max.X-side, p.rest.Max.Y-p.px(4))
		return head, foot
	}
	head = image.Rect(taken.Max.X+p.px(margin), p.rest.Min.Y+p.px(4), p.rest.Max.X-p.px(4), p.rest.Max.Y-p.px(4))
	return head, head
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
	size     int
	lines    []string
	gap      int // pixels above
	up, down int // of every line, above and below its baseline
	width    int // of the widest line
	height   int
	cramped  bool // broken or cut, and could be set smaller
	right    *set
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
		if height <= box.Dy() && !cramped(sets) {
			break
		}
	}
	height = 0
	for i := range sets {
		sets[i].even(ts, box.Dx())
		height += sets[i].gap + sets[i].height
	}
	return sets, height
}

// even makes the lines of a text about equally long, once its size is settled.
func (s *set) even(ts *typeset.Set, width int) {
	if len(s.lines) < 2 {
		return
	}
	if lines := ts.Balance(s.text, s.style(), width); len(lines) == len(s.lines) {
		s.lines = lines
		s.measure(ts)
	}
}

// cramped reports whether a text had to be broken or cut although it could still shrink.
func cramped(sets []set) bool {
	return slices.ContainsFunc(sets, func(s set) bool { return s.cramped })
}

// set chooses size and lines of one text for a width, at percent of what it wishes.
func (b block) set(ts *typeset.Set, p panes, width, percent int) set {
	least := max(1, p.px(b.least))
	s := set{block: b, size: max(least, p.px(b.wished*float64(percent)/100)), gap: p.px(b.gap * float64(percent) / 100)}
	fits := func() bool { return len(s.lines) <= b.lines && ts.Widest(b.text, s.style()) <= width }
	if b.lines > 1 {
		// This round's size, not the largest that fits: a title must not grow over its neighbour.
		if s.lines = ts.Lines(b.text, s.style(), width); !fits() {
			s.cramped = s.size > least
			if !s.cramped {
				s.size, s.lines, _ = ts.FitLines(b.text, s.style(), width, 1<<20, b.lines, least, least)
			}
		}
	} else {
		var ok bool
		s.lines = []string{b.text}
		if s.size, ok = ts.Fit(b.text, s.style(), width, 1<<20, least, s.size); !ok {
			s.lines[0] = ts.Shorten(b.text, s.style(), width)
		}
	}
	s.measure(ts)
	if b.right != nil {
		r := b.right.set(ts, p, max(1, width-s.width-p.px(3)), percent)
		s.right = &r
		s.height = max(s.height, r.height)
	}
	return s
}

func (s *set) style() typeset.Style {
	return typeset.Style{Size: s.size, Weight: s.weight, Language: s.language}
}

// measure works out the room the lines take. All lines are as high as the whole text's fonts ask, whichever of them they
// use, so that they stand evenly and breaking them elsewhere takes no more room.
func (s *set) measure(ts *typeset.Set) {
	_, s.up, s.down = ts.Measure(s.text, s.style())
	s.height = len(s.lines) * (s.up + s.down)
	s.width = 0
	for _, l := range s.lines {
		w, _, _ := ts.Measure(l, s.style())
		s.width = max(s.width, w)
	}
}
