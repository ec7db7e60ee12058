//lint:file-ignore SA1019 the one loop mode that neither burns a core nor loses an update is marked deprecated and works in v2.10.0, which is pinned (display.md §2.2)

package kiosk

import (
	"context"
	"fmt"
	"image"
	"sync/atomic"
	"time"

	"github.com/hajimehoshi/ebiten/v2"

	"galla/display"
	"galla/display/viewstream"
)

// game is the frame loop. ebiten calls Update, Draw and DrawFinalScreen in this order for every frame, on one goroutine, and
// swaps the buffers afterwards.
type game struct {
	o        Options
	ctx      context.Context
	running  atomic.Bool // ebiten may be asked for frames
	schedule func()      // ebiten.ScheduleFrame
	timer    *time.Timer // asks for the next frame when nobody else does, and again for one that was asked for and not drawn
	pic      *picture
	glass    glass
	keyboard keyboard
	monitors monitors
	outputs  *outputs  // nil in a window
	unlike   time.Time // since when the panel is not as large as its monitor; zero: it is
	prover   *prover

	size      image.Point        // of the panel, when gallad was last told
	told      string             // the monitor's problem, likewise
	shown     *viewstream.Moment // the newest View that has been drawn
	drawn     time.Time          // when the frame that is on the glass was drawn
	pending   bool               // shown has been presented since, but not yet confirmed
	started   bool
	presented atomic.Bool                       // a first frame is on the glass
	refused   atomic.Pointer[viewstream.Moment] // the View whose frame was not what it should be
}

func newGame(o Options) *game {
	g := &game{o: o, schedule: ebiten.ScheduleFrame, pic: &picture{paint: o.Paint, degrees: o.Rotate}, monitors: monitors{want: o.Monitor}}
	g.prover = newProver(&g.o, g.pic, func(m viewstream.Moment) {
		g.refused.Store(&m)
		g.wake()
	})
	g.timer = time.AfterFunc(time.Hour, g.wake)
	g.timer.Stop()
	return g
}

// wake asks for a frame, and asks again until one is drawn: while ebiten opens or sizes its window it takes events off its queue without
// a frame for them, and an idle screen would then wait for its heartbeat. Before the loop runs there is nothing to ask; its first frame
// looks at the newest View anyway.
func (g *game) wake() {
	if g.running.Load() {
		g.schedule()
		g.timer.Reset(insist)
	}
}

// insist is how long a frame that was asked for may take before it is asked for again.
const insist = 250 * time.Millisecond

// end stops what runs beside the loop.
func (g *game) end() {
	g.running.Store(false)
	g.timer.Stop()
	g.prover.close()
}

// Layout is the size of ebiten's own intermediate picture. It isn't used: the texture goes to the screen directly, which
// saves a full-screen copy per frame where there is no GPU.
func (g *game) Layout(int, int) (int, int) { return 1, 1 }

// Draw draws nothing: see DrawFinalScreen.
func (g *game) Draw(*ebiten.Image) {}

// Update looks at everything that isn't the picture.
func (g *game) Update() error {
	g.running.Store(true)
	if g.ctx.Err() != nil || ebiten.IsWindowBeingClosed() && g.o.Windowed.X > 0 {
		return ebiten.Termination
	}
	g.confirm()
	for _, k := range g.keyboard.pressed() {
		if !g.o.Feed.Key(k) {
			g.o.Log.Warn("a key was pressed while gallad could not be told; it is forgotten")
		}
	}
	if g.o.Windowed.X == 0 && g.monitors.watch() {
		g.o.Log.Info("monitors changed", "monitors", g.monitors.last, "problem", g.monitors.problem)
	}
	if g.monitors.problem != g.told {
		g.describe()
		g.shown = nil // what is shown from now on is presented anew
	}
	return g.misfit()
}

