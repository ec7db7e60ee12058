package display

import (
	"image"
	"math"
	"slices"

	"galla/internal/typeset"
)

// panes divide the screen. A QR, a logo and the shop's pictures stand in a square; a status has a third of the screen
// for its shape and two for its words:
//
//	landscape                      portrait           status, landscape      status, portrait
//	+---------------+---------+    +-----------+      +-------+---------+    +-----------+
//	| ribbon (demo)           |    | ribbon    |      | ribbon          |    | ribbon    |
//	+---------------+---------+    +-----------+      +-------+---------+    +-----------+
//	|               |         |    | head      |      |       |         |    |  shape    |
//	|    square     | words   |    +-----------+      | shape |  words  |    +-----------+
//	|               |         |    |  square   |      |       |         |    |           |
//	+---------------+---------+    +-----------+      +-------+---------+    |   words   |
//	                               | foot      |                             |           |
//	                               +-----------+                             +-----------+
type panes struct {
	ribbon   image.Rectangle // empty unless demo
	figure   image.Rectangle // the square
	rest     image.Rectangle // all below the ribbon
	portrait bool            // higher than wide, or so nearly square that words have more room below than beside
	// a hundredth of the screen's shorter side, less where it is squarer than 16:10: text sizes are in it
	unit float64
}

func divide(size image.Point, demo bool) panes {
	p := panes{
		portrait: size.Y*12 > size.X*10,
		unit:     min(float64(min(size.X, size.Y)), 0.8*math.Sqrt(float64(size.X)*float64(size.Y))) / 100,
		rest:     image.Rectangle{Max: size},
	}
	if demo {
		p.ribbon = image.Rect(0, 0, size.X, p.px(7))
		p.rest.Min.Y = p.ribbon.Max.Y
	}

	// A nearly square screen would leave the words no room: beside the figure they need four tenths of the width, above
	// and below it half of the width as height.
	side := min(p.rest.Dx(), p.rest.Dy(), p.rest.Dx()*6/10)
	if p.portrait {
		side = min(p.rest.Dx(), p.rest.Dy()-p.px(52))
	}
	x, y := p.rest.Min.X, p.rest.Min.Y+(p.rest.Dy()-side)/2
	if p.portrait {
		// Above the middle: more is said below the figure than above it.
		head := max((p.rest.Dy()-side)*21/100, p.px(19))
		if size.Y < size.X*12/10 {
			head = (p.rest.Dy() - side) * 22 / 100 // hardly more than a line: below it two languages need the room
		}
		x, y = x+(p.rest.Dx()-side)/2, p.rest.Min.Y+head
	}
	p.figure = image.Rect(x, y, x+side, y+side)

	return p
}

// panel is the coloured ground of a status shape: a third of the screen, so that the words are the largest thing on it.
func (p panes) panel() image.Rectangle {
	r := p.rest
	if p.portrait {
		r.Max.Y = r.Min.Y + r.Dy()/3
		return r
	}
	r.Max.X = r.Min.X + r.Dx()/3
	return r
}

// beside is the place of the words that stand right of taken.
func (p panes) beside(taken image.Rectangle, margin float64) image.Rectangle {
	return image.Rect(taken.Max.X+p.px(margin), p.rest.Min.Y+p.px(3), p.rest.Max.X-p.px(4), p.rest.Max.Y-p.px(3))
}

// above and below are the places of the words over and under taken.
func (p panes) above(taken image.Rectangle) image.Rectangle {
	return image.Rect(p.px(5), p.rest.Min.Y+p.px(1), p.rest.Max.X-p.px(5), taken.Min.Y-p.px(1))
}

func (p panes) below(taken image.Rectangle) image.Rectangle {
	return image.Rect(p.px(5), taken.Max.Y+p.px(1.5), p.rest.Max.X-p.px(5), p.rest.Max.Y-p.px(2))
}

// px is n hundredths of the shorter side in pixels.
func (p panes) px(n float64) int { return int(n*p.unit + 0.5) }

// block is one text of a page. Sizes are in hundredths of the screen's shorter side: first wished, at the least
// bearable.
type block struct {
	text     string
	language string
	weight   typeset.Weight
	tone     tone
	wished   float64
	least    float64
	lines    int     // at most
	vital    bool    // what the customer must see: it shrinks when nothing else can any more
	name     bool    // of a shop: cut rather than that others go off the screen
	whole    bool    // an amount or a code, of which a part is another: set below its least rather than cut
	spare    bool    // what the others say without it: left out when even the least sizes are too high
	gap      float64 // above it
	live     *live   // redrawn as time passes; text is then its widest form
	right    *block  // on the same line at the right end
	brief    string  // of a right block: what stands there where its text would be cut
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
	shrinks  bool // could be set smaller
	right    *set
}

