//go:build rig

package vm

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/state"
)

// ends are the sectors behind the extended and the data partition, read from the card's own tables by their layout
// (UEFI 2.10, 5.2.1; the extended one is a list of tables of two entries, the next one's place counted from its begin).
func ends(t *testing.T, path string) (extended, data int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	entry := func(table int64, n int) (start, size int64) {
		var b [16]byte
		if _, err := f.ReadAt(b[:], table*sector+446+16*int64(n)); err != nil {
			t.Fatal(err)
		}
		return int64(binary.LittleEndian.Uint32(b[8:])), int64(binary.LittleEndian.Uint32(b[12:]))
	}
	begin, size := entry(0, 3)
	extended = begin + size

	table := begin
	for range 2 { // 5 and 6 stand before it
		next, _ := entry(table, 1)
		table = begin + next
	}
	start, size := entry(table, 0)
	return extended, table + start + size
}

// grown waits until the data partition has the rest of the card, and returns what df says of it, in bytes.
func (s *shell) grown(t *testing.T) int64 {
	t.Helper()
	within(t, slow, "the data partition to be grown", func(context.Context) bool {
		out, _, _ := s.try("systemctl show -P Result galla-grow; journalctl --no-pager -b -o cat -u galla-grow", slow)
		return strings.HasPrefix(out, "success") && strings.Contains(out, "Finished")
	})
	n, err := strconv.ParseInt(s.run(t, "df --output=size -B1 /data | tail -n 1 | tr -d ' '"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestImageGrows puts the image on a card of 6 GB and then on one of 8 GB. The plug is pulled when the extended
// partition has its new end, and again when the data partition has it and its file system grows. What lay on it stays.
func TestImageGrows(t *testing.T) {
	disk := clone(t, card(t, *imageFlag))
	if err := os.Truncate(disk, 6_000_000_000); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(*cutsSeed, 23))
	extended, data := ends(t, disk)
	b := board{card: disk, lossy: true, dark: true}

	cut := func(what string, busy bool, done func(nowExtended, nowData int64) bool) {
		t.Helper()
		m, _ := b.boot(t)
		for end := time.Now().Add(slow); !done(ends(t, disk)); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("waited %v for %s", slow, what)
			}
		}
		for end := time.Now().Add(20 * time.Second); busy && m.disk.waiting() == 0 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		var cached, lost int
		var err error
		m.pull(func() { cached, lost, err = m.disk.cut(r) })
		if err != nil {
			t.Fatal(err)
		}
		e, d := ends(t, disk)
		t.Logf("%s: %d sectors were in the card's cache, %d of them lost; the extended partition ends at %d of %d, "+
			"the data at %d", what, cached, lost, e, 6_000_000_000/sector, d)
	}
	cut("a new end of the extended partition", false, func(e, d int64) bool { return e > extended })
	cut("a new end of the data partition", true, func(_, d int64) bool { return d > data })

	id := newIdentity(t)
	sim := serveBank(t, id)
	m, _ := b.boot(t)
	s := m.shell(slow)
	size := s.grown(t)
	if size < 2_300_000_000 { // 3.5 GB of the card lie before it
		t.Errorf("after two cuts the data has %d bytes of a card of 6 GB", size)
	}
	s.tillStarted(t)
	a := m.setUp(s, id)
	sale := takeSale(t, m.till(a), sim, 25000)
	m.poweroff(s)
	_, data = ends(t, disk)
	if data < 6_000_000_000/sector-16384 {
		t.Errorf("the data partition ends at sector %d of %d", data, 6_000_000_000/sector)
	}

	if err := os.Truncate(disk, 8_000_000_000); err != nil {
		t.Fatal(err)
	}
	m, _ = b.boot(t)
	s = m.shell(slow)
	if now := s.grown(t); now < size+1_900_000_000 {
		t.Errorf("on a card of 8 GB the data has %d bytes, on one of 6 GB it had %d", now, size)
	}
	s.tillStarted(t)
	until(t, m.till(a), sale.ID, slow, "the sale from before",
		func(s wire.Sale) bool { return s.Phase == state.PhasePaid })
	m.poweroff(s)

	begin := dataAt(t, disk)
	if out, err := exec.Command("/usr/sbin/e2fsck", "-fn", fmt.Sprintf("%s?offset=%d", disk, begin*sector)).
		CombinedOutput(); err != nil {
		t.Errorf("e2fsck finds the data partition damaged: %v\n%s", err, out)
	}
}

