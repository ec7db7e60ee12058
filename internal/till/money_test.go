package till

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/gateway/gatewaytest"
	"galla/internal/money"
	"galla/printer"
	"galla/state"
	"galla/state/watch"
)

// Findings of money.md, with the whole till.

// offerOf opens a sale over an amount and returns it with the QR that the customer sees.
func (c *scene) offerOf(amount int) (id, payload string) {
	c.t.Helper()
	id = c.open(amount).ID
	c.want(time.Second, id, state.PhaseAwaiting, state.TenderNone)
	return id, c.screen.last().Payload
}

// amount has the phone do something with a sum.
func (c *scene) amount(payload string, a gatewaytest.Action, sum money.Paise) {
	c.t.Helper()
	if _, err := c.sim.Phone().Do(gatewaytest.Act{Payload: payload, Action: a, Amount: sum}); err != nil {
		c.t.Fatal(err)
	}
}

// resolve answers an item as a manager who saw its amount.
func (s *shop) resolve(id string, item state.Attention, action state.Action) error {
	_, err := s.till.Resolve(
		context.Background(),
		ResolveRequest{SaleID: id, Attention: item.ID, Action: action, Amount: item.Amount, By: "manager:ravi"},
	)
	synctest.Wait()
	return err
}

// TestMoney_1: money that came and went back while the box was off was never here: not green, not spoken, not paid.
func TestMoney_1(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offerOf(50000)
		if err := c.end(); err != nil {
			c.t.Fatal(err)
		}
		c.act(qr, gatewaytest.Pay)
		c.act(qr, gatewaytest.GiveBack)
		views := c.screen.seq()
		c.start()
		s := c.after(30*time.Second, id)
		if s.Phase == state.PhasePaid || len(s.Attention) != 0 || len(c.screen.heard) != 0 {
			c.t.Errorf("the sale is %s with items %+v, heard %v", s.Phase, s.Attention, c.screen.heard)
		}
		s = c.want(30*time.Minute, id, state.PhaseClosed, state.TenderNone)
		c.attention(s)
		for _, v := range c.screen.since(views) {
			if v.Screen == display.ScreenPaid {
				c.t.Errorf("the customer saw %+v", v)
			}
		}
		if s.Kept() != 0 || s.Taken(s.Payments[0].ID) != 50000 {
			c.t.Errorf("kept %s, others sent back %s", s.Kept(), s.Taken(s.Payments[0].ID))
		}
	})
}

// TestMoney_2: what we sent back does not count towards the price. And TestMoney_3's kind: what goes back is asked for
// once.
func TestMoney_2(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		id := s.open(50000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		s.gateways[0].pay("", gateway.PaymentCaptured, 30000)
		sale := s.want(10*time.Second, id, state.PhaseAwaiting, state.TenderUnder)
		if a := sale.Attention; len(a) != 1 || a[0].Missing != 20000 {
			t.Fatalf("items %+v", a)
		}
		if err := s.resolve(id, sale.Attention[0], state.ActionRefund); err != nil {
			t.Fatal(err)
		}
		s.gateways[0].settleRefunds(gateway.RefundProcessed)
		s.gateways[0].pay("", gateway.PaymentCaptured, 20000)
		s.gateways[0].mu.Lock()
		for _, o := range s.gateways[0].orders {
			o.payments[0].Refunded = 30000
		}
		s.gateways[0].mu.Unlock()
		sale = s.want(2*time.Minute, id, state.PhaseAwaiting, state.TenderUnder)
		if sale.Missing() != 30000 || len(s.screen.heard) != 0 {
			t.Errorf("missing %s of ₹500, heard %v", sale.Missing(), s.screen.heard)
		}
		s.gateways[0].pay("", gateway.PaymentCaptured, 30000)
		sale = s.want(10*time.Second, id, state.PhasePaid, state.TenderExact)
		if len(sale.Attention) != 0 || sale.Kept() != 50000 {
			t.Errorf("kept %s, items %+v", sale.Kept(), sale.Attention)
		}
	})
}

// TestMoney_3: a surplus goes back once. A payment more is another surplus.
func TestMoney_3(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id, qr := c.offerOf(50000)
		c.amount(qr, gatewaytest.PayAmount, 60000)
		s := c.want(10*time.Second, id, state.PhasePaid, state.TenderOver)
		c.attention(s, state.AttentionOver)
		if err := c.resolve(id, s.Attention[0], state.ActionRefund); err != nil {
			c.t.Fatal(err)
		}
		c.attention(c.after(time.Minute, id))
		c.amount(qr, gatewaytest.PayMore, 20000)
		s = c.after(10*time.Minute, id)
		c.attention(s, state.AttentionDuplicate)
		if s.Attention[0].Amount != 20000 {
			c.t.Fatalf("items %+v", s.Attention)
		}
		if err := c.resolve(id, s.Attention[0], state.ActionRefund); err != nil {
			c.t.Fatal(err)
		}
		s = c.want(time.Hour, id, state.PhasePaid, state.TenderExact)
		c.attention(s)
		if m := c.money(); m != 50000 || s.Kept() != m {
			c.t.Errorf("the gateway holds %s of a sale over ₹500, kept %s", m, s.Kept())
		}
	})
}

