//go:build gpu

package kiosk

import (
	"fmt"
	"image"
	"math/rand/v2"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/display"
	"galla/display/viewstream"
)

func payView(sale string) display.View {
	return display.View{
		Screen:  display.ScreenPay,
		SaleID:  sale,
		Amount:  25000,
		Payload: "upi://pay?pa=shop@bank&am=250.00",
		Shop:    "Sharma Store",
	}
}

// onRoot compares what the X server shows with the picture of v.
func onRoot(t *testing.T, v display.View) (differ int) {
	t.Helper()
	got, err := xvfb.Grab(image.Rectangle{})
	if err != nil {
		t.Fatal(err)
	}
	want := image.NewRGBA(image.Rect(0, 0, panelW, panelH))
	drawer.paint(want, v)
	if got.Rect != want.Rect {
		t.Fatalf("the root window is %v, want %v", got.Rect, want.Rect)
	}
	for i := 0; i < len(want.Pix); i += 4 {
		if [4]byte(want.Pix[i:]) != [4]byte(got.Pix[i:]) {
			differ++
		}
	}
	return differ
}

func TestPresentedFrameEqualsPicture(t *testing.T) {
	<-started
	for _, v := range []display.View{{Screen: display.ScreenIdle}, payView("s1"),
		{Screen: display.ScreenPaid, SaleID: "s1", Amount: 25000}} {
		before := time.Now()
		seq := server.Publish(v)
		eventually(t, 10*time.Second, "shown", func() bool { _, ok := told.of(seq); return ok })
		s, _ := told.of(seq)
		if !s.OK || s.Problem != "" || s.SaleID != v.SaleID {
			t.Errorf("%s: the display answered %+v", v.Screen, s)
		}
		if s.At.Before(before) || s.At.After(time.Now()) {
			t.Errorf("%s: shown at %v, published at %v", v.Screen, s.At, before)
		}
		if n := onRoot(t, v); n != 0 {
			t.Errorf("%s: %d pixels on the root window differ from the picture", v.Screen, n)
		}
	}
}

// TestPicturesComeWhole: what the X server shows changes from one picture to the next at once, however many pieces it
// came in. Under Xwayland, where the compositor takes what is there at any moment, a customer would see the top of this
// sale's code on the last one's.
func TestPicturesComeWhole(t *testing.T) {
	<-started

	whole := image.Rect(0, 0, panelW, panelH)
	for i := range 20 {
		v := payView(fmt.Sprint("s-whole-", i))
		changes()
		seq := server.Publish(v)
		eventually(t, 10*time.Second, "shown", func() bool { _, ok := told.of(seq); return ok })
		if n := onRoot(t, v); n != 0 {
			t.Errorf("%d pixels on the root window differ from the picture", n)
		}
		got := changes()
		for _, r := range got {
			if r != whole {
				t.Fatalf("the picture came in pieces: %v", got)
			}
		}
		if len(got) == 0 {
			t.Error("nothing changed")
		}
	}
}

func TestItIntroducesItself(t *testing.T) {
	<-started
	eventually(t, 10*time.Second, "the hello with the panel's size", func() bool {
		told.mu.Lock()
		defer told.mu.Unlock()
		return slices.ContainsFunc(told.infos, func(i viewstream.Info) bool {
			return i.Width == panelW && i.Height == panelH && i.Monitor != "" && i.Release == "test" &&
				i.Problem == "" &&
				strings.HasPrefix(i.Presenter, presenting+": ")
		})
	})
}

func TestWrongFrameIsWithdrawn(t *testing.T) {
	<-started
	drawer.refuse.Store(true)
	seq := server.Publish(payView("s-wrong"))
	eventually(t, 10*time.Second, "the answer", func() bool { _, ok := told.of(seq); return ok })
	if s, _ := told.of(seq); s.OK || !strings.Contains(s.Problem, "the test says so") {
		t.Errorf("the display answered %+v", s)
	}
	out := display.View{Screen: display.ScreenOutOfService, Reason: display.ReasonQRUnreadable}
	eventually(t, 10*time.Second, "taking the QR off", func() bool { return onRoot(t, out) == 0 })
	drawer.refuse.Store(false)
	again := server.Publish(payView("s-wrong")) // said anew, it gets another chance
	eventually(t, 10*time.Second, "the answer", func() bool { _, ok := told.of(again); return ok })
	if s, _ := told.of(again); !s.OK {
		t.Errorf("the display answered %+v", s)
	}
}

