package till

import (
	"context"
	"time"

	"galla/gateway"
	"galla/state"
)

// within begins an errand at a gateway: its calls wait in one lane, and d runs while they don't.
func (t *Till) within(lane gateway.Lane, d time.Duration) (context.Context, context.CancelFunc) {
	return gateway.Errand{Lane: lane, Limit: d}.Begin(t.ctx)
}

// laneOf says who waits for a poll of the sale. The engine's goroutine alone asks.
func (t *Till) laneOf(s *state.Sale) gateway.Lane {
	switch {
	case s.Phase.Final():
		return gateway.LaneWatch
	case s.ID == t.screen.sale:
		return gateway.LaneScreen
	}
	return gateway.LaneSale
}
