package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBox_4: no file system of the card is found by a label, which a stick may have too, but by the card's own numbers;
// what is no part of the card is a bind of what is.
func TestBox_4(t *testing.T) {
	text, err := os.ReadFile("files/etc/fstab")
	if err != nil {
		t.Fatal(err)
	}
	parts := 0
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		part := strings.HasPrefix(f[0], "PARTUUID=6a11a000-")
		if !part && !(strings.HasPrefix(f[0], "/data/") && strings.Contains(f[3], "bind")) {
			t.Errorf("%s is mounted by %s", f[1], f[0])
		}
		if part {
			parts++
		}
	}
	if parts != 2 {
		t.Errorf("%d parts of the card", parts)
	}
}

// A start that waits 90 s for the card and then gives up was seen: nothing sold, and the trial went nowhere. systemd's
// own reader of fstab says how long the card is waited for.
func TestTheCardIsWaitedFor(t *testing.T) {
	const generator = "/usr/lib/systemd/system-generators/systemd-fstab-generator"
	if _, err := os.Stat(generator); err != nil {
		t.Fatal("no systemd here: apt-get install systemd: ", err)
	}
	dir := t.TempDir()
	cmd := exec.Command(generator, dir, dir, dir)
	cmd.Env = append(os.Environ(), "SYSTEMD_FSTAB=files/etc/fstab")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, disk := range []string{`dev-disk-by\x2dpartuuid-6a11a000\x2d07`, `dev-disk-by\x2dpartuuid-6a11a000\x2d01`} {
		b, err := os.ReadFile(filepath.Join(dir, disk+".device.d/50-device-timeout.conf"))
		if err != nil || !strings.Contains(string(b), "JobRunningTimeoutSec=10min") {
			t.Errorf("%s: %s %v", disk, b, err)
		}
	}
	unit, err := os.ReadFile(filepath.Join(dir, "data.mount"))
	if err != nil || !strings.Contains(string(unit), "x-systemd.device-bound=no") {
		t.Errorf("the data is unmounted when its partition's name goes: %s %v", unit, err)
	}
}
