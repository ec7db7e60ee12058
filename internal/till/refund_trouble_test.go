package till

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway/gatewaytest"
	"galla/state"
)

// Money that goes back, and the box's surroundings: rows F and G of the list of reported troubles, with the whole till.

// sold is a paid sale over ₹250.
func (c *scene) sold() (id string) {
	c.t.Helper()
	id, qr := c.offer()
	c.act(qr, gatewaytest.Pay)
	c.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
	return id
}

func (c *scene) giveBack(id, key string, amount int) error {
	_, err := c.till.Refund(context.Background(), RefundRequest{Key: key, SaleID: id, Amount: paise(amount),
		All: amount == 0, Reason: "returned", By: "manager:ravi"})
	synctest.Wait()
	return err
}

// TestTrouble_F1_ThroughTheTill: the answer of the first refund is lost and the box restarts. One refund exists.
func TestTrouble_F1_ThroughTheTill(t *testing.T) {
	for _, restart := range []bool{false, true} {
		scenes(t, func(c *scene) {
			c.script("on API refund #1 lose-answer")
			c.start()
			id := c.sold()
			for range 2 { // pressed twice
				if err := c.giveBack(id, "k1", 10000); err != nil {
					c.t.Fatal(err)
				}
			}
			if restart {
				c.restart()
			}
			s := c.after(time.Hour, id)
			if r := c.sim.Ledger().Refunds; len(r) != 1 || r[0].Key != s.Refunds[0].Key || len(s.Refunds) != 1 ||
				s.Refunds[0].Status != state.RefundProcessed {
				c.t.Errorf("restart %v: the gateway has %+v, we have %+v", restart, r, s.Refunds)
			}
		})
	}
}

// TestTrouble_F2: a refund whose outcome isn't known keeps its amount reserved, over a restart too, until it is looked
// up.
func TestTrouble_F2(t *testing.T) {
	scenes(t, func(c *scene) {
		look := map[gatewaytest.API][]string{gatewaytest.EnKash: {"refund-status", "payment"},
			gatewaytest.Razorpay: {"refunds", "refund"}}[c.api]
		c.start()
		id := c.sold()
		if c.api == gatewaytest.EnKash {
			c.script("on API refund #1 lose-answer")
		}
		for _, op := range look {
			c.script("on API " + op + " #1-20 hold 40s") // effect, and silence
		}
		if err := c.giveBack(id, "k1", 20000); err != nil {
			c.t.Fatal(err)
		}
		for range 2 {
			s := c.after(20*time.Second, id)
			if len(s.Refunds) != 1 || s.Refunds[0].Status != state.RefundAsked ||
				s.Refundable(s.Payments[0].ID) != 5000 {
				c.t.Fatalf("refunds %+v, %s can be refunded", s.Refunds, s.Refundable(s.Payments[0].ID))
			}
			if err := c.giveBack(id, "k2", 20000); err == nil ||
				!strings.Contains(err.Error(), "50.00 of it can still be refunded") {
				c.t.Fatalf("a second refund over more than is left: %v", err)
			}
			c.restart()
		}
		s := c.after(6*time.Hour, id)
		if r := c.sim.Ledger().Refunds; len(r) != 1 || s.Refunds[0].Status != state.RefundProcessed {
			c.t.Errorf("the gateway has %+v, we have %+v", r, s.Refunds)
		}
		if err := c.giveBack(id, "k3", 5000); err != nil {
			c.t.Errorf("what was never reserved can't be refunded: %v", err)
		}
	})
}

// TestRefundThatFailedUnheard: the answer of a refund is lost, its bank fails it, and the account has no look-ups: the
// payment says that nothing went back, and what is sent again is there already. A person is asked after a day (seed
// 63058).
func TestRefundThatFailedUnheard(t *testing.T) {
	onScene(t, gatewaytest.EnKash, func(c *scene) {
		c.script("on enkash refund #1 lose-answer")
		c.start()
		id := c.sold()
		if err := c.giveBack(id, "k1", 10000); err != nil {
			c.t.Fatal(err)
		}
		if s := c.after(23*time.Hour, id); s.Refunds[0].Status != state.RefundAsked || len(s.Attention) != 0 {
			c.t.Fatalf("refund %+v, items %+v", s.Refunds[0], s.Attention)
		}
		s := c.after(2*time.Hour, id)
		c.attention(s, state.AttentionRefundUnknown)
		if r := c.sim.Ledger().Refunds; len(r) != 1 || r[0].Status != "failed" {
			c.t.Errorf("the gateway has %+v", r)
		}
		if err := c.resolve(id, s.Attention[0], state.ActionItDidNot); err != nil {
			c.t.Fatal(err)
		}
		c.attention(c.after(time.Hour, id), state.AttentionRefundFailed)
	}, func(k *gatewaytest.Knobs) {
		k.NoLookup, k.RefundFails, k.RefundTime = true, 100, gatewaytest.Duration(20*time.Second)
	})
}

