package display

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"time"

	"galla/internal/day"
	"galla/internal/typeset"
)

// live is a text that changes while its View stays: the time left, the time waited, the clock.
type live struct {
	text func(v View, now time.Time) string
	next func(v View, now time.Time) time.Time // when text changes next
}

var countdown = &live{
	text: func(v View, now time.Time) string { return minutes(shownLeft(v.ValidUntil.Sub(now))) },
	next: func(v View, now time.Time) time.Time {
		left := v.ValidUntil.Sub(now)
		return now.Add(left - shownLeft(left) + 1) // one nanosecond past the moment that is still shown
	},
}

var elapsed = &live{
	text: func(v View, now time.Time) string { return minutes(shownElapsed(v.Since, now)) },
	next: func(v View, now time.Time) time.Time {
		if v.Since.IsZero() {
			return time.Time{}
		}
		return v.Since.Add(shownElapsed(v.Since, now) + 10*time.Second)
	},
}

var clock = &live{
	text: func(_ View, now time.Time) string {
		if !clockSet(now) {
			return ""
		}
		return now.In(day.IST).Format("15:04")
	},
	next: func(_ View, now time.Time) time.Time { return now.Truncate(time.Minute).Add(time.Minute) },
}

// minutes writes a duration as 4:50; there is room for 99:59.
func minutes(d time.Duration) string {
	s := min(int(d/time.Second), 99*60+59)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// spot is where a live text stands in the picture.
type spot struct {
	*live
	box    image.Rectangle
	base   image.Point // of the baseline; its x by align
	align  align
	style  typeset.Style
	ground color.RGBA
	shown  string
}

// refresh draws the text of now when it differs from what stands there, and returns what it changed.
func (s *spot) refresh(ts *typeset.Set, dst *image.RGBA, v View, now time.Time) image.Rectangle {
	text := s.text(v, now)
	if text == s.shown {
		return image.Rectangle{}
	}
	fill(dst, s.box, s.ground)
	s.shown = text
	// Into its own box only: what would stick out could not be wiped away next time.
	within := dst.SubImage(s.box).(*image.RGBA)
	ts.Draw(within, s.align.start(ts, s.base.X, text, s.style), s.base.Y, text, s.style)
	return s.box
}

// mover is a figure that takes a step each second, where it stands in the picture; the zero mover is none.
type mover struct {
	figure      figure
	box         image.Rectangle
	ink, ground color.RGBA
	step        int // that stands there; -1: none yet
}

// refresh draws the step of now when it differs from what stands there, and returns what it changed.
func (m *mover) refresh(dst *image.RGBA, now time.Time) image.Rectangle {
	if m.box.Empty() || m.step == phase(now) {
		return image.Rectangle{}
	}
	m.step = phase(now)
	fill(dst, m.box, m.ground)
	mask := shape(m.figure, m.box.Dx(), m.step)
	draw.DrawMask(dst, m.box, image.NewUniform(m.ink), image.Point{}, mask, image.Point{}, draw.Over)
	return m.box
}

// align says which end of a text its x is.
type align uint8

const (
	left align = iota
	centre
	right
)

// start is where the pen begins.
func (a align) start(ts *typeset.Set, x int, text string, st typeset.Style) int {
	w, _, _ := ts.Measure(text, st)
	switch a {
	case centre:
		return x - w/2
	case right:
		return x - w
	}
	return x
}
