package kiosk

import (
	"errors"
	"fmt"
	"image"
	"log/slog"
	"time"

	"galla/display"
	"galla/display/viewstream"
)

// Painter draws the picture of one screen: a *display.Painter.
type Painter interface {
	// Frame returns the picture of v at now and which part of it differs from the picture before. The picture is the
	// Painter's; it is read before the next call.
	Frame(v display.View, now time.Time) (frame *image.RGBA, changed image.Rectangle)
	// NextChange returns when the picture of v will look different from that at now; zero: never by itself.
	NextChange(v display.View, now time.Time) time.Time
	// QR returns where the QR with its quiet zone stands in the last frame; empty: it shows none.
	QR() image.Rectangle
}

// Feed is where Views come from and where news of the screen goes: a *viewstream.Client.
type Feed interface {
	Latest() viewstream.Moment
	Shown(m viewstream.Moment, at time.Time, problem string) bool
	Key(viewstream.KeyName) bool
	Describe(viewstream.Info)
}

// Options say how to show what the Feed gives.
type Options struct {
	Feed Feed
	// Paint makes a Painter for pictures of this size.
	Paint func(size image.Point) Painter
	// Verify reads part, where the QR stands in a frame of size pixels, as a customer's phone would, and returns an
	// error unless it shows what v says. It runs beside the frame loop.
	Verify func(part image.Image, size image.Point, v display.View) error
	// Monitor is the customer's monitor: its RandR name, such as "HDMI-2", or its number from the left, "2"; empty: the
	// first.
	Monitor string
	// Present says what puts pictures on the monitor: PresentEbiten, PresentX11, or PresentAuto (empty is the same),
	// which takes ebiten where a GPU draws for it.
	Present string
	// Rotate turns the picture clockwise by 0, 90, 180 or 270 degrees.
	Rotate int
	// Windowed shows the picture in an ordinary window of this size in pixels, for demonstrations; zero: full screen.
	Windowed image.Point
	Release  string // told to gallad
	Log      *slog.Logger

	// Started is called once, when the first frame is on the screen or gallad has been told why there can be none;
	// Alive with every frame, at least every Heartbeat. Both are called from the frame loop and must not block. Either
	// may be nil.
	Started, Alive func()
	// Presented, if set, is given every newly presented View with its frame as read back, upright. It is called from a
	// goroutine of its own, one call at a time; a slow one makes it miss frames, never the customer.
	Presented func(v display.View, frame *image.RGBA)
}

// Heartbeat is the longest time between two frames. It feeds the watchdog. A frame costs 7 ms of CPU at 1024x600
// without a GPU: every 5 s it was three quarters of what the idle screen costs at all. Twice this is the shortest
// WatchdogSec.
const Heartbeat = 15 * time.Second

// ErrNoDisplay says that there is no screen to draw on.
var ErrNoDisplay = errors.New("no X display to draw on")

// What Options.Present takes.
const (
	PresentAuto   = "auto"
	PresentEbiten = "ebiten"
	PresentX11    = "x11"
)

func (o *Options) check() error {
	if o.Feed == nil || o.Paint == nil || o.Verify == nil {
		return errors.New("kiosk: Feed, Paint and Verify are needed")
	}
	if o.Rotate%90 != 0 || o.Rotate < 0 || o.Rotate > 270 {
		return fmt.Errorf("rotate is %d: it must be 0, 90, 180 or 270", o.Rotate)
	}
	if w := o.Windowed; w != (image.Point{}) && (w.X < 64 || w.Y < 64 || w.X > 1<<14 || w.Y > 1<<14) {
		return fmt.Errorf("a window of %d x %d pixels: 64 to 16384 are possible", w.X, w.Y)
	}
	switch o.Present {
	case "":
		o.Present = PresentAuto
	case PresentAuto, PresentEbiten, PresentX11:
	default:
		return fmt.Errorf("present is %q: it must be auto, ebiten or x11", o.Present)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, f := range []*func(){&o.Started, &o.Alive} {
		if *f == nil {
			*f = func() {}
		}
	}
	return nil
}
