// Command bench measures galla-display beside the two programs a shop would otherwise use for the same screen: a Chromium
// kiosk page and a pygame script. All run under the same X server, in the same run, one after the other, and are looked at
// from outside: the kernel counts their CPU time and memory, the X server tells when a QR is really there.
//
//	go build -o build/galla-display ./cmd/galla-display && go run ./display/kiosk/bench -display build/galla-display
//
// Figures of one run compare with each other and with nothing else: the machine's load is in all of them.
package main

import (
	"flag"
	"fmt"
	"image"
	"os"
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
	idle    time.Duration // per state
	sales   int
	starts  int
}

func run() error {
	var p plan
	sizes, peers := "1024x600,1920x1080", "galla,chromium,pygame"
	flag.StringVar(&p.program, "display", "build/galla-display", "the galla-display `program`")
	flag.DurationVar(&p.idle, "idle", 30*time.Second, "how long CPU time is counted in each state")
	flag.IntVar(&p.sales, "sales", 100, "how many sales are shown")
	flag.IntVar(&p.starts, "starts", 5, "how often each program is started")
	flag.StringVar(&sizes, "sizes", sizes, "screens, in pixels")
	flag.StringVar(&peers, "peers", peers, "who takes part")
	flag.Parse()
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
	var all []figures
	for _, name := range peers {
		peer, err := newPeer(name, p.program, size)
		if err != nil {
			return err
		}
		f, err := p.measure(x, eye, peer)
		peer.close()
		if err != nil {
			return fmt.Errorf("%s at %v: %w", name, size, err)
		}
		f.name = name
		all = append(all, f)
	}
	table(size, all)
	return nil
}

// figures are what was measured of one peer.
type figures struct {
	name             string
	idle, count      float64 // CPU seconds per minute
	xIdle, xCount    float64 // of the X server, likewise
	pss              float64 // MB
	start, p50, p99  float64 // ms
	missed, salesRun int
}

func (p plan) measure(x *kiosktest.Server, eye *eye, peer peer) (f figures, err error) {
	var starts []float64
	var proc *process
	for i := range p.starts {
		peer.show(sale(i))
		began := time.Now()
		if proc, err = launch(peer.command(x.Name)); err != nil {
			return f, err
		}
		seen, err := eye.waitQR(nil, began.Add(30*time.Second))
		if err != nil {
			proc.end()
			return f, fmt.Errorf("start %d: %w", i, err)
		}
		starts = append(starts, ms(seen.at.Sub(began)))
		if i < p.starts-1 {
			proc.end()
			if err := eye.waitDark(); err != nil {
				return f, err
			}
		}
	}
	defer proc.end()
	time.Sleep(3 * time.Second) // what a start leaves to do

	server := &process{pid: x.Process.Pid}
	spent := func() (cpu, xcpu float64, err error) {
		c0, x0, t0 := proc.cpu(), server.cpu(), time.Now()
		time.Sleep(p.idle)
		minutes := time.Since(t0).Minutes()
		return (proc.cpu() - c0) / minutes, (server.cpu() - x0) / minutes, nil
	}
	if f.count, f.xCount, err = spent(); err != nil {
		return f, err
	}
	var late []float64
	before, err := eye.look()
	if err != nil {
		return f, err
	}
	for i := range p.sales {
		time.Sleep(100 * time.Millisecond)
		began := time.Now()
		peer.show(sale(100 + i))
		seen, err := eye.waitQR(before, began.Add(3*time.Second))
		if err != nil {
			f.missed++
			continue
		}
		late = append(late, ms(seen.at.Sub(began)))
		before = seen.pixels
	}
	f.salesRun = p.sales
	peer.show(rest())
	time.Sleep(2 * time.Second)
	if f.idle, f.xIdle, err = spent(); err != nil {
		return f, err
	}
	f.pss = proc.pss()
	f.start, f.p50, f.p99 = quantile(starts, 50), quantile(late, 50), quantile(late, 99)
	return f, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func quantile(v []float64, percent int) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[min(len(v)*percent/100, len(v)-1)]
}

// table prints the figures and, against each rival, ours as a ratio: below 1 is better than the rival.
func table(size image.Point, all []figures) {
	fmt.Printf("\n**%dx%d**\n\n", size.X, size.Y)
	fmt.Println("| program | idle CPU s/min | countdown CPU s/min | X server, countdown s/min | PSS MB | start to first QR, p50 ms | sale to QR p50 ms | p99 ms | missed |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for _, f := range all {
		fmt.Printf("| %s | %.2f | %.2f | %.2f | %.0f | %.0f | %.1f | %.1f | %d of %d |\n", f.name, f.idle, f.count, f.xCount, f.pss, f.start, f.p50, f.p99, f.missed, f.salesRun)
	}
	for _, f := range all[1:] {
		g := all[0]
		fmt.Printf("| %s ÷ %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | |\n", g.name, f.name,
			g.idle/f.idle, g.count/f.count, g.xCount/f.xCount, g.pss/f.pss, g.start/f.start, g.p50/f.p50, g.p99/f.p99)
	}
}
