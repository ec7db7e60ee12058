package kiosk

import (
	"context"
	"fmt"
	"image"
	"sync/atomic"
	"time"

	"galla/display"
	"galla/display/viewstream"
)

// presenter puts the panel's picture on the kiosk's window. There are two: ebiten, where a GPU draws, and plain X11.
type presenter interface {
	// run opens the window and asks the stage for each frame, on the goroutine that calls it, until ctx ends or the
	// window is closed.
	run(ctx context.Context, s *stage) error
	// ask has a frame drawn soon. It never blocks and may be called from any goroutine.
	ask()
	// read fetches back the brightness of the part r of the panel as it was last presented, with r's bounds. nil: it
	// can't be seen now, and a frame is asked for when it can. It is called from within the frame loop only.
	read(r image.Rectangle) *image.Gray
	// shot fetches back all of it, in colour. Likewise.
	shot() *image.RGBA
	// cover has the window stand where area is and nowhere else; an empty area takes it off the screen. Likewise.
	cover(area image.Rectangle)
}

// stage is what a frame is made of, whoever presents it: the newest View, its picture, the place for it, and the proof.
// A presenter calls before and draw for every frame, in this order, on one goroutine.
type stage struct {
	o       Options
	out     presenter
	how     string // which that is, and why
	xserver *xserver
	running atomic.Bool // frames may be asked for
	// asks for the next frame when nobody else does, and again for one that was asked for and not drawn
	timer  *time.Timer
	pic    *picture
	prover *prover

	target  image.Rectangle // the wanted monitor's part of the root window; empty: it isn't there
	problem string          // why nothing, or not all, is where it belongs
	asked   time.Time       // when the window was last asked to stand there
	unlike  time.Time       // since when the window doesn't cover the monitor; zero: it does
	hidden  time.Time       // since when another window stands over a part of it; zero: none does

	size      image.Point        // of the panel, when gallad was last told
	monitor   string             // likewise
	told      string             // the problem, likewise
	shown     *viewstream.Moment // the newest View that has been drawn
	drawn     time.Time          // when the frame that is on the screen was drawn
	wiped     int                // the X server's wipes then
	pending   bool               // shown has been presented since, but not yet confirmed
	started   bool
	presented atomic.Bool                       // a first frame is on the screen
	refused   atomic.Pointer[viewstream.Moment] // the View whose frame was not what it should be
}

func newStage(o Options) *stage {
	s := &stage{o: o, pic: &picture{paint: o.Paint, degrees: o.Rotate}}
	s.prover = newProver(&s.o, s.pic, func(m viewstream.Moment) {
		s.refused.Store(&m)
		s.wake()
	})
	s.timer = time.AfterFunc(time.Hour, s.wake)
	s.timer.Stop()
	return s
}

// wake asks for a frame, and asks again until one is drawn: while ebiten opens or sizes its window it takes events off
// its queue without a frame for them, and an idle screen would then wait for its heartbeat. Before the loop runs there
// is nothing to ask; its first frame looks at the newest View anyway.
func (s *stage) wake() {
	if s.running.Load() {
		s.out.ask()
		s.timer.Reset(insist)
	}
}

// insist is how long a frame that was asked for may take before it is asked for again.
const insist = 250 * time.Millisecond

// end stops what runs beside the loop.
func (s *stage) end() {
	s.running.Store(false)
	s.timer.Stop()
	s.prover.close()
}

// before looks at everything that isn't the picture.
func (s *stage) before() {
	s.running.Store(true)
	s.confirm()
	if s.o.Windowed.X == 0 {
		s.follow()
	}
}

// follow keeps the window where the wanted monitor is. Nothing of X or of ebiten may choose another: it would be the
// cashier's.
func (s *stage) follow() {
	m, problem := s.xserver.find(s.o.Monitor)
	switch {
	case m.area != s.target:
		s.o.Log.Info("the customer's monitor", "name", m.name, "area", m.area, "problem", problem)
		s.target, s.monitor, s.unlike, s.asked = m.area, m.name, time.Time{}, time.Now()
		s.out.cover(s.target)
	case !m.area.Empty() && s.misfit() && time.Since(s.asked) >= s.patience():
		// ebiten sizes its window once more after it has opened it, and a session that was just changing its monitors
		// may have put it elsewhere.
		s.asked = time.Now()
		s.out.cover(s.target)
	}
	if problem == "" {
		problem = s.fit()
	}
	if problem == "" {
		problem = s.open()
	}
	s.problem = problem
	if s.problem != s.told {
		s.shown = nil // what is shown from now on is presented anew
		s.describe()
	}
}

// misfit says whether a part of the monitor isn't covered by the window.
func (s *stage) misfit() bool {
	at, mapped := s.xserver.where()
	return !mapped || !s.target.In(at)
}

// fit notes since when a part of the monitor isn't covered, and says so when it has been longer than a change of
// monitors takes.
func (s *stage) fit() (problem string) {
	if !s.misfit() {
		s.unlike = time.Time{}
		return ""
	}
	if s.unlike.IsZero() {
		s.unlike = time.Now()
	}
	if time.Since(s.unlike) < misfitLimit {
		time.AfterFunc(askAgain, s.wake)
		return ""
	}
	at, _ := s.xserver.where()
	return fmt.Sprintf("the window is %v, and monitor %s is %v: the session does not let it stand there",
		at, s.monitor, s.target)
}

