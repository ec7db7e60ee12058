package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestClockAsked: the page's time waits for root in a file; it is set when the box shows it, and a box where nobody
// takes it, or where it stays as it was, says so.
func TestClockAsked(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "setup", "clock")
	for name, c := range map[string]struct {
		takes, sets bool
		want        string
	}{
		"set":          {takes: true, sets: true},
		"not set":      {takes: true, want: "the clock stays as it is"},
		"nobody there": {want: "nobody took the time"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var behind atomic.Int64
			behind.Store(int64(72 * time.Hour))
			h := &handoff{
				file: filepath.Join(dir, "setup", "answers.toml"),
				now:  func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) },
			}
			go func() { // root
				for c.takes {
					time.Sleep(10 * time.Millisecond)
					if raw, err := os.ReadFile(file); err == nil {
						if _, err := time.Parse(time.RFC3339Nano, string(raw)); err != nil {
							t.Error(err)
						}
						if err := os.Remove(file); err != nil {
							t.Error(err)
						}
						if c.sets {
							behind.Store(0)
						}
						return
					}
				}
			}()
			err := h.clock(t.Context(), time.Now())
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: the file is still there: %v", name, err)
			}
		})
	}
}