// pairs shows n pairs of Views 0 to 40 ms apart and returns how many seconds were never or late on the screen.
func pairs(t *testing.T, n int) {
	<-started
	rng := rand.New(rand.NewPCG(3, 4))
	var worst time.Duration
	for i := range n {
		server.Publish(payView(fmt.Sprint("first-", i)))
		time.Sleep(time.Duration(rng.IntN(41)) * time.Millisecond)
		second := payView(fmt.Sprint("second-", i))
		began := time.Now()
		seq := server.Publish(second)
		for onRoot(t, second) != 0 {
			if time.Since(began) > 10*time.Second { // another frame, which would hide a lost one, comes after 15 s
				t.Fatalf("pair %d: the second view was never shown", i)
			}
		}
		worst = max(worst, time.Since(began))
		eventually(t, 20*time.Second, "the answer to the second view", func() bool { _, ok := told.of(seq); return ok })
	}
	t.Logf("%d pairs, the second was on the root window after at most %v", n, worst)
	if worst > 5*time.Second {
		t.Errorf("a second view took %v", worst)
	}
}

func TestPairs(t *testing.T) { pairs(t, 100) }

func TestCoveredAndUncovered(t *testing.T) {
	<-started
	v := payView("s-cover")
	seq := server.Publish(v)
	eventually(t, 10*time.Second, "shown", func() bool { _, ok := told.of(seq); return ok })
	cover := exec.Command("xlogo", "-geometry", "400x300+300+150")
	if err := cover.Start(); err != nil {
		t.Fatalf("xlogo: %v (apt-get install x11-apps)", err)
	}
	eventually(t, 5*time.Second, "being covered", func() bool { return onRoot(t, v) > 50_000 })
	cover.Process.Kill()
	cover.Wait()
	eventually(t, 10*time.Second, "the repaint", func() bool { return onRoot(t, v) == 0 })
}

func TestPointerIsHidden(t *testing.T) {
	<-started
	// import composites the pointer through XFixes; xwd does not. A hidden pointer leaves no trace.
	v := display.View{Screen: display.ScreenIdle, SaleID: "pointer"}
	server.Publish(v)
	eventually(t, 10*time.Second, "the picture", func() bool { return onRoot(t, v) == 0 })
	if out, err := exec.Command("xdotool", "mousemove", "500", "300").CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v %s", err, out)
	}
	out, err := exec.Command("python3", "-c", cursorProbe).CombinedOutput()
	if err != nil {
		t.Fatalf("asking for the pointer's picture: %v %s", err, out)
	}
	if s := strings.TrimSpace(string(out)); s != "0" {
		t.Errorf("the pointer has %s visible pixels", s)
	}
}

// cursorProbe counts the visible pixels of the pointer's picture, as XFixes (libxfixes3) tells it.
const cursorProbe = `
import ctypes
class Image(ctypes.Structure):
    _fields_ = [("x", ctypes.c_short), ("y", ctypes.c_short), ("w", ctypes.c_ushort), ("h", ctypes.c_ushort), ` +
	`("xhot", ctypes.c_ushort),
                ("yhot", ctypes.c_ushort), ("serial", ctypes.c_ulong), ("pixels", ctypes.POINTER(ctypes.c_ulong))]
x, f = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXfixes.so.3")
x.XOpenDisplay.restype = ctypes.c_void_p
f.XFixesGetCursorImage.restype = ctypes.POINTER(Image)
f.XFixesGetCursorImage.argtypes = [ctypes.c_void_p]
i = f.XFixesGetCursorImage(x.XOpenDisplay(None)).contents
print(sum(1 for n in range(i.w * i.h) if i.pixels[n] >> 24 & 255))
`

