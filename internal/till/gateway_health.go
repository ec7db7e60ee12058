package till

import (
	"galla/display"
	"galla/gateway"
	"galla/internal/till/terms"
)

// ObserveCall tells what a call to a gateway outside any sale showed: its connection was warmed, or could not be.
func (t *Till) ObserveCall(name string, err error) {
	if t.gateways[name] != nil {
		t.observe(name, err)
	}
}

// observe keeps what a call to a gateway showed, for Health and the idle screen. An answer that refuses one request is
// still an answer.
func (t *Till) observe(name string, err error) {
	h := GatewayHealth{Name: name, OK: true, At: t.o.Wall()}
	if err != nil {
		switch gateway.ClassOf(err) {
		case gateway.ClassBusy:
			return // our own budget: nothing was learned of the gateway
		case gateway.ClassUnavailable, gateway.ClassUnknown, gateway.ClassMisconfigured:
			h.OK, h.Problem, h.ClockBehind = false, terms.Problem(err).Cashier, gateway.ClockBehind(err)
		}
	}
	t.mu.Lock()
	changed := t.health[name].ClockBehind != h.ClockBehind
	t.health[name] = h
	t.mu.Unlock()
	if changed {
		t.refresh()
	}
}

// refresh has the engine look at the screen again, when something else than a sale has changed.
func (t *Till) refresh() {
	select {
	case <-t.ready: // before that nobody reads the inbox, and resume publishes by itself
	default:
		return
	}
	t.post(func(u *txn) error {
		u.after = append(u.after, t.publish)
		return nil
	})
}

// outOfService says why the next customer can't be served, or nothing. It is for the idle screen: a sale on the screen
// goes on to its own end.
func (t *Till) outOfService() display.Reason {
	if t.o.Tight() {
		return display.ReasonStorage
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range t.names {
		if !t.health[name].ClockBehind {
			return display.ReasonNone
		}
	}
	return display.ReasonClockNotSet
}
