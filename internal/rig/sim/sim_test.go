package sim

import (
	"flag"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	simSeeds  = flag.Int("sim.seeds", 200, "how many seeds TestSimulation runs")
	simSeed   = flag.Uint64("sim.seed", 0, "the only seed to run, to repeat a violation")
	simFirst  = flag.Uint64("sim.first", 1, "the first seed")
	simLog    = flag.Bool("sim.log", false, "write what the till, its clients and the gateways say to stderr")
	simBeside = flag.Int("sim.beside", usualBeside, "one seed in so many has mandates, and as many have standing QRs")
	simJobs   = flag.Int("sim.jobs", runtime.GOMAXPROCS(0), "how many seeds run at once")
)

const usualBeside = 10

// TestSimulation runs seeds. A violation names its seed and the command that repeats it.
func TestSimulation(t *testing.T) {
	first, n := *simFirst, uint64(*simSeeds)
	if *simSeed != 0 {
		first, n = *simSeed, 1
	}
	if testing.Short() { // make race
		n = max(1, n/4)
	}
	var next atomic.Uint64
	var mu sync.Mutex
	var all tally
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // memory is cheaper here than time
	start := time.Now()
	t.Run("seeds", func(t *testing.T) {
		for job := range *simJobs {
			t.Run(fmt.Sprint(job), func(t *testing.T) {
				t.Parallel()
				for !t.Failed() {
					i := next.Add(1) - 1
					if i >= n {
						return
					}
					w := run(t, first+i, honest)
					mu.Lock()
					all.add(w)
					mu.Unlock()
					for _, v := range w.violations {
						t.Error(v)
					}
					if len(w.violations) > 0 {
						t.Errorf("seed %d violates what is promised; again: %s", w.seed, repeat(w.seed))
					}
				}
			})
		}
	})
	took := time.Since(start)
	t.Logf("seeds %d to %d in %v\n%s", first, first+n-1, took.Round(time.Millisecond), all.report(took))
	if *simSeed == 0 && n >= 100 &&
		*simBeside == usualBeside { // where there are debits, fewer sales are at the counter
		all.lively(t)
	}
	if *simSeed == 0 && n >= 500 {
		all.troubled(t)
	}
}

func repeat(seed uint64) string {
	also := ""
	if *simBeside != usualBeside {
		also = fmt.Sprintf(" -sim.beside %d", *simBeside)
	}
	return fmt.Sprintf("go test ./internal/rig/sim -count=1 -run TestSimulation -sim.seed %d%s -v", seed, also)
}

// tally adds runs up.
type tally struct {
	runs, real, http, pictures     int
	sales, paid, refunds, late     int
	kills, days, steps             int
	events, requests, shown, slips int
	faults, troubles, codes        map[string]int
}

func (a *tally) add(w *world) {
	a.runs++
	a.sales, a.paid, a.refunds, a.late = a.sales+w.count.opened, a.paid+w.count.paid, a.refunds+w.count.refunds,
		a.late+w.count.late
	a.kills += w.count.kills
	a.days += int(w.took / (24 * time.Hour))
	a.steps += w.count.steps
	a.events += int(w.seen)
	a.shown += w.count.shown
	a.slips += w.count.slips
	if w.plan.file {
		a.real++
	}
	if w.plan.http {
		a.http++
	}
	if w.plan.pictures {
		a.pictures++
	}
	if a.faults == nil {
		a.faults, a.troubles, a.codes = map[string]int{}, map[string]int{}, map[string]int{}
	}
	for name, n := range w.trouble {
		a.troubles[name] += n
	}
	for code, n := range w.codes {
		a.codes[code] += n
	}
	for name, n := range w.sim.Faults() {
		if a.requests += n; name != "none" {
			a.faults["gateway "+name] += n
		}
	}
	for name, n := range w.count.faults {
		a.faults[name] += n
	}
}

func (a *tally) crashes() (n int) {
	for name, k := range a.faults {
		if strings.HasPrefix(name, "crash ") {
			n += k
		}
	}
	return n
}

func (a *tally) report(took time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(
		&b,
		"  %d runs (%d on a real sales file, %d over net/http, %d with pictures), %.1f ms each, %d simulated days\n",
		a.runs,
		a.real,
		a.http,
		a.pictures,
		float64(took.Milliseconds())/float64(max(a.runs, 1)),
		a.days,
	)
	fmt.Fprintf(
		&b,
		"  %d sales (%.0f a second), %d paid, %d with late money, %d refunds, %d events, %d requests, %d QRs shown, "+
			"%d slips, %d checks\n",
		a.sales,
		float64(a.sales)/took.Seconds(),
		a.paid,
		a.late,
		a.refunds,
		a.events,
		a.requests,
		a.shown,
		a.slips,
		a.steps,
	)
	fmt.Fprintf(&b, "  %d crashes; faults by kind:", a.crashes())
	for i, name := range slices.Sorted(maps.Keys(a.faults)) {
		if i%5 == 0 {
			b.WriteString("\n   ")
		}
		fmt.Fprintf(&b, " %s %d,", name, a.faults[name])
	}
	return strings.TrimSuffix(b.String(), ",") + "\n" + a.table()
}

// lively fails a simulation in which hardly anything happened.
func (a *tally) lively(t *testing.T) {
	for what, enough := range map[string]bool{
		"sales": a.sales >= 5*a.runs/2, "paid sales": a.paid >= a.runs/2,
		"late money": a.late >= a.runs/20, "refunds": a.refunds >= a.runs/10,
		"crashes": a.crashes() >= a.runs, "real files": a.real >= a.runs/every, "net/http": a.http >= a.runs/every/2,
		"slips": a.slips >= a.runs/4, "days": a.days >= 5*a.runs,
	} {
		if !enough {
			t.Errorf("the simulation hardly saw any %s", what)
		}
	}
	for _, kind := range faultKinds {
		if a.faults[kind] == 0 {
			t.Errorf("in %d runs there was no %q", a.runs, kind)
		}
	}
}
