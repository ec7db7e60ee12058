//go:build rig

package vm

import (
	"cmp"
	"context"
	"crypto/pbkdf2"
	"crypto/sha1"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/state"
)

var (
	imageFlag = flag.String("image", "", "`file` of the card that \"make image\" made; TestImage starts it")
	raucFlag  = flag.String("rauc", "", "`file` of the update beside it; TestImageUpdate plugs it in on a stick")
)

// fromFAT copies a file out of a file system, and returns the copy.
func fromFAT(t *testing.T, disk, name string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), name)
	cmd := exec.Command("mcopy", "-i", disk, "::"+name, to)
	cmd.Env = append(os.Environ(), "MTOOLS_SKIP_CHECK=1")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mcopy %s: %v %s", name, err, b)
	}
	return to
}

// firmware plays the Pi's: which slot autoboot.txt says, and that slot's kernel, initramfs and command line.
type firmware struct {
	slot, kernel, initrd, cmdline string
}

// startOf reads the card as the firmware does.
func startOf(t *testing.T, card string) (f firmware) {
	t.Helper()
	const mib = 1 << 20
	get := func(offset int, name string) string { return fromFAT(t, fmt.Sprintf("%s@@%d", card, offset), name) }
	text := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	auto := text(get(4*mib, "autoboot.txt"))
	found := regexp.MustCompile(`(?s)\[all\][^\[]*boot_partition=(\d)`).FindStringSubmatch(auto)
	if found == nil {
		t.Fatalf("autoboot.txt has nothing for [all]: %s", auto)
	}
	at := map[string]int{"2": 36 * mib, "3": 292 * mib}[found[1]]
	f.slot = map[string]string{"2": "A", "3": "B"}[found[1]]
	conf := text(get(at, "config.txt"))
	word := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(conf)
		if m == nil {
			t.Fatalf("config.txt has no %s:\n%s", pattern, conf)
		}
		return m[1]
	}
	f.kernel, f.initrd = get(at, word(`(?m)^kernel=(\S+)`)), get(at, word(`(?m)^initramfs[ =](\S+)`))
	f.cmdline = strings.TrimSpace(text(get(at, "cmdline.txt")))
	return f
}

// slowStart is for an emulated board: where the computer is busy its first frame takes longer than the unit waits.
const slowStart = "[Service]\nTimeoutStartSec=10min\nWatchdogSec=5min\n"

// board is an emulated arm64 machine that starts a card.
type board struct {
	card   string
	stick  string // not plugged in yet; a machine without one has no USB
	lossy  bool   // the card has a volatile cache and loses it with the plug
	dark   bool   // the customer's screen is not started
	memory int    // MB; 0: 1024
}

// bootCard starts the card as the board's firmware does, with the card's own kernel, initramfs and command line. Of a
// board with a stick the screen is not started: without a GPU its start takes the processor of an emulated machine for
// minutes, again and again, and it is TestImage's.
func bootCard(t *testing.T, card, stick string) (*machine, string) {
	t.Helper()
	return board{card: card, stick: stick, dark: stick != ""}.boot(t)
}

func (b board) boot(t *testing.T) (*machine, string) {
	t.Helper()
	f := startOf(t, b.card)
	dir, err := os.MkdirTemp("", "galla-vm-")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, dir: dir, port: freePort(t), died: make(chan struct{})}
	// A drop-in that lies on no disk: systemd.system-credentials(7), of systemd 256 and later.
	patience := base64.StdEncoding.EncodeToString([]byte(slowStart))
	words := " systemd.set_credential_binary=systemd.unit-dropin.galla-display.service~rig:" + patience
	if b.dark {
		words = " systemd.mask=galla-display.service"
	}
	drive := "file=" + b.card + ",cache=unsafe"
	if b.lossy {
		drive = m.serveLossy(b.card)
	}
	args := []string{"-nodefaults", "-no-user-config", "-M", "virt", "-cpu", "cortex-a72", "-accel",
		"tcg,thread=multi,tb-size=512",
		"-m", strconv.Itoa(cmp.Or(b.memory, 1024)), "-smp", "2", "-display", "none", "-no-reboot",
		"-kernel", f.kernel, "-initrd", f.initrd,
		// The debug shell is the rig's way in; the card has none.
		"-append",
		f.cmdline + " net.ifnames=0 systemd.debug_shell systemd.default_debug_tty=hvc0" + words,
		"-drive",
		drive + ",if=none,id=card,format=raw",
		"-device",
		"virtio-blk-pci,drive=card",
		"-netdev",
		fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-:7417", m.port),
		"-device",
		"virtio-net-pci,netdev=net,romfile=",
		"-device",
		"virtio-rng-pci",
		"-device",
		"virtio-keyboard-pci",
		"-device",
		"virtio-gpu-pci,id=gpu,xres=1024,yres=600",
		"-serial",
		"file:" + m.file("console.log"),
		"-device",
		"virtio-serial-pci",
		"-chardev",
		"socket,id=sh,server=on,wait=off,path=" + m.file("shell.sock"),
		"-device",
		"virtconsole,chardev=sh",
		"-qmp",
		"unix:" + m.file("qmp.sock") + ",server=on,wait=off",
	}
	if b.stick != "" {
		args = append(
			args,
			"-device",
			"qemu-xhci,id=usb",
			"-drive",
			"if=none,id=stick,format=raw,cache=unsafe,file="+b.stick,
		)
	}
	m.launch("qemu-system-aarch64", args)
	return m, f.slot
}

