package image

import (
	"strings"
	"testing"
)

// proved does what galla-proved.service does after the start.
func (b *box) proved(good bool) string {
	b.t.Helper()
	cmd := b.command("")
	cmd.Args = []string{"sh", "files/usr/lib/galla/proved"}
	out, err := cmd.CombinedOutput()
	if (err == nil) != good {
		b.t.Errorf("proved: %v %s", err, out)
	}
	return string(out)
}

func TestProved(t *testing.T) {
	b := newBox(t)
	b.install("B")
	b.want("the trial", b.start(), "B")
	b.write("health", starting+"\n"+starting+"\n"+selling+"\n")
	b.proved(true)
	b.want("turns waited", b.read("slept"), "5\n5\n")
	b.want("the next start", b.start(), "B")
	b.want("restarts", b.read("systemctl"), "")
}

func TestNotProved(t *testing.T) {
	b := newBox(t)
	b.install("B")
	b.want("the trial", b.start(), "B")
	b.write("health", starting+"\n")
	b.says("the journal", b.proved(false), "restarting into the system from before")
	b.want("turns waited", b.read("slept"), strings.Repeat("5\n", 60))
	b.want("restarts", b.read("systemctl"), "reboot\n")
	b.want("the next start", b.start(), "A")
}

// A box that is out of service keeps its system, and nobody waits for it.
func TestNothingToProve(t *testing.T) {
	b := newBox(t)
	b.write("health", starting+"\n")
	b.proved(true)
	b.want("turns waited", b.read("slept"), "")
	b.want("restarts", b.read("systemctl"), "")
	b.want("the next start", b.start(), "A")
}