// TestMoney_5: a look that says the same again writes nothing, and an item's moment stays. A sale with an open item is
// read daily until it is answered.
func TestMoney_5(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id := c.sold()
		c.act(c.payload(id), gatewaytest.Reverse)
		s := c.want(10*time.Minute, id, state.PhasePaid, state.TenderUnder)
		c.attention(s, state.AttentionReversed)
		s = c.after(10*time.Minute, id) // the looks of the first quarter of an hour are over, the next is at an hour
		looks := func() {
			for range 20 {
				c.till.Hint(c.till.names[0], s.Payments[0].ID)
				s = c.after(15*time.Second, id)
			}
		}
		looks() // a gateway may name UPI's own id of the payment late
		seq, at := s.Seq, s.Attention[0].At
		asked := c.asked(c.polled())
		looks()
		if s.Seq != seq || !s.Attention[0].At.Equal(at) {
			c.t.Errorf("%d events in five idle minutes; the item's moment was %v and is %v",
				s.Seq-seq, at, s.Attention[0].At)
		}
		if n := c.asked(c.polled()) - asked; n < 15 {
			c.t.Errorf("the gateway was asked %d times: this proves nothing", n)
		}

		c.after(10*24*time.Hour, id)
		asked = c.asked(c.polled())
		s = c.after(10*24*time.Hour, id)
		if n := c.asked(c.polled()) - asked; n < 9 || n > 21 {
			c.t.Errorf("%d looks in ten days at a sale with an open item", n)
		}
		if err := c.resolve(id, s.Attention[0], state.ActionAccept); err != nil {
			c.t.Fatal(err)
		}
		asked = c.asked(c.polled())
		c.attention(c.after(10*24*time.Hour, id))
		if n := c.asked(c.polled()) - asked; n != 0 {
			c.t.Errorf("%d looks at a sale of which nothing is open", n)
		}
	})
}

// payload is the QR string of a sale.
func (s *shop) payload(id string) string {
	sale := s.after(0, id)
	return sale.Shown().Quote.Payload
}

// TestMoney_6: an attempt that is still being asked when an earlier order is found paid comes to its end.
func TestMoney_6(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a", "b")
		s.gateways[0].fail = func(kind string, n int) (bool, error) {
			if kind == "open" { // the order is there, and its QR could not be had
				return true, &gateway.Error{Class: gateway.ClassUnavailable, Gateway: "a", Op: "open", Order: "a-1"}
			}
			return true, nil
		}
		s.gateways[1].fail = func(kind string, n int) (bool, error) { return false, unknown() }
		s.start()
		defer s.end()
		id := s.open(25000).ID
		sale := s.after(2*time.Second, id)
		s.gateways[0].pay(sale.Attempts[0].Ref, gateway.PaymentCaptured, 0)
		s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
		sale = s.after(time.Minute, id)
		if a := sale.Attempts[1]; a.State != state.AttemptLost {
			t.Errorf("the second attempt is %s", a.State)
		}
		for _, f := range state.Pending(sale) {
			if f.Do == state.DoQuote {
				t.Errorf("still to be done: %+v", f)
			}
		}
	})
}

// TestMoney_7: a look that was long under way takes nothing of a newer one back.
func TestMoney_7(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		d := s.gateways[0]
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		d.pay("", gateway.PaymentProcessing, 0)
		s.want(5*time.Second, id, state.PhasePaying, state.TenderNone)
		slow := true
		d.mu.Lock()
		d.held = func() time.Duration { // the next look's answer, "processing", takes 10 s
			if slow {
				slow = false
				return 10 * time.Second
			}
			return 0
		}
		d.mu.Unlock()
		s.after(3*time.Second, id)
		d.settle(gateway.PaymentFailed)
		if _, err := s.till.Cancel(
			context.Background(),
			CancelRequest{SaleID: id, Reason: state.CloseCancelled, By: "cashier:asha"},
		); err != nil {
			t.Fatal(err)
		}
		sale := s.want(time.Second, id, state.PhaseClosed, state.TenderNone)
		if sale.Payments[0].Status != state.PaymentFailed || slow {
			t.Fatalf("payment %+v", sale.Payments[0])
		}
		d.mu.Lock()
		d.fail = func(string, int) (bool, error) { return false, unavailable() } // nothing newer corrects it
		d.mu.Unlock()
		if sale = s.after(15*time.Second, id); sale.Payments[0].Status != state.PaymentFailed {
			t.Errorf("a stale look made it %s again", sale.Payments[0].Status)
		}
	})
}