// misfit ends the loop when the window doesn't cover its monitor, and no more of it than that, for longer than a change of
// monitors takes. A new process opens its window in the right size; this one can't be told the new size.
func (g *game) misfit() error {
	if g.outputs == nil || g.monitors.problem != "" || g.monitors.settle {
		g.unlike = time.Time{}
		return nil
	}
	mon := ebiten.Monitor()
	if mon == nil {
		return nil
	}
	size := g.outputs.size(mon.Name())
	switch {
	case size == g.size || size == image.Point{} || g.size == image.Point{}:
		g.unlike = time.Time{}
	case g.unlike.IsZero():
		g.unlike = time.Now()
		time.AfterFunc(misfitLimit, g.wake)
	case time.Since(g.unlike) >= misfitLimit:
		return fmt.Errorf("%w: %s is %d x %d pixels now, and the picture %d x %d", ErrMisfit, mon.Name(), size.X, size.Y, g.size.X, g.size.Y)
	}
	return nil
}

// misfitLimit is how long a window may be of another size than its monitor: a session opens it small first.
const misfitLimit = 3 * time.Second

// confirm runs in the frame after the one that drew a new View: that one has been presented by now.
func (g *game) confirm() {
	if !g.started && (g.pending || g.told != "") {
		// A missing monitor is no reason to be started again and again: gallad has been told, and it will be found when it comes.
		g.started = true
		g.o.Started()
	}
	if !g.pending || g.shown == nil {
		return
	}
	g.pending = false
	g.presented.Store(true)
	job := proof{moment: *g.shown, drawn: g.drawn, at: time.Now()}
	if job.moment.View.Screen == display.ScreenPay || g.o.Presented != nil {
		job.panel = g.glass.read()
		g.prover.submit(job)
		return
	}
	g.prover.tell(job, "")
}

// DrawFinalScreen draws the newest View and asks for the frame after this one.
func (g *game) DrawFinalScreen(screen ebiten.FinalScreen, _ *ebiten.Image, _ ebiten.GeoM) {
	now := time.Now()
	panel := screen.Bounds().Size()
	m := g.o.Feed.Latest()
	if r := g.refused.Load(); r != nil && r.Same(m) {
		m = viewstream.Moment{View: withdrawn(m.View)}
	}
	g.drawn = now
	changed := g.pic.bring(panel, m.View, now)
	g.glass.write(g.pic.panel, changed)
	if g.monitors.problem == "" {
		g.glass.present(screen)
	} else {
		screen.Clear() // this is not the customer's monitor
	}
	if panel != g.size {
		g.size = panel
		g.describe()
	}
	if g.shown == nil || !g.shown.Same(m) {
		g.shown, g.pending = &m, g.monitors.problem == ""
		g.schedule() // to learn that this one was presented
	}
	g.o.Alive()
	g.timer.Reset(g.rest(m.View, now))
}

// nudge has the loop run until it has presented its first frame. While ebiten opens its window and waits for its size, a quarter of a
// second after the first frame too, it takes events off the queue itself: the one that a frame was asked with is gone, and
// on an idle screen no other comes.
func (g *game) nudge(ctx context.Context) {
	for !g.presented.Load() && ctx.Err() == nil {
		g.schedule()
		time.Sleep(100 * time.Millisecond)
	}
}

// withdrawn is what is shown in the place of a pay screen that was not what it should be.
func withdrawn(v display.View) display.View {
	return display.View{Screen: display.ScreenOutOfService, Reason: display.ReasonQRUnreadable, Shop: v.Shop, Languages: v.Languages, Demo: v.Demo}
}

// rest is how long the loop may sleep.
func (g *game) rest(v display.View, now time.Time) time.Duration {
	most := Heartbeat
	if g.pending {
		most = insist // the frame that learns that this one was presented has been asked for
	}
	next := g.pic.painter.NextChange(v, now)
	if next.IsZero() {
		return most
	}
	return min(max(next.Sub(now), 10*time.Millisecond), most)
}

// describe tells gallad what this screen is.
func (g *game) describe() {
	size := turned(g.size, g.o.Rotate)
	name := ""
	if m := ebiten.Monitor(); m != nil {
		name = m.Name()
	}
	g.told = g.monitors.problem
	g.o.Feed.Describe(viewstream.Info{Role: viewstream.RoleScreen, Width: size.X, Height: size.Y, Monitor: name, Release: g.o.Release, Problem: g.monitors.problem})
}