// TestTrouble_F4_ThroughTheTill: accepted, and failed later. A person has to see to it, and the amount can be refunded
// again.
func TestTrouble_F4_ThroughTheTill(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id := c.sold()
		if err := c.giveBack(id, "k1", 10000); err != nil {
			c.t.Fatal(err)
		}
		if s := c.after(time.Second, id); s.Refunds[0].Status != state.RefundPending || !s.Refunds[0].DoneAt.IsZero() {
			c.t.Fatalf("refund %+v: it was only accepted", s.Refunds[0])
		}
		s := c.after(3*time.Hour, id)
		if s.Refunds[0].Status != state.RefundFailed || s.Refundable(s.Payments[0].ID) != 25000 {
			c.t.Errorf("refund %+v", s.Refunds[0])
		}
		c.attention(s, state.AttentionRefundFailed)
	}, func(k *gatewaytest.Knobs) { k.RefundFails, k.RefundTime = 100, gatewaytest.Duration(20*time.Second) })
}

// TestTrouble_F6_ThroughTheTill: the key is on disk before the first send, and every later send bears the same one.
func TestTrouble_F6_ThroughTheTill(t *testing.T) {
	scenes(t, func(c *scene) {
		c.script("on API refund #1-3 cut") // nothing arrives
		c.start()
		id := c.sold()
		if err := c.giveBack(id, "k1", 10000); err != nil {
			c.t.Fatal(err)
		}
		key := c.after(0, id).Refunds[0].Key
		c.restart()
		s := c.after(2*time.Hour, id)
		if r := c.sim.Ledger().Refunds; len(r) != 1 || r[0].Key != key || s.Refunds[0].Key != key || len(key) < 10 {
			c.t.Errorf("stored before the first send: %s; the gateway has %+v", key, r)
		}
		if c.asked("refund") < 4 {
			c.t.Errorf("%d sends, want four or more", c.asked("refund"))
		}
	})
}

// TestTrouble_G1: test mode proves no debit, so a pilot begins with ₹1 of real money and its refund (README, "Before
// the first customer"). This is that walk.
func TestTrouble_G1(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		s := c.open(100)
		c.want(time.Second, s.ID, state.PhaseAwaiting, state.TenderNone)
		if s := c.after(0, s.ID); s.Shown().Quote.TestMode {
			c.t.Fatal("test keys prove nothing")
		}
		c.act(c.screen.last().Payload, gatewaytest.Pay)
		s = c.want(5*time.Second, s.ID, state.PhasePaid, state.TenderExact)
		if s.PaidBy().RRN == "" {
			c.t.Error("no bank reference to compare with the payer's app")
		}
		if err := c.giveBack(s.ID, "pilot", 0); err != nil {
			c.t.Fatal(err)
		}
		s = c.after(time.Hour, s.ID)
		if s.Refunds[0].Status != state.RefundProcessed || c.money() != 0 {
			c.t.Errorf("refund %+v, the gateway still holds %s", s.Refunds[0], c.money())
		}
	})
}

// TestTrouble_G3_ThroughTheTill: a box whose clock is an hour off, either way, sells as any other.
func TestTrouble_G3_ThroughTheTill(t *testing.T) {
	for _, off := range []time.Duration{-time.Hour, time.Hour, -50 * 365 * 24 * time.Hour} {
		scenes(t, func(c *scene) {
			c.now = func() time.Time { return time.Now().Add(off) }
			c.wall = c.now
			c.start()
			_ = c.open(100) // the first answer tells the gateway's time
			id := c.open(25000).ID
			c.want(40*time.Second, id, state.PhaseAwaiting, state.TenderNone)
			v := c.screen.last()
			if left := time.Until(v.ValidUntil); v.SaleID != id || left < 3*time.Minute || left > 5*time.Minute {
				c.t.Fatalf("clock off by %v: the customer sees %s for %v", off, v.Screen, left)
			}
			c.act(v.Payload, gatewaytest.Pay)
			c.attention(c.want(5*time.Second, id, state.PhasePaid, state.TenderExact))
		})
	}
}

// TestTrouble_G4: UPI is down and everything stays pending. The cashier takes cash; the sale is over and watched, and
// the money that moves a day later is found and given back.
func TestTrouble_G4(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.script("downtime 6h")
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.Start)
		c.want(3*time.Minute, id, state.PhasePaying, state.TenderNone)
		c.cancel(id, state.CloseOtherTender)
		s := c.want(closingPatience+time.Minute, id, state.PhaseClosed, state.TenderNone)
		if s.Closing.Reason != state.CloseOtherTender {
			c.t.Errorf("closed for %s", s.Closing.Reason)
		}
		next, nextQR := c.offer() // and the shop goes on
		c.act(nextQR, gatewaytest.Pay)
		c.want(5*time.Second, next, state.PhasePaid, state.TenderExact)
		c.later(20*time.Hour, qr, gatewaytest.PayLate)
		c.attention(c.want(48*time.Hour, id, state.PhaseClosed, state.TenderLate), state.AttentionLate)
		if _, err := c.till.Resolve(context.Background(), ResolveRequest{SaleID: id, Action: state.ActionRefund,
			By: "manager:ravi"}); err != nil {
			c.t.Fatal(err)
		}
		c.attention(c.after(time.Hour, id))
		if c.money() != 25000 { // the other sale's
			c.t.Errorf("held: %s", c.money())
		}
		_, err := c.till.Cancel(context.Background(), CancelRequest{SaleID: id, Reason: state.CloseCancelled})
		if errors.Is(err, ErrStopped) {
			c.t.Error(err)
		}
	})
}