// TestReversalIsBelievedTwice: a gateway's counter may hold a refund of others that fails a moment later. Nobody is
// told before a second reading says the same.
func TestReversalIsBelievedTwice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)

		s.gateways[0].others(10000)
		if sale := s.after(time.Minute, id); len(sale.Attention) != 0 {
			t.Fatalf("announced by one reading: %+v", sale.Attention)
		}
		s.gateways[0].others(0)
		if sale := s.after(3*time.Minute, id); len(sale.Attention) != 0 || sale.Payments[0].Refunded != 0 {
			t.Fatalf("it was never so: %+v", sale.Attention)
		}

		reads := s.gateways[0].calls("read")
		s.gateways[0].others(10000)
		sale := s.after(3*time.Minute, id)
		if a := sale.Attention; len(a) != 1 || a[0].Kind != state.AttentionReversed || a[0].Amount != 10000 {
			t.Fatalf("items %+v", a)
		}
		if n := s.gateways[0].calls("read") - reads; n != 2 {
			t.Errorf("announced after %d readings", n)
		}
		s.gateways[0].others(0) // and it may fall later
		if sale := s.after(time.Hour, id); len(sale.Attention) != 0 || sale.Tender != state.TenderExact {
			t.Errorf("items %+v, tender %s", sale.Attention, sale.Tender)
		}
	})
}

// TestMoney_8: a refund that is only asked has gone nowhere, and one that never reached EnKash is sent again on the
// word of the payment's own record; one that did reach it and is not in that record yet is not.
func TestMoney_8(t *testing.T) {
	onScene(t, gatewaytest.EnKash, func(c *scene) {
		c.script("on enkash refund #1 cut")
		c.start()
		id := c.sold()
		if err := c.giveBack(id, "k", 0); err != nil {
			c.t.Fatal(err)
		}
		s := c.after(10*time.Minute, id)
		if s.Refunds[0].Status != state.RefundAsked || s.WentBack() != 0 || s.Promised() != 25000 ||
			c.asked("refund") != 1 {
			c.t.Errorf("refund %+v, went back %s, %d sends", s.Refunds[0], s.WentBack(), c.asked("refund"))
		}
		s = c.after(2*time.Hour, id)
		if s.Refunds[0].Status != state.RefundProcessed || s.WentBack() != 25000 || len(c.sim.Ledger().Refunds) != 1 ||
			c.asked("refund") != 2 {
			c.t.Errorf("refund %+v, went back %s, %d sends", s.Refunds[0], s.WentBack(), c.asked("refund"))
		}
	}, func(k *gatewaytest.Knobs) { k.NoLookup = true })

	onScene(t, gatewaytest.EnKash, func(c *scene) {
		c.script("on enkash refund #1 lose-answer")
		c.start()
		id := c.sold()
		if err := c.giveBack(id, "k", 0); err != nil {
			c.t.Fatal(err)
		}
		c.restart()
		s := c.after(4*time.Hour, id)
		if s.Refunds[0].Status != state.RefundProcessed || len(c.sim.Ledger().Refunds) != 1 || c.asked("refund") != 1 {
			c.t.Errorf("refund %+v, %d sends, the gateway has %+v",
				s.Refunds[0], c.asked("refund"), c.sim.Ledger().Refunds)
		}
	}, func(k *gatewaytest.Knobs) {
		k.NoLookup, k.RefundTime, k.RefundCounter = true, gatewaytest.Duration(12*time.Minute), "processed"
	})
}

// TestMoney_8_WithoutLookUp: where nobody can say what became of a refund it stays unknown, keeps its money, and after
// a day a named person may say how it ended.
func TestMoney_8_WithoutLookUp(t *testing.T) {
	for action, want := range map[state.Action]state.RefundStatus{state.ActionItWent: state.RefundProcessed,
		state.ActionItDidNot: state.RefundFailed} {
		bubble(t, func(t *testing.T) {
			s := newShop(t, "a")
			s.start()
			defer s.end()
			id := s.open(25000).ID
			s.want(0, id, state.PhaseAwaiting, state.TenderNone)
			s.gateways[0].pay("", gateway.PaymentCaptured, 0)
			s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
			s.gateways[0].fail = func(kind string, n int) (bool, error) {
				switch kind {
				case "refund":
					return false, unknown()
				case "read refund":
					return false, gateway.ErrUnsupported
				}
				return true, nil
			}
			_, err := s.till.Refund(context.Background(), RefundRequest{SaleID: id, Amount: 10000, By: "manager:ravi"})
			if err != nil {
				t.Fatal(err)
			}
			sale := s.after(time.Minute, id)
			if a := sale.Attention; len(a) != 1 || a[0].Kind != state.AttentionRefundUnknown ||
				sale.Promised() != 10000 ||
				sale.WentBack() != 0 {
				t.Fatalf("items %+v, promised %s", a, sale.Promised())
			}
			if err := s.resolve(id, sale.Attention[0], action); err == nil ||
				!strings.Contains(err.Error(), "24 hours") {
				t.Errorf("decided at once: %v", err)
			}
			sale = s.after(25*time.Hour, id)
			if n := s.gateways[0].calls("refund"); n != 1 {
				t.Errorf("sent %d times without a look-up", n)
			}
			looks := s.gateways[0].calls("read")
			for range 2 { // pressed twice
				if err := s.resolve(id, sale.Attention[0], action); err != nil {
					t.Fatal(err)
				}
			}
			item := sale.Attention[0]
			if sale = s.after(0, id); sale.Refunds[0].Status != want || sale.Refunds[0].DecidedBy != "manager:ravi" {
				t.Errorf("%s: %+v", action, sale.Refunds[0])
			}
			if err := s.resolve(id, item, state.ActionRefund); err == nil ||
				!strings.Contains(err.Error(), "was answered with") {
				t.Errorf("answered otherwise: %v", err)
			}
			if s.after(5*time.Second, id); action == state.ActionItDidNot && s.gateways[0].calls("read") == looks {
				t.Error("a person says that it did not go, and the gateway is not asked what it says")
			}
		})
	}
}

