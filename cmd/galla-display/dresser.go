package main

import (
	"image"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"galla/display"
	"galla/display/kiosk"
)

// dresser makes Painters in the shop's theme. The pictures of it are read beside the frame loop: eight photographs take
// a small board half a minute, and no sale waits for them. Until then a screen has the theme's colours alone. What of
// the theme can't be used is left out: it never stops a payment.
type dresser struct {
	files display.ThemeFiles
	log   *slog.Logger
	wake  func() // has a frame drawn

	reading sync.Mutex // the pictures of one size at a time: they take memory meanwhile
	newest  atomic.Pointer[dressed]
}

// painter makes the Painter of a screen of size pixels.
func (d *dresser) painter(size image.Point) kiosk.Painter {
	colours := d.files
	colours.Logo, colours.Pictures = "", ""
	theme, err := display.LoadTheme(colours, size)
	p := &dressed{Painter: display.NewPainter(size, theme), later: make(chan *display.Theme, 1)}
	if colours == d.files {
		d.complain(err)
		return p
	}
	d.newest.Store(p)
	go d.read(p, size)
	return p
}

// read reads the pictures for p, unless the screen has another size by now.
func (d *dresser) read(p *dressed, size image.Point) {
	d.reading.Lock()
	defer d.reading.Unlock()
	if d.newest.Load() != p {
		return
	}
	theme, err := display.LoadTheme(d.files, size)
	d.complain(err)
	debug.FreeOSMemory() // a photograph takes more than the whole screen
	p.later <- theme
	d.wake()
}

func (d *dresser) complain(err error) {
	if err != nil {
		d.log.Warn("part of the theme is left out", "err", err)
	}
}

// dressed is a Painter whose theme comes later.
type dressed struct {
	*display.Painter
	later chan *display.Theme // at most one
}

// Frame is the Painter's, in the theme that is there.
func (p *dressed) Frame(v display.View, now time.Time) (frame *image.RGBA, changed image.Rectangle) {
	select {
	case theme := <-p.later:
		p.Dress(theme)
	default:
	}
	return p.Painter.Frame(v, now)
}
