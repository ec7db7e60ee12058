//lint:file-ignore SA1019 the one loop mode that neither burns a core nor loses an update is marked deprecated and works in v2.10.0, which is pinned (display.md §2.2)

package kiosk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"
)

// Kiosk shows what its Feed gives. One process has one.
type Kiosk struct{ g *game }

// New prepares a Kiosk; nothing is opened yet.
func New(o Options) (*Kiosk, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Kiosk{g: newGame(o)}, nil
}

// Wake has a frame drawn soon: the Feed has something new. It never blocks, may be called from any goroutine, and at any time.
func (k *Kiosk) Wake() { k.g.wake() }

// Run shows the screen until ctx ends or, in a window, the window is closed; it then returns nil. It must be called from
// main's goroutine and only once: ebiten binds the window to it. ErrNoDisplay: there is no X server to talk to. ErrMisfit: see there.
func (k *Kiosk) Run(ctx context.Context) error {
	o := &k.g.o
	if os.Getenv("DISPLAY") == "" {
		return fmt.Errorf("%w: DISPLAY is not set; start galla-display inside a session (cage, Xorg) or under xvfb-run", ErrNoDisplay)
	}
	// A key press must never make ebiten write files.
	for _, e := range []string{"EBITENGINE_SCREENSHOT_KEY", "EBITEN_SCREENSHOT_KEY", "EBITENGINE_INTERNAL_IMAGES_KEY", "EBITEN_INTERNAL_IMAGES_KEY"} {
		os.Unsetenv(e)
	}
	defer withoutGPU()()
	// The pictures live as long as the process; what else there is fits easily, and a small heap leaves the box to gallad.
	debug.SetGCPercent(50)

	ebiten.SetFPSMode(ebiten.FPSModeVsyncOffMinimum)
	ebiten.SetTPS(ebiten.SyncWithFPS) // see the package's description: without this, updates are lost
	ebiten.SetWindowTitle("Galla")
	ebiten.SetRunnableOnUnfocused(true)
	if o.Windowed.X > 0 {
		ebiten.SetWindowSize(o.Windowed.X, o.Windowed.Y)
		ebiten.SetWindowResizingMode(ebiten.WindowResizingModeEnabled)
	} else {
		ebiten.SetCursorMode(ebiten.CursorModeHidden)
		ebiten.SetWindowClosingHandled(true) // Alt+F4 does nothing
		ebiten.SetWindowDecorated(false)
		k.g.monitors.place()
		w, err := watchOutputs(o.Log, k.g.wake)
		if err != nil {
			return fmt.Errorf("%w: %w; does an X server run at DISPLAY=%s, and may this user talk to it?", ErrNoDisplay, err, os.Getenv("DISPLAY"))
		}
		defer w.close()
		k.g.outputs = w
	}
	k.g.ctx = ctx
	stop := context.AfterFunc(ctx, k.g.wake)
	defer stop()
	opening, opened := context.WithCancel(ctx)
	defer opened()
	go k.g.nudge(opening)
	err := ebiten.RunGameWithOptions(k.g, &ebiten.RunGameOptions{X11ClassName: "galla-display", X11InstanceName: "galla-display"})
	k.g.end()
	return explain(err)
}

// explain adds the remedy to ebiten's reasons for not starting.
func explain(err error) error {
	if err == nil || errors.Is(err, ErrMisfit) {
		return err
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "failed to load"):
		return fmt.Errorf("%w: %w; install the libraries: apt-get install libx11-6 libxrandr2 libxcursor1 libxi6 libxinerama1 libegl1 libgles2 libgl1-mesa-dri", ErrNoDisplay, err)
	case strings.Contains(text, "egl"), strings.Contains(text, "EGL"):
		return fmt.Errorf("%w: %w; is libgl1-mesa-dri installed?", ErrNoDisplay, err)
	case strings.Contains(text, "no monitor"):
		return fmt.Errorf("%w: %w; connect one, and galla-display will find it when it is started again", ErrNoDisplay, err)
	case strings.Contains(text, "no window system"), strings.Contains(text, "open display"), strings.Contains(text, "x11"), strings.Contains(text, "X11"):
		return fmt.Errorf("%w: %w; does an X server run at DISPLAY=%s, and may this user talk to it?", ErrNoDisplay, err, os.Getenv("DISPLAY"))
	}
	return fmt.Errorf("the screen stopped: %w", err)
}