// TestMoney_10: sent back at the dashboard, then asked of us as well: the gateway says that nothing is left. The refund
// has failed as that, and one item says what happened; none says to send it back again.
func TestMoney_10(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id := c.sold()
		c.act(c.payload(id), gatewaytest.GiveBack)
		if err := c.giveBack(id, "k", 0); err != nil {
			c.t.Fatal(err)
		}
		s := c.after(30*time.Second, id)
		if r := s.Refunds[0]; r.Status != state.RefundFailed || r.Problem == nil ||
			r.Problem.Cashier != gateway.CashierNothingLeft {
			c.t.Errorf("refund %+v, %+v", r, r.Problem)
		}
		c.attention(s, state.AttentionReversed)
		if s.Attention[0].Amount != 25000 || s.Refundable(s.Payments[0].ID) != 0 || s.WentBack() != 0 {
			c.t.Errorf("item %+v, %s can be refunded, %s went back by us",
				s.Attention[0], s.Refundable(s.Payments[0].ID), s.WentBack())
		}
		c.attention(c.after(24*time.Hour, id), state.AttentionReversed)
	})

	// And while a surplus waits for its decision: nothing is left to decide.
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id, qr := c.offerOf(50000)
		c.act(qr, gatewaytest.Pay)
		c.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
		c.amount(qr, gatewaytest.PayMore, 20000)
		s := c.after(2*time.Minute, id)
		c.attention(s, state.AttentionDuplicate)
		c.act(qr, gatewaytest.GiveBack) // the newest, whole
		if err := c.resolve(id, s.Attention[0], state.ActionRefund); err != nil {
			c.t.Fatal(err)
		}
		s = c.after(time.Minute, id)
		if s.Refunds[0].Status != state.RefundFailed {
			c.t.Errorf("refund %+v", s.Refunds[0])
		}
		c.attention(s)
	})
}

// TestMoney_11: a refund below the gateway's least is refused before anything is written or sent.
func TestMoney_11(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id, qr := c.offerOf(25000)
		c.amount(qr, gatewaytest.PayAmount, 25050)
		s := c.want(10*time.Second, id, state.PhasePaid, state.TenderOver)
		for _, err := range []error{c.giveBack(id, "k", 99), c.resolve(id, s.Attention[0], state.ActionRefund)} {
			var bad *RequestError
			if !errors.As(err, &bad) || bad.Field != "amount_paise" || bad.Code != "gateway_refund_too_small" ||
				!strings.Contains(err.Error(), "₹1.00 at least") {
				c.t.Errorf("refused with %v", err)
			}
		}
		if now := c.after(0, id); len(now.Refunds) != 0 || now.Seq != s.Seq || c.asked("refund") != 0 {
			c.t.Errorf("written: %+v", now.Refunds)
		}
		if err := c.giveBack(id, "k2", 100); err != nil {
			c.t.Error(err)
		}
	})
}

// TestMoney_12: paid in another way is a good end on the customer's screen, from the button on.
func TestMoney_12(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		id := s.open(7500).ID
		s.want(time.Second, id, state.PhaseAwaiting, state.TenderNone)
		views := s.screen.seq()
		if _, err := s.till.Cancel(
			context.Background(),
			CancelRequest{SaleID: id, Reason: state.CloseOtherTender, By: "cashier:asha"},
		); err != nil {
			t.Fatal(err)
		}
		s.want(5*time.Second, id, state.PhaseClosed, state.TenderNone)
		seen := s.screen.since(views)
		if len(seen) == 0 || len(s.screen.heard) != 0 {
			t.Errorf("the customer saw %d screens, heard %v", len(seen), s.screen.heard)
		}
		for _, v := range seen {
			if v.Screen != display.ScreenUnpaid || v.Reason != display.ReasonOtherTender {
				t.Errorf("the customer saw %s, %s", v.Screen, v.Reason)
			}
		}
	})
}

