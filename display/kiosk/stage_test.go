package kiosk

import (
	"context"
	"image"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
	"galla/display/viewstream"
)

// asker is a presenter that is asked for frames and draws none.
type asker func()

func (a asker) ask()                            { a() }
func (asker) run(context.Context, *stage) error { return nil }
func (asker) read(image.Rectangle) *image.Gray  { return nil }
func (asker) shot() *image.RGBA                 { return nil }
func (asker) cover(image.Rectangle)             {}

// TestAskedUntilDrawn: a frame that was asked for, and whose event somebody else took off the queue, is asked for again
// until one is drawn; then there is silence until the next is due.
func TestAskedUntilDrawn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{
			Feed:   &listener{},
			Paint:  newTestDrawer().painter,
			Verify: func(image.Image, image.Point, display.View) error { return nil },
		}
		if err := o.check(); err != nil {
			t.Fatal(err)
		}
		asked := make(chan time.Time, 100)
		g := newStage(o)
		g.out = asker(func() { asked <- time.Now() })
		count := func(after time.Duration) int {
			time.Sleep(after)
			synctest.Wait()
			n := len(asked)
			for range n {
				<-asked
			}
			return n
		}
		g.wake()
		if n := count(time.Hour); n != 0 {
			t.Errorf("asked %d times before the loop ran", n)
		}
		g.running.Store(true)
		g.wake()
		if n := count(insist - 1); n != 1 {
			t.Errorf("asked %d times at once", n)
		}
		if n := count(4 * insist); n != 4 {
			t.Errorf("asked %d times more while nothing was drawn", n)
		}
		idle := display.View{Screen: display.ScreenIdle}
		g.pic.painter = o.Paint(image.Pt(8, 8))
		drawn := func(pending bool) { // what DrawFinalScreen does last
			g.pending = pending
			g.timer.Reset(g.rest(idle, time.Now()))
		}
		drawn(true)
		if n := count(insist + 1); n != 1 {
			t.Errorf("asked %d times for the frame that learns of the last one", n)
		}
		drawn(false)
		if n := count(Heartbeat - 1); n != 0 {
			t.Errorf("asked %d times between two heartbeats", n)
		}
		if n := count(1); n != 1 {
			t.Errorf("asked %d times at the heartbeat", n)
		}
		g.end()
		if n := count(time.Hour); n != 0 {
			t.Errorf("asked %d times after the end", n)
		}
	})
}

// idle is a feed on which nothing happens.
type idle struct{ Feed }

func (idle) Latest() viewstream.Moment {
	return viewstream.Moment{View: display.View{Screen: display.ScreenIdle}}
}

func (idle) Describe(viewstream.Info) {}

// TestNoSizeYet: a window of which X has not said how large it is shows nothing, and there is nothing of it to be read
// back.
func TestNoSizeYet(t *testing.T) {
	o := Options{
		Feed:     idle{},
		Paint:    newTestDrawer().painter,
		Verify:   func(image.Image, image.Point, display.View) error { return nil },
		Windowed: image.Pt(64, 64),
	}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	g := newStage(o)
	g.out = asker(func() {})
	defer g.end()

	if f := g.draw(image.Point{}); f.visible || g.pending {
		t.Errorf("of a window without a size is shown %+v", f)
	}
	if f := g.draw(o.Windowed); !f.visible || f.panel.Rect.Size() != o.Windowed {
		t.Errorf("then %v is shown, visible %t", f.panel.Rect, f.visible)
	}
}
