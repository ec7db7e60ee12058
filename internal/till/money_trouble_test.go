package till

import (
	"context"
	"strings"
	"testing"
	"time"

	"galla/display"
	"galla/gateway/gatewaytest"
	"galla/state"
)

// Money that comes late, twice, or after we gave up: rows A of the list of reported troubles, with the whole till.

// TestTrouble_A1_ThroughTheTill: a payment that failed at the bank is captured 12 minutes later, or after 2 days, when
// the sale is long closed. It is late money, and it can be given back.
func TestTrouble_A1_ThroughTheTill(t *testing.T) {
	for _, after := range []time.Duration{12 * time.Minute, 48 * time.Hour} {
		t.Run(after.String(), func(t *testing.T) {
			scenes(t, func(c *scene) {
				c.start()
				id, qr := c.offer()
				c.act(qr, gatewaytest.Decline)
				c.want(10*time.Minute, id, state.PhaseClosed, state.TenderNone)
				c.later(after, qr, gatewaytest.PayLate)
				s := c.want(after+25*time.Hour, id, state.PhaseClosed, state.TenderLate)
				c.attention(s, state.AttentionLate)
				if _, err := c.till.Resolve(
					context.Background(),
					ResolveRequest{SaleID: id, Action: state.ActionRefund, By: "manager:ravi"},
				); err != nil {
					c.t.Fatal(err)
				}
				c.attention(c.want(time.Hour, id, state.PhaseClosed, state.TenderNone))
				if m := c.money(); m != 0 {
					c.t.Errorf("the gateway still holds %s", m)
				}
			})
		})
	}
}

// TestTrouble_A2_ThroughTheTill: cancel and capture race, in both orders.
func TestTrouble_A2_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.Pay) // a moment before the button
		c.cancel(id, state.CloseCancelled)
		c.attention(c.want(10*time.Second, id, state.PhasePaid, state.TenderExact))
		id, qr = c.offer()
		c.cancel(id, state.CloseCancelled)
		c.want(10*time.Second, id, state.PhaseClosed, state.TenderNone)
		c.act(qr, gatewaytest.PayLate) // it was on its way
		c.attention(c.want(6*time.Minute, id, state.PhaseClosed, state.TenderLate), state.AttentionLate)
	})
}

// TestTrouble_A3_ThroughTheTill: the customer's app says "failed" and the money moves for five minutes.
func TestTrouble_A3_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.Pay)
		// EnKash reports an untouched QR and a pending one alike, until the bank has it
		if c.api == gatewaytest.Razorpay {
			c.want(4*time.Second, id, state.PhasePaying, state.TenderNone) // the simulated bank takes 5 s at least
		}
		if s := c.after(4*time.Minute, id); s.Phase.Final() && s.Phase != state.PhasePaid {
			c.t.Errorf("the sale is %s while money moves", s.Phase)
		}
		c.attention(c.want(3*time.Minute, id, state.PhasePaid, state.TenderExact))
	}, func(k *gatewaytest.Knobs) { k.SlowBank = 100 })
}

// TestTrouble_A4_ThroughTheTill: a photo of the QR is paid ten minutes after its end.
func TestTrouble_A4_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.want(5*time.Minute+30*time.Second, id, state.PhaseClosed, state.TenderNone)
		c.later(10*time.Minute, qr, gatewaytest.PayLate)
		c.attention(c.want(time.Hour, id, state.PhaseClosed, state.TenderLate), state.AttentionLate)
	})
}

// TestTrouble_A5_ThroughTheTill: the gateway still calls the order open after its own end. Our clock ends the sale, and
// the order is closed by us.
func TestTrouble_A5_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, _ := c.offer()
		s := c.want(5*time.Minute+30*time.Second, id, state.PhaseClosed, state.TenderNone)
		op := map[gatewaytest.API]string{gatewaytest.EnKash: "cancel", gatewaytest.Razorpay: "close"}[c.api]
		if s.Closing.Reason != state.CloseExpired || c.asked(op) == 0 {
			c.t.Errorf("closed for %s, %d closes", s.Closing.Reason, c.asked(op))
		}
	}, func(k *gatewaytest.Knobs) { k.StaleActive = 100 })
}

// TestTrouble_A6_ThroughTheTill: two captured payments on one QR. The first is the sale; the second goes back once,
// when a person says so.
func TestTrouble_A6_ThroughTheTill(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) { // at EnKash one QR pays once
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.PayTwice)
		s := c.want(10*time.Second, id, state.PhasePaid, state.TenderDuplicate)
		c.attention(s, state.AttentionDuplicate)
		for range 2 { // pressed twice
			if _, err := c.till.Resolve(
				context.Background(),
				ResolveRequest{Key: "k", SaleID: id, Action: state.ActionRefund, By: "manager:ravi"},
			); err != nil {
				c.t.Fatal(err)
			}
		}
		c.attention(c.after(time.Hour, id))
		if r := c.sim.Ledger().Refunds; len(r) != 1 || c.money() != 25000 {
			c.t.Errorf("refunds %+v, held %s", r, c.money())
		}
	})
}

