package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// board plays the firmware of a Raspberry Pi and the disk that slot writes to.
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
	b.write("select/autoboot.txt", "[all]\nboot_partition=2\n")
	return b
}

func (b *board) env() []string {
	return append(
		os.Environ(),
		"GALLA_SELECT="+b.dir+"/select",
		"GALLA_STATE="+b.dir+"/state",
		"GALLA_CMDLINE="+b.dir+"/cmdline",
	)
}

func (b *board) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// firmware starts the partition that autoboot.txt names. That is all it can do: Debian's kernel hands it no wish to try
// another.
func (b *board) firmware() (slot string) {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, "select/autoboot.txt"))
	if err != nil {
		b.t.Fatal(err)
	}
	in := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = strings.Trim(line, "[]")
		} else if n, ok := strings.CutPrefix(line, "boot_partition="); ok && in == "all" {
			slot = map[string]string{"2": "A", "3": "B"}[n]
		}
	}
	b.write("cmdline", "root=PARTUUID=6a11a000-0"+map[string]string{"A": "5", "B": "6"}[slot]+" ro quiet\n")
	return slot
}

// start is the firmware's choice, and the first thing that the system does which it starts.
func (b *board) start() (slot string) {
	b.t.Helper()
	slot = b.firmware()
	b.slot("begin")
	return slot
}

func (b *board) slot(args ...string) string {
	b.t.Helper()
	cmd := exec.Command("sh", append([]string{"files/usr/lib/galla/slot"}, args...)...)
	cmd.Env = b.env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("slot %v: %v %s", args, err, out)
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
	b.slot("set-state", slot, "bad")
	b.want("the slot that is written", b.slot("get-state", slot), "bad")
	b.slot("set-primary", slot)
	b.want("the primary before the restart", b.slot("get-primary"), slot)
}

func TestUpdateThatWorks(t *testing.T) {
	b := newBoard(t)
	b.want("first start", b.start(), "A")
	b.want("primary", b.slot("get-primary"), "A")
	b.install("B")
	b.want("the start after the update", b.start(), "B")
	b.want("current", b.slot("get-current"), "B")
	b.want("primary while it is on trial", b.slot("get-primary"), "A")
	b.slot("set-state", "B", "good")
	b.want("state", b.slot("get-state", "B"), "good")
	b.want("the start after it has proved itself", b.start(), "B")
	b.install("A")
	b.want("the next update", b.start(), "A")
	b.slot("set-state", "A", "good")
	b.want("and after it", b.start(), "A")
}

func TestUpdateThatFails(t *testing.T) {
	b := newBoard(t)
	b.start()
	b.install("B")
	b.want("the start after the update", b.start(), "B")
	// The new system hangs, or its till never gets ready: the watchdog restarts the board.
	b.want("the start after the watchdog", b.start(), "A")
	b.want("the slot that failed", b.slot("get-state", "B"), "bad")
	b.want("primary", b.slot("get-primary"), "A")
	b.slot("set-state", "A", "good")
	b.want("and from then on", b.start(), "A")
}

func TestPlugPulledBetweenUpdateAndRestart(t *testing.T) {
	b := newBoard(t)
	b.start()
	b.install("B")
	b.want("the next start is the trial", b.start(), "B")
	b.want("and the one after a trial that did not end well", b.start(), "A")
}

// The plug is pulled before the new system has come as far as "begin": the trial is still to come.
func TestPlugPulledBeforeTheTrial(t *testing.T) {
	b := newBoard(t)
	b.start()
	b.install("B")
	b.want("the firmware", b.firmware(), "B")
	b.want("the next start", b.start(), "B")
	b.want("primary on trial", b.slot("get-primary"), "A")
	b.slot("set-state", "B", "good")
	b.want("the start after it has proved itself", b.start(), "B")
}

// A cut between the two writes of "good": the system is proved once more, and nothing is lost.
func TestPlugPulledWhileProved(t *testing.T) {
	b := newBoard(t)
	b.start()
	b.install("B")
	b.start()
	b.slot("set-state", "B", "good")
	b.write("state/bad-B", "")
	b.want("the next start", b.start(), "B")
	b.slot("set-state", "B", "good")
	b.want("primary", b.slot("get-primary"), "B")
}

func TestTakenBack(t *testing.T) {
	b := newBoard(t)
	b.start()
	b.install("B")
	b.slot("set-primary", "A")
	b.want("the next start", b.start(), "A")
}

func TestRefuses(t *testing.T) {
	b := newBoard(t)
	b.start()
	for _, args := range [][]string{{}, {"set-primary", "C"}, {"set-state", "A", "fine"}, {"get-everything"}} {
		cmd := exec.Command("sh", append([]string{"files/usr/lib/galla/slot"}, args...)...)
		cmd.Env = b.env()
		if out, err := cmd.CombinedOutput(); err == nil || len(out) == 0 {
			t.Errorf("slot %v: %v %q", args, err, out)
		}
	}
	before, _ := os.ReadFile(filepath.Join(b.dir, "select/autoboot.txt"))
	if !strings.Contains(string(before), "[all]\nboot_partition=2\n") {
		t.Errorf("autoboot.txt was changed: %s", before)
	}
}
