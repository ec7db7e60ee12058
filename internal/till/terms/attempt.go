package terms

import (
	"fmt"

	"galla/gateway"
	"galla/state"
)

// Quoted is what an order makes of an attempt: a QR, unless it isn't one we may show. demo: test keys may be shown.
func Quoted(s *state.Sale, a *state.Attempt, q gateway.Quote, demo bool) state.Event {
	switch {
	case q.Amount != s.Amount:
		return Lost(s, a, nil, fmt.Sprintf("the gateway's order is for %s, the sale is for %s", q.Amount, s.Amount))
	case q.TestMode && !demo:
		return Failed(s, a, &gateway.Error{
			Class:    gateway.ClassMisconfigured,
			Gateway:  a.Gateway,
			Op:       "create order",
			Cashier:  gateway.CashierTestKeys,
			Operator: "put the live keys in, or run in demo mode",
		})
	}
	return Found(s, a, q)
}

// Found is an order that is there, whatever it is for.
func Found(s *state.Sale, a *state.Attempt, q gateway.Quote) state.Event {
	return state.Event{
		Kind:    state.EventAttemptQuoted,
		SaleID:  s.ID,
		Attempt: a.Ref,
		By:      "gateway:" + a.Gateway,
		Quote:   fromQuote(q),
	}
}

// Unshown is an order without a QR to show: it is closed, and watched like any other.
func Unshown(s *state.Sale, a *state.Attempt, err error) state.Event {
	return state.Event{
		Kind:    state.EventAttemptQuoted,
		SaleID:  s.ID,
		Attempt: a.Ref,
		By:      "gateway:" + a.Gateway,
		Problem: Problem(err),
		Quote:   &state.Quote{OrderID: Existing(err)},
	}
}

// Failed says that no QR of the reference can be had: because no order of it can be paid, or because the one that is
// there has none to show. The next attempt is written down after that.
func Failed(s *state.Sale, a *state.Attempt, err error) state.Event {
	if Existing(err) != "" {
		return Unshown(s, a, err)
	}
	return state.Event{
		Kind:    state.EventAttemptFailed,
		SaleID:  s.ID,
		Attempt: a.Ref,
		By:      "gateway:" + a.Gateway,
		Problem: Problem(err),
	}
}

// Lost says that no certainty could be had; err may be nil. The attempt was never shown, and is still looked for in the
// watch.
func Lost(s *state.Sale, a *state.Attempt, err error, why string) state.Event {
	p := Said(gateway.ClassUnknown, why, gateway.CashierUnclear)
	if err != nil {
		p.Text = fmt.Sprintf("%s: %v", why, err)
	}
	return state.Event{Kind: state.EventAttemptLost, SaleID: s.ID, Attempt: a.Ref, Problem: p}
}

// ReadBy is what a gateway's record of an attempt makes of its sale. asked is as of FromReading.
func ReadBy(s *state.Sale, a *state.Attempt, r gateway.Reading, asked uint64) state.Event {
	return state.Event{
		Kind:    state.EventReading,
		SaleID:  s.ID,
		Attempt: a.Ref,
		By:      "gateway:" + a.Gateway,
		Reading: FromReading(r, asked),
	}
}

// OrderNotes say how a sale ended, for the gateway's dashboard, beside its order.
func OrderNotes(s *state.Sale) map[string]string {
	notes := map[string]string{"terminal": s.Terminal, "outcome": string(s.Phase)}
	if s.Closing != nil && s.Phase == state.PhaseClosed {
		notes["outcome"] = string(s.Closing.Reason)
	}
	if s.Reference != "" {
		notes["bill"] = s.Reference
	}
	return notes
}
