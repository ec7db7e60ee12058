package counter

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"galla/internal/books"
	"galla/internal/counter/problem"
	"galla/internal/counter/wire"
	"galla/internal/operations"
)

func (c *Counter) listGateways(w http.ResponseWriter, r *http.Request, who Caller) error {
	b := wire.Accounts{Gateways: []wire.Account{}}
	for _, g := range c.operations.Gateways() {
		b.Gateways = append(b.Gateways, wire.Account{Name: g.Name, OK: g.OK, Problem: g.Problem,
			QRs: g.CounterQRs, Mandates: g.Mandates,
			Examine: g.Examination, Recording: g.Recording})
	}
	return c.answerKnown(w, r, who, b)
}

// An examination costs the gateway a dozen calls, so each gateway is looked over at most this often.
const (
	examineEvery = 5 * time.Second
	examineTime  = 25 * time.Second // below answerTime
)

// examinations remembers when each gateway was last looked over.
type examinations struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// wait says how long to wait before a gateway may be looked over again; 0 takes the turn.
func (e *examinations) wait(name string, now time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.last == nil {
		e.last = map[string]time.Time{}
	}
	if age := now.Sub(e.last[name]); age >= 0 && age < examineEvery {
		return examineEvery - age
	}
	e.last[name] = now
	return 0
}

// examine looks a gateway over: what is bad comes first, then what is worth knowing, then what is well.
func (c *Counter) examine(w http.ResponseWriter, r *http.Request, _ Caller) error {
	name := r.PathValue("name")
	if !slices.ContainsFunc(c.operations.Gateways(), func(g operations.Account) bool { return g.Name == name }) {
		return problem.New(problem.NoThing, fmt.Sprintf("no gateway is named %.40q", name),
			"List them: GET /v1/gateways.")
	}
	if wait := c.examinations.wait(name, c.now()); wait > 0 {
		p := problem.New(problem.TooOften, fmt.Sprintf("gateway %q was looked over a moment ago", name),
			"Wait a few seconds and ask again.")
		p.Bound, p.Wait = "examinations", wait
		return p
	}
	ctx, cancel := context.WithTimeout(r.Context(), examineTime)
	defer cancel()
	found, err := c.operations.Examine(ctx, name)
	if err != nil {
		return err
	}
	b := wire.Examination{Gateway: name, OK: true, Findings: []wire.Finding{}}
	for _, level := range []string{"bad", "note", "ok"} {
		for _, f := range found {
			if string(f.Level) == level {
				b.OK = b.OK && level != "bad"
				b.Findings = append(b.Findings, wire.Finding{Check: f.Check, Level: level, Says: f.Says, Next: f.Next})
			}
		}
	}
	return answer(w, http.StatusOK, b)
}

// bookedGateways lists the configured gateways for a reconciliation.
func (c *Counter) bookedGateways() (out []books.Gateway) {
	for _, g := range c.operations.Gateways() {
		out = append(out, books.Gateway{Name: g.Name, Lists: g.Statement})
	}
	return out
}