// card is a file that "make image" has made.
func card(t *testing.T, file string) string {
	t.Helper()
	if file == "" {
		t.Fatal("no image was named: run \"make image\", then \"make rig-image\"")
	}
	return file
}

// TestImage starts the card as the firmware would: the till is ready, the root is read-only, nobody can log in, the
// screen is drawn, a sale is paid, and settings and sales are there after the plug was pulled.
func TestImage(t *testing.T) {
	disk := clone(t, card(t, *imageFlag))
	id := newIdentity(t)
	sim := serveBank(t, id)
	m, slot := bootCard(t, disk, "")
	if slot != "A" {
		t.Fatalf("a new card starts slot %s", slot)
	}
	s := m.shell(slow)
	s.booted(t)
	t.Logf("a new card: %s", s.run(t, "uname -mr; systemd-analyze time; systemctl --failed --no-legend --plain; "+
		"systemctl show -P ActiveState -P StatusText gallad galla-display; findmnt -r -t overlay,ext4"))
	within(t, slow, "the screen that says how to set the box up", func(context.Context) bool {
		_, img := m.picture("image-new")
		return lit(img) > 0.6 // the whole monitor, its code a fifth of it; Xwayland begins with a small window
	})
	a := m.setUp(s, id)
	sale := takeSale(t, m.till(a), sim, 25000)
	shown := sell(t, m.till(a), 31000, slow)
	shown = until(t, m.till(a), shown.ID, slow, "its QR", hasQR)
	m.shows("image-pay", shown.QR.Payload)
	out := s.run(t, "touch /media/root-ro/x 2>&1 || true; findmnt -rno FSTYPE /; systemctl is-enabled getty@tty1 "+
		"ctrl-alt-del.target; passwd -S root | cut -d' ' -f2; cat /proc/sys/kernel/sysrq")
	if !strings.Contains(out, "Read-only file system") || !strings.HasSuffix(out, "overlay\nmasked\nmasked\nL\n0") {
		t.Errorf("the card is open: %s", out)
	}
	if out := s.run(t, "cat /etc/resolv.conf; resolvectl dns"); !strings.Contains(out, "nameserver 127.0.0.53") ||
		!strings.Contains(out, "10.0.2.3") {
		t.Errorf("the card finds no gateway by its name: %s", out)
	}
	t.Logf("memory: %s", s.run(t, memory+"; head -3 /proc/meminfo"))
	if out := s.run(t, "systemctl show -P NRestarts galla-display"); out != "0" {
		t.Errorf("the screen was started anew %s times\n%s",
			out, s.run(t, "journalctl --no-pager -o short-monotonic -u galla-display | grep 'systemd\\['"))
	}
	m.pull(nil)

	m, _ = bootCard(t, disk, "")
	s = m.shell(slow)
	s.trusts(t, id)
	until(
		t,
		m.till(a),
		sale.ID,
		slow,
		"the sale after the plug was pulled",
		func(s wire.Sale) bool { return s.Phase == state.PhasePaid },
	)
	m.shows("image-again", shown.QR.Payload)
	m.pull(nil)
}

// booted waits until the system has started: the debug shell is there long before.
func (s *shell) booted(t *testing.T) {
	t.Helper()
	within(t, slow, "the system to be started", func(context.Context) bool {
		out, _, _ := s.try("systemctl is-system-running", 30*time.Second)
		return strings.HasSuffix(out, "running") || strings.HasSuffix(out, "degraded")
	})
}

// setUp is what the setup page does: keys, settings and a paired device.
func (m *machine) setUp(s *shell, id identity) appliance {
	m.t.Helper()
	s.trusts(m.t, id)
	s.write(m.t, "/etc/credstore/gateway-enkash", "600", keys)
	own := strings.Replace(config, "[till]\n", "[till]\nbackup = \"/var/lib/galla/copies/galla.db\"\n", 1)
	s.write(m.t, "/etc/galla/gallad.toml", "644", fmt.Sprintf(own, id.Port))
	s.run(m.t, "systemctl restart gallad.service; systemctl is-active gallad.service")
	a := appliance{Bank: id}
	a.Token, a.Fingerprint = m.pairFrom(s)
	return a
}

