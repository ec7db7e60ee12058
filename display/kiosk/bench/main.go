package main

import (
	"flag"
	"fmt"
	"image"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"galla/display/kiosk/kiosktest"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// plan is what is measured.
type plan struct {
	program string        // galla-display
	old     string        // one of an earlier release; empty: none
	idle    time.Duration // per state
	sales   int
	starts  int
	rounds  int
}

func run() error {
	var p plan
	sizes, peers := "1024x600,1920x1080", "x11,ebiten,chromium,pygame"
	flag.StringVar(&p.program, "display", "build/galla-display", "the galla-display `program`")
	flag.StringVar(&p.old, "old", "", "the galla-display `program` of an earlier release, to be compared with ebiten")
	flag.DurationVar(&p.idle, "idle", 20*time.Second, "how long CPU time is counted in each state")
	flag.IntVar(&p.sales, "sales", 60, "how many sales are shown in each round")
	flag.IntVar(&p.starts, "starts", 5, "how often each program is started in each round")
	flag.IntVar(
		&p.rounds,
		"rounds",
		1,
		"how often each program has its turn, so that a busy minute of the machine hits all of them",
	)
	flag.StringVar(&sizes, "sizes", sizes, "screens, in pixels")
	flag.StringVar(&peers, "peers", peers, "who takes part")
	flag.Parse()
	if p.old != "" {
		peers += ",old"
	}
	fmt.Printf("%s, %d cores, %s, load %s before",
		time.Now().UTC().Format("2 January 2006 15:04 UTC"), runtime.NumCPU(), processor(), load())
	defer func() { fmt.Printf("\nLoad after: %s.\n", load()) }()
	fmt.Printf("; %v in each state, %d sales and %d starts each; below 1 is better than the rival.\n",
		p.idle, p.sales*p.rounds, p.starts*p.rounds)
	for _, s := range strings.Split(sizes, ",") {
		var size image.Point
		if n, _ := fmt.Sscanf(s, "%dx%d", &size.X, &size.Y); n != 2 {
			return fmt.Errorf("%q is not a size such as 1024x600", s)
		}
		if err := p.screen(size, strings.Split(peers, ",")); err != nil {
			return err
		}
	}
	return nil
}

// screen measures all peers on one screen and prints the table.
func (p plan) screen(size image.Point, peers []string) error {
	x, err := kiosktest.Xvfb(size)
	if err != nil {
		return err
	}
	defer x.Stop()
	eye, err := newEye(x.Name)
	if err != nil {
		return err
	}
	defer eye.close()
	all := make([]figures, len(peers))
	for range p.rounds {
		for i, name := range peers {
			peer, err := newPeer(name, p, size)
			if err != nil {
				return err
			}
			all[i].name = name
			err = p.measure(x, eye, peer, &all[i])
			peer.close()
			if err != nil {
				return fmt.Errorf("%s at %v: %w", name, size, err)
			}
		}
	}
	table(size, all)
	ebiten := slices.IndexFunc(all, func(f figures) bool { return f.name == "ebiten" })
	old := slices.IndexFunc(all, func(f figures) bool { return f.name == "old" })
	if ebiten >= 0 && old >= 0 {
		table(size, []figures{all[ebiten], all[old]})
	}
	return nil
}

// figures are the samples of one peer.
type figures struct {
	name            string
	idle, count     []float64 // CPU seconds per minute
	xIdle, xCount   []float64 // of the X server meanwhile
	sale            []float64 // CPU ms per sale, the X server's included
	pss             []float64 // MB
	starts, late    []float64 // ms
	missed, showing int
}

// measure gives peer one turn and adds what was seen to f.
func (p plan) measure(x *kiosktest.Server, eye *eye, peer peer, f *figures) error {
	var proc *process
	for i := range p.starts {
		peer.show(sale(i))
		began := time.Now()
		var err error
		if proc, err = launch(peer.command(x.Name)); err != nil {
			return err
		}
		seen, err := eye.waitQR(nil, began.Add(30*time.Second))
		if err != nil {
			proc.end()
			return fmt.Errorf("start %d: %w", i, err)
		}
		f.starts = append(f.starts, ms(seen.at.Sub(began)))
		if i < p.starts-1 {
			proc.end()
			if err := eye.waitDark(); err != nil {
				return err
			}
		}
	}

	defer proc.end()
	time.Sleep(3 * time.Second) // what a start leaves to do

	server := &process{pid: x.Process.Pid}
	spent := func() (cpu, xcpu float64) {
		c0, x0, t0 := proc.cpu(), server.cpu(), time.Now()
		time.Sleep(p.idle)
		minutes := time.Since(t0).Minutes()
		return (proc.cpu() - c0) / minutes, (server.cpu() - x0) / minutes
	}

	cpu, xcpu := spent()
	f.count, f.xCount = append(f.count, cpu), append(f.xCount, xcpu)
	before, err := eye.look()
	if err != nil {
		return err
	}
	c0, x0 := proc.cpu(), server.cpu()
	for i := range p.sales {
		time.Sleep(200 * time.Millisecond) // a shop has far fewer; here each is to be over before the next
		began := time.Now()
		peer.show(sale(100 + i))
		seen, err := eye.waitQR(before, began.Add(3*time.Second))
		f.showing++
		if err != nil {
			f.missed++
			continue
		}
		f.late = append(f.late, ms(seen.at.Sub(began)))
		before = seen.pixels
	}

	f.sale = append(f.sale, 1000*(proc.cpu()-c0+server.cpu()-x0)/float64(p.sales))
	peer.show(rest())
	time.Sleep(3 * time.Second)
	cpu, xcpu = spent()
	f.idle, f.xIdle = append(f.idle, cpu), append(f.xIdle, xcpu)
	f.pss = append(f.pss, proc.pss())
	return nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func quantile(v []float64, percent int) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[min(len(v)*percent/100, len(v)-1)]
}

func mean(v []float64) (m float64) {
	for _, x := range v {
		m += x / float64(len(v))
	}
	return m
}

// columns are what the table says of a peer, and the aim for plain X11 divided by Chromium; 0: none.
var columns = []struct {
	head string
	of   func(figures) float64
	aim  float64
}{
	{"idle CPU s/min", func(f figures) float64 { return mean(f.idle) }, 0.5},
	{"X server, idle s/min", func(f figures) float64 { return mean(f.xIdle) }, 0},
	{"countdown CPU s/min", func(f figures) float64 { return mean(f.count) }, 0.25},
	{"X server, countdown s/min", func(f figures) float64 { return mean(f.xCount) }, 0},
	{"a sale, CPU ms with the X server's", func(f figures) float64 { return mean(f.sale) }, 1},
	{"PSS MB", func(f figures) float64 { return mean(f.pss) }, 0.1},
	{"start to first QR, p50 ms", func(f figures) float64 { return quantile(f.starts, 50) }, 0.25},
	{"sale to QR, p50 ms", func(f figures) float64 { return quantile(f.late, 50) }, 0.7},
	{"p99 ms", func(f figures) float64 { return quantile(f.late, 99) }, 0},
}

// table prints the figures, one line each, and ours divided by each rival's.
func table(size image.Point, all []figures) {
	fmt.Printf("\n**%dx%d**\n\n|", size.X, size.Y)
	rule := "\n|---|"
	for i, f := range all {
		fmt.Printf(" | %s", f.name)
		rule += "---|"
		if i > 0 {
			fmt.Printf(" | ÷ %s", f.name)
			rule += "---|"
		}
	}

	fmt.Println(" | aim |" + rule + "---|")
	for _, c := range columns {
		fmt.Printf("| %s |", c.head)
		ours := c.of(all[0])
		for i, f := range all {
			v := c.of(f)
			if v >= 100 {
				fmt.Printf(" %.0f |", v)
			} else {
				fmt.Printf(" %.2g |", v)
			}
			if i > 0 && v > 0 {
				fmt.Printf(" %.2f |", ours/v)
			} else if i > 0 {
				fmt.Print(" – |")
			}
		}
		if c.aim > 0 {
			fmt.Printf(" %.2g |\n", c.aim)
		} else {
			fmt.Println(" |")
		}
	}

	fmt.Print("| missed |")
	for i, f := range all {
		fmt.Printf(" %d of %d |", f.missed, f.showing)
		if i > 0 {
			fmt.Print(" |")
		}
	}

	fmt.Println(" |")
}

// processor is the CPU's name.
func processor() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), ":"))
		}
	}
	return "unknown processor"
}

// load is how many programs want the machine, over the last minute.
func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(b), " ")
	return one
}
