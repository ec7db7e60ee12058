//lint:file-ignore SA1019 the one loop mode that neither burns a core nor loses an update; v2.10.0 is pinned

package kiosk

import (
	"context"
	"image"
	"os"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
)

// game presents by ebiten. ebiten calls Update, Draw and DrawFinalScreen in this order for every frame, on one
// goroutine, and swaps the buffers afterwards.
type game struct {
	ctx     context.Context
	stage   *stage
	texture texture
	managed bool
	hidden  bool
}

// ask has ebiten draw a frame.
func (g *game) ask() { ebiten.ScheduleFrame() }

// read is the part r of the texture as it was drawn. Where another window stands over it nobody sees that; one on a
// desktop (Windowed) may, and is moved.
func (g *game) read(r image.Rectangle) *image.Gray {
	if g.stage.o.Windowed.X == 0 && g.stage.xserver.isCovered() {
		return nil
	}
	pixels := g.texture.read(r)
	part := image.NewGray(r)
	for i := range part.Pix {
		part.Pix[i] = luminance(pixels.Pix[4*i], pixels.Pix[4*i+1], pixels.Pix[4*i+2])
	}
	return part
}

// shot is the texture as it was drawn.
func (g *game) shot() *image.RGBA { return g.texture.read(g.texture.image.Bounds()) }

// cover moves the window itself, by X's own request: ebiten would choose the monitor by its middle, and X by its
// corner.
func (g *game) cover(area image.Rectangle) {
	if hide := area.Empty(); hide != g.hidden {
		g.hidden = hide
		ebiten.SetWindowVisible(!hide)
		ebiten.ScheduleFrame()
	}
	if !area.Empty() {
		g.stage.xserver.place(area, g.managed)
	}
}

// run shows frames until ctx ends or the window is closed. It must be called from main's goroutine and only once.
func (g *game) run(ctx context.Context, s *stage) error {
	// A key press must never make ebiten write files.
	for _, e := range []string{"EBITENGINE_SCREENSHOT_KEY", "EBITEN_SCREENSHOT_KEY", "EBITENGINE_INTERNAL_IMAGES_KEY",
		"EBITEN_INTERNAL_IMAGES_KEY"} {
		os.Unsetenv(e)
	}
	withoutGPU(s.xserver)
	g.ctx, g.stage, g.managed = ctx, s, s.xserver.managed()

	ebiten.SetFPSMode(ebiten.FPSModeVsyncOffMinimum)
	ebiten.SetTPS(ebiten.SyncWithFPS) // see the package's description: without this, updates are lost
	ebiten.SetWindowTitle("Galla")
	ebiten.SetRunnableOnUnfocused(true)
	if w := s.o.Windowed; w.X > 0 {
		ebiten.SetWindowSize(w.X, w.Y)
		ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled)
	} else {
		ebiten.SetCursorMode(ebiten.CursorModeHidden)
		ebiten.SetWindowClosingHandled(true) // Alt+F4 does nothing
		ebiten.SetWindowDecorated(false)
		ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled) // X may size it
		ebiten.SetWindowSizeLimits(-1, -1, -1, -1)
		g.begin()
	}

	opening, opened := context.WithCancel(ctx)
	defer opened()
	go g.nudge(opening)
	return ebiten.RunGameWithOptions(g, &ebiten.RunGameOptions{X11ClassName: windowClass, X11InstanceName: windowClass})
}

// begin chooses where ebiten opens its window: small, for it is black until it has its place, and in the middle of the
// wanted monitor. Without that it stays hidden.
func (g *game) begin() {
	const side = 64
	ebiten.SetWindowSize(side, side)
	m, problem := g.stage.xserver.find(g.stage.o.Monitor)
	if problem != "" {
		g.hidden = true
		ebiten.SetWindowVisible(false)
		return
	}
	for _, e := range ebiten.AppendMonitors(nil) {
		if e.Name() == m.name {
			ebiten.SetMonitor(e)
		}
	}
}

// nudge has the loop run until it has presented its first frame. While ebiten opens its window and waits for its size,
// a quarter of a second after the first frame too, it takes events off the queue itself: the one that a frame was asked
// with is gone, and on an idle screen no other comes.
func (g *game) nudge(ctx context.Context) {
	for !g.stage.presented.Load() && ctx.Err() == nil {
		ebiten.ScheduleFrame()
		time.Sleep(100 * time.Millisecond)
	}
}

// Layout is the size of ebiten's own intermediate picture. It isn't used: the texture goes to the screen directly,
// which saves a full-screen copy per frame where there is no GPU.
func (g *game) Layout(int, int) (int, int) { return 1, 1 }

// Draw draws nothing: see DrawFinalScreen.
func (g *game) Draw(*ebiten.Image) {}

// Update looks at everything that isn't the picture.
func (g *game) Update() error {
	if g.ctx.Err() != nil || ebiten.IsWindowBeingClosed() && g.stage.o.Windowed.X > 0 {
		return ebiten.Termination
	}
	if g.stage.xserver.seek() && g.stage.o.Windowed.X == 0 {
		g.stage.target = image.Rectangle{} // what was asked before there was a window is asked again
	}
	g.stage.before()
	return nil
}

// DrawFinalScreen presents the newest View.
func (g *game) DrawFinalScreen(screen ebiten.FinalScreen, _ *ebiten.Image, _ ebiten.GeoM) {
	f := g.stage.draw(screen.Bounds().Size())
	if f.panel != nil {
		g.texture.write(f.panel, f.changed)
	}
	if !f.visible {
		screen.Clear()
		return
	}
	g.texture.present(screen, f.at)
}