// dataAt is the sector at which the data partition begins, as sfdisk reads the card.
func dataAt(t *testing.T, disk string) int64 {
	t.Helper()
	out, err := exec.Command("/usr/sbin/sfdisk", "--json", disk).Output()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(out), disk+"7")
	_, rest, _ = strings.Cut(rest, `"start":`)
	n, err := strconv.ParseInt(strings.TrimSpace(rest[:strings.IndexByte(rest, ',')]), 10, 64)
	if err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return n
}

// stickWith makes a stick with a FAT and what a shell command puts on it; $1 is the stick.
func stickWith(t *testing.T, size, put string, args ...string) string {
	t.Helper()
	stick := filepath.Join(t.TempDir(), "stick")
	script := `PATH=$PATH:/usr/sbin; truncate -s ` + size + ` "$1" && mkfs.vfat -n PHOTOS "$1" && ` + put
	all := append([]string{"-c", script, "sh", stick}, args...)
	if b, err := exec.Command("sh", all...).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	return stick
}

// said is an answer on a stick; empty for none.
func said(t *testing.T, stick, name string) string {
	t.Helper()
	cmd := exec.Command("mtype", "-i", stick, "::"+name)
	cmd.Env = append(os.Environ(), "MTOOLS_SKIP_CHECK=1")
	b, _ := cmd.Output()
	return string(b)
}

// TestImageCopies leaves a stick with a folder galla-backup in the box: the sales come to it by themselves. The card
// burns; a new one with the same stick and a galla-restore.txt has them again.
func TestImageCopies(t *testing.T) {
	id := newIdentity(t)
	sim := serveBank(t, id)
	stick := stickWith(t, "256M", `mmd -i "$1" ::galla-backup`)

	m, _ := bootCard(t, clone(t, card(t, *imageFlag)), stick)
	s := m.shell(slow)
	s.tillStarted(t)
	a := m.setUp(s, id)
	sale := takeSale(t, m.till(a), sim, 25000)
	m.plugIn()
	within(t, slow, "gallad's own copy, five minutes after its start", func(context.Context) bool {
		out, _, _ := s.try("ls /var/lib/galla/copies/galla.db", slow)
		return out == "/var/lib/galla/copies/galla.db"
	})
	within(t, 2*slow, "the copy to be on the stick", func(context.Context) bool {
		time.Sleep(time.Second)
		return said(t, stick, "galla-backup/galla.db") != ""
	})
	t.Logf("the copy: %s", s.run(t, "journalctl --no-pager -b -o short-monotonic -u galla-copies -u 'galla-stick@*'; "+
		"galla doctor || true"))
	m.poweroff(s)
	if out, err := exec.Command("mdir", "-i", stick, "::galla-backup").CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}

	ask := exec.Command("sh", "-c", `: | mcopy -i "$1" - ::galla-restore.txt`, "sh", stick)
	if out, err := ask.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	m, _ = bootCard(t, clone(t, card(t, *imageFlag)), stick)
	s = m.shell(slow)
	s.tillStarted(t)
	m.plugIn()
	journal := ""
	within(t, slow, "the sales to be put back", func(context.Context) bool {
		journal, _, _ = s.try("journalctl --no-pager -b -o cat -u 'galla-stick@*'", slow)
		if strings.Contains(journal, "Nothing was put back") {
			t.Fatalf("the new card: %s", journal)
		}
		return strings.Contains(journal, "The sales are back")
	})
	t.Logf("the new card: %s", journal)
	a = m.setUp(s, id)
	until(t, m.till(a), sale.ID, slow, "the sale of the card that burnt",
		func(s wire.Sale) bool { return s.Phase == state.PhasePaid })
	m.poweroff(s)
	if answer := said(t, stick, "galla-restore-answer.txt"); !strings.Contains(answer, "Delete galla-restore.txt.") {
		t.Errorf("the stick says %q", answer)
	}
}