// TestMoney_13: the time of a QR is over and the gateway can't be reached. Nobody is told to scan it, over a restart
// too, and nothing claims that it was paid or not.
func TestMoney_13(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		id := s.open(25000).ID
		s.want(time.Second, id, state.PhaseAwaiting, state.TenderNone)
		s.gateways[0].mu.Lock()
		s.gateways[0].fail = func(string, int) (bool, error) { return false, unavailable() }
		s.gateways[0].mu.Unlock()
		s.after(time.Minute, id)
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		views := s.screen.seq()
		s.start()
		defer s.end()
		s.after(10*time.Second, id)
		for _, v := range s.screen.since(views) {
			if v = display.At(v, time.Now()); v.Payload != "" || v.Screen == display.ScreenPay ||
				v.Screen == display.ScreenPaid {
				t.Errorf("the customer saw %s with %q until %v", v.Screen, v.Payload, v.ValidUntil)
			}
		}
		if v := display.At(s.screen.last(), time.Now()); v.Screen != display.ScreenUnpaid ||
			v.Reason != display.ReasonExpired || v.SaleID != "" {
			t.Errorf("the customer sees %+v", v)
		}
	})
}

// TestMoney_13_WaitingFor: how long the bank has been at work is not forgotten by a restart.
func TestMoney_13_WaitingFor(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		s.gateways[0].pay("", gateway.PaymentProcessing, 0)
		s.want(5*time.Second, id, state.PhasePaying, state.TenderNone)
		began := s.after(0, id).Payments[0].At
		s.after(90*time.Second, id)
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		s.start()
		defer s.end()
		s.want(time.Second, id, state.PhasePaying, state.TenderNone)
		if v := s.screen.last(); v.Screen != display.ScreenPaying || !v.Since.Equal(began) {
			t.Errorf("the customer sees %s since %v, and it began at %v", v.Screen, v.Since, began)
		}
	})
}

// TestMoney_15: a refund of nothing is no refund of everything.
func TestMoney_15(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id := c.sold()
		seq := c.after(0, id).Seq
		for _, r := range []RefundRequest{{Amount: 0}, {Amount: -1}, {Amount: 100, All: true}} {
			r.SaleID, r.By = id, "manager:ravi"
			var bad *RequestError
			if _, err := c.till.Refund(context.Background(), r); !errors.As(err, &bad) || bad.Field != "amount_paise" {
				c.t.Errorf("%s, all %v: %v", r.Amount, r.All, err)
			}
		}
		if s := c.after(time.Minute, id); len(s.Refunds) != 0 ||
			slices.ContainsFunc(
				c.eventsSince(seq),
				func(e state.Event) bool { return e.Kind == state.EventRefundAsked },
			) {
			c.t.Errorf("refunds %+v", s.Refunds)
		}
	})
}

func (s *shop) eventsSince(seq uint64) []state.Event {
	s.t.Helper()
	events, err := s.till.Events(context.Background(), seq, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return events
}

// TestMoney_19: an order slip asks its sale before its first byte. The printer was out of paper, or unplugged, or had
// others to print, and meanwhile the sale was paid, cancelled, or its time was over.
func TestMoney_19(t *testing.T) {
	type what struct {
		waits time.Duration // until the printer begins
		does  func(s *shop, id string)
		says  string
	}
	cancel := func(s *shop, id string) {
		if _, err := s.till.Cancel(
			context.Background(),
			CancelRequest{SaleID: id, Reason: state.CloseCancelled, By: "cashier:asha"},
		); err != nil {
			s.t.Fatal(err)
		}
	}
	for name, c := range map[string]what{
		"nothing": {20 * time.Second, func(*shop, string) {}, ""},
		"paid": {20 * time.Second, func(s *shop, id string) {
			s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		}, "is paid"},
		"cancelled": {20 * time.Second, cancel, "is closed"},
		"closing": {20 * time.Second, func(s *shop, id string) {
			s.gateways[0].mu.Lock()
			s.gateways[0].fail = func(string, int) (bool, error) { return false, unavailable() }
			s.gateways[0].mu.Unlock()
			cancel(s, id)
		}, "is being closed"},
		"life over": {70 * time.Second, nil, "is being closed"}, // no look ever came back, and it ends all the same
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t, "a")
				s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted, block: c.waits}
				s.tune = func(o *Options) { o.PrintOrder, o.Life = true, time.Minute }
				s.start()
				defer s.end()
				if c.does == nil {
					s.gateways[0].fail = func(kind string, n int) (bool, error) {
						return kind == "open", map[bool]error{false: unavailable()}[kind == "open"]
					}
				}
				id := s.open(25000).ID
				s.want(time.Second, id, state.PhaseAwaiting, state.TenderNone)
				if c.does != nil {
					c.does(s, id)
				}
				sale := s.after(c.waits+5*time.Second, id)
				p := sale.Prints[0]
				if c.says == "" {
					if p.Status != "printed" || len(s.paper.slips) != 1 {
						t.Errorf("%+v, %d slips", p, len(s.paper.slips))
					}
					return
				}
				if p.Status != "failed" || !strings.HasPrefix(p.Detail, "Nothing was printed: ") ||
					!strings.Contains(p.Detail, c.says) ||
					len(s.paper.slips) != 0 {
					t.Errorf("ended %q, %q; %d slips came out", p.Status, p.Detail, len(s.paper.slips))
				}
			})
		})
	}
}

