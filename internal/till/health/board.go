package health

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"galla/gateway"
	"galla/internal/till/terms"
)

// Board keeps what is known.
type Board struct {
	names []string

	mu        sync.Mutex
	gateways  map[string]Gateway
	open      int
	attention int
	gone      map[string]int // orders still to be looked at, by gateways that are no longer configured
	failure   error
	display   string
	printer   string
	slip      string // how the last slip failed, or ""
}

// New makes a Board of the gateways in the order in which they are asked. Nothing is known of any; printer says whether
// there is one.
func New(names []string, printer bool) *Board {
	b := &Board{names: names, gateways: map[string]Gateway{}, display: "none", printer: "none"}
	if printer {
		b.printer = "ready"
	}
	return b
}

// Observe keeps what a call to a gateway showed, and reports whether that changed what is known of this box's clock. An
// answer that refuses one request is still an answer.
func (b *Board) Observe(name string, err error, at time.Time) (changed bool) {
	g := Gateway{Name: name, OK: true, At: at}
	if err != nil {
		switch gateway.ClassOf(err) {
		case gateway.ClassBusy:
			return false // our own budget: nothing was learned of the gateway
		case gateway.ClassUnavailable, gateway.ClassUnknown, gateway.ClassMisconfigured:
			g.OK, g.Problem, g.ClockBehind = false, terms.Problem(err).Cashier, gateway.ClockBehind(err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	changed = b.gateways[name].ClockBehind != g.ClockBehind
	b.gateways[name] = g
	return changed
}

// ClockBehind reports whether no gateway can be proven to be itself, for want of the time.
func (b *Board) ClockBehind() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !slices.ContainsFunc(b.names, func(name string) bool { return !b.gateways[name].ClockBehind })
}

// Sales notes how many sales are open or have open items, and how many orders of each gateway that is no longer
// configured are watched.
func (b *Board) Sales(open, attention int, gone map[string]int) {
	b.mu.Lock()
	b.open, b.attention, b.gone = open, attention, gone
	b.mu.Unlock()
}

// Failed notes why the till stops.
func (b *Board) Failed(err error) {
	b.mu.Lock()
	b.failure = err
	b.mu.Unlock()
}

// Display notes how the display is doing: "none", "connected", or what is wrong.
func (b *Board) Display(status string) {
	b.mu.Lock()
	b.display = status
	b.mu.Unlock()
}

// unreadable begins what is said of a display that could not read its own QR back.
const unreadable = "showing QRs fails: "

// Unreadable notes that the display could not read its own QR back.
func (b *Board) Unreadable(problem string) { b.Display(unreadable + problem) }

// Readable takes that back once a QR was read: what else is wrong with a display stays.
func (b *Board) Readable() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if strings.HasPrefix(b.display, unreadable) {
		b.display = "connected"
	}
}

// Printer notes how the printer is: "ready", or what is wrong with it and what to do.
func (b *Board) Printer(status string) {
	b.mu.Lock()
	b.printer = status
	b.mu.Unlock()
}

// Slip notes how the last slip failed; "" where it didn't.
func (b *Board) Slip(problem string) {
	b.mu.Lock()
	b.slip = problem
	b.mu.Unlock()
}

// Stage is how far a till's Run is.
type Stage int

const (
	Starting Stage = iota // it reads its sales, or was not started
	Running
	Stopped
)

// Health says how the till is doing.
func (b *Board) Health(at Stage, lastTurn time.Time) Health {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := Health{Open: b.open, Attention: b.attention, Printer: b.printer, Display: b.display, LastTurn: lastTurn}
	if b.printer == "ready" && b.slip != "" {
		h.Printer = b.slip // what the printer says of itself now counts more than how a slip ended
	}

	switch {
	case b.failure != nil:
		h.Problem, h.Code = "the sales file failed, and gallad restarts: "+b.failure.Error(), "health_store"
	case at == Starting:
		h.Problem, h.Code = "the till is starting: it is reading its sales", "health_starting"
	case at == Stopped:
		h.Problem, h.Code = "the till has stopped", "health_stopped"
	default:
		h.Ready = true
	}

	for _, name := range b.names {
		g, ok := b.gateways[name]
		if !ok {
			g = Gateway{Name: name, OK: true}
		}
		h.Gateways = append(h.Gateways, g)
	}
	for _, name := range slices.Sorted(maps.Keys(b.gone)) {
		h.Gateways = append(h.Gateways, Gateway{
			Name: name,
			Gone: true,
			Problem: fmt.Sprintf("It is no longer configured, and nobody looks whether money comes late for %d of "+
				"its orders. Put it back in gallad.toml, as the last [[gateway]], for five days.", b.gone[name]),
		})
	}
	return h
}
