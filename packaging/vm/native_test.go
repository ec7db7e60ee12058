//go:build rig

package vm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"galla/internal/counter/client"
)

// container is the installed system on this computer's own processor: systemd and all of userspace at the speed of
// hardware, without kernel, firmware and devices. An emulated machine says nothing about seconds; this does.
type container struct {
	t      *testing.T
	cmd    *exec.Cmd
	ended  chan struct{}
	leader string // process id of its init
	start  time.Time
}

// mounted mounts a disk's file system for the length of the test, and says which loop device carries it.
func mounted(t *testing.T, disk string) (root, loop string) {
	t.Helper()
	root = t.TempDir()
	if b, err := exec.Command("mount", "-o", "loop,noatime", disk, root).CombinedOutput(); err != nil {
		t.Fatalf("mount: %v %s", err, b)
	}
	t.Cleanup(func() {
		if b, err := exec.Command("umount", root).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, b)
		}
	})
	b, err := exec.Command("findmnt", "-no", "SOURCE", root).Output()
	if err != nil {
		t.Fatal(err)
	}
	return root, strings.TrimSpace(string(b))
}

func startContainer(t *testing.T, root string, more ...string) *container {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "console.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	args := append(
		[]string{"-q", "-D", root, "--boot", "--register=no", "--keep-unit", "--link-journal=no", "--console=pipe"},
		more...)
	c := &container{
		t:     t,
		cmd:   exec.Command("systemd-nspawn", append(args, strings.Fields(unscreened)...)...),
		ended: make(chan struct{}),
		start: time.Now(),
	}
	c.cmd.Stdout, c.cmd.Stderr = log, log
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.cmd.Wait(); close(c.ended) }()
	return c
}

func (c *container) stop() {
	exec.Command("kill", "-RTMIN+4", c.leader).Run() // power off
	select {
	case <-c.ended:
	case <-time.After(slow):
		c.cmd.Process.Kill()
		<-c.ended
	}
}

// inside runs a command in the container.
func (c *container) inside(args ...string) (string, error) {
	// The first child is gone when the container's init is there: it is looked for until it answers.
	for end := time.Now().Add(slow); exec.Command("nsenter", "-t", c.leader, "-a", "--",
		"true").Run() != nil; time.Sleep(5 * time.Millisecond) {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", c.cmd.Process.Pid))
		if f := strings.Fields(string(b)); len(f) > 0 {
			c.leader = f[0]
		}
		if time.Now().After(end) {
			c.t.Fatal("the container has no init in time")
		}
	}
	b, err := exec.Command("nsenter", append([]string{"-t", c.leader, "-a", "--"}, args...)...).CombinedOutput()
	return strings.TrimSpace(string(b)), err
}

// number is what a command in the container prints.
func (c *container) number(args ...string) int64 {
	c.t.Helper()
	out, err := c.inside(args...)
	if err != nil {
		c.t.Fatalf("%v: %v %s", args, err, out)
	}
	n, err := strconv.ParseInt(out, 10, 64)
	if err != nil {
		c.t.Fatalf("%v says %q", args, out)
	}
	return n
}

// sold waits until a sale is accepted.
func (c *container) sold() time.Duration {
	c.t.Helper()
	for end := time.Now().Add(slow); ; time.Sleep(10 * time.Millisecond) {
		out, err := c.inside("galla", "sale", "1", "--json")
		if err == nil && strings.Contains(out, `"id"`) {
			return time.Since(c.start)
		}
		if time.Now().After(end) {
			c.t.Fatalf("no sale in time: %s", out)
		}
	}
}

// TestUserspaceTime: how long systemd takes to gallad's READY, and from the start of all to the answer to a first sale.
func TestUserspaceTime(t *testing.T) {
	_, disk := installed(t)
	root, _ := mounted(t, disk)
	var best, bestSale time.Duration
	for range 5 {
		c := startContainer(t, root, "--private-network")
		sold := c.sold()
		ready := time.Duration(c.number("systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", "gallad.service")-
			c.number("systemctl", "show", "-P", "UserspaceTimestampMonotonic")) * time.Microsecond
		c.stop()
		t.Logf("userspace to gallad's READY %v; to the first sale accepted %v",
			ready.Round(time.Millisecond), sold.Round(time.Millisecond))
		if best == 0 || sold < bestSale {
			best, bestSale = ready, sold
		}
	}
	t.Logf("the quickest of five: READY after %v, first sale after %v; load of this computer: %s",
		best.Round(time.Millisecond), bestSale.Round(time.Millisecond), load())
}

