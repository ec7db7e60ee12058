package boltstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/state/boltstore"
	"galla/state/statetest"
)

// TestMain lets the test binary stand in for gallad: "check [full] PATH", "hold PATH" and "migrate PATH" run in a
// process that may die.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "check" {
		if _, err := boltstore.Check(os.Args[len(os.Args)-1], os.Args[2] == "full"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			if errors.Is(err, boltstore.ErrDamaged) {
				os.Exit(2)
			}
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 2 && os.Args[1] == "hold" {
		s, err := boltstore.Open(os.Args[2], boltstore.Options{})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("held")
		os.Stdin.Read(make([]byte, 1)) // until the test lets go
		s.Close()
		os.Exit(0)
	}
	if len(os.Args) > 2 && os.Args[1] == "migrate" {
		s, err := boltstore.Open(os.Args[2], quick)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		s.Close()
		os.Exit(0)
	}
	if len(os.Args) > 3 && os.Args[1] == "disk" {
		runDisk(os.Args[2], os.Args[3])
	}
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		os.Setenv("TMPDIR", "/dev/shm") // a flush costs nothing there; what flushes are worth, the rigs prove
	}
	code := m.Run()
	if len(notRun) > 0 {
		fmt.Printf("NOT RUN: %d tests\n  %s\n", len(notRun), strings.Join(notRun, "\n  "))
	}
	os.Exit(code)
}

// every is the step between the cases of a long row that a test looks at: each of them, and in a short run (make quick)
// every fourth.
func every() int {
	if testing.Short() {
		return 4
	}
	return 1
}

// disk is where temporary folders lie on a real disk.
var disk = os.TempDir()

var quick = boltstore.Options{LockTimeout: 50 * time.Millisecond, Wall: func() time.Time { return today }}

// today is when the tests open their files: an upgrade writes events with it.
var today = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)

// checked is how gallad opens: a child looks first.
func checked() boltstore.Options {
	return boltstore.Options{Verify: boltstore.Child(time.Minute, os.Args[0], "check")}
}

func open(t testing.TB, path string, o boltstore.Options) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// fill makes a closed sales file of n batches of traffic and returns where it is.
func fill(t testing.TB, n int) (path string, tr *statetest.Traffic) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sales.db")
	s := open(t, path, quick)
	tr = statetest.NewTraffic(5, 4, 30)
	for range n {
		if err := s.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path, tr
}

// refused wants an error of a kind that holds every one of words.
func refused(t testing.TB, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("%v, want %v", err, kind)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%v: says nothing of %q", err, w)
		}
	}
}