// stack chooses the sizes of blocks so that they stand in box one below the other, each as near to what it wishes as
// possible, none below its least. A text that doesn't fit its own lines shrinks alone. When all together are too high,
// the highest shrinks, step by step, so that a long name takes its room from itself and not from its neighbours; vital
// ones come last. It returns them with their total height, which exceeds the box's when even the least sizes do.
func stack(ts *typeset.Set, p panes, blocks []block, box image.Rectangle) (sets []set, height int) {
	percents := make([]int, len(blocks))
	shrink := func(i int) {
		height -= sets[i].gap + sets[i].height
		percents[i] -= 4
		sets[i] = blocks[i].set(ts, p, box.Dx(), percents[i])
		if i == 0 {
			sets[i].gap = 0
		}
		height += sets[i].gap + sets[i].height
	}

	sets = make([]set, len(blocks))
	for i := range blocks {
		percents[i] = 104
		for shrink(i); sets[i].cramped && percents[i] > 4; {
			shrink(i)
		}
	}

	for height > box.Dy() {
		i := tallest(sets, func(s set) bool { return s.shrinks && !s.vital })
		if i < 0 {
			i = tallest(sets, func(s set) bool { return s.shrinks })
		}
		if i >= 0 {
			shrink(i)
			continue
		}
		// All are at their least. What can be guessed is left out, then a name is cut.
		if i = tallest(sets, func(s set) bool { return s.spare }); i >= 0 {
			blocks = slices.Delete(slices.Clone(blocks), i, i+1)
			height -= sets[i].gap + sets[i].height
			sets, percents = slices.Delete(sets, i, i+1), slices.Delete(percents, i, i+1)
			continue
		}
		if i = tallest(sets, func(s set) bool { return s.name && len(s.lines) > 1 }); i < 0 {
			break
		}
		blocks = slices.Clone(blocks)
		blocks[i].lines = len(sets[i].lines) - 1
		shrink(i)
	}

	height = 0
	for i := range sets {
		sets[i].even(ts, box.Dx())
		height += sets[i].gap + sets[i].height
	}
	return sets, height
}

// tallest returns which of the texts that may be taken from takes most height; -1: none.
func tallest(sets []set, may func(set) bool) int {
	found := -1
	for i, s := range sets {
		if may(s) && (found < 0 || s.height > sets[found].height) {
			found = i
		}
	}
	return found
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

// set chooses size and lines of one text for a width, at percent of what it wishes.
func (b block) set(ts *typeset.Set, p panes, width, percent int) set {
	least := max(1, p.px(b.least))
	s := set{block: b, size: max(least, p.px(b.wished*float64(percent)/100)), gap: p.px(b.gap * float64(percent) / 100)}
	s.shrinks = s.size > least
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
		if s.size, ok = ts.Fit(b.text, s.style(), width, 1<<20, least, s.size); !ok && b.whole {
			s.size, ok = ts.Fit(b.text, s.style(), width, 1<<20, 1, least)
		}
		if !ok {
			s.lines[0] = ts.Shorten(b.text, s.style(), width)
		}
	}
	s.measure(ts)
	if b.right != nil {
		room := max(1, width-s.width-p.px(3))
		r := b.right.set(ts, p, room, percent)
		if brief := *b.right; r.lines[0] != r.text && !s.shrinks && brief.brief != "" {
			brief.text = brief.brief
			r = brief.set(ts, p, room, percent)
		}
		s.right = &r
		s.cramped = s.cramped || s.shrinks && r.lines[0] != r.text
		s.height = max(s.height, r.height)
	}
	return s
}

func (s *set) style() typeset.Style {
	return typeset.Style{Size: s.size, Weight: s.weight, Language: s.language}
}

// measure works out the room the lines take. All lines are as high as the whole text's fonts ask, whichever of them
// they use, so that they stand evenly and breaking them elsewhere takes no more room.
func (s *set) measure(ts *typeset.Set) {
	_, s.up, s.down = ts.Measure(s.text, s.style())
	s.height = len(s.lines) * (s.up + s.down)
	s.width = 0
	for _, l := range s.lines {
		w, _, _ := ts.Measure(l, s.style())
		s.width = max(s.width, w)
	}
}