// trusts has the running system trust the pretend gateway's certificate. The card's root forgets it with the power.
func (s *shell) trusts(t *testing.T, id identity) {
	t.Helper()
	s.run(t, fmt.Sprintf("cat >> /etc/ssl/certs/ca-certificates.crt <<'PEM'\n%sPEM", id.Cert))
}

// tillStarted waits for gallad, and not for all of the start: on a box that is not set up, galla-proved waits for 5
// minutes first.
func (s *shell) tillStarted(t *testing.T) {
	t.Helper()
	within(t, slow, "gallad to be started", func(context.Context) bool {
		out, _, _ := s.try("systemctl is-active gallad.service", slow)
		return out == "active"
	})
}

// plugIn plugs the stick in.
func (m *machine) plugIn() {
	m.t.Helper()
	if _, err := m.monitor("device_add", map[string]any{"driver": "usb-storage", "drive": "stick",
		"removable": true}); err != nil {
		m.t.Fatal(err)
	}
}

// TestImageUpdate plugs in a stick with the update while a sale is open, and plays the firmware: the update is written
// to the other slot, the box restarts when the sale is paid, and the new system is on trial and proves itself with the
// stick still in.
func TestImageUpdate(t *testing.T) {
	disk := clone(t, card(t, *imageFlag))
	id := newIdentity(t)
	sim := serveBank(t, id)
	stick := filepath.Join(t.TempDir(), "stick")
	if b, err := exec.Command("sh", "-c", `PATH=$PATH:/usr/sbin; truncate -s 1G "$2" && mkfs.vfat -n PHOTOS "$2" && `+
		`mcopy -i "$2" "$1" ::galla.raucb`, "sh", card(t, *raucFlag), stick).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	m, _ := bootCard(t, disk, stick)
	s := m.shell(slow)
	s.tillStarted(t)
	a := m.setUp(s, id)
	sale := takeSale(t, m.till(a), sim, 25000)
	open := sell(t, m.till(a), 31000, slow)
	open = until(t, m.till(a), open.ID, slow, "its QR", hasQR)
	// The update is this very image: the machine believes that it runs an older one.
	version := s.run(t, "cat /usr/lib/galla/image-version; echo older > /usr/lib/galla/image-version")
	begin := time.Now()
	m.plugIn()
	journal := ""
	within(t, 2*slow, "the update to be written", func(context.Context) bool {
		journal, _, _ = s.try("journalctl --no-pager -o cat -u 'galla-stick@*' -u rauc", slow)
		return strings.Contains(journal, "restarts with it when no sale is open") ||
			strings.Contains(journal, "Nothing was installed")
	})
	t.Logf(
		"from the plug to the last byte: %v\n%s\n%s",
		time.Since(begin).Round(time.Second),
		journal,
		s.run(
			t,
			"rauc status; cat /boot/select/autoboot.txt; systemctl list-units --no-legend --plain 'galla-stick@*'",
		),
	)
	if !strings.Contains(journal, "installing version "+version) {
		t.Fatal("the update was not installed")
	}
	if _, err := sim.Phone().Pay(open.QR.Payload); err != nil {
		t.Fatalf("the phone: %v", err)
	}
	select {
	case <-m.died: // -no-reboot
	case <-time.After(slow):
		t.Fatal("the box does not restart after the last sale was paid")
	}
	if said, err := os.ReadFile(fromFAT(t, stick, "galla-update.txt")); err != nil ||
		!strings.Contains(string(said), "Version "+version+" is installed.") {
		t.Errorf("the stick says %q %v", said, err)
	}

	m, slot := bootCard(t, disk, stick)
	if slot != "B" {
		t.Fatalf("after the update the firmware starts slot %s", slot)
	}
	m.plugIn()
	s = m.shell(slow)
	s.trusts(t, id)
	within(t, slow, "the trial to begin", func(context.Context) bool {
		out, _, _ := s.try("journalctl --no-pager -o cat -u galla-trial", slow)
		return strings.Contains(out, "system B is on trial")
	})
	for _, id := range []string{sale.ID, open.ID} {
		until(
			t,
			m.till(a),
			id,
			slow,
			"the sales in the new system",
			func(s wire.Sale) bool { return s.Phase == state.PhasePaid },
		)
	}
	within(t, slow, "the new system to be marked good", func(context.Context) bool {
		out, _, _ := s.try("systemctl show -P Result -P ActiveState galla-proved; cat /boot/select/autoboot.txt", slow)
		return strings.HasPrefix(out, "success\ninactive") && strings.Contains(out, "boot_partition=3")
	})
	within(t, slow, "the stick to be found old", func(context.Context) bool {
		out, _, _ := s.try("journalctl --no-pager -o cat -u 'galla-stick@*'", slow)
		return strings.Contains(out, "Nothing to do: this box runs version "+version)
	})
	t.Logf("in the new slot: %s", s.run(t, "cat /proc/cmdline; rauc status; cat /boot/select/autoboot.txt; "+
		"journalctl --no-pager -o short-monotonic -u 'galla-stick@*' -u galla-trial -u galla-proved"))
	m.poweroff(s)
	if f := startOf(t, disk); f.slot != "B" {
		t.Errorf("after it has proved itself the firmware starts %s", f.slot)
	}
}