// TestImageRollback installs an update whose till never starts: the new system begins its trial, waits five minutes,
// and restarts into the one from before, which has the sales and sells.
func TestImageRollback(t *testing.T) {
	disk := clone(t, card(t, *imageFlag))
	id := newIdentity(t)
	sim := serveBank(t, id)
	stick := stickWith(t, "1G", `mcopy -i "$1" "$2" ::galla.raucb`, card(t, *raucFlag))
	m, _ := bootCard(t, disk, stick)
	s := m.shell(slow)
	s.tillStarted(t)
	a := m.setUp(s, id)
	open := sell(t, m.till(a), 31000, slow)
	open = until(t, m.till(a), open.ID, slow, "its QR", hasQR)
	s.run(t, "echo older > /usr/lib/galla/image-version")
	m.plugIn()
	within(t, 2*slow, "the update to be written", func(context.Context) bool {
		journal, _, _ := s.try("journalctl --no-pager -o cat -u 'galla-stick@*' -u rauc", slow)
		return strings.Contains(journal, "restarts with it when no sale is open")
	})
	// As a program that ends at once, whatever it is asked.
	s.run(t, "mkdir /run/new && mount /dev/disk/by-partuuid/6a11a000-06 /run/new && "+
		"cp /run/new/usr/bin/false /run/new/usr/bin/gallad && umount /run/new && sync")
	if _, err := sim.Phone().Pay(open.QR.Payload); err != nil {
		t.Fatalf("the phone: %v", err)
	}
	restarts := func(why string) {
		t.Helper()
		select {
		case <-m.died: // -no-reboot
		case <-time.After(2 * slow):
			t.Fatalf("the box does not restart %s", why)
		}
	}
	restarts("after the last sale was paid")

	m, slot := bootCard(t, disk, "")
	if slot != "B" {
		t.Fatalf("after the update the firmware starts slot %s", slot)
	}
	begin := time.Now()
	restarts("over a till that never starts")
	t.Logf("the trial ended %v after power", time.Since(begin).Round(time.Second))

	m, slot = bootCard(t, disk, stick)
	if slot != "A" {
		t.Fatalf("after a failed trial the firmware starts slot %s", slot)
	}
	s = m.shell(slow)
	s.tillStarted(t)
	s.trusts(t, id)
	s.run(t, "systemctl restart gallad.service")
	until(t, m.till(a), open.ID, slow, "the sale that was paid before",
		func(s wire.Sale) bool { return s.Phase == state.PhasePaid })
	takeSale(t, m.till(a), sim, 12300)
	if out := s.run(t, "/usr/lib/galla/slot get-state B; /usr/lib/galla/slot get-primary"); out != "bad\nA" {
		t.Errorf("after a failed trial the slots are %q", out)
	}
	m.poweroff(s)
}

// TestImageMemory starts the card, screen and all, with what a Zero 2 W leaves the kernel of its 512 MB (426 MB), and
// sells: each unit within its own limit, nothing started anew, nothing killed for want of memory.
func TestImageMemory(t *testing.T) {
	id := newIdentity(t)
	sim := serveBank(t, id)
	m, _ := board{card: clone(t, card(t, *imageFlag)), memory: 426}.boot(t)
	s := m.shell(slow)
	s.booted(t)
	a := m.setUp(s, id)
	for n := range 5 {
		takeSale(t, m.till(a), sim, 10000+n)
	}
	open := sell(t, m.till(a), 31000, slow)
	open = until(t, m.till(a), open.ID, slow, "its QR", hasQR)
	m.shows("image-small", open.QR.Payload)

	t.Logf("426 MB: %s", s.run(t, memory+"; head -3 /proc/meminfo; systemctl show -P MemoryCurrent -P MemoryPeak "+
		"-P MemoryMax gallad galla-display"))
	if out := s.run(t, "systemctl show -P NRestarts gallad galla-display; journalctl --no-pager -b -k -o cat | "+
		"grep -ci 'out of memory' || true"); strings.Join(strings.Fields(out), " ") != "0 0 0" {
		t.Errorf("restarts of gallad and the screen, and kills: %q", out)
	}
	m.poweroff(s)
}
