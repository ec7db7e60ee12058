package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program with all its children.
type process struct {
	cmd *exec.Cmd
	pid int
}

func launch(cmd *exec.Cmd) (*process, error) {
	// the session is how the children are found
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{cmd: cmd, pid: cmd.Process.Pid}, nil
}

// end stops the program and all its children.
func (p *process) end() {
	for _, s := range p.family() {
		syscall.Kill(s.pid, syscall.SIGTERM)
	}
	t := time.AfterFunc(5*time.Second, func() {
		for _, s := range p.family() {
			syscall.Kill(s.pid, syscall.SIGKILL)
		}
	})
	p.cmd.Wait()
	t.Stop()
	for len(p.family()) > 0 {
		time.Sleep(20 * time.Millisecond)
	}
}

// stat is what /proc/PID/stat says (proc(5)).
type stat struct{ pid, parent, session int }

func readStat(pid int) (s stat, ok bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return s, false
	}
	// the program's name stands before, and may hold anything
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 4 || f[0] == "Z" {
		return s, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(f[i]); return v }
	return stat{pid: pid, parent: n(1), session: n(3)}, true
}

// family lists the program and everything it has started.
func (p *process) family() (members []stat) {
	entries, _ := filepath.Glob("/proc/[0-9]*")
	all := map[int]stat{}
	for _, e := range entries {
		pid, _ := strconv.Atoi(filepath.Base(e))
		if s, ok := readStat(pid); ok {
			all[pid] = s
		}
	}
	for _, s := range all {
		for up, steps := s, 0; steps < 50; steps++ {
			if up.pid == p.pid || up.session == p.pid {
				members = append(members, s)
				break
			}
			next, ok := all[up.parent]
			if !ok {
				break
			}
			up = next
		}
	}
	return members
}

// cpu is the CPU time spent so far, in seconds, of all threads there are: to the nanosecond, where utime counts in
// hundredths of a second, which is as much as an idle screen takes in ten. A thread that has ended takes its time with
// it.
func (p *process) cpu() (sum float64) {
	for _, s := range p.family() {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", s.pid))
		for _, name := range threads {
			b, err := os.ReadFile(name)
			if err != nil {
				continue
			}
			spent, _, _ := strings.Cut(string(b), " ")
			ns, _ := strconv.ParseFloat(spent, 64)
			sum += ns / 1e9
		}
	}
	return sum
}

// pss is the memory in MB, what is shared with others counted in proportion.
func (p *process) pss() (mb float64) {
	for _, s := range p.family() {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
				kb, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
				mb += float64(kb) / 1024
			}
		}
	}
	return mb
}
