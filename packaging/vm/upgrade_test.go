//go:build rig

package vm

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/wire"
	"galla/state"
)

var nextFlag = flag.String("next", "../../build/vm/next", "`folder` with the same packages in a later version")

// older makes a package like this one, of a version that knows only the schema before this one's.
func older(t *testing.T, deb string) string {
	t.Helper()
	dir := t.TempDir()
	tree, out := filepath.Join(dir, "tree"), filepath.Join(dir, "galla_0.0.1_amd64.deb")
	if b, err := exec.Command("dpkg-deb", "-R", deb, tree).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb: %v %s", err, b)
	}
	edit := func(name, pattern string, to func(string) string) {
		path := filepath.Join(tree, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile(pattern)
		if !re.Match(b) {
			t.Fatalf("%s has nothing like %s", name, pattern)
		}
		info, _ := os.Stat(path)
		if err := os.WriteFile(path, re.ReplaceAllFunc(b, func(b []byte) []byte { return []byte(to(string(b))) }),
			info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	edit("DEBIAN/control", `(?m)^Version: .*$`, func(string) string { return "Version: 0.0.1" })
	edit("DEBIAN/preinst", `(?m)^known=\d+$`, func(s string) string {
		n, err := strconv.Atoi(strings.TrimPrefix(s, "known="))
		if err != nil {
			t.Fatal(err)
		}
		return "known=" + strconv.Itoa(n-1)
	})
	if b, err := exec.Command("dpkg-deb", "--root-owner-group", "-b", tree, out).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb: %v %s", err, b)
	}
	return out
}

// TestUpgrade: a later version is installed with a sale on the customer's screen, and the sale stays there and is paid;
// an older version is refused before anything is touched; removing, installing again and purging keep the sales.
func TestUpgrade(t *testing.T) {
	a, disk := installed(t)
	var next []string
	for _, name := range []string{"galla", "galla-display"} {
		found, _ := filepath.Glob(filepath.Join(*nextFlag, name+"_*_amd64.deb"))
		if len(found) != 1 {
			t.Fatalf("%s must hold one %s_*_amd64.deb: run \"make rig-vm\"", *nextFlag, name)
		}
		next = append(next, found[0])
	}
	sim := serveBank(t, a.Bank)
	knobs := sim.Knobs() // the emulated machine's apt may take longer than the five minutes of a QR
	knobs.CollectTimeout, knobs.OrderLife = 60, gatewaytest.Duration(time.Hour)
	sim.SetKnobs(knobs)
	m := boot(t, hardware{root: disk, screen: true, extra: crate(t, append(next, older(t, packages(t)[0]))...)})
	s := m.shell(slow)
	s.run(t, unpackCrate)
	const install = "apt-get install -y --no-install-recommends "
	till := m.till(a)
	sale := sell(t, till, 45000, slow)
	sale = until(t, till, sale.ID, slow, "its QR", hasQR)
	qr := sale.QR.Payload
	m.shows("upgrade-before", qr)
	before := s.run(t, "dpkg-query -W -f '${Version}' galla")

	// A client that never stops asking: it may wait for the second the restart takes, and is never turned away.
	ctx, stop := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	asked, refused, longest := 0, 0, time.Duration(0)
	asking.Go(func() {
		for ctx.Err() == nil {
			begin := time.Now()
			turn, cancel := context.WithTimeout(ctx, 20*time.Second)
			_, err := till.Health(turn)
			cancel()
			if ctx.Err() != nil {
				return
			}
			asked++
			if err != nil {
				refused++
			} else {
				longest = max(longest, time.Since(begin))
			}
			pause(ctx, time.Second)
		}
	})
	// And one on the box, where systemd holds the socket. Seldom: in an emulated machine each start of a program takes
	// a second.
	local := s.run(t, `(n=0; bad=0; while [ ! -e /tmp/enough ]; do n=$((n+1)); galla health --json >/dev/null `+
		`2>>/tmp/refused || bad=$((bad+1)); sleep 2; done; echo "$n calls on the box, $bad refused" > /tmp/counted) `+
		`>/dev/null 2>&1 & echo started`)
	begin := time.Now()
	out := s.run(t, install+"/root/crate/galla_[1-9]*.deb /root/crate/galla-display_*.deb")
	took := time.Since(begin)
	s.run(t, "touch /tmp/enough; for i in $(seq 100); do [ -e /tmp/counted ] && break; sleep 1; done")
	counted := s.run(t, "cat /tmp/counted; cat /tmp/refused 2>/dev/null | head -3")
	stop()
	asking.Wait()
	after := s.run(t, "dpkg-query -W -f '${Version}' galla")
	t.Logf("%s -> %s by apt in %v; %s %s; over the network %d calls, %d of them failed, the longest answer took %v",
		before, after, took.Round(time.Second), local, counted, asked, refused, longest.Round(time.Millisecond))
	if before == after || !strings.Contains(counted, " 0 refused") {
		t.Errorf("apt said:\n%s", out)
	}
	again := until(t, till, sale.ID, slow, "the sale after the upgrade", func(s wire.Sale) bool { return s.QR != nil })
	if again.QR.Payload != qr || again.Phase != state.PhaseAwaiting {
		t.Errorf("after the upgrade the sale is %s with %q", again.Phase, again.QR.Payload)
	}
	m.shows("upgrade-after", qr)
	if _, err := sim.Phone().Pay(qr); err != nil {
		t.Fatalf("the phone: %v", err)
	}
	until(t, till, sale.ID, slow, "the sale to be paid", func(s wire.Sale) bool { return s.Phase == state.PhasePaid })

	out, code, err := s.try(install+"--allow-downgrades /root/crate/galla_0.0.1_amd64.deb galla-display-", slow)
	if err != nil || code == 0 ||
		!strings.Contains(out, "This galla is older than the one whose sales are on this box") {
		t.Errorf("the downgrade ended with %d %v:\n%s", code, err, out)
	}
	s.try("dpkg --configure -a; "+install+"--fix-broken /root/crate/galla_[1-9]*.deb /root/crate/galla-display_*.deb",
		slow)
	now := s.run(t, "dpkg-query -W -f '${Version} ${Status}\\n' galla; systemctl is-active gallad.service")
	if now != after+" install ok installed\nactive" {
		t.Errorf("after a refused downgrade the box has %s", now)
	}
	takeSale(t, till, sim, 100)

	s.run(t, "apt-get remove -y galla galla-display")
	left := s.run(t, "systemctl is-active gallad.service gallad.socket galla-display.service; "+
		"ls /var/lib/galla/sales.db /etc/galla/gallad.toml /etc/credstore/gateway-enkash; "+
		"ls /usr/bin/galla* 2>/dev/null || true")
	if strings.Contains("\n"+left, "\nactive") ||
		!strings.Contains(left, "/var/lib/galla/sales.db") || !strings.Contains(left, "/etc/galla/gallad.toml") ||
		strings.Contains(left, "/usr/bin/") {
		t.Errorf("after a removal: %s", left)
	}
	s.run(t, install+"/root/crate/galla_[1-9]*.deb /root/crate/galla-display_*.deb")
	until(
		t,
		till,
		sale.ID,
		slow,
		"the sale after installing again",
		func(s wire.Sale) bool { return s.Phase == state.PhasePaid },
	)
	takeSale(t, till, sim, 200)

	out = s.run(t, "apt-get purge -y galla galla-display")
	if !strings.Contains(out, "/var/lib/galla") {
		t.Errorf("the purge does not say where the sales are:\n%s", out)
	}
	out = s.run(t, "ls /var/lib/galla/sales.db; ls -d /etc/galla 2>/dev/null || true; "+
		"systemctl list-unit-files 'galla*' --no-legend || true")
	if out != "/var/lib/galla/sales.db" {
		t.Errorf("after a purge: %s", out)
	}
	m.poweroff(s)
}

// shows waits until the monitor shows this QR.
func (m *machine) shows(name, qr string) {
	m.t.Helper()
	got := ""
	for end := time.Now().Add(slow); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		path, _ := m.picture(name)
		if got = scan(path); got == qr {
			return
		}
	}
	m.t.Errorf("the monitor says %q, and the sale's QR is %q", got, qr)
}
