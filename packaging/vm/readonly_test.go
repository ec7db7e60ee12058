//go:build rig

package vm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"galla/state"

	"galla/internal/counter/wire"
)

// TestReadOnlyRoot: the root file system stays as it was written by the image's maker, all else is in memory, and the
// sales are on a partition of their own: three starts, the plug pulled between them.
func TestReadOnlyRoot(t *testing.T) {
	a, disk := installed(t)
	sim := serveBank(t, a.Bank)
	data := filepath.Join(t.TempDir(), "data.img")
	f, err := os.Create(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(256 << 20); err != nil {
		t.Fatal(err)
	}
	f.Close()
	// An empty data partition, and the mount the image has in its fstab.
	m := boot(t, hardware{root: disk, data: data, kernel: unscreened})
	s := m.shell(slow)
	s.run(t, `mkfs.ext4 -q -L data /dev/vdb
		systemctl stop gallad.service; mount /dev/vdb /mnt; cp -a /var/lib/galla/. /mnt/; umount /mnt
		echo "LABEL=data /var/lib/galla ext4 noatime,errors=remount-ro 0 2" >> /etc/fstab`)
	m.poweroff(s)
	root, err := exec.Command("sha256sum", disk).Output()
	if err != nil {
		t.Fatal(err)
	}

	id := ""
	for i := range 3 {
		m := boot(t, hardware{root: disk, data: data, kernel: "galla.overlay ro " + unscreened})
		till := m.till(a)
		if id != "" {
			sell(t, till, 100, slow)
			until(
				t,
				till,
				id,
				slow,
				"the sale of the last start",
				func(s wire.Sale) bool { return s.Phase == state.PhasePaid },
			)
		} else {
			sell(t, till, 100, slow)
		}
		id = takeSale(t, till, sim, 500+i).ID
		s := m.shell(slow)
		if out := s.run(t, "findmnt -no FSTYPE / ; findmnt -no OPTIONS /media/root-ro | tr , '\\n' | grep -x ro; "+
			"findmnt -no SOURCE /var/lib/galla; touch /etc/x && echo memory"); out != "overlay\nro\n/dev/vdb\nmemory" {
			t.Errorf("the mounts are %q", out)
		}
		if out := s.run(t, "systemctl --failed --no-legend --plain"); out != "" {
			t.Errorf("failed units: %s", out)
		}
		m.pull(nil)
	}
	if now, err := exec.Command("sha256sum", disk).Output(); err != nil ||
		strings.Fields(string(now))[0] != strings.Fields(string(root))[0] {
		t.Errorf("the root disk has changed: %s %s %v", root, now, err)
	}
}
