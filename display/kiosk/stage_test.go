package kiosk

import (
	"context"
	"image"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jezek/xgb/xproto"

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
	g.out, g.xserver = asker(func() {}), &xserver{}
	defer g.end()

	if f := g.draw(image.Point{}); f.visible || g.pending {
		t.Errorf("of a window without a size is shown %+v", f)
	}
	if f := g.draw(o.Windowed); !f.visible || f.panel.Rect.Size() != o.Windowed {
		t.Errorf("then %v is shown, visible %t", f.panel.Rect, f.visible)
	}
}

// placer is a presenter that counts how often its window is asked to stand somewhere.
type placer struct {
	asker
	asked int
}

func (p *placer) cover(image.Rectangle) { p.asked++ }

// described is a feed that keeps what gallad was told last.
type described struct {
	idle
	info viewstream.Info
}

func (d *described) Describe(i viewstream.Info) { d.info = i }

// onMonitor is a stage whose window stands at a place of a root window with one monitor.
func onMonitor(t *testing.T, at image.Rectangle) (*stage, *placer, *described) {
	feed := &described{}
	o := Options{
		Feed:   feed,
		Paint:  newTestDrawer().painter,
		Verify: func(image.Image, image.Point, display.View) error { return nil },
	}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	s := newStage(o)
	p := &placer{asker: func() {}}
	s.out = p
	s.xserver = &xserver{monitors: []monitor{{"HDMI-1", image.Rect(0, 0, 1024, 600)}}, at: at, mapped: true}
	return s, p, feed
}

// TestAskedForEver: a window that stands elsewhere is asked to stand on its monitor at once, many times while a session
// may still be opening it, and now and then as long as it lives: what kept it away may be gone one day.
func TestAskedForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, feed := onMonitor(t, image.Rect(0, 0, 640, 480))
		defer s.end()
		for range 300 {
			s.follow()
			time.Sleep(10 * time.Millisecond)
		}
		if p.asked < 100 {
			t.Errorf("asked %d times in 3 s", p.asked)
		}
		time.Sleep(Heartbeat)
		for range 10 {
			before := p.asked
			s.follow()
			if p.asked != before+1 || !strings.Contains(feed.info.Problem, "does not let it stand there") {
				t.Fatalf("at a heartbeat asked %d times, and gallad was told %q", p.asked-before, feed.info.Problem)
			}
			time.Sleep(Heartbeat)
		}

		s.xserver.at = image.Rect(0, 0, 1024, 600)
		before := p.asked
		s.follow()
		if p.asked != before || feed.info.Problem != "" {
			t.Errorf("in its place it was asked %d times more, and gallad was told %q",
				p.asked-before, feed.info.Problem)
		}
	})
}

// TestCoveredIsTold: another window over the picture is a problem when it stays.
func TestCoveredIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, feed := onMonitor(t, image.Rect(0, 0, 1024, 600))
		defer s.end()
		cover := func(yes bool) {
			s.xserver.covered = yes
			s.follow()
		}
		cover(false)
		cover(true)
		time.Sleep(misfitLimit / 2)
		cover(false)
		cover(true)
		time.Sleep(misfitLimit - 1)
		s.follow()
		if feed.info.Problem != "" {
			t.Errorf("of a window that came up for a moment gallad was told %q", feed.info.Problem)
		}
		time.Sleep(time.Nanosecond)
		s.follow()
		if !strings.Contains(feed.info.Problem, "another window stands over the picture") {
			t.Errorf("gallad was told %q", feed.info.Problem)
		}
		cover(false)
		if feed.info.Problem != "" {
			t.Errorf("when it was gone gallad was told %q", feed.info.Problem)
		}
	})
}

// TestMonitorsAreLocked: without RandR, too, nobody reads the monitors while they are written.
func TestMonitorsAreLocked(t *testing.T) {
	d := &xserver{screen: &xproto.ScreenInfo{WidthInPixels: 800, HeightInPixels: 480}}
	d.mu.Lock()
	over := make(chan error)
	go func() { over <- d.readMonitors() }()
	select {
	case <-over:
		t.Error("the monitors were written while somebody else had them locked")
	case <-time.After(50 * time.Millisecond):
		d.mu.Unlock()
		<-over
	}
	if m, problem := d.find(""); m.area != image.Rect(0, 0, 800, 480) || problem != "" {
		t.Errorf("the monitor is %v, %q", m, problem)
	}
}

// reading is a presenter that counts how often it is read back.
type reading struct {
	asker
	times int
}

func (r *reading) read(part image.Rectangle) *image.Gray {
	r.times++
	return image.NewGray(part)
}

// paying is a feed with a sale to be paid.
type paying struct{ listener }

func (*paying) Describe(viewstream.Info) {}

func (*paying) Latest() viewstream.Moment {
	return viewstream.Moment{View: display.View{Screen: display.ScreenPay, SaleID: "s1", Amount: 25000}}
}

// TestWipedIsNotShown: of a frame that was drawn before something came or went over the window nobody knows what of it
// stands there. It is drawn anew before it is read back and called shown.
func TestWipedIsNotShown(t *testing.T) {
	s, _, _ := onMonitor(t, image.Rect(0, 0, 1024, 600))
	defer s.end()
	r := &reading{asker: func() {}}
	s.out, s.o.Feed, s.target = r, &paying{}, image.Rect(0, 0, 1024, 600)

	s.draw(image.Pt(1024, 600))
	s.xserver.wiped++
	s.confirm()
	if r.times != 0 || !s.pending {
		t.Error("a frame of before was read back")
	}
	s.draw(image.Pt(1024, 600))
	s.confirm()
	if r.times != 1 || s.pending {
		t.Errorf("the frame of afterwards was read back %d times", r.times)
	}
}
