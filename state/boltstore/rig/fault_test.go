//go:build rig

package rig

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/state/boltstore"
)

var faultCommits = flag.Int("fault-commits", 14, "how many commits the writer does whose calls fail")

// faults are the system calls that are made to fail, and how. A failed flush is the one that may have written all the
// same.
var faults = []struct{ call, errno string }{
	{
		"pwrite64",
		"EIO",
	},
	{"pwrite64", "ENOSPC"},
	{"fdatasync", "EIO"},
	{"fsync", "EIO"},
	{"fsync", "ENOSPC"},
	{"ftruncate", "EIO"},
	{
		"ftruncate",
		"ENOSPC",
	},
	{"renameat", "EIO"},
	{"unlinkat", "EIO"},
	{"openat", "EMFILE"},
	{"openat", "EROFS"},
	{"flock", "ENOLCK"},
	{"mmap", "ENOMEM"},
}

// TestFault fails the Nth call, for N from 1 until the writer got through without meeting one. After each the store is
// opened as after a restart: nothing acknowledged may be missing, nothing damaged, and the sale goes on.
func TestFault(t *testing.T) {
	begin := time.Now()
	var mu sync.Mutex
	cases, stopped, there := 0, 0, 0
	var wg sync.WaitGroup
	todo := make(chan struct{ call, errno string })
	for range *workers {
		wg.Go(func() {
			for f := range todo {
				for n := 1; ; n++ {
					hit, failed, landed, err := fault(t, f.call, f.errno, n)
					if err != nil {
						t.Errorf("%s of call %d of %s: %v", f.errno, n, f.call, err)
					}
					mu.Lock()
					if hit {
						cases++
					}
					if failed {
						stopped++
					}
					if landed {
						there++
					}
					mu.Unlock()
					if !hit {
						break
					}
				}
			}
		})
	}
	for _, f := range faults {
		todo <- f
	}
	close(todo)
	wg.Wait()
	t.Logf("%d calls made to fail, one at a time, in %v; %d of them stopped the writer, and it came back each time; "+
		"%d commits that failed were there all the same",
		cases, time.Since(begin).Round(time.Millisecond), stopped, there)
	if there == 0 {
		t.Error("no failed commit was there all the same, though bbolt's second flush failed " +
			"too (reliability.md, finding 1)")
	}
	if cases < 100 {
		t.Errorf("only %d calls were made to fail", cases)
	}
}

// fault runs the writer with one call failing, and judges what is there after it.
func fault(t *testing.T, call, errno string, n int) (hit, failed, landed bool, err error) {
	dir := filepath.Join(t.TempDir(), "box")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return false, false, false, err
	}
	trace := filepath.Join(t.TempDir(), "trace")
	// Calls on other paths than the folder's must not be hit: -P counts and fails those of the folder only.
	args := []string{"-f", "-a", "1", "-o", trace, "-e", "trace=" + call, "-e", "signal=none", "-e",
		fmt.Sprintf("inject=%s:error=%s:when=%d", call, errno, n)}
	for _, name := range []string{"", "/sales.db", "/sales.db.new", "/sales.db.seq", "/sales.db.compact",
		"/sales.db.ballast", "/backup.db", "/backup.db.new"} {
		args = append(args, "-P", dir+name)
	}
	cmd := exec.Command("strace", append(args, os.Args[0], "write", dir, strconv.Itoa(*faultCommits))...)
	var said, complained bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complained
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return false, false, false, fmt.Errorf("strace (apt install strace): %w", err)
	}
	failed = err != nil
	raw, err := os.ReadFile(trace)
	if err != nil {
		return false, failed, false, err
	}
	hit = bytes.Contains(raw, []byte("(INJECTED)"))
	if failed && !hit {
		return hit, failed, false, fmt.Errorf("the writer failed by itself: %s", complained.String())
	}
	if failed &&
		(strings.Contains(complained.String(), "panic") ||
			strings.Contains(complained.String(), boltstore.ErrDamaged.Error())) {
		return hit, failed, false, fmt.Errorf("a failing disk was mistaken for something else: %.300s",
			complained.String())
	}
	ack := filepath.Join(t.TempDir(), "said")
	if err := os.WriteFile(ack, said.Bytes(), 0o600); err != nil {
		return hit, failed, false, err
	}
	out, err := exec.Command(os.Args[0], "look", dir, ack).CombinedOutput()
	if err != nil {
		return hit, failed, false, fmt.Errorf("%s (the writer said %q)",
			bytes.TrimSpace(out), bytes.TrimSpace(complained.Bytes()))
	}
	landed = failed && bytes.Contains(out, []byte("one more"))
	return hit, failed, landed, os.RemoveAll(filepath.Dir(dir))
}
