package till

import (
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/state"
)

// TestCallsOfASale_Unpaid counts what a sale costs that nobody pays: until it is closed, and in the five days after.
func TestCallsOfASale_Unpaid(t *testing.T) {
	want := map[gatewaytest.API]struct{ closed, all int }{
		gatewaytest.EnKash:   {186, 304},
		gatewaytest.Razorpay: {116, 177},
	}
	scenes(t, func(c *scene) {
		c.start()
		id, _ := c.offer()
		c.want(5*time.Minute+5*time.Second, id, state.PhaseClosed, state.TenderNone)
		closed := c.calls()
		c.want(6*24*time.Hour, id, state.PhaseClosed, state.TenderNone)
		if w := want[c.api]; max(closed-w.closed, w.closed-closed) > 10 || max(c.calls()-w.all, w.all-c.calls()) > 16 {
			c.t.Errorf("%d calls until closed and %d in all; doc.go says %d and %d", closed, c.calls(), w.closed, w.all)
		}
	}, func(k *gatewaytest.Knobs) { k.Delay = gatewaytest.Duration(300 * time.Millisecond) })
}

// TestCallsOfASale counts what gateway/budget.go reckons with: the calls of a sale that is paid 40 s after its QR was
// there, until it is paid, and with the five days of its watch. Two looks more or less are the till's jitter.
func TestCallsOfASale(t *testing.T) {
	want := map[gatewaytest.API]struct{ paid, all int }{gatewaytest.EnKash: {49, 67}, gatewaytest.Razorpay: {31, 40}}
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.later(39*time.Second, qr, gatewaytest.Pay)
		c.want(45*time.Second, id, state.PhasePaid, state.TenderExact)
		paid := c.calls()
		c.want(6*24*time.Hour, id, state.PhasePaid, state.TenderExact)
		if w := want[c.api]; max(paid-w.paid, w.paid-paid) > 4 || max(c.calls()-w.all, w.all-c.calls()) > 6 {
			c.t.Errorf("%d calls until paid and %d in all; budget.go says %d and %d", paid, c.calls(), w.paid, w.all)
		}
	}, func(k *gatewaytest.Knobs) { k.Delay = gatewaytest.Duration(300 * time.Millisecond) })
}