// patience is how long it takes until a window that stands elsewhere is asked again. Where it has stood for long it is
// where somebody put it, and one day may not be.
func (s *stage) patience() time.Duration {
	if s.unlike.IsZero() || time.Since(s.unlike) < misfitLimit {
		return askAgain
	}
	return misfitLimit
}

// open notes since when another window stands over the picture, and says so when it has been longer than one that only
// came up for a moment.
func (s *stage) open() (problem string) {
	if !s.xserver.isCovered() {
		s.hidden = time.Time{}
		return ""
	}
	if s.hidden.IsZero() {
		s.hidden = time.Now()
	}
	if left := misfitLimit - time.Since(s.hidden); left > 0 {
		time.AfterFunc(left, s.wake)
		return ""
	}
	return "another window stands over the picture: close the program that it belongs to"
}

// askAgain is how soon a window that stands elsewhere is asked again to stand where its monitor is.
const askAgain = 15 * time.Millisecond

// misfitLimit is how long a window may stand elsewhere than its monitor: a session opens it small first.
const misfitLimit = 3 * time.Second

// confirm runs after the frame that drew a new View was presented.
func (s *stage) confirm() {
	if !s.started && (s.pending || s.told != "") {
		// A missing monitor is no reason to be started again and again: gallad has been told, and it will be found when
		// it comes.
		s.started = true
		s.o.Started()
	}
	if !s.pending || s.shown == nil {
		return
	}
	job := proof{moment: *s.shown, drawn: s.drawn, at: time.Now()}
	pay := job.moment.View.Screen == display.ScreenPay
	if pay {
		if s.xserver.wipes() != s.wiped {
			s.out.ask() // a frame drawn before is not what stands there now
			return
		}
		job.size = s.pic.panel.Rect.Size()
		if job.code = s.out.read(s.pic.code()); job.code == nil {
			return // again after the next frame
		}
	}
	if s.o.Presented != nil {
		if job.panel = s.out.shot(); job.panel == nil {
			return
		}
	}
	s.pending = false
	s.presented.Store(true)
	if !pay && job.panel == nil {
		s.prover.tell(job, "")
		return
	}
	s.prover.submit(job)
}

// frame is what a presenter puts on its window.
type frame struct {
	panel   *image.RGBA     // the picture, pixel for pixel
	changed image.Rectangle // of panel, since the frame before
	at      image.Point     // where panel stands in the window; black around it
	visible bool            // else the window is black
}

// draw draws the newest View for a window of size pixels, and has the frame after this one asked for.
func (s *stage) draw(size image.Point) frame {
	now := time.Now()
	s.wiped = s.xserver.wipes()
	place := image.Rectangle{Max: size}
	visible := !place.Empty() // X has not said yet how large a window is that has just been opened
	if s.o.Windowed.X == 0 {
		place, visible = s.inWindow(size)
	}
	m := s.o.Feed.Latest()
	if !visible {
		s.o.Alive()
		s.timer.Reset(s.rest(m.View, now))
		return frame{}
	}

	if r := s.refused.Load(); r != nil && r.Same(m) {
		m = viewstream.Moment{View: withdrawn(m.View)}
	}
	s.drawn = now
	changed := s.pic.bring(place.Size(), m.View, now)
	if place.Size() != s.size || s.o.Windowed.X > 0 && s.size == (image.Point{}) {
		s.size = place.Size()
		s.describe()
	}
	if s.shown == nil || !s.shown.Same(m) {
		changed = s.pic.panel.Rect // a View that comes anew is presented anew, whatever became of the one before
		s.shown, s.pending = &m, true
		s.out.ask() // to learn that this one was presented
	}
	s.o.Alive()
	s.timer.Reset(s.rest(m.View, now))
	return frame{s.pic.panel, changed, place.Min, true}
}

// inWindow is where the monitor is in a window of size pixels. While the window is only on its way to its place, and
// where it covers nothing of the monitor, nothing may be shown.
func (s *stage) inWindow(size image.Point) (place image.Rectangle, visible bool) {
	at, _ := s.xserver.where()
	if at.Size() != size || s.target.Empty() {
		return place, false
	}
	place = s.target.Intersect(at).Sub(at.Min)
	settling := s.misfit() && time.Since(s.unlike) < misfitLimit
	return place, !place.Empty() && !settling
}

// withdrawn is what is shown in the place of a pay screen that was not what it should be.
func withdrawn(v display.View) display.View {
	return display.View{
		Screen:    display.ScreenOutOfService,
		Reason:    display.ReasonQRUnreadable,
		Shop:      v.Shop,
		Languages: v.Languages,
		Demo:      v.Demo,
	}
}

// rest is how long the loop may sleep.
func (s *stage) rest(v display.View, now time.Time) time.Duration {
	most := Heartbeat
	if s.pending {
		most = insist // the frame that learns that this one was presented has been asked for
	}
	if s.pic.painter == nil {
		return most
	}
	next := s.pic.painter.NextChange(v, now)
	if next.IsZero() {
		return most
	}
	return min(max(next.Sub(now), 10*time.Millisecond), most)
}

// describe tells gallad what this screen is.
func (s *stage) describe() {
	size := turned(s.size, s.o.Rotate)
	s.told = s.problem
	s.o.Feed.Describe(viewstream.Info{
		Role:      viewstream.RoleScreen,
		Width:     size.X,
		Height:    size.Y,
		Monitor:   s.monitor,
		Release:   s.o.Release,
		Presenter: s.how,
		Problem:   s.problem,
	})
}
