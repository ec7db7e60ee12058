//go:build rig

package vm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var (
	buildFlag = flag.String("build", "../../build/vm", "`folder` with what base.sh left")
	debsFlag  = flag.String(
		"debs",
		"../../build/vm/debs",
		"`folder` with the packages galla_*_amd64.deb and galla-display_*_amd64.deb",
	)
	build string

	boundedFlag = flag.Bool("bounded", false, "where everything must be emulated run TestLateMonitor only")
)

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if build, err = filepath.Abs(*buildFlag); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *boundedFlag && !kvmWorks() {
		fmt.Println(
			"NOT RUN: all but TestLateMonitor. KVM runs no guest on this computer, and emulated machines take an hour",
		)
		if err := flag.Set("test.run", "^TestLateMonitor$"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// appliance is an installed machine that was switched off, and what the host knows of it.
type appliance struct {
	Stamp       string // of the packages and the Debian below them
	Bank        identity
	Token       string // of the host, a paired device
	Fingerprint string // of gallad's certificate
	Installed   time.Duration
}

// packages returns the newest of our packages for this machine.
func packages(t *testing.T) (files []string) {
	t.Helper()
	for _, name := range []string{"galla", "galla-display"} {
		found, _ := filepath.Glob(filepath.Join(*debsFlag, name+"_*_amd64.deb"))
		if len(found) != 1 {
			t.Fatalf("%s must hold one %s_*_amd64.deb, and holds %d: run \"make deb\"", *debsFlag, name, len(found))
		}
		files = append(files, found[0])
	}
	return files
}

// crate packs files into a tar that the machine reads from a disk without a file system.
func crate(t *testing.T, files ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "crate.tar")
	args := []string{"-cf", out}
	for _, f := range files {
		args = append(args, "-C", filepath.Dir(absolute(t, f)), filepath.Base(f))
	}
	if b, err := exec.Command("tar", append(args, "--record-size=1048576")...).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v %s", err, b)
	}
	return out
}

func absolute(t *testing.T, path string) string {
	a, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const unpackCrate = "mkdir -p /root/crate && tar -C /root/crate -xf /dev/disk/by-id/virtio-extra"

// clone copies a disk, holes and all.
func clone(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(from))
	if b, err := exec.Command("cp", "--sparse=always", "--reflink=auto", from, to).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v %s", err, b)
	}
	return to
}

// A customer of an emulated machine is slow: its sales live long.
const config = `[shop]
name = "Asha General Stores"
address = ["12 Gandhi Road", "Pune 411001"]
[till]
terminal = "T1"
database = "/var/lib/galla/sales.db"
life = "1h"
[listen]
network = "0.0.0.0:7417"
[[gateway]]
provider = "enkash"
base_url = "https://10.0.2.2:%d"
cancel_orders = true
rate = 100
`

// slowScreen is for an emulated machine without a GPU: cage 0.1.4 ends in a segmentation fault on Mesa's software GL
// (appliance.md 2.3, trap d), and a first frame that takes a board a second takes minutes here when the computer is
// busy.
const slowScreen = `[Service]
Environment=WLR_RENDERER=pixman
TimeoutStartSec=10min
WatchdogSec=5min
`

const keys = "access_key = \"GALLASIMACCESSKEY\"\nsecret_key = \"galla-sim-secret\"\n"

// installed returns the machine on which apt has installed our packages, and a copy of its disk. It is made once for a
// version.
func installed(t *testing.T) (a appliance, disk string) {
	t.Helper()
	debs := packages(t)
	h := sha256.New()
	base, err := os.ReadFile(filepath.Join(build, "stamp"))
	if err != nil {
		t.Fatalf("%v: run \"make rig-vm\"", err)
	}
	h.Write(base)
	io.WriteString(h, config+slowScreen)
	for _, d := range debs {
		b, err := os.ReadFile(d)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(b)
	}
	stamp := hex.EncodeToString(h.Sum(nil))
	image, note := filepath.Join(build, "installed.img"), filepath.Join(build, "installed.json")
	if b, err := os.ReadFile(note); err == nil && json.Unmarshal(b, &a) == nil && a.Stamp == stamp {
		return a, clone(t, image)
	}
	os.Remove(note)
	a = appliance{Stamp: stamp, Bank: newIdentity(t)}
	disk = clone(t, filepath.Join(build, "root.img"))
	m := boot(t, hardware{root: disk, extra: crate(t, debs...)})
	s := m.shell(slow)
	s.run(t, "systemctl is-system-running --wait || true")
	s.run(t, unpackCrate)
	// The gateway's own certificate stands for a public one.
	s.run(t, fmt.Sprintf("cat >> /etc/ssl/certs/ca-certificates.crt <<'PEM'\n%sPEM", a.Bank.Cert))

	s.write(t, "/etc/systemd/system/galla-display.service.d/rig.conf", "644", slowScreen)

	start := time.Now()
	out := s.run(
		t,
		"apt-get install -y --no-install-recommends /root/crate/galla_*.deb /root/crate/galla-display_*.deb",
	)
	a.Installed = time.Since(start)
	t.Logf("apt-get install took %v:\n%s", a.Installed.Round(time.Second), out)
	s.run(t, "dpkg --audit; dpkg -s galla galla-display | grep -c '^Status: install ok installed' | grep -qx 2")
	t.Logf("before there are keys: %s", s.run(t, "systemctl status --no-pager -n 5 gallad.service || true"))

	// What "galla setup" asks of the owner.
	s.write(t, "/etc/credstore/gateway-enkash", "600", keys)
	s.run(t, fmt.Sprintf("cat > /etc/galla/gallad.toml <<'TOML'\n%sTOML", fmt.Sprintf(config, a.Bank.Port)))
	_, stop := openBank(t, "127.0.0.1", a.Bank)
	s.run(t, "systemctl restart gallad.service")
	a.Token, a.Fingerprint = m.pairFrom(s)
	s.run(t, "rm -rf /root/crate; apt-get clean; sync")
	stop()
	m.poweroff(s)
	if err := os.Rename(disk, image); err != nil {
		if b, err := exec.Command("cp", "--sparse=always", disk, image).CombinedOutput(); err != nil {
			t.Fatalf("cp: %v %s", err, b)
		}
	}
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(note, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return a, clone(t, image)
}
