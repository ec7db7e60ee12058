package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

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
}
