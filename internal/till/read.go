package till

import (
	"time"

	"galla/internal/money"
	"galla/internal/till/health"
	"galla/state"
)

// Limit is the most one sale may be.
func (t *Till) Limit() money.Paise { return t.o.Limit }

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
	t.health.Sales(open, t.waiting, gone)
}

// Health says how the till is doing, from what the engine noted at its last commit: it asks neither the store nor the
// engine.
func (t *Till) Health() Health {
	at := health.Running
	select {
	case <-t.ready:
	default:
		at = health.Starting
	}
	select {
	case <-t.stopped:
		at = health.Stopped
	default:
	}
	return t.health.Health(at, time.Unix(0, t.turned.Load()))
}
