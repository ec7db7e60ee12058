package till

import (
	"context"
	"errors"

	"galla/gateway"
	"galla/internal/till/terms"
	"galla/state"
)

// capturer is a gateway that leaves some payments authorised until they are taken (Razorpay, when automatic capture
// missed one). ErrUnsupported: this account's policy is to let such money go back.
type capturer interface {
	Capture(context.Context, gateway.Payment) (gateway.Payment, error)
}

// noter is a gateway that keeps notes on an order for the merchant's own dashboard. Repeating a note is harmless.
type noter interface {
	Note(context.Context, gateway.Order, map[string]string) error
}

// capture takes authorised money of a sale that still wants it, and replaces the payments in r. A sale that is over
// wants none: not captured, such money goes back to the customer by itself.
func (t *Till) capture(lane gateway.Lane, gw gateway.Gateway, s *state.Sale, r *gateway.Reading) {
	c, ok := gw.(capturer)
	if !ok || s.Phase.Final() || s.Closing != nil {
		return
	}
	for i, p := range r.Payments {
		if p.Status != gateway.PaymentProcessing || p.Amount != s.Amount {
			continue
		}
		ctx, cancel := t.within(lane, readTimeout)
		took, err := c.Capture(ctx, p)
		cancel()
		switch {
		case err == nil:
			r.Payments[i] = took
		case !errors.Is(err, gateway.ErrUnsupported):
			t.o.Log.Warn("an authorised payment could not be taken; the next look tries again", "sale", s.ID,
				"payment", p.ID, "err", err)
		}
	}
}

// writeOrderNotes writes how the sale ended on its order, so that the gateway's dashboard can be read beside the till's
// list. It returns false if it should be tried again. A refusal becomes a writeOrderNotes of the reading: nothing of
// the sale hangs on it, and the doctor tells it.
func (t *Till) writeOrderNotes(lane gateway.Lane, gw gateway.Gateway, s *state.Sale, a *state.Attempt,
	r *gateway.Reading) bool {
	n, ok := gw.(noter)
	if !ok || s.Watched > 0 || s.Kind != state.KindCounter {
		return true
	}
	ctx, cancel := t.within(lane, readTimeout)
	defer cancel()
	err := n.Note(ctx, terms.ToOrder(s, a), terms.OrderNotes(s))
	if c := gateway.ClassOf(err); err != nil && (c.Later() || c == gateway.ClassUnknown) {
		return false
	}
	if err != nil {
		r.Notes = append(r.Notes, "the order's notes for the gateway's dashboard were refused: "+err.Error())
	}
	return true
}