// TestTrouble_A7_ThroughTheTill: the customer is debited, and for as long as the QR is shown the gateway lists nothing.
func TestTrouble_A7_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.after(4*time.Minute, id)
		c.act(qr, gatewaytest.Pay) // listed minutes later
		s := c.after(2*time.Hour, id)
		switch {
		case s.Phase == state.PhasePaid && s.Tender == state.TenderExact:
			c.attention(s)
		case s.Phase == state.PhaseClosed && s.Tender == state.TenderLate:
			c.attention(s, state.AttentionLate)
		default:
			c.t.Errorf("the money is lost: %s/%s", s.Phase, s.Tender)
		}
	}, func(k *gatewaytest.Knobs) { k.HiddenPayment = 100 })
}

// TestTrouble_A8_ThroughTheTill: no webhook is configured, none comes; every sale of a day ends by polling alone.
func TestTrouble_A8_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		for range 20 {
			id, qr := c.offer()
			c.act(qr, gatewaytest.Pay)
			c.attention(c.want(5*time.Second, id, state.PhasePaid, state.TenderExact))
		}
	}, func(k *gatewaytest.Knobs) { k.WebhookLost = 100 })
}

// TestTrouble_A9: the confirmation comes four minutes after the money. All that while the till says "do not pay again",
// and a cashier who gives up is not told that nothing was paid.
func TestTrouble_A9(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.Start)
		for range 8 {
			c.want(30*time.Second, id, state.PhasePaying, state.TenderNone)
			if v := c.screen.last(); v.Screen != display.ScreenPaying || v.Payload != "" {
				c.t.Fatalf("the customer sees %s with %q", v.Screen, v.Payload)
			}
		}
		c.later(4*time.Second, qr, gatewaytest.Pay)
		c.attention(c.want(15*time.Second, id, state.PhasePaid, state.TenderExact))
	})
	// Authorised, and the cashier presses cancel: not closed, because the money may have moved, and paid when it turns
	// up.
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id, qr := c.offer()
		p := c.act(qr, gatewaytest.Pay)
		if s := c.want(10*time.Second, id, state.PhasePaying, state.TenderNone); s.Payments[0].ID != p.ID ||
			s.Payments[0].Status != state.PaymentProcessing {
			c.t.Fatalf("payments %+v", s.Payments)
		}
		c.cancel(id, state.CloseCancelled)
		c.want(4*time.Minute, id, state.PhaseClosing, state.TenderNone)
		if v := c.screen.last(); v.Payload != "" {
			c.t.Errorf("the QR is shown again")
		}
	}, func(k *gatewaytest.Knobs) { k.StuckAuth = 100 })
}

// TestTrouble_A10_ThroughTheTill: authorised and never captured. It is never paid by itself; when the money goes back
// after three days nothing is owed to anyone.
func TestTrouble_A10_ThroughTheTill(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.Pay)
		c.want(time.Minute, id, state.PhasePaying, state.TenderNone)
		s := c.want(4*24*time.Hour, id, state.PhaseClosed, state.TenderNone)
		if len(s.Attention) != 0 || s.Payments[0].Status != state.PaymentFailed ||
			s.Payments[0].Reason != "not_captured" {
			c.t.Errorf("attention %+v, payments %+v", s.Attention, s.Payments)
		}
	}, func(k *gatewaytest.Knobs) { k.StuckAuth = 100 })
}

// TestTrouble_A11_ThroughTheTill: the payer takes 110, 130 and 290 seconds, with a life of five minutes.
func TestTrouble_A11_ThroughTheTill(t *testing.T) {
	for _, takes := range []time.Duration{110 * time.Second, 130 * time.Second, 290 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			scenes(t, func(c *scene) {
				c.start()
				id, qr := c.offer()
				c.later(takes, qr, gatewaytest.Pay)
				c.want(takes-5*time.Second, id, state.PhaseAwaiting, state.TenderNone)
				c.attention(c.want(15*time.Second, id, state.PhasePaid, state.TenderExact))
			})
		})
	}
}

// TestTrouble_A12: orders that can't be cancelled and hardly ever end by themselves. The sale ends by our clock and by
// our button, its QR is off the screen, and what is paid on the order all the same is found.
func TestTrouble_A12(t *testing.T) {
	onScene(t, gatewaytest.EnKash, func(c *scene) {
		c.off = true
		c.start()
		for _, end := range []func(string){
			func(id string) { c.cancel(id, state.CloseCancelled); c.after(10*time.Second, id) },
			func(id string) { c.after(5*time.Minute+30*time.Second, id) },
		} {
			id, qr := c.offer()
			end(id)
			c.want(0, id, state.PhaseClosed, state.TenderNone)
			if c.asked("cancel") != 0 || c.screen.last().Payload == qr {
				c.t.Errorf("%d cancels were sent, the customer sees %q", c.asked("cancel"), c.screen.last().Payload)
			}
			c.act(qr, gatewaytest.Pay) // the gateway knows no reason why not
			c.attention(c.want(2*time.Hour, id, state.PhaseClosed, state.TenderLate), state.AttentionLate)
		}
	}, func(k *gatewaytest.Knobs) { k.OrderLife, k.NoCancel = gatewaytest.Duration(24*time.Hour), true })
}

