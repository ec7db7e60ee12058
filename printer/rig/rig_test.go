//go:build rig

package rig

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"galla/printer"
	"galla/printer/port"
	"galla/printer/printertest"
)

// link is how the driver names its port; plugging makes it, as udev does.
const link = "/dev/serial/by-id/usb-rig"

func modprobe(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("/sbin/modprobe", args...).CombinedOutput(); err != nil {
		t.Fatalf("modprobe %v: %v %s", args, err, out)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0); err != nil {
		t.Fatal(err)
	}
}

// appears waits for a device file.
func appears(t *testing.T, pattern string) string {
	t.Helper()
	return soon(t, pattern+" to appear", func() (string, bool) {
		found, _ := filepath.Glob(pattern)
		return append(found, "")[0], len(found) > 0
	})
}

// soon asks until it is so.
func soon[T any](t *testing.T, what string, is func() (T, bool)) T {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		v, ok := is()
		if ok {
			return v
		}
		select {
		case <-limit:
			t.Fatalf("waited 20 s for %s: %v", what, v)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func point(t *testing.T, device string) {
	t.Helper()
	os.MkdirAll(filepath.Dir(link), 0o755)
	os.Remove(link)
	if err := os.Symlink(device, link); err != nil {
		t.Fatal(err)
	}
}

// attach puts the virtual printer on the far end of a line; far is raw because package port makes it so.
func attach(t *testing.T, v *printertest.Printer, far string) *port.TTY {
	t.Helper()
	p, err := port.OpenTTY(far, 115200, port.FlowNone)
	if err != nil {
		t.Fatal(err)
	}
	v.Attach(p)
	return p
}

func profile(t *testing.T, name string) printer.Profile {
	t.Helper()
	p, err := printer.ProfileByName(name)
	if err != nil {
		t.Fatal(err)
	}
	p.Baud = 115200
	return p
}

func virtual() *printertest.Printer {
	m := printertest.Strict(576)
	m.Baud, m.DotTime, m.Maker, m.Name = 1_000_000, 20*time.Microsecond, "EPSON", "TM-T82"
	return printertest.New(m)
}

func receipt(t *testing.T, p printer.Profile) printer.Job {
	t.Helper()
	j, err := printer.Render(
		printer.Receipt{
			Shop:      printer.Shop{Name: "Sharma General Store"},
			SaleID:    "rig",
			Amount:    100,
			PaymentID: "pay_1",
			RRN:       "632612345678",
			PaidAt:    time.Now(),
		},
		p,
	)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// long is more than any driver holds, and isn't held back for the print head's sake.
func long() printer.Job {
	line := append(make([]byte, 0, 41), "0123456789012345678901234567890123456789\n"...)
	j := printer.Job{Kind: "long"}
	for range 20_000 {
		j.Segments = append(j.Segments, printer.Segment{Bytes: line})
	}
	return j
}

type running struct {
	*testing.T
	printer *printer.Printer
	cancel  context.CancelFunc
	stopped chan error
}

func run(t *testing.T, name string, p printer.Profile) *running {
	t.Helper()
	q, err := printer.New(printer.Options{Port: name, Profile: p})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{t, q, cancel, make(chan error, 1)}
	go func() { r.stopped <- q.Run(ctx) }()
	return r
}

func (r *running) until(want printer.Condition) {
	r.Helper()
	soon(r.T, string(want), func() (printer.State, bool) {
		s := r.printer.State()
		return s, s.Condition == want
	})
}

func (r *running) print(key string, j printer.Job) printer.Result {
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	result, err := r.printer.Print(ctx, key, j)
	r.Logf("%s: %+v, %v", key, result, err)
	return result
}

// stop ends Run and says how long that took.
func (r *running) stop() time.Duration {
	begun := time.Now()
	r.cancel()
	<-r.stopped
	d := time.Since(begun)
	r.Logf("stopping took %v", d)
	if d > time.Second {
		r.Errorf("stopping took %v", d)
	}
	return d
}

// printsAndSurvives prints, unplugs in mid-job, plugs in again, prints again, and stops in mid-job. With holds the
// printer takes nothing more at both places.
func printsAndSurvives(t *testing.T, v *printertest.Printer, name string, holds bool, plug, unplug func()) {
	p := profile(t, "epson80")
	plug()
	r := run(t, name, p)
	r.until(printer.ConditionReady)
	if got := r.print("receipt-1", receipt(t, p)); got.Status != printer.StatusPrinted {
		t.Fatalf("%+v", got)
	}
	result := make(chan printer.Result, 1)
	inMidJob := func(key string) {
		before := v.Received()
		go func() { result <- r.print(key, long()) }()
		soon(t, "the job to begin", func() (int, bool) { n := v.Received() - before; return n, n > 5_000 })
		if holds {
			v.Stuck(true)
			r.until(printer.ConditionOffline)
		}
	}
	inMidJob("cut short")
	begun := time.Now()
	unplug()
	if got := <-result; got.Status != printer.StatusUnknown {
		t.Errorf("unplugged in mid-job: %+v", got)
	}
	t.Logf("the unplug was noticed after %v", time.Since(begun))
	r.until(printer.ConditionGone)
	v.Stuck(false)
	v.Power(false)
	v.Power(true)
	plug()
	r.until(printer.ConditionReady)
	if got := r.print("receipt-2", receipt(t, p)); got.Status != printer.StatusPrinted {
		t.Errorf("after the replug: %+v", got)
	}
	inMidJob("stopped")
	r.stop()
	<-result
	v.Stuck(false)
	n := 0
	for _, l := range v.Report().Lines {
		if l == "RRN/UTR"+"                             632612345678" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d receipts on paper", n)
	}
}

func TestCDCACM(t *testing.T) {
	v := virtual()
	var far *port.TTY
	unplug := func() {
		far.Close() // the gadget's module isn't removed under an open file
		if out, err := exec.Command("/bin/busybox", "rmmod", "g_serial").CombinedOutput(); err != nil {
			t.Errorf("rmmod g_serial: %v %s", err, out)
		}
	}
	printsAndSurvives(t, v, link, true, func() {
		modprobe(t, "g_serial", "use_acm=1", "iSerialNumber=PRN0001", "iManufacturer=ACME", "iProduct=ThermalRig")
		device := appears(t, "/dev/ttyACM*")
		if device != "/dev/ttyACM0" {
			t.Errorf("the printer came back as %s: its old descriptor was still held", device)
		}
		far = attach(t, v, appears(t, "/dev/ttyGS0"))
		point(t, device)
	}, unplug)
	unplug() // the USB printer needs the controller
}

func TestFTDI(t *testing.T) {
	v := virtual()
	const drivers = "/sys/bus/usb/drivers/ftdi_sio/"
	device := filepath.Base(appears(t, drivers+"*:*"))
	appears(t, "/dev/ttyUSB0")
	write(t, drivers+"unbind", device)
	far := attach(t, v, "/dev/ttyS2")
	defer far.Close()
	// The line goes from qemu to itself, and qemu waits for ever for itself when nobody takes its bytes: it isn't held
	// here.
	printsAndSurvives(t, v, link, false, func() {
		write(t, drivers+"bind", device)
		found := appears(t, "/dev/ttyUSB*")
		if found != "/dev/ttyUSB0" {
			t.Errorf("the adapter came back as %s: its old descriptor was still held", found)
		}
		point(t, found)
	}, func() { write(t, drivers+"unbind", device) })
}

// TestStuckUART: an 8250 whose far end takes nothing. A plain close waits 30 s for it.
func TestStuckUART(t *testing.T) {
	for _, flow := range []port.Flow{port.FlowNone, port.FlowRTSCTS, port.FlowXonXoff} {
		p := profile(t, "generic58")
		p.Flow = flow
		r := run(t, "/dev/ttyS1", p)
		go r.print("stuck", long())
		r.until(printer.ConditionOffline)
		t.Logf("flow %s:", flow)
		r.stop()
	}
}

// TestConsole: the kernel's own console is refused.
func TestConsole(t *testing.T) {
	if _, err := port.OpenTTY("/dev/ttyS0", 9600, port.FlowNone); err == nil {
		t.Error("the console was opened")
	} else {
		t.Log(err)
	}
}
