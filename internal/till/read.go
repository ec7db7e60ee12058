package till

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"galla/internal/money"
	"galla/state"
)

// Reads ask the store and not the engine: they are answered before Run, and after its end while the store is open. A
// context that has ended is refused before the disk is asked; a read that may be long looks at it on the way.

// eventsAtOnce is how many events are read between two looks at the caller's context.
const eventsAtOnce = 500

// Sale reads one sale as it is on disk; ErrNoSale if there is none.
func (t *Till) Sale(ctx context.Context, id string) (state.Sale, error) {
	if err := ctx.Err(); err != nil {
		return state.Sale{}, err
	}
	s, found, err := t.o.Store.Sale(id)
	if err == nil && !found {
		err = fmt.Errorf("%w: %.40q", ErrNoSale, id)
	}
	return s, err
}

// Limit is the most one sale may be.
func (t *Till) Limit() money.Paise { return t.o.Limit }

// Find lists the sales that have a value exactly, newest first, over the whole history: those opened before the sale
// before ("": from the newest on), at most limit.
func (t *Till) Find(ctx context.Context, f state.Field, value, before string, limit int) ([]state.Sale, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.o.Store.Find(f, value, before, limit)
}

// Sales lists sales by a query, at most 1,000 at a time.
func (t *Till) Sales(ctx context.Context, q Query) ([]state.Sale, error) {
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 0 || q.Limit > 1000 {
		return nil, &RequestError{Field: "limit", Why: fmt.Sprintf("limit is %d: give 1 to 1000", q.Limit)}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.o.Store.Sales(q)
}

// Days lists the business days that have sales, newest first, from from to to; an empty end is open.
func (t *Till) Days(ctx context.Context, from, to string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return t.o.Store.Days(from, to)
}

// Events reads up to limit events after since, in order. It stops, with ctx's error and no events, when ctx ends.
func (t *Till) Events(ctx context.Context, since uint64, limit int) ([]state.Event, error) {
	var events []state.Event
	for len(events) < limit {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		wanted := min(limit-len(events), eventsAtOnce)
		page, err := t.o.Store.Events(since, wanted)
		if err != nil {
			return nil, err
		}
		events = append(events, page...)
		if len(page) < wanted {
			break
		}
		since = page[len(page)-1].Seq
	}
	return events, nil
}

// Changed is closed at the next commit: whoever follows reads Events again then.
func (t *Till) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}

// count keeps what Health tells of the open sales.
func (t *Till) count() {
	open := 0
	gone := map[string]int{}
	for _, x := range t.sales {
		if !x.sale.Phase.Final() {
			open++
		}
		for _, a := range x.sale.Attempts {
			if t.gateways[a.Gateway] == nil && a.State != state.AttemptFailed {
				gone[a.Gateway]++
			}
		}
	}
	t.mu.Lock()
	t.seen.open, t.seen.attention, t.seen.gone = open, t.waiting, gone
	t.mu.Unlock()
}

// Health says how the till is doing, from what the engine noted at its last commit: it asks neither the store nor the
// engine.
func (t *Till) Health() Health {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := Health{
		Open:      t.seen.open,
		Attention: t.seen.attention,
		Printer:   t.paper,
		Display:   t.display,
		LastTurn:  time.Unix(0, t.turned.Load()),
	}
	if t.paper == "ready" && t.slip != "" {
		h.Printer = t.slip // what the printer says of itself now counts more than how a slip ended
	}
	select {
	case <-t.ready:
		h.Ready = t.failure == nil
	default:
		h.Problem, h.Code = "the till is starting: it is reading its sales", "health_starting"
	}
	select {
	case <-t.stopped:
		h.Ready, h.Problem, h.Code = false, "the till has stopped", "health_stopped"
	default:
	}
	if t.failure != nil {
		h.Problem, h.Code = "the sales file failed, and gallad restarts: "+t.failure.Error(), "health_store"
	}
	for _, name := range t.names {
		g, ok := t.health[name]
		if !ok {
			g = GatewayHealth{Name: name, OK: true}
		}
		h.Gateways = append(h.Gateways, g)
	}
	for _, name := range slices.Sorted(maps.Keys(t.seen.gone)) {
		h.Gateways = append(h.Gateways, GatewayHealth{Name: name, Gone: true, Problem: fmt.Sprintf("It is no longer configured, and nobody looks whether money comes late for %d of its orders. "+
			"Put it back in gallad.toml, as the last [[gateway]], for five days.", t.seen.gone[name])})
	}
	return h
}

// Seq is the newest event's number, as the store has it: right from the moment the store is open, before Run too.
func (t *Till) Seq() (uint64, error) { return t.o.Store.Seq() }