// TestTrouble_A13_ThroughTheTill: the payer's bank takes the money back within a minute. The sale was paid, and a
// person hears at once that its money is gone.
func TestTrouble_A13_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.Pay)
		s := c.after(10*time.Second, id)
		if p := s.Payments; len(p) == 1 && p[0].Refunded == p[0].Amount && s.Phase != state.PhasePaid {
			// It went back before the first poll, as one in a hundred does: nothing was ever there to sell for.
			c.attention(c.want(7*time.Minute, id, state.PhaseClosed, state.TenderNone))
			return
		}
		s = c.want(7*time.Minute, id, state.PhasePaid, state.TenderUnder)
		c.attention(s, state.AttentionReversed)
	}, func(k *gatewaytest.Knobs) { k.ReturnedAtOnce = 100 })
}

// TestTrouble_A14_ThroughTheTill: the first try fails and 9 s later another one of the same QR succeeds. In between
// nobody is told to charge again: the QR is back and good.
func TestTrouble_A14_ThroughTheTill(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.Pay)
		s := c.want(5*time.Second, id, state.PhaseAwaiting, state.TenderNone)
		if v := c.screen.last(); len(s.Payments) != 1 || s.Payments[0].Status != state.PaymentFailed ||
			v.Payload != qr {
			c.t.Errorf("payments %+v; the customer sees %s", s.Payments, v.Screen)
		}
		c.attention(c.want(10*time.Second, id, state.PhasePaid, state.TenderExact))
	}, func(k *gatewaytest.Knobs) { k.FailFirst = 100 })
}

// TestTrouble_A16: a reference of an attempt that timed out is never used again. The next attempt has its own, and the
// old one stays watched until it is found and closed.
func TestTrouble_A16(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.script("on razorpay create #1 lose-answer", "on razorpay list #1-12 status 503")
		c.start()
		id := c.open(25000).ID
		s := c.want(50*time.Second, id, state.PhaseAwaiting, state.TenderNone)
		if len(s.Attempts) != 2 || s.Attempts[0].State != state.AttemptLost || s.Attempts[0].Ref == s.Attempts[1].Ref {
			c.t.Fatalf("attempts %+v", s.Attempts)
		}
		for _, a := range s.Attempts {
			if n := len(c.sim.Ledger().ByReference(gatewaytest.Razorpay, a.Ref)); n != 1 ||
				!strings.HasPrefix(a.Ref, "G"+id) {
				c.t.Errorf("reference %s has %d orders", a.Ref, n)
			}
		}
		c.act(c.screen.last().Payload, gatewaytest.Pay)
		s = c.want(2*time.Hour, id, state.PhasePaid, state.TenderExact)
		old := c.sim.Ledger().ByReference(gatewaytest.Razorpay, s.Attempts[0].Ref)[0]
		if s.Attempts[0].State != state.AttemptOrphan || old.Status != "closed" {
			c.t.Errorf("the first attempt is %s and its order %s", s.Attempts[0].State, old.Status)
		}
	})
}

// TestTrouble_A17: "failed, try again" is said of no outcome that is only unknown, and a retry comes after a look.
func TestTrouble_A17(t *testing.T) {
	scenes(t, func(c *scene) {
		find := map[gatewaytest.API]string{gatewaytest.EnKash: "order-by-merchant", gatewaytest.Razorpay: "list"}[c.api]
		c.script("on API create #1 lose-answer", "on API "+find+" * status 503")
		c.start()
		id := c.open(25000).ID
		s := c.after(50*time.Second, id)
		if len(s.Attempts) < 2 {
			c.t.Fatalf("attempts %+v", s.Attempts)
		}
		if c.asked(find) < 3 || c.asked("create") != 2 {
			c.t.Errorf("%d looks, %d creates", c.asked(find), c.asked("create"))
		}
		p := s.Attempts[0].Problem
		if p == nil || p.Class != "unknown" {
			c.t.Fatalf("problem %+v", p)
		}
		for _, word := range []string{"fail", "try again", "start again", "declin", "not paid"} {
			if strings.Contains(strings.ToLower(p.Cashier), word) {
				c.t.Errorf("of an unknown outcome the cashier reads %q", p.Cashier)
			}
		}
		if !strings.Contains(p.Cashier, "did not confirm") || !strings.Contains(p.Cashier, "shown to nobody") {
			c.t.Errorf("the cashier reads %q", p.Cashier)
		}
	})
}
