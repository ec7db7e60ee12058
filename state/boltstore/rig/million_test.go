//go:build rig

package rig

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

var (
	million = flag.Int("sales", 1000000, "how many sales the large file holds")
	pending = flag.Int("pending", 500, "how many of them are still under way")
)

// TestMillion opens and resumes a large file, cold and warm, in a process of its own, and sells on it.
func TestMillion(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sales.db")
	begin := time.Now()
	if err := fillLarge(path, *million, *pending, 0); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sales (%d pending) written in %v: %d MB, %d bytes a sale",
		*million, *pending, time.Since(begin).Round(time.Second), info.Size()>>20, info.Size()/int64(*million))
	for _, how := range []string{"cold", "warm", "warm"} {
		if how == "cold" {
			if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0); err != nil {
				t.Logf("NOT RUN: a cold start: %v", err)
				continue
			}
		}
		begin := time.Now()
		out, err := exec.Command(os.Args[0], "resume", path).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s: %s", how, strings.TrimSpace(string(out)))
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("a start took %v: it reads far more than it needs (reliability.md, finding 5)", took)
		}
	}
}

// resume is a start on the file: check, open, read what is pending, then sell a little. It prints what each took.
func resume(path string) error {
	begin := time.Now()
	lap := func(what string) {
		fmt.Printf("%s %.1f ms, ", what, float64(time.Since(begin))/float64(time.Millisecond))
		begin = time.Now()
	}
	if _, err := boltstore.Check(path, false); err != nil {
		return err
	}
	lap("quick check")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	lap("open")
	watching, err := s.Watching()
	if err != nil {
		return err
	}
	lap(fmt.Sprintf("read %d pending", len(watching)))
	seq, err := s.Seq()
	if err != nil {
		return err
	}
	if _, err := s.LastNumber(watching[0].Day); err != nil {
		return err
	}
	if _, err := s.Sales(state.Query{Limit: 50}); err != nil {
		return err
	}
	lap("list of the newest 50")
	fmt.Printf("RSS %s; ", resident())
	var took []time.Duration
	for i := range 200 {
		w := &watching[i%len(watching)]
		seq++
		e := state.Event{Seq: seq, SaleID: w.ID, Kind: state.EventShown, At: time.Now(), Attempt: w.Attempts[0].Ref}
		next, _, err := state.Apply(*w, e)
		if err != nil {
			return err
		}
		*w = next
		begin = time.Now()
		if err := s.Commit(state.Batch{Events: []state.Event{e}, Sales: []state.Sale{next}}); err != nil {
			return err
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	fmt.Printf("200 commits: p50 %v p99 %v; RSS %s\n",
		took[100].Round(time.Microsecond), took[197].Round(time.Microsecond), resident())
	return s.Close()
}

// resident is what of the process lies in memory, and what of that is not just pages of the file.
func resident() string {
	raw, _ := os.ReadFile("/proc/self/status")
	var rss, anon string
	for l := range strings.Lines(string(raw)) {
		if v, ok := strings.CutPrefix(l, "VmRSS:"); ok {
			rss = strings.TrimSpace(v)
		}
		if v, ok := strings.CutPrefix(l, "RssAnon:"); ok {
			anon = strings.TrimSpace(v)
		}
	}
	return rss + " (" + anon + " without the file's pages)"
}

// founded is when the shop of the large files began to sell.
var founded = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// fillLarge writes sales as a shop's years leave them.
func fillLarge(path string, n, pending, watched int) error {
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	y := statetest.Years{Sales: n, Pending: pending, Watched: watched, Begin: founded}
	return errors.Join(y.Commit(s.Commit), s.Close())
}
