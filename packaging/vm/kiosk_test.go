//go:build rig

package vm

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/state"
)

// picture takes what the graphics card sends to the monitor.
func (m *machine) picture(name string) (path string, img image.Image) { return m.pictureOf(0, name) }

// pictureOf takes what it sends to the monitor on one of its outputs.
func (m *machine) pictureOf(output int, name string) (path string, img image.Image) {
	m.t.Helper()
	path = filepath.Join(build, name+".png")
	if _, err := m.monitor("screendump", map[string]any{"filename": path, "format": "png",
		"device": "gpu", "head": output}); err != nil {
		m.t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		m.t.Fatal(err)
	}
	defer f.Close()
	if img, err = png.Decode(f); err != nil {
		m.t.Fatalf("%s: %v", path, err)
	}
	return path, img
}

// lit is the share of pixels that aren't black. QEMU's own word about a monitor that gets no picture, one line in the
// middle, is no pixel of the machine's.
func lit(img image.Image) float64 {
	b, n := img.Bounds(), 0
	middle := (b.Min.Y + b.Max.Y) / 2
	for y := b.Min.Y; y < b.Max.Y; y++ {
		if y > middle-16 && y < middle+16 {
			continue
		}
		for x := b.Min.X; x < b.Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); r+g+b > 3*0x1000 {
				n++
			}
		}
	}
	return float64(n) / float64(b.Dx()*b.Dy())
}

// scan reads the QR in a picture with a reader that isn't ours.
func scan(path string) string {
	out, _ := exec.Command("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", path).Output()
	return strings.TrimSuffix(string(out), "\n")
}

// TestKiosk: from power to the idle screen without a login, a cursor or a word of the system's; a sale's QR on the
// screen is what the gateway issued; it is paid, and the console is reached from the shop's network.
func TestKiosk(t *testing.T) {
	a, disk := installed(t)
	sim := serveBank(t, a.Bank)
	m := boot(t, hardware{root: disk, screen: true})
	// Until our first frame the monitor is dark: whatever is lit before is a text of somebody's.
	var first time.Duration
	for n := 0; first == 0; n++ {
		path, img := m.picture("boot")
		if share := lit(img); share > .3 {
			first = time.Since(m.start)
		} else if share > 0 {
			kept := filepath.Join(build, fmt.Sprintf("boot-lit-%d.png", n))
			os.Rename(path, kept)
			t.Errorf("%.4f of the monitor is lit before the first frame: %s", share, kept)
		}
		if time.Since(m.start) > slow {
			t.Fatal("no picture")
		}
		select {
		case <-m.died:
			t.Fatal("the machine ended")
		default:
		}
		time.Sleep(500 * time.Millisecond)
	}
	s := m.shell(slow)
	if out := s.run(t, "systemctl is-active gallad.service galla-display.service "+
		"gallad.socket gallad-display.socket seatd.service"); out != strings.TrimSpace(strings.Repeat("active\n", 5)) {
		t.Errorf("not all is active: %s", out)
	}
	t.Logf("from power to the first frame: %v; %s", first.Round(100*time.Millisecond),
		s.run(t, "systemd-analyze time; systemctl show -p ActiveEnterTimestampMonotonic -p StatusText gallad "+
			"galla-display; systemctl --failed --no-legend"))
	share := 0.0
	for end := time.Now().Add(slow); share < .9 && time.Now().Before(end); time.Sleep(time.Second) {
		_, img := m.picture("idle")
		share = lit(img)
	}
	if share < .9 {
		t.Errorf("the idle screen fills %.2f of the monitor", share)
	}

	// Both feed their watchdogs, the screen from below cage: the rig's units wait longer for it than this test takes.
	within(t, slow, "both watchdogs to be fed", func(context.Context) bool {
		fed := 0
		for _, unit := range []string{"gallad", "galla-display"} {
			var started, last int64
			if _, err := fmt.Sscan(s.run(t, "systemctl show -P ActiveEnterTimestampMonotonic "+unit+
				"; systemctl show -P WatchdogTimestampMonotonic "+unit), &started, &last); err != nil {
				t.Fatal(err)
			}
			if last > started+1_000_000 { // µs: READY counts as a first feeding
				fed++
			}
		}
		return fed == 2
	})

	till := m.till(a)
	sale := sell(t, till, 25000, slow)
	sale = until(t, till, sale.ID, slow, "its QR", hasQR)
	issued := ""
	for _, o := range sim.Ledger().Orders {
		issued = o.Payloads[len(o.Payloads)-1]
	}
	got := ""
	for end := time.Now().Add(slow); got == "" && time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		path, _ := m.picture("pay")
		got = scan(path)
	}
	if got != issued || issued == "" {
		t.Errorf("the QR on the monitor says %q, and the gateway issued %q", got, issued)
	}
	if _, err := sim.Phone().Pay(got); err != nil {
		t.Fatalf("the phone: %v", err)
	}
	until(t, till, sale.ID, slow, "the sale to be paid", func(s wire.Sale) bool { return s.Phase == state.PhasePaid })
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		if path, _ := m.picture("paid"); scan(path) == "" {
			break
		}
	}
	m.picture("paid")

	resp, err := browser(a.Fingerprint).Get(m.url() + "/")
	if err != nil {
		t.Fatalf("the console: %v", err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Errorf("the console answers %s %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	m.noWayOut(s)
	m.poweroff(s)
}

// noWayOut presses what opens a door on other machines, and looks whether the kiosk is still the kiosk.
func (m *machine) noWayOut(s *shell) {
	m.t.Helper()
	if out, _, _ := s.try("loginctl --no-legend 2>/dev/null; ps -C agetty,login,sshd "+
		"-o args=; cat /sys/class/tty/tty0/active", slow); strings.TrimSpace(out) != "tty1" {
		m.t.Errorf("beside the kiosk there is %q", out)
	}
	pid := s.run(m.t, "systemctl show -P MainPID galla-display")
	for _, keys := range [][]string{{"ctrl", "alt", "f2"}, {"ctrl", "alt", "f3"}, {"alt", "f2"},
		{"ctrl", "alt", "delete"}, {"alt", "f4"}, {"alt", "esc"}, {"ctrl", "alt", "backspace"},
		{"ctrl", "c"}, {"meta_l", "d"}, {"alt", "sysrq", "b"}, {"alt", "sysrq", "e"}} {
		var all []map[string]string
		for _, k := range keys {
			all = append(all, map[string]string{"type": "qcode", "data": k})
		}
		if _, err := m.monitor("send-key", map[string]any{"keys": all}); err != nil {
			m.t.Error(err)
		}
		time.Sleep(time.Second)
		select {
		case <-m.died:
			m.t.Fatalf("%v restarts the machine", keys)
		default:
		}
		out := s.run(m.t, "cat /sys/class/tty/tty0/active; systemctl is-system-running || true")
		if out != "tty1\nrunning" && out != "tty1\nstarting" {
			m.t.Errorf("after %v the machine says %q", keys, out)
		}
		// Debian's cage 0.1.4 ends on Alt+Esc, and systemd starts the screen again: a dark moment, and no way out.
		if now := s.run(m.t, "systemctl show -P MainPID galla-display"); now != pid {
			m.t.Logf("%v restarts the screen", keys)
			pid = now
		}
	}
	share := 0.0
	for end := time.Now().Add(slow); share < .9 && time.Now().Before(end); time.Sleep(time.Second) {
		_, img := m.picture("after-keys")
		share = lit(img)
	}
	if share < .9 {
		m.t.Errorf("after those keys the picture fills %.2f of the monitor", share)
	}
}
