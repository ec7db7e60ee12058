package till

import (
	"errors"
	"fmt"
	"time"

	"galla/gateway"
	"galla/state"
)

const (
	// Both are a little longer than what the gateway package gives one call, so that the call says what it waited for.
	openTimeout  = 27 * time.Second // for the whole of an Open, several requests at EnKash
	findTimeout  = 12 * time.Second
	findPatience = 20 * time.Second // how long a customer waits for certainty before the next gateway is asked
	findSettle   = 3 * time.Second  // "not found" counts only this long after the order may have been made: lists lag behind
)

// attempt writes down the next attempt of a sale, with its reference, before anyone is asked.
func (u *turn) attempt(saleID string) error {
	s, err := u.sale(saleID)
	if err != nil {
		return err
	}
	gw := state.NextGateway(s)
	if gw == "" {
		return nil
	}
	// If we die after the commit, the reference is on disk and the gateway has never heard of it, or has: Find tells.
	return u.apply(state.Event{Kind: state.EventAttemptAsked, SaleID: saleID, Gateway: gw, Attempt: u.t.chance.reference(s)})
}

// reference makes our name for an attempt: letters and digits only (EnKash allows no others), unique across boxes and
// never reused, because some rails refuse a reference for ever once it was tried (gateway-troubles.md A16).
func (c chance) reference(s state.Sale) string {
	return fmt.Sprintf("G%s%d%s", s.ID, len(s.Attempts)+1, c.token(8))
}

// saleIn is the id of the sale that a reference names; false: it is none of ours.
func saleIn(ref string) (id string, ok bool) {
	const idLen, least = 12, 1 + 12 + 1 + 8
	if len(ref) < least || ref[0] != 'G' {
		return "", false
	}
	return ref[1 : 1+idLen], true
}

// quote opens the order of an attempt, and looks for it when the answer isn't clear.
func (t *Till) quote(s state.Sale, ref string, fresh bool) func(*turn) error {
	a := s.Attempt(ref)
	gw := t.gateways[a.Gateway]
	if gw == nil {
		return t.lost(s, a, gateway.ErrUnsupported, fmt.Sprintf("gateway %q is no longer configured", a.Gateway))
	}
	charge := t.charge(&s, a)
	sent := time.Now()
	ended := sent // when the gateway may have made the order, at the latest
	var err error
	if fresh {
		ctx, cancel := t.within(openTimeout)
		var q gateway.Quote
		q, err = gw.Open(ctx, charge)
		cancel()
		t.observe(a.Gateway, err)
		if err == nil {
			return t.quoted(s, a, q)
		}
		if t.ctx.Err() != nil {
			return nil // stopping: whether it was opened is looked up at the next start
		}
		if gateway.ClassOf(err) != gateway.ClassUnknown {
			return t.failed(s, a, err)
		}
		ended = time.Now()
		t.o.Log.Warn("order outcome unknown: looking it up", "sale", s.ID, "attempt", ref, "err", err)
	}
	missing := 0
	for wait := 500 * time.Millisecond; ; wait = min(2*wait, 4*time.Second) {
		looked := time.Now()
		ctx, cancel := t.within(findTimeout)
		q, findErr := gw.Find(ctx, charge)
		cancel()
		t.observe(a.Gateway, findErr)
		switch {
		case findErr == nil:
			return t.quoted(s, a, q)
		case errors.Is(findErr, gateway.ErrNotFound):
			if missing++; missing >= 2 && looked.Sub(ended) >= findSettle {
				return t.failed(s, a, &gateway.Error{Class: gateway.ClassUnavailable, Gateway: a.Gateway, Op: "create order", Err: err,
					Text: "the gateway has no such order", Cashier: "The payment company did not open the order. Try again."})
			}
		case errors.Is(findErr, gateway.ErrUnsupported):
			return t.lost(s, a, findErr, "this gateway can't look an order up by our reference")
		case existing(findErr) != "" && !gateway.ClassOf(findErr).Later():
			return t.failed(s, a, findErr) // found, and not to be shown
		}
		if time.Since(sent) > findPatience {
			return t.lost(s, a, findErr, "the gateway gave no certain answer in time")
		}
		if !sleep(t.ctx, wait) {
			return nil
		}
	}
}

// quoted records a QR, unless it isn't one we may show.
func (t *Till) quoted(s state.Sale, a *state.Attempt, q gateway.Quote) func(*turn) error {
	switch {
	case q.Amount != s.Amount:
		return t.lost(s, a, nil, fmt.Sprintf("the gateway's order is for %s, the sale is for %s", q.Amount, s.Amount))
	case q.TestMode && !t.o.Demo:
		return t.failed(s, a, &gateway.Error{Class: gateway.ClassMisconfigured, Gateway: a.Gateway, Op: "create order",
			Cashier: "This till is set up with test keys, so nobody can pay. Call the owner.", Operator: "put the live keys in, or run in demo mode"})
	}
	return func(u *turn) error {
		return u.apply(state.Event{Kind: state.EventAttemptQuoted, SaleID: s.ID, Attempt: a.Ref, By: "gateway:" + a.Gateway, Quote: &state.Quote{
			OrderID: q.ID, TransactionIDs: q.TransactionIDs, Payload: q.Payload, PayeeVPA: q.PayeeVPA, PayeeName: q.PayeeName,
			ValidUntil: q.ValidUntil, TestMode: q.TestMode}})
	}
}

// existing names the order that is there although its QR could not be had or must not be shown.
func existing(err error) string {
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		return e.Order
	}
	return ""
}

// unshown is an order without a QR to show: it is closed, and watched like any other.
func (t *Till) unshown(s *state.Sale, a *state.Attempt, err error) state.Event {
	return state.Event{Kind: state.EventAttemptQuoted, SaleID: s.ID, Attempt: a.Ref, By: "gateway:" + a.Gateway, Problem: Problem(err), Quote: &state.Quote{OrderID: existing(err)}}
}

// failed records that no QR of the reference can be had: because no order of it can be paid, or because the one that is
// there has none to show. The next attempt is written down after that.
func (t *Till) failed(s state.Sale, a *state.Attempt, err error) func(*turn) error {
	return func(u *turn) error {
		if existing(err) != "" {
			return u.apply(t.unshown(&s, a, err))
		}
		return u.apply(state.Event{Kind: state.EventAttemptFailed, SaleID: s.ID, Attempt: a.Ref, By: "gateway:" + a.Gateway, Problem: Problem(err)})
	}
}

// lost records that no certainty could be had. The attempt was never shown, and is still looked for in the watch.
func (t *Till) lost(s state.Sale, a *state.Attempt, err error, why string) func(*turn) error {
	p := &state.Problem{Class: string(gateway.ClassUnknown), Text: why, Cashier: "The payment company did not answer clearly. This order was not shown to anyone."}
	if err != nil {
		p.Text = fmt.Sprintf("%s: %v", why, err)
	}
	return func(u *turn) error {
		return u.apply(state.Event{Kind: state.EventAttemptLost, SaleID: s.ID, Attempt: a.Ref, Problem: p})
	}
}

// Problem says what went wrong in words that may be stored and shown.
func Problem(err error) *state.Problem {
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		return &state.Problem{Class: string(e.Class), Text: e.Error(), Cashier: e.Cashier, Code: e.CashierCode()}
	}
	return &state.Problem{Class: string(gateway.ClassUnknown), Text: err.Error(), Cashier: "The payment company could not be reached. Check the internet connection."}
}
