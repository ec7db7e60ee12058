//go:build gpu

package main

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"galla/display"
	"galla/display/kiosk"
	"galla/display/kiosk/kiosktest"
	"galla/display/viewstream"
)

// gallad is the other end of the socket.
type gallad struct {
	t      *testing.T
	socket string
	server *viewstream.Server
	stop   context.CancelFunc

	mu    sync.Mutex
	shown map[uint64]viewstream.Shown
	info  viewstream.Info
}

func newGallad(t *testing.T) *gallad {
	t.Helper()
	dir, err := os.MkdirTemp("", "gd")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	t.Cleanup(func() { os.RemoveAll(dir) })
	g := &gallad{
		t:      t,
		socket: filepath.Join(dir, "s"),
		server: viewstream.New(viewstream.Options{}),
		shown:  map[uint64]viewstream.Shown{},
	}
	l, err := net.Listen("unix", g.socket)
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(g.socket, 0o777)
	ctx, cancel := context.WithCancel(t.Context())
	g.stop = cancel
	t.Cleanup(cancel)
	go g.server.Serve(ctx, l)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-g.server.Events():
				g.mu.Lock()
				switch e := e.(type) {
				case viewstream.Shown:
					g.shown[e.Seq] = e
				case viewstream.Hello:
					g.info = e.Info
				}
				g.mu.Unlock()
			}
		}
	}()
	return g
}

// show publishes v and waits until it is on the screen.
func (g *gallad) show(v display.View) viewstream.Shown {
	g.t.Helper()
	seq := g.server.Publish(v)
	var s viewstream.Shown
	eventually(g.t, 20*time.Second, "showing the "+string(v.Screen)+" screen", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		var ok bool
		s, ok = g.shown[seq]
		return ok
	})
	return s
}

func (g *gallad) described() viewstream.Info {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.info
}

func eventually(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); {
		if time.Now().After(end) {
			t.Fatalf("%s did not happen within %v", what, limit)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// running is a galla-display under way.
type running struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  *syncBuffer
	over chan struct{}
}

// launch starts cmd and ends it with the test.
func launch(t *testing.T, cmd *exec.Cmd, env ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: cmd, log: &syncBuffer{}, over: make(chan struct{})}
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdout, cmd.Stderr = r.log, r.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		cmd.Wait()
		close(r.over)
	}()
	t.Cleanup(func() {
		if !t.Failed() { // else program has it say what each goroutine was waiting for
			r.end()
		}
		<-r.over
		if t.Failed() {
			t.Logf("galla-display said:\n%s", r.log)
		}
	})
	return r
}

// end asks it to stop and returns its exit code and how long that took.
func (r *running) end() (int, time.Duration) {
	began := time.Now()
	r.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-r.over:
	case <-time.After(10 * time.Second):
		r.cmd.Process.Kill()
		<-r.over
	}
	return r.cmd.ProcessState.ExitCode(), time.Since(began)
}

func xvfb(t *testing.T, w, h int) *kiosktest.Server {
	t.Helper()
	x, err := kiosktest.Xvfb(image.Pt(w, h))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Stop)
	return x
}

