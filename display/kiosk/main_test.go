//go:build gpu

package kiosk

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"galla/display"
	"galla/display/kiosk/kiosktest"
	"galla/display/viewstream"
)

const panelW, panelH = 1024, 600

// The tests share one kiosk, because a process can open ebiten's window only once and only on its main goroutine:
// gallad's end of a real socket on one side, a real X server on the other.
var (
	xvfb    *kiosktest.Server
	changes func() []image.Rectangle // of what the X server shows
	server  *viewstream.Server
	drawer  = newTestDrawer()
	frames  frameLog
	told    eventLog
	started = make(chan struct{})
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

// presentEnv says which presenter the tests of this process look at. A process without it looks at ebiten, after
// another one that it starts has looked at plain X11.
const presentEnv = "KIOSK_TEST_PRESENT"

var presenting = cmp.Or(os.Getenv(presentEnv), PresentEbiten)

func run(m *testing.M) int {
	if os.Getenv(presentEnv) == "" {
		again := exec.Command(os.Args[0], os.Args[1:]...)
		again.Env = append(os.Environ(), presentEnv+"="+PresentX11)
		again.Stdout, again.Stderr = os.Stdout, os.Stderr
		if err := again.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "kiosk tests with plain X11:", err)
			return 1
		}
	}
	var err error
	if xvfb, err = kiosktest.Xvfb(image.Pt(panelW, panelH)); err != nil {
		fmt.Fprintln(os.Stderr, "kiosk tests:", err)
		return 1
	}
	defer xvfb.Stop()
	if changes, err = xvfb.Watch(); err != nil {
		fmt.Fprintln(os.Stderr, "kiosk tests:", err)
		return 1
	}
	os.Setenv("DISPLAY", xvfb.Name)
	dir, err := os.MkdirTemp("", "kiosk")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server = viewstream.New(viewstream.Options{})
	go server.Serve(ctx, l)
	go told.drain(ctx, server.Events())

	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var k *Kiosk
	client := viewstream.NewClient(viewstream.ClientOptions{Dial: viewstream.Dialer(socket), Wake: func() { k.Wake() },
		Info: viewstream.Info{Role: viewstream.RoleScreen}, Log: log})
	k, err = New(Options{
		Present:   presenting,
		Feed:      client,
		Paint:     drawer.painter,
		Verify:    drawer.verify,
		Log:       log,
		Started:   func() { close(started) },
		Presented: frames.add,
		Release:   "test",
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go client.Run(ctx)
	code := make(chan int, 1)
	go func() {
		code <- m.Run()
		cancel()
	}()
	if err := k.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "kiosk:", err)
		return 1
	}
	select {
	case c := <-code:
		return c
	case <-time.After(time.Second):
		fmt.Fprintln(os.Stderr, "kiosk: the screen ended before the tests")
		return 1
	}
}

// frameLog keeps the last frame read back.
type frameLog struct {
	mu    sync.Mutex
	view  display.View
	frame *image.RGBA
	n     int
}

func (f *frameLog) add(v display.View, img *image.RGBA) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.view, f.frame = v, img
	f.n++
}

// eventLog keeps what came back over the socket.
type eventLog struct {
	mu    sync.Mutex
	shown []viewstream.Shown
	keys  []viewstream.KeyName
	infos []viewstream.Info
}

func (l *eventLog) drain(ctx context.Context, events <-chan viewstream.Event) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			l.mu.Lock()
			switch e := e.(type) {
			case viewstream.Shown:
				l.shown = append(l.shown, e)
			case viewstream.Key:
				l.keys = append(l.keys, e.Name)
			case viewstream.Hello:
				l.infos = append(l.infos, e.Info)
			}
			l.mu.Unlock()
		}
	}
}

// of returns the answer to View seq, if it has come.
func (l *eventLog) of(seq uint64) (viewstream.Shown, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.shown) - 1; i >= 0; i-- {
		if l.shown[i].Seq == seq {
			return l.shown[i], true
		}
	}
	return viewstream.Shown{}, false
}

// takeKeys returns the keys that came since it was last called.
func (l *eventLog) takeKeys() []viewstream.KeyName {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.keys
	l.keys = nil
	return k
}

// eventually waits for ok to become true, and fails the test after limit.
func eventually(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen within %v", what, limit)
		}
		<-time.After(2 * time.Millisecond)
	}
}