// TestMoney_19_Queue: five sales 20 s apart on a slow printer; the third is paid before its slip has begun.
func TestMoney_19_Queue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted, block: 45 * time.Second}
		s.tune = func(o *Options) { o.PrintOrder = true }
		s.start()
		defer s.end()
		var ids []string
		for range 5 {
			ids = append(ids, s.open(25000).ID)
			s.after(20*time.Second, ids[0])
			if len(ids) == 3 {
				sale := s.after(0, ids[2])
				s.gateways[0].pay(sale.Shown().Ref, gateway.PaymentCaptured, 0)
			}
		}
		s.after(4*time.Minute, ids[0])
		for i, id := range ids {
			sale := s.after(0, id)
			want := map[bool]string{true: "failed", false: "printed"}[i == 2]
			if string(sale.Prints[0].Status) != want && i < 4 {
				t.Errorf("sale %d: %+v, want %s", i+1, sale.Prints[0], want)
			}
		}
		for _, doc := range s.paper.slips {
			if d, ok := doc.(printer.OrderSlip); ok && d.SaleID == ids[2] {
				t.Errorf("the slip of a paid sale came out: %+v", d)
			}
		}
	})
}

// TestMoney_20: a slip asked for with the sale comes out although gallad restarted before there was a QR.
func TestMoney_20(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted}
		down := true
		s.gateways[0].fail = func(kind string, n int) (bool, error) {
			if kind == "open" {
				return true, unknown()
			}
			if down {
				return false, unavailable()
			}
			return true, nil
		}
		s.start()
		sale, err := s.till.Open(context.Background(), OpenRequest{Amount: 25000, Print: true, By: "test"})
		if err != nil {
			t.Fatal(err)
		}
		s.want(2*time.Second, sale.ID, state.PhaseQuoting, state.TenderNone)
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		down = false
		s.start()
		defer s.end()
		sale = s.want(10*time.Second, sale.ID, state.PhaseAwaiting, state.TenderNone)
		if len(sale.Prints) != 1 || sale.Prints[0].Copy != "order" || sale.Prints[0].Status != "printed" ||
			len(s.paper.slips) != 1 {
			t.Errorf("prints %+v", sale.Prints)
		}
	})
}

// TestAnswerNamesWhatWasSeen: an answer to another amount than the item's is refused, and so is one amount for several
// items.
func TestAnswerNamesWhatWasSeen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
		s.gateways[0].pay("", gateway.PaymentCaptured, 10000)
		s.gateways[0].pay("", gateway.PaymentCaptured, 7000)
		sale := s.want(5*time.Minute, id, state.PhasePaid, state.TenderDuplicate)
		if len(sale.Attention) != 2 {
			t.Fatalf("items %+v", sale.Attention)
		}
		item := sale.Attention[0]
		for _, action := range []state.Action{state.ActionAccept, state.ActionRefund} {
			other := item
			other.Amount--
			if err := s.resolve(id, other, action); err == nil || !strings.Contains(err.Error(), "look at it again") {
				t.Errorf("%s of another amount: %v", action, err)
			}
			if err := s.resolve(id, state.Attention{Amount: item.Amount}, action); err == nil ||
				!strings.Contains(err.Error(), "which item") {
				t.Errorf("%s of one amount for two items: %v", action, err)
			}
		}
		if err := s.resolve(id, item, state.ActionItWent); err == nil {
			t.Error("an answer that the item does not take was taken")
		}
		if err := s.resolve(id, item, state.ActionRefund); err != nil {
			t.Error(err)
		}
		if err := s.resolve(id, sale.Attention[1], state.ActionAccept); err != nil {
			t.Error(err)
		}
		s.gateways[0].settleRefunds(gateway.RefundProcessed)
		sale = s.after(2*time.Minute, id)
		if len(sale.Attention) != 0 || sale.Kept() != 32000 || len(sale.Refunds) != 1 ||
			sale.Refunds[0].Answers != item.ID {
			t.Errorf("items %+v, kept %s, refunds %+v", sale.Attention, sale.Kept(), sale.Refunds)
		}
	})
}