func grab(t *testing.T, x *kiosktest.Server, r image.Rectangle) *image.RGBA {
	t.Helper()
	img, err := x.Grab(r)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// scan reads the QR in img with zbar; empty: there is none.
func scan(t *testing.T, img image.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scan.png")
	if err := writePNG(path, img); err != nil {
		t.Fatal(err)
	}
	return scanFile(t, path)
}

func scanFile(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", path).Output()
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 4 {
		return "" // zbarimg(1): no code found
	}
	if err != nil {
		t.Fatalf("zbarimg %s: %v (apt-get install zbar-tools)", path, err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// scene is a View of the storybook whose picture stays the same for the next seconds.
func scene(t *testing.T, name string) display.View {
	t.Helper()
	for _, s := range display.Scenes("en", "hi") {
		if s.Name == name {
			now := time.Now()
			if !s.View.ValidUntil.IsZero() {
				s.View.ValidUntil = now.Add(s.View.ValidUntil.Sub(display.StoryTime) + 2*time.Second)
			}
			if !s.View.Since.IsZero() {
				s.View.Since = now
			}
			return s.View
		}
	}
	t.Fatalf("the storybook has no scene %q", name)
	return display.View{}
}

// differ counts the pixels in which a and b differ.
func differ(t *testing.T, a, b *image.RGBA) (n int) {
	t.Helper()
	if a.Rect.Size() != b.Rect.Size() {
		t.Fatalf("pictures of %v and %v", a.Rect, b.Rect)
	}
	for i := 0; i < len(a.Pix); i += 4 {
		if [4]byte(a.Pix[i:]) != [4]byte(b.Pix[i:]) {
			n++
		}
	}
	return n
}

// What is on the X server's root window is the picture that display draws, in every pixel and every rotation; zbar
// reads the gateway's string from it; and the display itself has seen the same.
func TestOnTheScreen(t *testing.T) {
	for i, degrees := range []int{0, 0, 90, 180, 270, 270} {
		present := presenters[i%len(presenters)]
		t.Run(fmt.Sprint(present, " ", degrees), func(t *testing.T) {
			g, x := newGallad(t), xvfb(t, 1024, 600)
			shots := t.TempDir()
			r := launch(
				t,
				program(t, "-socket", g.socket, "-present", present, "-rotate", fmt.Sprint(degrees), "-shots", shots),
				"DISPLAY="+x.Name,
			)
			for _, name := range []string{"idle", "pay", "paid"} {
				v := scene(t, name)
				s := g.show(v)
				if !s.OK || s.SaleID != v.SaleID {
					t.Errorf("%s: the display answered %+v", name, s)
				}
				size := image.Pt(1024, 600)
				if degrees%180 == 90 {
					size = image.Pt(600, 1024)
				}
				root := turnBack(grab(t, x, image.Rectangle{}), degrees)
				if n := differ(t, root, display.Draw(size, nil, v, time.Now())); n != 0 {
					t.Errorf("%s: %d pixels on the root window differ from the picture", name, n)
				}
				if got := scan(t, root); got != v.Payload {
					t.Errorf("%s: zbar reads %q, want %q", name, got, v.Payload)
				}
			}
			if i := g.described(); degrees%180 == 90 && (i.Width != 600 || i.Height != 1024) {
				t.Errorf("gallad was told %+v", i)
			}
			if code, took := r.end(); code != exitDone || took > 2*time.Second {
				t.Errorf("SIGTERM: exit code %d after %v", code, took)
			}
			files, _ := filepath.Glob(filepath.Join(shots, "*-pay.png"))
			if len(files) != 1 || scanFile(t, files[0]) != scene(t, "pay").Payload {
				t.Errorf("the saved pictures of the pay screen are %q", files)
			}
		})
	}
}

// turnBack turns img against the clock by degrees, pixel by pixel.
func turnBack(img *image.RGBA, degrees int) *image.RGBA {
	for ; degrees > 0; degrees -= 90 {
		w, h := img.Rect.Dx(), img.Rect.Dy()
		out := image.NewRGBA(image.Rect(0, 0, h, w))
		for y := range h {
			for x := range w {
				out.SetRGBA(y, w-1-x, img.RGBAAt(x, y))
			}
		}
		img = out
	}
	return img
}

// When gallad is silent the QR goes, whatever else happens.
func TestSilenceTakesTheQROff(t *testing.T) {
	t.Parallel() // it mostly waits, on an X server of its own
	g, x := newGallad(t), xvfb(t, 800, 480)
	launch(t, program(t, "-socket", g.socket), "DISPLAY="+x.Name)
	v := scene(t, "pay")
	g.show(v)
	g.stop()
	silent := time.Now()
	if got := scan(t, grab(t, x, image.Rectangle{})); got != v.Payload {
		t.Errorf("right after gallad's end zbar reads %q: a restart of a second must not take the QR off", got)
	}
	lost := display.Draw(
		image.Pt(800, 480),
		nil,
		display.View{Screen: display.ScreenOutOfService, Reason: display.ReasonConnectionLost,
			Shop: v.Shop, Languages: v.Languages},
		time.Now(),
	)
	eventually(
		t,
		13*time.Second,
		"taking the QR off",
		func() bool { return differ(t, grab(t, x, image.Rectangle{}), lost) == 0 },
	)
	if d := time.Since(silent); d < viewstream.SilenceLimit-viewstream.BeatEvery-time.Second {
		t.Errorf("the QR went after %v", d)
	}
}

func TestValidUntilTakesTheQROff(t *testing.T) {
	g, x := newGallad(t), xvfb(t, 800, 480)
	launch(t, program(t, "-socket", g.socket), "DISPLAY="+x.Name)
	v := scene(t, "pay")
	g.show(v) // the display runs
	v.ValidUntil = time.Now().Add(1500 * time.Millisecond)
	end := v.ValidUntil
	g.show(v)
	eventually(
		t,
		5*time.Second,
		"taking the QR off",
		func() bool { return scan(t, grab(t, x, image.Rectangle{})) == "" },
	)
	if late := time.Since(end); late < 0 || late > time.Second {
		t.Errorf("the QR went %v after the View's end", late)
	}
}

func TestSystemd(t *testing.T) {
	t.Parallel() // it mostly waits, on an X server of its own
	g, x := newGallad(t), xvfb(t, 800, 480)
	path := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	words := make(chan string, 100)
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := l.Read(b)
			if err != nil {
				return
			}
			words <- string(b[:n])
		}
	}()
	hear := func(want string, within time.Duration) {
		t.Helper()
		for limit := time.After(within); ; {
			select {
			case w := <-words:
				if strings.Contains(w, want) {
					return
				}
			case <-limit:
				t.Fatalf("systemd did not hear %q within %v", want, within)
			}
		}
	}
	r := launch(t, program(t, "-socket", g.socket), "DISPLAY="+x.Name, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=30000000",
		"WATCHDOG_PID="+strconv.Itoa(os.Getpid())) // as in the session, where the unit's main process is cage
	hear("READY=1", 20*time.Second)
	if grab(t, x, image.Rect(0, 0, 1, 1)).RGBAAt(0, 0).A == 0 {
		t.Error("ready without a frame")
	}
	hear("WATCHDOG=1", kiosk.Heartbeat+5*time.Second)
	hear("WATCHDOG=1", kiosk.Heartbeat+5*time.Second) // with nothing to draw, too
	if strings.Contains(r.log.String(), "WatchdogSec") {
		t.Errorf("it complains of a watchdog that suits it: %s", r.log)
	}
	// A loop that hangs must be missed: a stopped process feeds nobody.
	r.cmd.Process.Signal(syscall.SIGSTOP)
	for len(words) > 0 {
		<-words
	}
	select {
	case w := <-words:
		t.Errorf("a stopped display said %q", w)
	case <-time.After(6 * time.Second):
	}
	r.cmd.Process.Signal(syscall.SIGCONT)
	hear("WATCHDOG=1", kiosk.Heartbeat+5*time.Second)
	if code, took := r.end(); code != exitDone || took > 2*time.Second {
		t.Errorf("SIGTERM: exit code %d after %v", code, took)
	}
	hear("STOPPING=1", time.Second)
}

// The X server takes the display down with it (Xlib calls exit), and the next one is as good as new.
func TestXServerDies(t *testing.T) {
	t.Parallel() // it mostly waits, on an X server of its own
	g, x := newGallad(t), xvfb(t, 800, 480)
	r := launch(t, program(t, "-socket", g.socket), "DISPLAY="+x.Name)
	g.show(scene(t, "pay"))
	x.Process.Kill()
	select {
	case <-r.over:
		if code := r.cmd.ProcessState.ExitCode(); code == exitDone {
			t.Error("exit code 0: systemd with Restart=on-failure would not start it again")
		}
	case <-time.After(15 * time.Second):
		t.Fatal("the display outlived its X server")
	}
	y := xvfb(t, 800, 480)
	launch(t, program(t, "-socket", g.socket), "DISPLAY="+y.Name)
	v := scene(t, "pay")
	g.show(v)
	if got := scan(t, grab(t, y, image.Rectangle{})); got != v.Payload {
		t.Errorf("after the restart zbar reads %q", got)
	}
}

func readPNG(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}
