//go:build gpu

package main

import (
	"fmt"
	"image"
	"image/draw"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"galla/display"
	"galla/display/kiosk"
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
	for _, present := range presenters {
		t.Run(present, func(t *testing.T) {
			t.Parallel() // it mostly waits, on an X server of its own
			cashiersStaysFree(t, present)
		})
	}
}

func cashiersStaysFree(t *testing.T, present string) {
	g, x := newGallad(t), xorg(t)
	launch(t, program(t, "-socket", g.socket, "-monitor", "DUMMY1", "-present", present), "DISPLAY="+x.Name)
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
		t.Errorf("after coming back the cashier's monitor is free: %v, and gallad believes in the problem %q",
			black(), g.described().Problem)
	}

	xrandr(t, x, off)
	eventually(t, 5*time.Second, "telling gallad that the monitor is missing", missing)
	v = scene(t, "pay-large") // a View that comes while there is nowhere to show it
	seq := g.server.Publish(v)
	xrandr(t, x, "--output DUMMY0 --off")
	eventually(
		t,
		5*time.Second,
		"telling gallad that there is no monitor",
		func() bool { return g.described().Problem == "no monitor is connected" },
	)
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
	eventually(
		t,
		5*time.Second,
		"calling it shown",
		func() bool { g.mu.Lock(); defer g.mu.Unlock(); return g.shown[seq].OK },
	)

	// Another resolution is followed.
	xrandr(t, x, "--output DUMMY1 --mode 800x600 --right-of DUMMY0")
	eventually(t, 10*time.Second, "fitting the new resolution", func() bool {
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
	eventually(
		t,
		20*time.Second,
		"telling gallad that the monitor is missing",
		func() bool { return strings.Contains(g.described().Problem, "DUMMY1") },
	)
	if !blank(grab(t, x, cashiers)) {
		t.Error("something is on the cashier's monitor")
	}
	xrandr(t, x, on)
	eventually(
		t,
		5*time.Second,
		"finding the monitor",
		func() bool { return scan(t, grab(t, x, customers)) == v.Payload },
	)
	if !blank(grab(t, x, cashiers)) {
		t.Error("something is on the cashier's monitor")
	}
}

// A display that starts without any monitor says so, is ready, and shows its View on the first that comes.
func TestNoMonitorAtAll(t *testing.T) {
	t.Parallel() // it mostly waits, on an X server of its own
	g, x := newGallad(t), xorg(t)
	xrandr(t, x, off)
	xrandr(t, x, "--output DUMMY0 --off")
	v := scene(t, "pay")
	g.server.Publish(v)
	launch(t, program(t, "-socket", g.socket), "DISPLAY="+x.Name)
	eventually(
		t,
		10*time.Second,
		"telling gallad that there is no monitor",
		func() bool { return g.described().Problem == "no monitor is connected" },
	)
	xrandr(t, x, "--output DUMMY0 --mode 1280x800")
	eventually(
		t,
		20*time.Second,
		"finding the monitor",
		func() bool { return scan(t, grab(t, x, cashiers)) == v.Payload },
	)
	eventually(t, 5*time.Second, "taking the problem back", func() bool { return g.described().Problem == "" })
}

// presenters are what puts pictures on a monitor: what holds for one holds for the other.
var presenters = []string{kiosk.PresentEbiten, kiosk.PresentX11}

// order is where the customer's monitor stands, seen from the cashier's.
type order struct {
	name string
	args string
}

var orders = []order{
	{
		"right",
		"--right-of DUMMY0",
	},
	{"left", "--left-of DUMMY0"},
	{"below", "--below DUMMY0"},
	{"above", "--above DUMMY0"},
	{"mirrored", "--same-as DUMMY0"},
}

// cell is one arrangement of two monitors.
type cell struct {
	cashier, customer image.Point
	order             order
}

// TestScreen_2 is also the table of monitors: one display follows every arrangement without a restart. After each the
// picture stands in the customer's monitor, pixel for pixel, and everything else is black. "-monitor 2" means the
// second from the left, and with the customer's left of the cashier's that is the cashier's: so the number is tried
// where it is the customer's.
func TestScreen_2(t *testing.T) {
	for _, present := range presenters {
		for _, wanted := range []string{"DUMMY1", "2"} {
			t.Run(present+" "+wanted, func(t *testing.T) {
				t.Parallel()
				g, x := newGallad(t), xorg(t)
				launch(t, program(t, "-socket", g.socket, "-monitor", wanted, "-present", present), "DISPLAY="+x.Name)
				v := scene(t, "paid")
				g.show(v)
				for _, c := range cells {
					if wanted == "2" && c.order.name != "right" {
						continue
					}
					name := fmt.Sprintf("%dx%d %s of %dx%d",
						c.customer.X, c.customer.Y, c.order.name, c.cashier.X, c.cashier.Y)
					if !t.Run(name, func(t *testing.T) { arranged(t, x, g, c, v) }) && t.Failed() {
						return
					}
				}
			})
		}
	}
}

// arranged brings the monitors into an arrangement and looks at both.
func arranged(t *testing.T, x *kiosktest.Server, g *gallad, c cell, v display.View) {
	mode := func(size image.Point) string {
		name, err := x.Mode(size)
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	first, second := mode(c.cashier), mode(c.customer)
	xrandr(t, x, "--output DUMMY0 --mode "+first+" --pos 0x0 --output DUMMY1 --mode "+second+" "+c.order.args)
	want := display.Draw(c.customer, nil, v, time.Now())
	var why string
	look := func() bool {
		root := grab(t, x, image.Rectangle{})
		at, ok := x.Monitor("DUMMY1")
		if !ok || at.Size() != c.customer {
			why = fmt.Sprintf("the server has the monitor at %v", at)
			return false
		}
		there := image.NewRGBA(image.Rectangle{Max: c.customer})
		draw.Draw(there, there.Rect, root, at.Min, draw.Src)
		if n := differ(t, there, want); n > 0 {
			why = fmt.Sprintf("%d pixels of the customer's monitor at %v differ from the picture", n, at)
			return false
		}
		draw.Draw(root, at, image.Black, image.Point{}, draw.Src)
		if !blank(root) || root.Pix[0] != 0 {
			why = fmt.Sprintf("something stands outside of the customer's monitor at %v", at)
			return false
		}
		i := g.described()
		why = fmt.Sprintf("gallad was told %+v", i)
		return i.Problem == "" && i.Width == c.customer.X && i.Height == c.customer.Y
	}
	for end := time.Now().Add(20 * time.Second); !look(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(why)
		}
	}
}

// TestMonitorsInARow: whatever was unplugged, turned off, moved or given another resolution in the middle of sales, the
// newest sale's code stands on the customer's monitor afterwards, and gallad knows it.
func TestMonitorsInARow(t *testing.T) {
	sizes := []image.Point{{1024, 600}, {800, 600}, {640, 480}, {1280, 800}, {1920, 1080}, {480, 320}, {720, 1280}}
	payees := []string{"😀 Sharma", "شرما جنرل سٹور", strings.Repeat("W", 64), "श्री वेंकटेश्वर"}
	for _, present := range presenters {
		t.Run(present, func(t *testing.T) {
			t.Parallel() // it mostly waits, on an X server of its own
			g, x := newGallad(t), xorg(t)
			launch(t, program(t, "-socket", g.socket, "-monitor", "DUMMY1", "-present", present), "DISPLAY="+x.Name)
			g.show(scene(t, "pay"))
			rng := rand.New(rand.NewPCG(7, 7))
			change := func(size image.Point, order string) {
				name, err := x.Mode(size)
				if err != nil {
					t.Fatal(err)
				}
				xrandr(t, x, "--output DUMMY1 --mode "+name+" "+order)
			}
			for round := range storms {
				for i := range 1 + rng.IntN(4) {
					if rng.IntN(5) == 0 {
						xrandr(t, x, off)
					} else {
						change(sizes[rng.IntN(len(sizes))], orders[rng.IntN(4)].args)
					}
					v := scene(t, []string{"pay", "paying", "paid"}[i%3])
					v.SaleID = fmt.Sprint("meanwhile-", round, i)
					g.server.Publish(v)
					time.Sleep(time.Duration(rng.IntN(120)) * time.Millisecond)
				}

				size := sizes[rng.IntN(4)]
				change(size, "--right-of DUMMY0")
				v := scene(t, "pay")
				v.SaleID, v.Payee = fmt.Sprint("last-", round), payees[round%len(payees)]
				seq := g.server.Publish(v)
				eventually(t, 20*time.Second, fmt.Sprintf("round %d: the sale at %v", round, size), func() bool {
					g.mu.Lock()
					shown, told := g.shown[seq]
					g.mu.Unlock()
					if told && !shown.OK {
						t.Fatalf("round %d at %v: gallad was told %+v", round, size, shown)
					}
					at, there := x.Monitor("DUMMY1")
					i := g.described()
					return told && there && i.Width == size.X && i.Problem == "" && scan(t, grab(t, x, at)) == v.Payload
				})
			}
		})
	}
}

// Another program's window over the code: it is not called shown, and gallad learns why. When the window is gone it is.
func TestAnotherWindowStandsOverIt(t *testing.T) {
	for _, present := range presenters {
		t.Run(present, func(t *testing.T) {
			t.Parallel() // it mostly waits, on an X server of its own
			g, x := newGallad(t), xvfb(t, 1024, 600)
			launch(t, program(t, "-socket", g.socket, "-present", present), "DISPLAY="+x.Name)
			g.show(scene(t, "idle"))
			before := grab(t, x, image.Rectangle{})
			other := exec.Command("xlogo", "-geometry", "400x300+100+150")
			other.Env = x.Env()
			if err := other.Start(); err != nil {
				t.Fatalf("xlogo: %v (apt-get install x11-apps)", err)
			}
			eventually(t, 10*time.Second, "being covered", func() bool {
				return differ(t, before, grab(t, x, image.Rectangle{})) > 50_000
			})
			v := scene(t, "pay")
			seq := g.server.Publish(v)
			eventually(t, 20*time.Second, "telling gallad", func() bool {
				return strings.Contains(g.described().Problem, "another window stands over the picture")
			})
			g.mu.Lock()
			_, shown := g.shown[seq]
			g.mu.Unlock()
			if shown {
				t.Error("a code that nobody can scan was called shown")
			}

			other.Process.Kill()
			other.Wait()
			eventually(t, 20*time.Second, "showing the code", func() bool {
				g.mu.Lock()
				defer g.mu.Unlock()
				return g.shown[seq].OK && g.info.Problem == ""
			})
			if got := scan(t, grab(t, x, image.Rectangle{})); got != v.Payload {
				t.Errorf("zbar reads %q", got)
			}
		})
	}
}

// A monitor's name longer than the wire takes is cut there, and gallad stays connected.
func TestAVeryLongName(t *testing.T) {
	g, x := newGallad(t), xvfb(t, 800, 480)
	name := strings.Repeat("पर्दा 2 ", 100)
	r := launch(t, program(t, "-socket", g.socket, "-monitor", name), "DISPLAY="+x.Name)
	eventually(t, 20*time.Second, "telling gallad that the monitor is missing", func() bool {
		return strings.HasPrefix(g.described().Problem, `monitor "पर्दा 2 `)
	})
	if strings.Contains(r.log.String(), "no connection") {
		t.Errorf("gallad hung up: %s", r.log)
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
