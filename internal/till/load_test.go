package till

import (
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/state"
)

// TestCallsOfASale counts what gateway/budget.go reckons with: the calls of a sale that is paid 40 s after its QR was there, until
// it is paid, and with the five days of its watch. Two looks more or less are the till's jitter.
func TestCallsOfASale(t *testing.T) {
	want := map[gatewaytest.API]struct{ paid, all int }{gatewaytest.EnKash: {45, 72}, gatewaytest.Razorpay: {41, 50}}
	scenes(t, func(c *scene) {
		c.start()
		calls := func() (n int) {
			for op, k := range c.sim.Requests() {
				if op != "enkash token" {
					n += k
				}
			}
			return n
		}
		id, qr := c.offer()
		c.later(39*time.Second, qr, gatewaytest.Pay)
		c.want(45*time.Second, id, state.PhasePaid, state.TenderExact)
		paid := calls()
		c.want(6*24*time.Hour, id, state.PhasePaid, state.TenderExact)
		if w := want[c.api]; max(paid-w.paid, w.paid-paid) > 4 || max(calls()-w.all, w.all-calls()) > 6 {
			c.t.Errorf("%d calls until paid and %d in all; budget.go says %d and %d", paid, calls(), w.paid, w.all)
		}
	}, func(k *gatewaytest.Knobs) { k.Delay = gatewaytest.Duration(300 * time.Millisecond) })
}
