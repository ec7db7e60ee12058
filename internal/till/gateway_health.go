package till

import "galla/display"

// ObserveCall tells what a call to a gateway outside any sale showed: its connection was warmed, or could not be.
func (t *Till) ObserveCall(name string, err error) {
	if t.gateways[name] != nil {
		t.observe(name, err)
	}
}

// observe keeps what a call to a gateway showed, for Health and the idle screen.
func (t *Till) observe(name string, err error) {
	if t.health.Observe(name, err, t.o.Wall()) {
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
	if t.health.ClockBehind() {
		return display.ReasonClockNotSet
	}
	return display.ReasonNone
}
