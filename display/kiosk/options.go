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

// Drawer makes pictures of Views. Draw is called from one goroutine, Verify from another.
type Drawer interface {
	// Draw makes img the picture of v at the moment now and returns the part of img that it may have changed. img holds
	// what Draw made before, or nothing after its size has changed.
	Draw(img *image.RGBA, v display.View, now time.Time) image.Rectangle
	// NextChange returns when the picture of v will look different from that at now; zero: never by itself.
	NextChange(v display.View, now time.Time) time.Time
	// Verify reads the pay screen in frame as a customer's phone would and returns an error unless it asks for what v says.
	Verify(frame *image.RGBA, v display.View) error
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
	Feed   Feed
	Drawer Drawer
	// Monitor is the RandR name of the customer's monitor, such as "HDMI-2"; empty: the first.
	Monitor string
	// Rotate turns the picture clockwise by 0, 90, 180 or 270 degrees.
	Rotate int
	// Windowed shows the picture in an ordinary window of this size in pixels, for demonstrations; zero: full screen.
	Windowed image.Point
	Release  string // told to gallad
	Log      *slog.Logger

	// Started is called once, when the first frame is on the glass; Alive with every frame, at least every Heartbeat. Both
	// are called from the frame loop and must not block. Either may be nil.
	Started, Alive func()
	// Presented, if set, is given every newly presented View with its frame as read back, upright. It is called from a
	// goroutine of its own, one call at a time; a slow one makes it miss frames, never the customer.
	Presented func(v display.View, frame *image.RGBA)
}

// Heartbeat is the longest time between two frames. It bounds how late a missed wake-up can be noticed, and feeds the watchdog.
const Heartbeat = 5 * time.Second

// ErrNoDisplay says that there is no screen to draw on.
var ErrNoDisplay = errors.New("no X display to draw on")

func (o *Options) check() error {
	if o.Feed == nil || o.Drawer == nil {
		return errors.New("kiosk: Feed and Drawer are needed")
	}
	if o.Rotate%90 != 0 || o.Rotate < 0 || o.Rotate > 270 {
		return fmt.Errorf("rotate is %d: it must be 0, 90, 180 or 270", o.Rotate)
	}
	if w := o.Windowed; w != (image.Point{}) && (w.X < 64 || w.Y < 64 || w.X > 1<<14 || w.Y > 1<<14) {
		return fmt.Errorf("a window of %d x %d pixels: 64 to 16384 are possible", w.X, w.Y)
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
