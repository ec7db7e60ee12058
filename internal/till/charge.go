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

func (t *Till) within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.ctx, d)
}

// charge is what a gateway is asked for an attempt.
func (t *Till) charge(s *state.Sale, a *state.Attempt) gateway.Charge {
	c := gateway.Charge{Reference: a.Ref, SaleID: s.ID, Terminal: t.o.Terminal, Amount: s.Amount, AskedAt: a.AskedAt, CloseAfter: s.Life + grace}
	if ascii(s.Reference) {
		c.Description = s.Reference
	}
	if s.Invoice != nil {
		c.Invoice = new(gateway.Invoice(*s.Invoice)) // doesn't compile when their fields differ
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

// order names an attempt's order for later calls.
func order(s *state.Sale, a *state.Attempt) gateway.Order {
	return gateway.Order{Reference: a.Ref, ID: a.Quote.OrderID, TransactionIDs: a.Quote.TransactionIDs, Amount: s.Amount, OpenedAt: a.AskedAt}
}
