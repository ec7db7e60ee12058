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
	rounds  int
}

func run() error {
	var p plan
	sizes, peers := "1024x600,1920x1080", "galla,chromium,pygame"
	flag.StringVar(&p.program, "display", "build/galla-display", "the galla-display `program`")
	flag.DurationVar(&p.idle, "idle", 30*time.Second, "how long CPU time is counted in each state")
	flag.IntVar(&p.sales, "sales", 40, "how many sales are shown in each round")
	flag.IntVar(&p.starts, "starts", 2, "how often each program is started in each round")
	flag.IntVar(&p.rounds, "rounds", 3, "how often each program has its turn, so that a busy minute of the machine hits all of them")
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
	all := make([]figures, len(peers))
	for range p.rounds {
		for i, name := range peers {
			peer, err := newPeer(name, p.program, size)
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
	return nil
}

// figures are the samples of one peer.
type figures struct {
	name            string
	idle, count     []float64 // CPU seconds per minute
	xCount          []float64 // of the X server, while counting down
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
	for i := range p.sales {
		time.Sleep(400 * time.Millisecond) // a shop has far fewer; here each is to be over before the next
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
	peer.show(rest())
	time.Sleep(3 * time.Second)
	cpu, _ = spent()
	f.idle = append(f.idle, cpu)
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

// table prints the figures and, against each rival, ours as a ratio: below 1 is better than the rival.
func table(size image.Point, all []figures) {
	fmt.Printf("\n**%dx%d**\n\n", size.X, size.Y)
	fmt.Println("| program | idle CPU s/min | countdown CPU s/min | X server, countdown s/min | PSS MB | start to first QR, p50 ms | sale to QR p50 ms | p99 ms | missed |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	row := func(f figures) []float64 {
		return []float64{mean(f.idle), mean(f.count), mean(f.xCount), mean(f.pss), quantile(f.starts, 50), quantile(f.late, 50), quantile(f.late, 99)}
	}
	ours := row(all[0])
	for i, f := range all {
		theirs := row(f)
		fmt.Printf("| %s |", f.name)
		for _, v := range theirs {
			fmt.Printf(" %.2f |", v)
		}
		fmt.Printf(" %d of %d |\n", f.missed, f.showing)
		if i == 0 {
			continue
		}
		fmt.Printf("| %s ÷ %s |", all[0].name, f.name)
		for k, v := range theirs {
			if v < 0.01 { // nothing the kernel's clock could see
				fmt.Print(" – |")
				continue
			}
			fmt.Printf(" %.2f |", ours[k]/v)
		}
		fmt.Println(" |")
	}
}