// TestRefundFailsWithAReading: a refund that did not happen is said to have failed together with a reading asked after
// that, and waits for one; not for ever.
func TestRefundFailsWithAReading(t *testing.T) {
	for _, down := range []time.Duration{0, 2 * time.Minute, time.Hour} {
		bubble(t, func(t *testing.T) {
			s := newShop(t, "a")
			s.start()
			defer s.end()
			id := s.open(25000).ID
			s.want(0, id, state.PhaseAwaiting, state.TenderNone)
			s.gateways[0].pay("", gateway.PaymentCaptured, 0)
			s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
			back := time.Now().Add(down)
			s.gateways[0].mu.Lock()
			s.gateways[0].fail = func(kind string, n int) (bool, error) {
				switch {
				case kind == "refund":
					return false, no()
				case kind == "read" && time.Now().Before(back):
					return false, unavailable()
				}
				return true, nil
			}
			s.gateways[0].mu.Unlock()
			_, err := s.till.Refund(context.Background(), RefundRequest{SaleID: id, All: true, By: "manager:ravi"})
			if err != nil {
				t.Fatal(err)
			}
			if down > 0 {
				if sale := s.after(time.Minute, id); sale.Refunds[0].Status != state.RefundAsked ||
					len(sale.Attention) != 0 {
					t.Errorf("unreadable for %v: %+v, items %+v", down, sale.Refunds[0], sale.Attention)
				}
			}
			sale := s.after(12*time.Minute, id)
			if r := sale.Refunds[0]; r.Status != state.RefundFailed || len(sale.Attention) != 1 ||
				sale.Attention[0].Kind != state.AttentionRefundFailed ||
				sale.Attention[0].Amount != 25000 {
				t.Errorf("unreadable for %v: %+v, items %+v", down, sale.Refunds[0], sale.Attention)
			}

			// Sent back by others after that: the note says so, and no longer that it must go back.
			if down < time.Hour {
				s.gateways[0].others(25000)
				if sale = s.after(2*time.Hour, id); len(sale.Attention) != 1 ||
					sale.Attention[0].Kind != state.AttentionReversed {
					t.Errorf("items %+v", sale.Attention)
				}
			}
		})
	}
}

// TestMoney_8_Applied: a refund whose answer was lost in any way is sent once where it arrived, and again where a
// look-up says that it did not. The gateway refuses a refund over what came.
func TestMoney_8_Applied(t *testing.T) {
	for _, applied := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			s := newShop(t, "a")
			s.start()
			defer s.end()
			id := s.open(25000).ID
			s.want(0, id, state.PhaseAwaiting, state.TenderNone)
			s.gateways[0].pay("", gateway.PaymentCaptured, 0)
			s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
			s.gateways[0].fail = func(kind string, n int) (bool, error) {
				if kind == "refund" && n == 1 {
					return applied, unknown()
				}
				return true, nil
			}
			_, err := s.till.Refund(context.Background(), RefundRequest{SaleID: id, All: true, By: "manager:ravi"})
			if err != nil {
				t.Fatal(err)
			}
			sale := s.after(20*time.Second, id)
			if n := sale.Promised(); n != 25000 || !applied && s.gateways[0].calls("refund") != 1 {
				t.Errorf("promised %s, sent %d times in the first moments", n, s.gateways[0].calls("refund"))
			}
			sale = s.after(10*time.Minute, id)
			want := map[bool]int{false: 2, true: 1}[applied]
			if n := s.gateways[0].calls("refund"); n != want || sale.Refunds[0].Status != state.RefundPending {
				t.Errorf("applied %v: sent %d times, %+v", applied, n, sale.Refunds[0])
			}
		})
	}
}

// TestNoOpenItem: an answer to a sale without an item is refused in those words, the same answer again is answered with
// the sale, and another one is not taken for the first (counter.md 11).
func TestNoOpenItem(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		answer := func(action state.Action) error {
			_, err := c.till.Resolve(
				context.Background(),
				ResolveRequest{SaleID: id, Action: action, By: "manager:ravi"},
			)
			return err
		}
		refused := func(action state.Action, why string) {
			c.t.Helper()
			var no *state.RefusedError
			if err := answer(action); !errors.As(err, &no) || !strings.Contains(no.Why, why) {
				c.t.Errorf("%s: %v", action, err)
			}
		}
		refused(state.ActionAccept, " has no open item")
		c.amount(qr, gatewaytest.PayAmount, 60000)
		c.attention(c.want(10*time.Second, id, state.PhasePaid, state.TenderOver), state.AttentionOver)
		for range 2 {
			if err := answer(state.ActionAccept); err != nil {
				c.t.Error(err)
			}
		}
		for _, other := range []state.Action{state.ActionRefund, state.ActionOtherTender} {
			refused(other, "was answered with accept by manager:ravi")
		}
	})
}

