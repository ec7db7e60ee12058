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
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

var (
	sizes = flag.String("sizes", "10000,100000,1000000", "how many sales TestScale's files hold")
	acts  = flag.Int("acts", 100000, "how many acts of persons the largest of them holds")
)

const (
	unitMemory  = 256 << 20 // MemoryMax of gallad.service
	mostAnon    = 128 << 20 // what no operation may take for itself
	mostWatched = 2700
	startMost   = 100 * time.Millisecond
)

// TestScale measures what each operation on a sales file takes in time and in memory of its own (RssAnon), in a control
// group of gallad's 256 MB, at each of the sizes.
func TestScale(t *testing.T) {
	for _, text := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "sales.db")
		begin := time.Now()
		if err := fillLarge(path, n, 3, min(mostWatched, n/10)); err != nil {
			t.Fatal(err)
		}
		if err := fillActs(path, *acts*n/1_000_000); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d sales, %d MB, written in %v", n, info.Size()>>20, time.Since(begin).Round(time.Second))
		for _, operation := range []string{"start", "start", "list", "find", "read", "export", "quick",
			"backup", "fsck", "compact"} {
			took, anon := confined(t, operation, path)
			t.Logf("%8d sales  %-8s %10s  %4d MB", n, operation, took.Round(100*time.Microsecond), anon>>20)
			if anon > mostAnon {
				t.Errorf("%s of %d sales took %d MB", operation, n, anon>>20)
			}
			if operation == "start" && took > 3*startMost { // a loaded machine; the figure stands in the log
				t.Errorf("a start with %d sales took %v", n, took)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// fillActs writes acts of persons at the box.
func fillActs(path string, n int) error {
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	seq, err := s.Seq()
	return errors.Join(err, statetest.Acts(s.Commit, seq, n), s.Close())
}

// confined runs an operation in a process of its own, and returns what it said that it took, and the most memory it had
// for itself.
func confined(t *testing.T, operation, path string) (took time.Duration, anon int64) {
	t.Helper()
	cmd := exec.Command(
		"sh",
		"-c",
		`echo $$ > "$0/cgroup.procs"; exec "$1" scale "$2" "$3"`,
		unit(t),
		os.Args[0],
		operation,
		path,
	)
	cmd.Env = append(os.Environ(), "GOMEMLIMIT=160MiB")
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatalf("%s: %v\n%s", operation, err, said.Bytes())
			}
			ns, err := strconv.ParseInt(strings.TrimSpace(out.String()), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return time.Duration(ns), anon
		case <-time.After(2 * time.Millisecond):
		}
		raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		for l := range strings.Lines(string(raw)) {
			if v, ok := strings.CutPrefix(l, "RssAnon:"); ok {
				kb, _ := strconv.ParseInt(strings.Fields(v)[0], 10, 64)
				anon = max(anon, kb<<10)
			}
		}
	}
}

// unit is a control group with the memory that gallad's unit has.
func unit(t *testing.T) string {
	t.Helper()
	for parent, limit := range map[string]string{"/sys/fs/cgroup/memory": "memory.limit_in_bytes",
		"/sys/fs/cgroup": "memory.max"} {
		dir := filepath.Join(parent, fmt.Sprintf("galla-scale-%d", os.Getpid()))
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			continue
		}
		t.Cleanup(func() { os.Remove(dir) })
		if os.WriteFile(filepath.Join(dir, limit), []byte(strconv.Itoa(unitMemory)), 0o644) == nil {
			return dir
		}
	}
	t.Log("NOT RUN in 256 MB: no control group can be made here")
	return t.TempDir()
}

// scale does one operation on a file and prints how many nanoseconds it took, the opening of the file left out unless
// that is the operation.
func scale(operation, path string) error {
	begin := time.Now()
	if operation == "fsck" || operation == "quick" {
		if _, err := boltstore.Check(path, operation == "fsck"); err != nil {
			return err
		}
		fmt.Println(int64(time.Since(begin)))
		return nil
	}
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	if operation != "start" {
		begin = time.Now()
	}
	if err := operate(s, operation, path); err != nil {
		return err
	}
	fmt.Println(int64(time.Since(begin)))
	return s.Close()
}

func operate(s *boltstore.Store, operation, path string) error {
	switch operation {
	case "start": // what the till and the operations read before Ready
		watching, err := s.Watching()
		if err != nil {
			return err
		}
		_, err1 := s.OpenOperations()
		_, err2 := s.CountAttention()
		_, err3 := s.LastNumber(watching[0].Day)
		return errors.Join(err1, err2, err3)
	case "list":
		_, err := s.Sales(state.Query{Limit: 50})
		return err
	case "find": // an old sale by each key
		for f, v := range map[state.Field]string{
			state.FieldRRN:       "400000000500",
			state.FieldReference: "BILL-500",
			state.FieldPayment:   "pay_0000000500ABCDEF",
			state.FieldAmount:    "50100",
			state.FieldNumber:    state.NumberOf("2020-01-01", 501),
		} {
			if found, err := s.Find(f, v, "", 50); err != nil || len(found) == 0 {
				return fmt.Errorf("%s %s: %d sales, %w", f, v, len(found), err)
			}
		}
		return nil
	case "read": // one page of a search that no index answers: 10,000 sales
		before := ""
		for range 10 {
			page, err := s.Sales(state.Query{Limit: 1000, Before: before})
			if err != nil || len(page) == 0 {
				return err
			}
			before = page[len(page)-1].ID
		}
		return nil
	case "export": // the oldest thirty days
		days, err := s.Days("", "")
		if err != nil {
			return err
		}
		slices.Reverse(days)
		for _, d := range days[:min(30, len(days))] {
			if _, err := s.Sales(state.Query{Day: d, Limit: 1000}); err != nil {
				return err
			}
		}
		return nil
	case "backup":
		defer os.Remove(path + ".copy")
		return s.Backup(path + ".copy")
	case "compact":
		return s.Compact()
	}
	return fmt.Errorf("there is no operation %q", operation)
}