// TestImageWiFi tells the card a Wi-Fi by a stick: it joins, says so on the stick, and joins again when the radio comes
// back. The kernel simulates two radios (mac80211_hwsim): one is the board's, the other one the shop's router.
func TestImageWiFi(t *testing.T) {
	const name, password = "Sharma दुकान", `dukaan-"42"#`
	disk := clone(t, card(t, *imageFlag))
	stick := filepath.Join(t.TempDir(), "stick")
	if b, err := exec.Command("sh", "-c", `PATH=$PATH:/usr/sbin; truncate -s 64M "$1" && mkfs.vfat "$1" && printf `+
		`'name = %s\r\npassword = %s\r\n' "$2" "$3" | mcopy -i "$1" - ::galla-wifi.txt`, "sh", stick, name,
		password).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	m, _ := bootCard(t, disk, stick)
	s := m.shell(slow)
	s.tillStarted(t)
	psk, err := pbkdf2.Key(sha1.New, password, []byte(name), 4096, 32) // IEEE 802.11, annex J.4
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "/run/router.conf", "600", fmt.Sprintf("ap_scan=2\nnetwork={\n\tssid=%x\n\tmode=2\n\tfrequency=2412\n"+
		"\tkey_mgmt=WPA-PSK\n\tproto=RSN\n\tpairwise=CCMP\n\tpsk=%x\n}\n", name, psk))
	s.write(t, "/run/systemd/network/10-router.network", "644",
		"[Match]\nName=wlan1\n[Network]\nAddress=192.168.77.1/24\nDHCPServer=yes\n")
	// router switches both radios on, and the router with them.
	router := func() {
		s.run(t, "systemctl mask --runtime galla-wifi@wlan1.service; networkctl reload; modprobe mac80211_hwsim "+
			"radios=2; systemd-run -q --collect --unit=router wpa_supplicant -i wlan1 -c /run/router.conf")
	}
	joined := func() {
		within(t, slow, "an address from the router", func(context.Context) bool {
			out, _, _ := s.try("ip -4 -o addr show dev wlan0", slow)
			return strings.Contains(out, "192.168.77.")
		})
	}
	router()
	m.plugIn()
	within(t, slow, "the stick to be read", func(context.Context) bool {
		out, _, _ := s.try("journalctl --no-pager -o cat -u 'galla-stick@*'", slow)
		return strings.Contains(out, "no galla.raucb on")
	})
	journal := s.run(t, "journalctl --no-pager -o cat -u 'galla-stick@*' -u 'galla-wifi@*' -u router")
	t.Logf("the journal: %s", journal)
	if !strings.Contains(journal, "This box has joined the Wi-Fi "+name+".") {
		t.Error("the box has not joined")
	}
	if out := s.run(t, "journalctl --no-pager | grep -c -F -e dukaan- || true"); out != "0" {
		t.Errorf("the password is in the journal %s times", out)
	}
	joined()
	t.Logf("joined: %s", s.run(t, "networkctl --no-pager status wlan0; ip route; systemctl show -P ActiveState "+
		"galla-wifi@wlan0; ls -l /data/wifi; systemd-analyze --no-pager security galla-wifi@wlan0.service | tail -n 1"))
	if said, err := os.ReadFile(fromFAT(t, stick, "galla-wifi-answer.txt")); err != nil ||
		!strings.Contains(string(said), "This box has joined the Wi-Fi "+name) {
		t.Errorf("the stick says %q %v", said, err)
	}

	// As at every start: udev starts what joins.
	s.run(t, "systemctl stop router; modprobe -r mac80211_hwsim")
	within(t, slow, "the radio to be gone", func(context.Context) bool {
		out, _, _ := s.try("systemctl show -P ActiveState galla-wifi@wlan0", slow)
		return out == "inactive"
	})
	router()
	joined()
	m.poweroff(s)
}
