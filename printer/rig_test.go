package printer

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/printer/port"
	"galla/printer/printertest"
)

// counter is a printer, a virtual printer, and what a till would see of them. All time in it is synctest's.
type counter struct {
	*testing.T
	printer *Printer
	paper   *printertest.Printer
	profile Profile
	lines   *[]*printertest.Line // every connection opened

	mu     sync.Mutex
	states []State
	absent bool // the port can't be opened
	cancel context.CancelFunc
}

// everyLine are the ways in which bytes get to a printer.
var everyLine = []port.Means{port.Serial, port.USB, port.TCP}

// atEveryCounter is atCounter over each line.
func atEveryCounter(t *testing.T, p Profile, change func(*printertest.Model), f func(c *counter)) {
	t.Helper()
	for _, p.Link = range everyLine {
		t.Run(string(p.Link), func(t *testing.T) { atCounter(t, p, change, f) })
	}
}

// atCounter runs f with a printer of this profile in front of a virtual one, in fake time. change may alter the virtual
// one's model.
func atCounter(t *testing.T, p Profile, change func(*printertest.Model), f func(c *counter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := modelOf(p)
		if change != nil {
			change(&m)
		}
		c := &counter{T: t, paper: printertest.New(m), profile: p, lines: new([]*printertest.Line)}
		var err error
		c.printer, err = New(Options{Profile: p, Notify: c.notify, Open: func() (Line, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.absent {
				return nil, &port.Error{
					Name: "/dev/printer",
					Path: "/dev/printer",
					Kind: port.KindMissing,
					Err:  errNoDevice,
				}
			}
			l := c.paper.OpenBy(cmp.Or(p.Link, port.Serial))
			*c.lines = append(*c.lines, l)
			return l, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		c.start()
		defer func() {
			c.stop()
			c.paper.Close()
			synctest.Wait()
		}()
		f(c)
	})
}

type noDevice struct{}

func (noDevice) Error() string { return "no such device" }

var errNoDevice = noDevice{}

func (c *counter) start() {
	ctx, cancel := context.WithCancel(c.Context())
	c.cancel = cancel
	go c.printer.Run(ctx)
	time.Sleep(10 * time.Second) // fake: opened, probed and freed of what came before
}

func (c *counter) stop() {
	c.cancel()
	<-c.printer.stopped
}

func (c *counter) notify(s State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.states = append(c.states, s)
}

// saw tells whether the printer was ever in a condition.
func (c *counter) saw(want Condition) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.states {
		if s.Condition == want {
			return true
		}
	}
	return false
}

func (c *counter) unplug() {
	c.mu.Lock()
	c.absent = true
	c.mu.Unlock()
	c.paper.Unplug()
}

func (c *counter) plug() {
	c.mu.Lock()
	c.absent = false
	c.mu.Unlock()
}

// print prints a document under key within limit.
func (c *counter) print(key string, d Document, limit time.Duration) Result {
	c.Helper()
	j, err := Render(d, c.profile)
	if err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(c.Context(), limit)
	defer cancel()
	r, err := c.printer.Print(ctx, key, j)
	if (err == nil) != (r.Status == StatusPrinted || r.Status == StatusSent) {
		c.Errorf("%s ended %s with error %v", key, r.Status, err)
	}
	return r
}

// background prints without waiting for the end.
func (c *counter) background(key string, d Document, limit time.Duration) <-chan Result {
	out := make(chan Result, 1)
	go func() { out <- c.print(key, d, limit) }()
	return out
}

// clean fails when the paper shows anything that isn't a whole document, or a byte was lost.
func (c *counter) clean() printertest.Report {
	c.Helper()
	if !c.paper.Idle(time.Hour) {
		c.Error("the printer still holds data it can't print")
	}
	r := c.paper.Report()
	// A command that was cut off after its first byte is completed by the NULs that free the printer: known debris.
	r.Unknown = slices.DeleteFunc(r.Unknown, func(u string) bool { return u == "1b 00" || u == "1d 00" })
	if len(r.Unknown) > 0 || r.Overrun > 0 || r.Unfinished {
		c.Errorf("the printer met unknown bytes %q, lost %d, waits for more: %v", r.Unknown, r.Overrun, r.Unfinished)
	}
	return r
}

// count says how many printed lines contain text.
func count(r printertest.Report, text string) int {
	n := 0
	for _, l := range r.Lines {
		if strings.Contains(l, text) {
			n++
		}
	}
	return n
}
