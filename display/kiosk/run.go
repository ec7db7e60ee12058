package kiosk

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"galla/display/viewstream"
)

// Kiosk shows what its Feed gives. One process has one.
type Kiosk struct{ s *stage }

// New prepares a Kiosk; nothing is opened yet.
func New(o Options) (*Kiosk, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Kiosk{newStage(o)}, nil
}

// Wake has a frame drawn soon: the Feed has something new. It never blocks, may be called from any goroutine, and at
// any time.
func (k *Kiosk) Wake() { k.s.wake() }

// Run shows the screen until ctx ends or, in a window, the window is closed; it then returns nil. It must be called
// from main's goroutine and only once: ebiten binds the window to it. ErrNoDisplay: there is no X server to talk to.
func (k *Kiosk) Run(ctx context.Context) error {
	s := k.s
	o := &s.o
	display := os.Getenv("DISPLAY")
	if display == "" {
		return fmt.Errorf("%w: DISPLAY is not set; start galla-display inside a session (cage, Xorg) or under xvfb-run",
			ErrNoDisplay)
	}
	key := func(n viewstream.KeyName) {
		if !o.Feed.Key(n) {
			o.Log.Warn("a key was pressed while gallad could not be told; it is forgotten")
		}
	}
	d, err := openXServer(o.Log, s.wake, key)
	if err != nil {
		return fmt.Errorf("%w: %w; does an X server run at DISPLAY=%s, and may this user talk to it?",
			ErrNoDisplay, err, display)
	}

	defer d.close()
	s.xserver = d
	if o.Windowed.X == 0 {
		d.keepAwake()
		if !k.await(ctx) {
			return nil
		}
	}

	name, why := choose(ctx, o.Present)
	s.how = name + ": " + why
	o.Log.Info("pictures are presented", "by", name, "because", why)

	// The pictures live as long as the process; what else there is fits easily, and a small heap leaves the box to
	// gallad. ebiten makes more that is thrown away.
	garbage := 50
	if name == PresentX11 {
		garbage = 20
		s.out = newPlain()
	} else {
		s.out = &game{}
		s.prover.tidy = true
	}

	debug.SetGCPercent(garbage)
	stop := context.AfterFunc(ctx, s.wake)
	defer stop()
	err = s.out.run(ctx, s)
	s.end()
	return explain(err)
}

// await waits until there is any monitor: without one ebiten ends, and there is nothing to show. It returns false when
// ctx ended.
func (k *Kiosk) await(ctx context.Context) bool {
	s := k.s
	changed := make(chan struct{}, 1)
	s.xserver.notify(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer s.xserver.notify(s.wake)
	for {
		_, problem := s.xserver.find("")
		if problem == "" {
			return true
		}
		if s.xserver.lost() {
			return true // the presenter will say so
		}
		if s.problem != problem {
			s.problem = problem
			s.describe()
		}
		if !s.started {
			s.started = true
			s.o.Started()
		}
		s.o.Alive()
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		case <-time.After(Heartbeat):
		}
	}
}

// explain adds the remedy to ebiten's reasons for not starting.
func explain(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "failed to load"):
		return fmt.Errorf(
			"%w: %w; install the libraries: apt-get install libx11-6 libxrandr2 libxcursor1 libxi6 libxinerama1 "+
				"libegl1 libgles2 libgl1-mesa-dri, or start galla-display with -present x11",
			ErrNoDisplay,
			err,
		)
	case strings.Contains(text, "egl"),
		strings.Contains(text, "EGL"),
		strings.Contains(text, "GL 3"),
		strings.Contains(text, "GLES"):
		return fmt.Errorf("%w: %w; is libgl1-mesa-dri installed? Without OpenGL ES 3.0 or OpenGL 3.2 start "+
			"galla-display with -present x11", ErrNoDisplay, err)
	case strings.Contains(text, "no monitor"):
		return fmt.Errorf("%w: %w; connect one, and galla-display will find it when it is started again",
			ErrNoDisplay, err)
	case strings.Contains(text, "no window system"),
		strings.Contains(text, "open display"),
		strings.Contains(text, "x11"),
		strings.Contains(text, "X11"):
		return fmt.Errorf("%w: %w; does an X server run at DISPLAY=%s, and may this user talk to it?",
			ErrNoDisplay, err, os.Getenv("DISPLAY"))
	}
	return fmt.Errorf("the screen stopped: %w", err)
}
