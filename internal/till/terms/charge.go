package terms

import (
	"time"

	"galla/gateway"
	"galla/state"
)

// grace is how much longer than our own expiry a gateway is asked to keep an order: our close comes first, theirs is
// the safety net when the box loses power with a QR on the screen.
const grace = 2 * time.Minute

// Asker is the box that asks: its name, and the id that tells it from another of that name.
type Asker struct{ Terminal, Box string }

// ToCharge is what a gateway is asked for an attempt.
func ToCharge(s *state.Sale, a *state.Attempt, by Asker) gateway.Charge {
	c := gateway.Charge{
		Reference:  a.Ref,
		SaleID:     s.ID,
		Terminal:   by.Terminal,
		Box:        by.Box,
		Amount:     s.Amount,
		AskedAt:    a.AskedAt,
		CloseAfter: s.Life + grace,
		Invoice:    s.Invoice,
	}
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
