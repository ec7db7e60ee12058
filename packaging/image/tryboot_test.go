package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// board plays the firmware of a Raspberry Pi and the disk that tryboot writes to.
type board struct {
	t   *testing.T
	dir string
}

func newBoard(t *testing.T) *board {
	b := &board{t, t.TempDir()}
	for _, d := range []string{"select", "state"} {
		if err := os.Mkdir(filepath.Join(b.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	b.write("select/autoboot.txt", "[all]\ntryboot_a_b=1\nboot_partition=2\n[tryboot]\nboot_partition=3\n")
	return b
}

func (b *board) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// start does what the firmware does: it starts the partition of the section that counts, and forgets that it was told to try.
func (b *board) start() (slot string) {
	b.t.Helper()
	section := "all"
	if arg, err := os.ReadFile(filepath.Join(b.dir, "param")); err == nil && strings.TrimSpace(string(arg)) == "0 tryboot" {
		section = "tryboot"
	}
	os.Remove(filepath.Join(b.dir, "param")) // /run
	text, err := os.ReadFile(filepath.Join(b.dir, "select/autoboot.txt"))
	if err != nil {
		b.t.Fatal(err)
	}
	in := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = strings.Trim(line, "[]")
		} else if n, ok := strings.CutPrefix(line, "boot_partition="); ok && in == section {
			slot = map[string]string{"2": "A", "3": "B"}[n]
		}
	}
	b.write("cmdline", "root=PARTUUID=6a11a000-0"+map[string]string{"A": "5", "B": "6"}[slot]+" ro quiet\n")
	return slot
}

func (b *board) tryboot(args ...string) string {
	b.t.Helper()
	cmd := exec.Command("sh", append([]string{"files/usr/lib/galla/tryboot"}, args...)...)
	cmd.Env = append(os.Environ(), "GALLA_SELECT="+b.dir+"/select", "GALLA_STATE="+b.dir+"/state", "GALLA_PARAM="+b.dir+"/param", "GALLA_CMDLINE="+b.dir+"/cmdline")
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("tryboot %v: %v %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (b *board) want(what, got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// install is what RAUC asks of its backend while it installs to a slot.
func (b *board) install(slot string) {
	b.tryboot("set-state", slot, "bad")
	b.want("the slot that is written", b.tryboot("get-state", slot), "bad")
	b.tryboot("set-primary", slot)
	b.want("the primary before the restart", b.tryboot("get-primary"), slot)
}

func TestUpdateThatWorks(t *testing.T) {
	b := newBoard(t)
	b.want("first start", b.start(), "A")
	b.want("primary", b.tryboot("get-primary"), "A")
	b.install("B")
	b.want("the start after the update", b.start(), "B")
	b.want("current", b.tryboot("get-current"), "B")
	b.want("primary while it is on trial", b.tryboot("get-primary"), "A")
	b.tryboot("set-state", "B", "good")
	b.want("state", b.tryboot("get-state", "B"), "good")
	b.want("the start after it has proved itself", b.start(), "B")
	b.install("A")
	b.want("the next update", b.start(), "A")
	b.tryboot("set-state", "A", "good")
	b.want("and after it", b.start(), "A")
}

func TestUpdateThatFails(t *testing.T) {
	b := newBoard(t)
	b.start()
	b.install("B")
	b.want("the start after the update", b.start(), "B")
	// The new system hangs, or its till never gets ready: the watchdog restarts the board.
	b.want("the start after the watchdog", b.start(), "A")
	b.want("the slot that failed", b.tryboot("get-state", "B"), "bad")
	b.want("primary", b.tryboot("get-primary"), "A")
	b.tryboot("set-state", "A", "good")
	b.want("and from then on", b.start(), "A")
}

func TestPlugPulledBetweenUpdateAndRestart(t *testing.T) {
	b := newBoard(t)
	b.start()
	b.install("B")
	os.Remove(filepath.Join(b.dir, "param")) // in memory, gone with the power
	b.want("the next start", b.start(), "A")
	b.want("primary", b.tryboot("get-primary"), "A")
}

func TestTakenBack(t *testing.T) {
	b := newBoard(t)
	b.start()
	b.install("B")
	b.tryboot("set-primary", "A")
	b.want("the next start", b.start(), "A")
}

func TestRefuses(t *testing.T) {
	b := newBoard(t)
	b.start()
	for _, args := range [][]string{{}, {"set-primary", "C"}, {"set-state", "A", "fine"}, {"get-everything"}} {
		cmd := exec.Command("sh", append([]string{"files/usr/lib/galla/tryboot"}, args...)...)
		cmd.Env = append(os.Environ(), "GALLA_SELECT="+b.dir+"/select", "GALLA_STATE="+b.dir+"/state", "GALLA_PARAM="+b.dir+"/param", "GALLA_CMDLINE="+b.dir+"/cmdline")
		if out, err := cmd.CombinedOutput(); err == nil || len(out) == 0 {
			t.Errorf("tryboot %v: %v %q", args, err, out)
		}
	}
	before, _ := os.ReadFile(filepath.Join(b.dir, "select/autoboot.txt"))
	if !strings.Contains(string(before), "[all]\ntryboot_a_b=1\nboot_partition=2\n") {
		t.Errorf("autoboot.txt was changed: %s", before)
	}
}
