//go:build rig

package rig

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const top = "../../.." // of the tree

// box is a machine that systemd runs.
type box struct {
	t      *testing.T
	dir    string
	nspawn *exec.Cmd
	log    bytes.Buffer
	leader string // pid of its systemd
}

// newBox unpacks a fresh Debian and boots it. The Debian is made once and kept under build/rig.
func newBox(t *testing.T) *box {
	t.Helper()
	return newBoxOf(t, "bookworm")
}

// newBoxOf is newBox with another Debian, by its name.
func newBoxOf(t *testing.T, suite string) *box {
	t.Helper()
	return newBoxFrom(t, newDebian(t, suite, suite))
}

// newDebian makes a Debian, once, as build/rig/name.tar.
func newDebian(t *testing.T, suite, name string, options ...string) (tar string) {
	t.Helper()
	base, err := filepath.Abs(top + "/build/rig/" + name + ".tar")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(base); err == nil {
		return base
	}
	if err := os.MkdirAll(filepath.Dir(base), 0o755); err != nil {
		t.Fatal(err)
	}
	fresh := base + ".new"
	args := append([]string{
		"--quiet",
		"--variant=minbase",
		"--format=tar",
		"--include=systemd,systemd-sysv,init-system-helpers,ca-certificates,dbus,procps",
	}, options...)
	sh(t, "mmdebstrap", append(args, suite, fresh, "deb http://deb.debian.org/debian "+suite+" main")...)
	if err := os.Rename(fresh, base); err != nil {
		t.Fatal(err)
	}
	return base
}

// newBoxFrom boots a Debian that newDebian made.
func newBoxFrom(t *testing.T, base string) *box {
	t.Helper()
	// nspawn's cgroups are this process's own, and two systemds would stop each other's units.
	lock, err := os.Create(filepath.Join(os.TempDir(), "galla-rig-deb.lock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Close() })
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, dir: t.TempDir()}
	sh(t, "tar", "xf", base, "-C", b.dir, "--exclude=./dev/*")
	b.boot()
	t.Cleanup(b.stop)
	return b
}

func sh(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func (b *box) boot() {
	b.t.Helper()
	b.nspawn = exec.Command(
		"systemd-nspawn",
		"--quiet",
		"--directory="+b.dir,
		"--register=no",
		"--keep-unit",
		"--private-network",
		"--boot",
	)
	b.nspawn.Stdout, b.nspawn.Stderr = &b.log, &b.log
	if err := b.nspawn.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.within(2*time.Minute, "booting", func() bool {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", b.nspawn.Process.Pid, b.nspawn.Process.Pid))
		if b.leader = strings.TrimSpace(string(raw)); err != nil || b.leader == "" || strings.Contains(b.leader, " ") {
			return false
		}
		state, _ := b.try("systemctl is-system-running")
		return strings.HasPrefix(state, "running") || strings.HasPrefix(state, "degraded")
	})
}

// stop ends the machine as a pulled plug would: its systemd is killed, and the kernel ends everything else in it.
// Killing nspawn alone would leave it running, and writing.
func (b *box) stop() {
	if leader, err := strconv.Atoi(b.leader); err == nil {
		syscall.Kill(leader, syscall.SIGKILL)
	} else {
		b.nspawn.Process.Kill()
	}
	b.nspawn.Wait() // for its last process, too
}

// step is a part of the box's life; what comes after one that failed would prove nothing.
func (b *box) step(name string, part func(t *testing.T)) {
	life := b.t
	defer func() { b.t = life }()
	if !life.Run(name, func(t *testing.T) { b.t = t; part(t) }) {
		life.FailNow()
	}
}

// try runs a command of the shell in the box.
func (b *box) try(command string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(
		ctx,
		"nsenter",
		"-t",
		b.leader,
		"-m",
		"-p",
		"-u",
		"-i",
		"-n",
		"-C",
		"-r",
		"-w",
		"sh",
		"-c",
		command,
	)
	cmd.Env = []string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"DEBIAN_FRONTEND=noninteractive",
		"LC_ALL=C.UTF-8",
		"HOME=/root",
	}
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// do is a command that must succeed.
func (b *box) do(command string) string {
	b.t.Helper()
	out, err := b.try(command)
	if err != nil {
		journal, _ := b.try("journalctl -b --no-pager -n 60")
		b.t.Fatalf("%s: %v\n%s\n\nthe journal says\n%s", command, err, out, journal)
	}
	return out
}

// says is a command that must say want.
func (b *box) says(command, want string) {
	b.t.Helper()
	if got, _ := b.try(command); !strings.Contains(got, want) {
		b.t.Errorf("%s says %q, want %q", command, got, want)
	}
}

func (b *box) within(limit time.Duration, what string, ok func() bool) {
	b.t.Helper()
	for end := time.Now().Add(limit); !ok(); <-time.After(50 * time.Millisecond) {
		if time.Now().After(end) {
			journal, _ := b.try("journalctl -b --no-pager -n 60")
			b.t.Fatalf("%s did not happen within %v\n%s\n%s", what, limit, b.log.String(), journal)
		}
	}
}

func (b *box) path(name string) string { return filepath.Join(b.dir, name) }

func (b *box) write(name, text string, mode fs.FileMode) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(b.path(name)), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.path(name), []byte(text), mode); err != nil {
		b.t.Fatal(err)
	}
}

// give copies a file of this machine into the box.
func (b *box) give(from, to string) {
	b.t.Helper()
	sh(b.t, "cp", from, b.path(to))
}
