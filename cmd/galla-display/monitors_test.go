//go:build gpu

package main

import (
	"image"
	"strings"
	"testing"
	"time"

	"galla/display/kiosk/kiosktest"
)

var (
	cashiers  = image.Rect(0, 0, 1280, 800)
	customers = image.Rect(1280, 0, 1280+1024, 600)
)

func xorg(t *testing.T) *kiosktest.Server {
	t.Helper()
	x, err := kiosktest.Xorg()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Stop)
	return x
}

func xrandr(t *testing.T, x *kiosktest.Server, args string) {
	t.Helper()
	if err := x.Xrandr(args); err != nil {
		t.Fatal(err)
	}
}

const on, off = "--output DUMMY1 --mode 1024x600 --right-of DUMMY0", "--output DUMMY1 --off"

// A bare Xorg with two monitors and no window manager: the customer's picture is on the customer's monitor or nowhere.
func TestTheCashiersMonitorStaysFree(t *testing.T) {
	t.Parallel() // it mostly waits, on an X server of its own
	g, x := newGallad(t), xorg(t)
	r := launch(t, program(t, "-socket", g.socket, "-monitor", "DUMMY1"), "DISPLAY="+x.Name)
	v := scene(t, "pay")
	g.show(v)
	black := func() bool { return blank(grab(t, x, cashiers)) }
	there := func() bool { return scan(t, grab(t, x, customers)) == v.Payload }
	if !there() || !black() {
		t.Fatal("at the start the QR is not on the customer's monitor, or not only there")
	}
	missing := func() bool { return strings.Contains(g.described().Problem, `"DUMMY1" is not connected`) }

	xrandr(t, x, off)
	eventually(t, 5*time.Second, "telling gallad that the monitor is missing", missing)
	eventually(t, 5*time.Second, "leaving the cashier's monitor alone", black)
	xrandr(t, x, on)
	eventually(t, 5*time.Second, "coming back", there)
	if !black() || g.described().Problem != "" {
		t.Errorf("after coming back the cashier's monitor is free: %v, and gallad believes in the problem %q", black(), g.described().Problem)
	}

	xrandr(t, x, off)
	eventually(t, 5*time.Second, "telling gallad that the monitor is missing", missing)
	v = scene(t, "pay-large") // a View that comes while there is nowhere to show it
	seq := g.server.Publish(v)
	xrandr(t, x, "--output DUMMY0 --off")
	eventually(t, 5*time.Second, "telling gallad that there is no monitor", func() bool { return g.described().Problem == "no monitor is connected" })
	xrandr(t, x, "--output DUMMY0 --mode 1280x800")
	eventually(t, 5*time.Second, "telling gallad that the monitor is missing", missing)
	if !black() {
		t.Error("the cashier's monitor came back with something on it")
	}
	g.mu.Lock()
	_, shown := g.shown[seq]
	g.mu.Unlock()
	if shown {
		t.Error("a View was called shown while no customer could see it")
	}
	xrandr(t, x, on)
	eventually(t, 5*time.Second, "coming back with the newest View", there)
	eventually(t, 5*time.Second, "calling it shown", func() bool { g.mu.Lock(); defer g.mu.Unlock(); return g.shown[seq].OK })

	// Another resolution: this process can't follow, the next one can (systemd starts it).
	xrandr(t, x, "--output DUMMY1 --mode 800x600 --right-of DUMMY0")
	select {
	case <-r.over:
	case <-time.After(10 * time.Second):
		t.Fatal("the display stayed with a window that is larger than its monitor")
	}
	if code := r.cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(r.log.String(), "DUMMY1 is 800 x 600 pixels now") {
		t.Errorf("exit code %d, and it said %q", code, r.log)
	}
	launch(t, program(t, "-socket", g.socket, "-monitor", "DUMMY1"), "DISPLAY="+x.Name)
	eventually(t, 20*time.Second, "fitting the new resolution", func() bool {
		return scan(t, grab(t, x, image.Rect(1280, 0, 1280+800, 600))) == v.Payload && g.described().Width == 800
	})
}

// A display that starts before its monitor is there shows nothing, says so, and finds the monitor when it comes.
func TestTheMonitorComesLater(t *testing.T) {
	t.Parallel() // it mostly waits, on an X server of its own
	g, x := newGallad(t), xorg(t)
	xrandr(t, x, off)
	v := scene(t, "pay")
	g.server.Publish(v)
	launch(t, program(t, "-socket", g.socket, "-monitor", "DUMMY1"), "DISPLAY="+x.Name)
	eventually(t, 20*time.Second, "telling gallad that the monitor is missing", func() bool { return strings.Contains(g.described().Problem, "DUMMY1") })
	if !blank(grab(t, x, cashiers)) {
		t.Error("something is on the cashier's monitor")
	}
	xrandr(t, x, on)
	eventually(t, 5*time.Second, "finding the monitor", func() bool { return scan(t, grab(t, x, customers)) == v.Payload })
	if !blank(grab(t, x, cashiers)) {
		t.Error("something is on the cashier's monitor")
	}
}

func TestNoMonitorAtAll(t *testing.T) {
	g, x := newGallad(t), xorg(t)
	xrandr(t, x, off)
	xrandr(t, x, "--output DUMMY0 --off")
	r := launch(t, program(t, "-socket", g.socket), "DISPLAY="+x.Name)
	select {
	case <-r.over:
	case <-time.After(10 * time.Second):
		t.Fatal("it neither ended nor said anything")
	}
	if code := r.cmd.ProcessState.ExitCode(); code != exitNoDisplay || !strings.Contains(r.log.String(), "connect one") {
		t.Errorf("exit code %d, and it said %q", code, r.log)
	}
}

// blank says whether img is all of one colour.
func blank(img *image.RGBA) bool {
	for i := 4; i < len(img.Pix); i += 4 {
		if [4]byte(img.Pix[i:]) != [4]byte(img.Pix) {
			return false
		}
	}
	return true
}
