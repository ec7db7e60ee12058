//go:build rig

package vm

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/state"
)

var (
	imageFlag = flag.String("image", "", "`file` of the card that \"make image\" made; TestImage starts it")
	raucFlag  = flag.String("rauc", "", "`file` of the update beside it; TestImageUpdate installs it")
)

// firmware plays the Pi's: which slot autoboot.txt says, and that slot's kernel, initramfs and command line.
type firmware struct {
	slot, kernel, initrd, cmdline string
}

// startOf reads the card as the firmware does. try is what reboot "0 tryboot" asks for.
func startOf(t *testing.T, card string, try bool) (f firmware) {
	t.Helper()
	const mib = 1 << 20
	dir := t.TempDir()
	get := func(offset int, name string) string {
		to := filepath.Join(dir, name)
		os.Remove(to)
		cmd := exec.Command("mcopy", "-i", fmt.Sprintf("%s@@%d", card, offset), "::"+name, to)
		cmd.Env = append(os.Environ(), "MTOOLS_SKIP_CHECK=1")
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("mcopy %s: %v %s", name, err, b)
		}
		return to
	}
	text := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	auto := text(get(4*mib, "autoboot.txt"))
	section := "all"
	if try {
		section = "tryboot"
	}
	found := regexp.MustCompile(`(?s)\[` + section + `\][^\[]*boot_partition=(\d)`).FindStringSubmatch(auto)
	if found == nil {
		t.Fatalf("autoboot.txt has nothing for [%s]: %s", section, auto)
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

// bootCard starts the card in an emulated arm64 machine, with the card's own kernel, initramfs and command line.
func bootCard(t *testing.T, card string, try bool, extra string) (*machine, string) {
	t.Helper()
	f := startOf(t, card, try)
	dir, err := os.MkdirTemp("", "galla-vm-")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, dir: dir, port: freePort(t), died: make(chan struct{})}
	args := []string{"-nodefaults", "-no-user-config", "-M", "virt", "-cpu", "cortex-a72", "-accel", "tcg,thread=multi,tb-size=512", "-m", "1024", "-smp", "2", "-display", "none", "-no-reboot",
		"-kernel", f.kernel, "-initrd", f.initrd,
		// The debug shell is the rig's way in; the card has none.
		"-append", f.cmdline + " net.ifnames=0 systemd.debug_shell systemd.default_debug_tty=hvc0",
		"-drive", "file=" + card + ",cache=unsafe,if=none,id=card,format=raw", "-device", "virtio-blk-pci,drive=card",
		"-netdev", fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-:7417", m.port), "-device", "virtio-net-pci,netdev=net,romfile=",
		"-device", "virtio-rng-pci", "-device", "virtio-keyboard-pci", "-device", "virtio-gpu-pci,id=gpu,xres=1024,yres=600",
		"-serial", "file:" + m.file("console.log"),
		"-device", "virtio-serial-pci", "-chardev", "socket,id=sh,server=on,wait=off,path=" + m.file("shell.sock"), "-device", "virtconsole,chardev=sh",
		"-qmp", "unix:" + m.file("qmp.sock") + ",server=on,wait=off"}
	if extra != "" {
		args = append(args, "-drive", "if=none,id=extra,format=raw,readonly=on,file="+extra, "-device", "virtio-blk-pci,drive=extra,serial=extra")
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

// TestImage starts the card as the firmware would: the till is ready, the root is read-only, nobody can log in, the screen is drawn,
// a sale is paid, and settings and sales are there after the plug was pulled.
func TestImage(t *testing.T) {
	disk := clone(t, card(t, *imageFlag))
	id := newIdentity(t)
	sim := serveBank(t, id)
	m, slot := bootCard(t, disk, false, "")
	if slot != "A" {
		t.Fatalf("a new card starts slot %s", slot)
	}
	s := m.shell(slow)
	s.booted(t)
	t.Logf("a new card: %s", s.run(t, "uname -mr; systemd-analyze time; systemctl --failed --no-legend --plain; systemctl show -P ActiveState -P StatusText gallad galla-display; findmnt -r -t overlay,ext4"))
	m.picture("image-new")
	trust := fmt.Sprintf("cat >> /etc/ssl/certs/ca-certificates.crt <<'PEM'\n%sPEM", id.Cert)
	s.run(t, trust)
	s.write(t, "/etc/credstore/gateway-enkash", "600", keys)
	s.run(t, fmt.Sprintf("cat > /etc/galla/gallad.toml <<'TOML'\n%sTOML", fmt.Sprintf(config, id.Port)))
	s.run(t, "systemctl restart gallad.service; systemctl is-active gallad.service")
	a := appliance{Bank: id}
	a.Token, a.Fingerprint = m.pairFrom(s)
	sale := takeSale(t, m.till(a), sim, 25000)
	shown := sell(t, m.till(a), 31000, slow)
	shown = until(t, m.till(a), shown.ID, slow, "its QR", hasQR)
	m.shows("image-pay", shown.QR.Payload)
	if out := s.run(t, "touch /media/root-ro/x 2>&1 || true; findmnt -rno FSTYPE /; systemctl is-enabled getty@tty1 ctrl-alt-del.target; passwd -S root | cut -d' ' -f2; cat /proc/sys/kernel/sysrq"); !strings.Contains(out, "Read-only file system") ||
		!strings.HasSuffix(out, "overlay\nmasked\nmasked\nL\n0") {
		t.Errorf("the card is open: %s", out)
	}
	t.Logf("memory: %s", s.run(t, memory+"; free -m"))
	m.pull(nil)

	m, _ = bootCard(t, disk, false, "")
	s = m.shell(slow)
	s.run(t, trust)
	until(t, m.till(a), sale.ID, slow, "the sale after the plug was pulled", func(s wire.Sale) bool { return s.Phase == state.PhasePaid })
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

// TestImageUpdate installs the update to the other slot, and plays the firmware: the new system is tried once and proves itself.
func TestImageUpdate(t *testing.T) {
	disk := clone(t, card(t, *imageFlag))
	id := newIdentity(t)
	sim := serveBank(t, id)
	// The update comes on a stick.
	stick := filepath.Join(t.TempDir(), "stick")
	tree := filepath.Join(t.TempDir(), "tree")
	if err := os.Mkdir(tree, 0o755); err != nil {
		t.Fatal(err)
	}
	if b, err := exec.Command("sh", "-c", `cp "$1" "$2/galla.raucb" && truncate -s 1G "$3" && mke2fs -q -t ext4 -d "$2" "$3"`, "sh", card(t, *raucFlag), tree, stick).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	m, _ := bootCard(t, disk, false, stick)
	s := m.shell(slow)
	s.booted(t)
	s.write(t, "/etc/credstore/gateway-enkash", "600", keys)
	s.run(t, fmt.Sprintf("cat > /etc/galla/gallad.toml <<'TOML'\n%sTOML", fmt.Sprintf(config, id.Port)))
	s.run(t, fmt.Sprintf("cat >> /etc/ssl/certs/ca-certificates.crt <<'PEM'\n%sPEM", id.Cert))
	s.run(t, "systemctl restart gallad.service")
	a := appliance{Bank: id}
	a.Token, a.Fingerprint = m.pairFrom(s)
	sale := takeSale(t, m.till(a), sim, 25000)
	begin := time.Now()
	s.run(t, "mkdir -p /run/stick && mount -o ro /dev/disk/by-id/virtio-extra /run/stick && rauc install /run/stick/galla.raucb")
	t.Logf("rauc install: %v\n%s", time.Since(begin).Round(time.Second), s.run(t, "rauc status; cat /boot/select/autoboot.txt"))
	if got := s.run(t, "cat /run/systemd/reboot-param"); got != "0 tryboot" {
		t.Errorf("the firmware will be told %q", got)
	}
	s.run(t, "sync")
	m.poweroff(s)

	if f := startOf(t, disk, false); f.slot != "A" {
		t.Errorf("without a try the firmware starts %s", f.slot)
	}
	m, slot := bootCard(t, disk, true, "")
	if slot != "B" {
		t.Fatalf("the try starts slot %s", slot)
	}
	s = m.shell(slow)
	until(t, m.till(a), sale.ID, slow, "the sale in the new system", func(s wire.Sale) bool { return s.Phase == state.PhasePaid })
	within(t, slow, "the new system to be marked good", func(context.Context) bool {
		out, _, _ := s.try("systemctl show -P Result -P ActiveState galla-proved; rauc status 2>&1", slow)
		return strings.Contains(out, "boot status: good") && strings.HasPrefix(out, "success\ninactive")
	})
	t.Logf("in the new slot: %s", s.run(t, "cat /proc/cmdline; rauc status; cat /boot/select/autoboot.txt"))
	m.poweroff(s)
	if f := startOf(t, disk, false); f.slot != "B" {
		t.Errorf("after it has proved itself the firmware starts %s", f.slot)
	}
}