func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	return strings.TrimSpace(string(b))
}

// account is what the kernel has counted of gallad and of the disk below it.
type account struct {
	at      time.Time
	written int64         // bytes, to the block device, by everybody
	cpu     time.Duration // of gallad
	rss     int64         // kB, of gallad
	pss     int64
}

func (c *container) account(loop, pid string) (a account) {
	c.t.Helper()
	syscall.Sync()
	b, err := os.ReadFile(filepath.Join("/sys/block", filepath.Base(loop), "stat"))
	if err != nil {
		c.t.Fatal(err)
	}
	sectors, err := strconv.ParseInt(strings.Fields(string(b))[6], 10, 64)
	if err != nil {
		c.t.Fatal(err)
	}
	stat, err := c.inside("cat", "/proc/"+pid+"/stat", "/proc/"+pid+"/smaps_rollup")
	if err != nil {
		c.t.Fatal(stat)
	}
	f := strings.Fields(stat[strings.LastIndex(stat, ") ")+2:])
	var ticks int64
	for _, w := range f[11:13] { // user and system time, in hundredths of a second
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			c.t.Fatal(err)
		}
		ticks += n
	}
	a = account{at: time.Now(), written: sectors * 512, cpu: time.Duration(ticks) * 10 * time.Millisecond}
	for line := range strings.Lines(stat) {
		if w := strings.Fields(line); len(w) == 3 && w[0] == "Rss:" {
			a.rss, _ = strconv.ParseInt(w[1], 10, 64)
		} else if len(w) == 3 && w[0] == "Pss:" {
			a.pss, _ = strconv.ParseInt(w[1], 10, 64)
		}
	}
	return a
}

// TestTillFigures measures gallad at rest and in trade on this computer's own processor: memory, CPU, and what reaches
// the disk. It needs the gateway's address 10.0.2.2 on this computer, which run.sh gives it.
func TestTillFigures(t *testing.T) {
	a, disk := installed(t)
	root, loop := mounted(t, disk)
	sim, stop := openBank(t, "10.0.2.2", a.Bank)
	defer stop()
	c := startContainer(t, root)
	defer c.stop()
	c.sold()
	pid := strconv.FormatInt(c.number("systemctl", "show", "-P", "MainPID", "gallad.service"), 10)
	till := client.NewHTTP("https://127.0.0.1:7417", a.Token, browser(a.Fingerprint))
	takeSale(t, till, sim, 100)
	time.Sleep(40 * time.Second) // what is dirty is written within 30 s, and not counted
	begin := c.account(loop, pid)
	time.Sleep(*idleFlag)
	end := c.account(loop, pid)
	span := end.at.Sub(begin.at)
	t.Logf("at rest for %v: %.0f kB written, that is %.2f MB an hour; CPU of gallad %.3f %% of a core; RSS %.1f MB, "+
		"PSS %.1f MB; load %s", span.Round(time.Second),
		float64(end.written-begin.written)/1024, float64(end.written-begin.written)/(1<<20)/span.Hours(),
		100*float64(end.cpu-begin.cpu)/float64(span), float64(end.rss)/1024, float64(end.pss)/1024, load())
	begin = end
	for i := range *salesFlag {
		takeSale(t, till, sim, 1000+i)
	}
	end = c.account(loop, pid)
	n := float64(*salesFlag)
	t.Logf(
		"%d sales one after the other in %v: each %.1f kB written, CPU of gallad %v; RSS %.1f MB, PSS %.1f MB; load %s",
		*salesFlag,
		end.at.Sub(begin.at).Round(time.Second),
		float64(end.written-begin.written)/1024/n,
		((end.cpu - begin.cpu) / time.Duration(*salesFlag)).Round(time.Millisecond),
		float64(end.rss)/1024,
		float64(end.pss)/1024,
		load(),
	)
	if end.written == begin.written {
		t.Error("nothing was written for a sale: the counter counts nothing")
	}
}
