//go:build rig

package vm

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	idleFlag  = flag.Duration("idle", time.Minute, "how long TestFigures watches a till that nobody uses")
	salesFlag = flag.Int("sales", 10, "how many sales TestFigures takes")
)

// reading is what the machine's kernel has counted so far.
type reading struct {
	at                 time.Time
	disk               int64 // bytes written to the disk, by whomever
	till               int64 // bytes gallad has had written: Debian 12 counts none of them for a unit, so its process's
	cpuTill, cpuScreen time.Duration
}

func (s *shell) read(t *testing.T) reading {
	t.Helper()
	out := strings.Fields(s.run(t, `c=/sys/fs/cgroup/system.slice
		awk '$3 == "vda" { print $10 * 512 }' /proc/diskstats
		awk '/^write_bytes/ { print $2 }' /proc/$(systemctl show -P MainPID gallad)/io
		awk '/usage_usec/ { print $2 }' $c/gallad.service/cpu.stat
		awk '/usage_usec/ { print $2 }' $c/galla-display.service/cpu.stat`))
	if len(out) != 4 {
		t.Fatalf("the kernel's counters are %q", out)
	}
	var n [4]int64
	for i, w := range out {
		var err error
		if n[i], err = strconv.ParseInt(w, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	return reading{
		time.Now(),
		n[0],
		n[1],
		time.Duration(n[2]) * time.Microsecond,
		time.Duration(n[3]) * time.Microsecond,
	}
}

// memory says what each process of our units holds: resident, and its share of what it shares.
const memory = `for u in gallad galla-display galla-voice; do c=/sys/fs/cgroup/system.slice/$u.service; [ -d $c ] ` +
	`|| continue
	for p in $(cat $c/cgroup.procs); do
		awk -v u=$u -v n="$(cat /proc/$p/comm)" '/^Rss/ { r = $2 } /^Pss:/ { s = $2 } END { printf "%s: %s RSS %.1f ` +
	`MB PSS %.1f MB; ", u, n, r / 1024, s / 1024 }' /proc/$p/smaps_rollup
	done; awk -v u=$u '{ printf "%s cgroup %.1f MB\n", u, $1 / 1048576 }' $c/memory.current; done`

// TestFigures measures the appliance at rest and in trade, and prints what it finds.
func TestFigures(t *testing.T) {
	a, disk := installed(t)
	sim := serveBank(t, a.Bank)
	m := boot(t, hardware{root: disk, screen: true, lossy: true})
	s := m.shell(slow)
	till := m.till(a)
	s.run(t, "systemctl is-system-running --wait || true; systemctl is-active gallad galla-display")
	t.Logf("systemd: %s\nuserspace to gallad's READY: %v; to the first frame: %v",
		s.run(t, "systemd-analyze time; systemd-analyze critical-chain --no-pager gallad.service | cat"),
		m.since(s, "gallad.service").Round(10*time.Millisecond),
		m.since(s, "galla-display.service").Round(10*time.Millisecond))
	takeSale(t, till, sim, 100)

	// At rest. The kernel writes what is dirty within 30 s; that is waited for, and not counted.
	time.Sleep(40 * time.Second)
	s.run(t, "sync")
	begin := s.read(t)
	time.Sleep(*idleFlag)
	s.run(t, "sync")
	end := s.read(t)
	hours := end.at.Sub(begin.at).Hours()
	t.Logf("at rest for %v: %.1f kB an hour written to the disk by all, %.1f kB by gallad; CPU %.2f %% gallad, %.2f "+
		"%% screen with compositor (of one emulated core)\n%s",
		end.at.Sub(begin.at).Round(time.Second), float64(end.disk-begin.disk)/1024/hours,
		float64(end.till-begin.till)/1024/hours,
		100*(end.cpuTill-begin.cpuTill).Hours()/hours, 100*(end.cpuScreen-begin.cpuScreen).Hours()/hours,
		s.run(t, memory))

	// Started anew, a process forgets what it has used, and a screen that needs it is broken.
	out := strings.Join(strings.Fields(s.run(t, "systemctl show -P NRestarts gallad galla-display galla-voice")), " ")
	if out != "0 0 0" {
		t.Errorf("started anew while nobody did anything: gallad, screen, voice %s times\n%s", out,
			s.run(t, "journalctl --no-pager -o short-monotonic -u gallad -u galla-display -u galla-voice"))
	}

	begin = s.read(t)
	flushes := m.disk.flushes
	for i := range *salesFlag {
		takeSale(t, till, sim, 1000+i)
	}
	inTrade := s.run(t, memory)
	s.run(t, "sync")
	end = s.read(t)
	n := float64(*salesFlag)
	t.Logf("%d sales, one after the other, in %v: each %.1f kB written to the disk by all, %.1f kB by gallad, %.0f "+
		"flushes; CPU %v gallad, %v screen\n%s", *salesFlag, end.at.Sub(begin.at).Round(time.Second),
		float64(end.disk-begin.disk)/1024/n, float64(end.till-begin.till)/1024/n, float64(m.disk.flushes-flushes)/n,
		((end.cpuTill - begin.cpuTill) / time.Duration(*salesFlag)).Round(time.Millisecond),
		((end.cpuScreen - begin.cpuScreen) / time.Duration(*salesFlag)).Round(time.Millisecond), inTrade)
	if end.till == begin.till {
		t.Error("gallad has written nothing for a sale: the counters count nothing")
	}
	m.poweroff(s)
}

// since is the time from the end of the kernel's start to a unit's READY.
func (m *machine) since(s *shell, unit string) time.Duration {
	m.t.Helper()
	out := strings.Fields(s.run(m.t, fmt.Sprintf("systemctl show -P UserspaceTimestampMonotonic; systemctl "+
		"show -P ActiveEnterTimestampMonotonic %s", unit)))
	if len(out) != 2 {
		m.t.Fatalf("systemd's times are %q", out)
	}
	from, err1 := strconv.ParseInt(out[0], 10, 64)
	to, err2 := strconv.ParseInt(out[1], 10, 64)
	if err1 != nil || err2 != nil || to <= from {
		m.t.Fatalf("systemd's times for %s are %q", unit, out)
	}
	return time.Duration(to-from) * time.Microsecond
}
