//go:build rig

package vm

import (
	"context"
	"image"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/state"
)

// TestNoMonitor: a box without a graphics card, let alone a monitor, takes sales.
func TestNoMonitor(t *testing.T) {
	a, disk := installed(t)
	sim := serveBank(t, a.Bank)
	m := boot(t, hardware{root: disk})
	sell(t, m.till(a), 100, slow)
	s := m.shell(slow)
	takeSale(t, m.till(a), sim, 100)
	t.Logf("the screen's unit, meanwhile: %s", s.run(t, "systemctl show -p ActiveState -p SubState -p NRestarts "+
		"galla-display; cat /sys/fs/cgroup/system.slice/galla-display.service/cpu.stat 2>/dev/null | head -1; "+
		"journalctl -u galla-display -n 6 --no-pager -o cat"))
	m.poweroff(s)
}

// TestLateMonitor: the monitor is plugged in when the box has been running for a while, is taken away and comes back,
// and shows the sale that is open.
func TestLateMonitor(t *testing.T) {
	a, disk := installed(t)
	sim := serveBank(t, a.Bank)
	m := boot(t, hardware{root: disk, screen: true, bare: true})
	s := m.shell(slow)
	till := m.till(a)
	takeSale(t, till, sim, 100)
	const status = "cat /sys/class/drm/card0-Virtual-1/status"
	if got := s.run(t, status); got != "disconnected" {
		t.Fatalf("the monitor is %s before it is plugged in", got)
	}
	t.Logf("without a monitor: %s", s.run(t, "systemctl show -p ActiveState -p NRestarts galla-display; journalctl "+
		"-b -u galla-display -n 6 --no-pager -o cat"))

	sale := sell(t, till, 12300, slow)
	sale = until(t, till, sale.ID, slow, "its QR", hasQR)
	begin := time.Now()
	m.plug(0, monitorSize)
	m.shows("late", sale.QR.Payload)
	t.Logf("plugged in: the sale's QR is on the monitor after %v", time.Since(begin).Round(100*time.Millisecond))

	// What happened while it was away is on it afterwards, and nothing from before.
	m.plug(0, image.Point{})
	if _, err := sim.Phone().Pay(sale.QR.Payload); err != nil {
		t.Fatalf("the phone: %v", err)
	}
	until(t, till, sale.ID, slow, "the sale to be paid", func(s wire.Sale) bool { return s.Phase == state.PhasePaid })
	next := sell(t, till, 45600, slow)
	next = until(t, till, next.ID, slow, "its QR", hasQR)
	within(t, slow, "the screen's unit to see that the monitor is gone", func(context.Context) bool {
		return s.run(t, status) == "disconnected"
	})
	begin = time.Now()
	m.plug(0, monitorSize)
	m.shows("late-again", next.QR.Payload)
	t.Logf("away and back: %v", time.Since(begin).Round(100*time.Millisecond))

	if out := s.run(t, "systemctl is-active gallad; systemctl show -P NRestarts gallad"); out != "active\n0" {
		t.Errorf("afterwards: %s", out)
	}
	t.Logf("the screen's unit: %s", s.run(t, "systemctl show -p ActiveState -p NRestarts galla-display; journalctl "+
		"-b -u galla-display -n 20 --no-pager -o cat"))
	m.poweroff(s)
}

// TestTwoMonitors: the cashier's monitor and the customer's on one card, under the shipped session and real DRM. The QR
// is on the customer's and nothing on the cashier's; the customer's is taken away and comes back, and the cashier's
// stays dark.
func TestTwoMonitors(t *testing.T) {
	a, disk := installed(t)
	serveBank(t, a.Bank)
	m := boot(t, hardware{root: disk, screen: true, two: true})
	s := m.shell(slow)
	m.plug(1, monitorSize)
	s.run(t, `sed -i 's/^FLAGS=.*/FLAGS="-monitor 2"/' /etc/default/galla-display && systemctl restart --no-block `+
		`galla-display`)
	t.Logf("the outputs: %s", s.run(t, "grep . /sys/class/drm/card0-Virtual-*/status"))

	till := m.till(a)
	sale := sell(t, till, 12300, slow)
	sale = until(t, till, sale.ID, slow, "its QR", hasQR)
	there := func(name string) {
		t.Helper()
		got := ""
		for end := time.Now().Add(slow); got != sale.QR.Payload; time.Sleep(500 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: the customer's monitor says %q", name, got)
			}
			path, _ := m.pictureOf(1, name)
			got = scan(path)
		}
		if path, img := m.pictureOf(0, name+"-cashier"); lit(img) > 0 {
			t.Errorf("%s: %.4f of the cashier's monitor is lit: %s", name, lit(img), path)
		}
	}
	there("two")
	const memory = "cat /sys/fs/cgroup/system.slice/galla-display.service/memory.current"
	t.Logf("the unit's memory: %s of 350 MB; %s",
		s.run(t, memory), s.run(t, "systemctl show -p NRestarts galla-display"))

	m.plug(1, image.Point{})
	within(t, slow, "the customer's monitor to be gone", func(context.Context) bool {
		return s.run(t, "cat /sys/class/drm/card0-Virtual-2/status") == "disconnected"
	})
	time.Sleep(5 * time.Second)
	if path, img := m.pictureOf(0, "two-gone"); lit(img) > 0 {
		t.Errorf("without the customer's monitor %.4f of the cashier's is lit: %s", lit(img), path)
	}
	m.plug(1, monitorSize)
	there("two-again")
	t.Logf("the screen's unit: %s", s.run(t, "systemctl show -p ActiveState -p NRestarts galla-display; journalctl "+
		"-b -u galla-display -n 30 --no-pager -o cat"))
	m.poweroff(s)
}
