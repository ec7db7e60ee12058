package till

import (
	"context"
	"time"

	"galla/gateway"
	"galla/state"
)

// grace is how much longer than our own expiry a gateway is asked to keep an order: our close comes first, theirs is the
// safety net when the box loses power with a QR on the screen.
const grace = 2 * time.Minute

// within begins an errand at a gateway: its calls wait in one lane, and d runs while they don't.
func (t *Till) within(lane gateway.Lane, d time.Duration) (context.Context, context.CancelFunc) {
	return gateway.Errand{Lane: lane, Limit: d}.Begin(t.ctx)
}

// laneOf says who waits for a look at the sale. The engine's goroutine alone asks.
func (t *Till) laneOf(s *state.Sale) gateway.Lane {
	switch {
	case s.Phase.Final():
		return gateway.LaneWatch
	case s.ID == t.screen.sale:
		return gateway.LaneScreen
	}
	return gateway.LaneSale
}

// charge is what a gateway is asked for an attempt.
func (t *Till) charge(s *state.Sale, a *state.Attempt) gateway.Charge {
	c := gateway.Charge{Reference: a.Ref, SaleID: s.ID, Terminal: t.o.Terminal, Box: t.o.Box, Amount: s.Amount, AskedAt: a.AskedAt, CloseAfter: s.Life + grace, Invoice: s.Invoice}
	if ascii(s.Reference) {
		c.Description = s.Reference
	}
	return c
}

func ascii(s string) bool {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return len(s) <= 50
}