func TestKeysReachGallad(t *testing.T) {
	<-started
	told.takeKeys()
	press := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("xdotool", args...).CombinedOutput(); err != nil {
			t.Fatalf("xdotool: %v %s", err, out)
		}
	}
	// Keys whose order must survive, more slowly than a hand at a number pad, with NumLock off (the server's default).
	press(
		"key",
		"--delay",
		"200",
		"KP_End",
		"KP_Down",
		"KP_Begin",
		"KP_Insert",
		"KP_Delete",
		"KP_Add",
		"KP_Multiply",
		"BackSpace",
		"Delete",
		"Escape",
		"KP_Enter",
	)
	want := []viewstream.KeyName{
		"1",
		"2",
		"5",
		"0",
		viewstream.KeyDecimal,
		viewstream.KeyPlus,
		viewstream.KeyStar,
		viewstream.KeyBackspace,
		viewstream.KeyClear,
		viewstream.KeyEsc,
		viewstream.KeyEnter,
	}
	var got []viewstream.KeyName
	eventually(
		t,
		10*time.Second,
		"the last key",
		func() bool { got = append(got, told.takeKeys()...); return len(got) >= len(want) },
	)
	if !slices.Equal(got, want) {
		t.Errorf("typed %v, got %v", want, got)
	}
	// A pad with a NumLock of its own sends it around each digit, and a 000 key presses three times within
	// milliseconds.
	press("key", "--delay", "8", "77", "84", "77")
	press("key", "--delay", "3", "KP_Insert", "KP_Insert", "KP_Insert", "KP_Enter")
	want, got = []viewstream.KeyName{"5", "0", "0", "0", viewstream.KeyEnter}, nil
	eventually(
		t,
		10*time.Second,
		"the last key",
		func() bool { got = append(got, told.takeKeys()...); return len(got) >= len(want) },
	)
	if !slices.Equal(got, want) {
		t.Errorf("typed %v, got %v", want, got)
	}
	// A key that is held down counts once, whatever the keyboard repeats.
	got = nil
	press("keydown", "KP_Enter")
	eventually(t, 10*time.Second, "Enter", func() bool { got = append(got, told.takeKeys()...); return len(got) > 0 })
	time.Sleep(1500 * time.Millisecond)
	press("keyup", "KP_Enter")
	time.Sleep(100 * time.Millisecond)
	if got = append(got, told.takeKeys()...); !slices.Equal(got, []viewstream.KeyName{viewstream.KeyEnter}) {
		t.Errorf("a held Enter came as %v", got)
	}
	// Nothing leaves the kiosk.
	press("key", "--delay", "200", "alt+F4", "super", "ctrl+alt+t", "ctrl+q", "F11", "ctrl+w", "alt+Tab", "Print")
	time.Sleep(200 * time.Millisecond)
	if got := told.takeKeys(); len(got) != 0 {
		t.Errorf("keys that mean nothing came as %v", got)
	}
	v := payView("s-keys")
	server.Publish(v)
	eventually(t, 10*time.Second, "the next view, still full-screen", func() bool { return onRoot(t, v) == 0 })
}

func TestNoLeak(t *testing.T) { sales(t, 100) }

// sales shows n sales, one after the other, and fails when memory or goroutines grow with them.
func sales(t *testing.T, n int) {
	<-started
	one := func(i int) {
		seq := server.Publish(payView(fmt.Sprint("sale-", i)))
		eventually(t, 20*time.Second, "the pay screen", func() bool { _, ok := told.of(seq); return ok })
		seq = server.Publish(display.View{Screen: display.ScreenPaid, SaleID: fmt.Sprint("sale-", i), Amount: 25000})
		eventually(t, 20*time.Second, "the paid screen", func() bool { _, ok := told.of(seq); return ok })
		told.mu.Lock()
		told.shown = told.shown[:0]
		told.mu.Unlock()
	}
	for i := range n / 4 {
		one(i)
	}
	rss, routines := residentKB(t), runtime.NumGoroutine()
	for i := range n {
		one(i)
	}
	grown := residentKB(t) - rss
	t.Logf("%d sales: %d kB more resident (%d before), %d goroutines (%d before)",
		n, grown, rss, runtime.NumGoroutine(), routines)
	if grown > 24<<10 {
		t.Errorf("%d kB more resident memory after %d sales", grown, n)
	}
	if r := runtime.NumGoroutine(); r > routines+2 {
		t.Errorf("%d goroutines after %d sales, %d before", r, n, routines)
	}
}
