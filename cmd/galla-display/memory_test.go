//go:build gpu

package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"galla/display/kiosk"
	"galla/display/kiosk/kiosktest"
)

// The unit's MemoryMax, and what all of it may take on a 7-inch panel by plain X11.
const unitMost, unitUsual = 350, 120 // MB

// pss is what processes take of memory, what they share counted in parts, in MB.
func pss(t *testing.T, pids ...int) (mb int) {
	t.Helper()
	for _, pid := range pids {
		f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue // it has just ended
		}
		kb := 0
		for s := bufio.NewScanner(f); s.Scan(); {
			if rest, ok := strings.CutPrefix(s.Text(), "Pss:"); ok {
				kb, _ = strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(rest, " kB")))
			}
		}
		f.Close()
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		t.Logf("%s: %d MB", strings.TrimSpace(string(name)), kb>>10)
		mb += kb >> 10
	}
	return mb
}

// sell shows three sales.
func sell(t *testing.T, g *gallad) {
	for range 3 {
		for _, name := range []string{"idle", "opening", "pay", "paying", "paid"} {
			g.show(scene(t, name))
		}
	}
}

// TestMemoryOfTheSession: cage, Xwayland and the display together, on one output of 1280x720, which is more than
// 1024x600.
func TestMemoryOfTheSession(t *testing.T) {
	for _, present := range presenters {
		t.Run(present, func(t *testing.T) {
			g := newGallad(t)
			var log syncBuffer
			c, err := kiosktest.StartCage(
				&log,
				[]string{asMain + "=1", "MALLOC_ARENA_MAX=1", "GOMEMLIMIT=96MiB"},
				everybodys(t),
				"-socket",
				g.socket,
				"-present",
				present,
			)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Stop)
			sell(t, g)
			mb := pss(t, c.Processes()...)
			t.Logf("%s: %d MB in all", present, mb)
			if most := map[string]int{kiosk.PresentX11: unitUsual, kiosk.PresentEbiten: unitMost}[present]; mb > most {
				t.Errorf("%s: %d MB, and %d are allowed", present, mb, most)
			}
		})
	}
}

// TestScreen_7: at 3840x2160, rotated too, the display and its X server stay below the unit's MemoryMax at every
// moment.
func TestScreen_7(t *testing.T) {
	for _, degrees := range []string{"0", "90"} {
		t.Run(degrees, func(t *testing.T) {
			t.Parallel()
			g, x := newGallad(t), xvfb(t, 3840, 2160)
			r := launch(
				t,
				program(t, "-socket", g.socket, "-rotate", degrees, "-present", kiosk.PresentX11),
				"DISPLAY="+x.Name,
				"GOMEMLIMIT=96MiB",
			)
			most := 0
			done := make(chan struct{})
			go func() {
				defer close(done)
				sell(t, g)
			}()
			for running := true; running; {
				select {
				case <-done:
					running = false
				case <-time.After(20 * time.Millisecond):
				}
				most = max(most, resident(r.cmd.Process.Pid)+resident(x.Process.Pid))
			}
			t.Logf("rotated by %s: %d MB at most, the X server's %d with it", degrees, most, resident(x.Process.Pid))
			if i := g.described(); i.Width*i.Height != 3840*2160 {
				t.Errorf("gallad was told %+v", i)
			}
			const cage = 15 + 34 // the compositor, and its own copy of a picture
			if most+cage > unitMost {
				t.Errorf("%d MB, and cage takes %d of the %d that are allowed", most, cage, unitMost)
			}
		})
	}
}

// resident is what a process has in memory now, what it shares counted whole, in MB.
func resident(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, pages int
	fmt.Sscan(string(b), &size, &pages)
	return pages * os.Getpagesize() >> 20
}