// TestWatchOfATaking: others send late money back, the last look of the watch sees it gone, and days later their bank
// fails it. The money is there again, and an item names it.
func TestWatchOfATaking(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		if _, err := s.till.Cancel(
			context.Background(),
			CancelRequest{SaleID: id, Reason: state.CloseCancelled, By: "sim"},
		); err != nil {
			t.Fatal(err)
		}
		s.want(time.Minute, id, state.PhaseClosed, state.TenderNone)
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.want(110*time.Hour, id, state.PhaseClosed, state.TenderLate)

		s.gateways[0].others(25000) // between the last look but one, 12 hours before, and the last
		sale := s.want(24*time.Hour, id, state.PhaseClosed, state.TenderNone)
		if len(sale.Attention) != 0 || state.NextStep(sale)-1 < 10_000+len(watch.Likely) {
			t.Fatalf("items %+v after %d steps", sale.Attention, sale.Watched)
		}
		s.after(7*24*time.Hour, id)
		s.gateways[0].others(0)
		sale = s.want(36*time.Hour, id, state.PhaseClosed, state.TenderLate)
		if a := sale.Attention; len(a) != 1 || a[0].Kind != state.AttentionLate || a[0].Amount != 25000 {
			t.Errorf("items %+v", a)
		}
	})
}

// TestRefundByTheRecordFails: an EnKash account without look-ups says REFUNDED as soon as a refund is asked, and the
// bank fails it. A second reading says so too, and then nobody is told any more that the money went back.
func TestRefundByTheRecordFails(t *testing.T) {
	onScene(t, gatewaytest.EnKash, func(c *scene) {
		c.start()
		id := c.sold()
		if err := c.giveBack(id, "k", 0); err != nil {
			c.t.Fatal(err)
		}
		s := c.after(time.Hour, id)
		if s.Refunds[0].Status != state.RefundProcessed || !s.Refunds[0].ByRecord || s.WentBack() != 25000 {
			c.t.Fatalf("refund %+v, went back %s", s.Refunds[0], s.WentBack())
		}
		s = c.after(30*time.Hour, id)
		if s.Refunds[0].Status != state.RefundFailed || s.WentBack() != 0 || s.Kept() != 25000 {
			c.t.Errorf("refund %+v, went back %s, kept %s", s.Refunds[0], s.WentBack(), s.Kept())
		}
		c.attention(s, state.AttentionRefundFailed)
	}, func(k *gatewaytest.Knobs) {
		k.NoLookup, k.RefundCounter = true, "asked"
		k.RefundTime, k.RefundFails = gatewaytest.Duration(20*time.Hour), 100
	})
}

// TestShortThatCantBeSentBack: of a short, one payment is below what the gateway sends back. The answer "send back" is
// refused before anything is written, and says the way out, which goes: the larger payment by itself.
func TestShortThatCantBeSentBack(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id, qr := c.offerOf(50000)
		c.amount(qr, gatewaytest.PayAmount, 30000)
		c.after(5*time.Second, id)
		c.amount(qr, gatewaytest.PayMore, 50)
		s := c.after(5*time.Second, id)
		if len(s.Attention) != 1 || s.Attention[0].Kind != state.AttentionShort || s.Attention[0].Amount != 30050 {
			c.t.Fatalf("items %+v", s.Attention)
		}
		err := c.resolve(id, s.Attention[0], state.ActionRefund)
		var bad *RequestError
		if !errors.As(err, &bad) || bad.Code != "gateway_refund_part_small" ||
			!strings.Contains(err.Error(), "₹1.00 at least") {
			c.t.Errorf("refused with %v", err)
		}
		if now := c.after(0, id); len(now.Refunds) != 0 || now.Seq != s.Seq {
			c.t.Errorf("written: %+v", now.Refunds)
		}
		if err := c.giveBack(id, "k", 30000); err != nil {
			c.t.Error(err)
		}
	})
}

// TestShortWhileClosing: a sale that is being closed is waited for; its item takes no answer before.
func TestShortWhileClosing(t *testing.T) {
	onScene(t, gatewaytest.EnKash, func(c *scene) {
		c.start()
		id, qr := c.offerOf(50000)
		c.amount(qr, gatewaytest.PayAmount, 30000)
		s := c.after(5*time.Second, id)
		c.script("on enkash cancel #1-9 status 503")
		c.cancel(id, state.CloseCancelled)
		if now := c.after(time.Second, id); now.Phase != state.PhaseClosing {
			c.t.Fatalf("it is %s", now.Phase)
		}
		if err := c.resolve(id, s.Attention[0], state.ActionEnough); err == nil ||
			!strings.Contains(err.Error(), "being closed") {
			c.t.Errorf("answered with %v", err)
		}
		s = c.want(20*time.Minute, id, state.PhaseClosed, state.TenderUnder)
		if err := c.resolve(id, s.Attention[0], state.ActionAccept); err != nil {
			c.t.Error(err)
		}
	})
}
