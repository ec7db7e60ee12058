package till

import (
	"context"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// Others send a part of a payment back at the gateway's dashboard, beside refunds of ours.

// part refunds an amount of the sale's payment, as for goods that came back.
func (c *scene) part(id, key string, amount money.Paise) {
	c.t.Helper()
	if _, err := c.till.Refund(
		context.Background(),
		RefundRequest{Key: key, SaleID: id, Amount: amount, Goods: true, By: "manager:ravi"},
	); err != nil {
		c.t.Fatal(err)
	}
}

// TestOthersPartBesideOurs: ₹50 went back by us and ₹60 by others; the refund of the other ₹200 is refused because less
// is left. Where the gateway names sums, both are known in the moment of the refusal; at EnKash an item asks for the
// sum. Nothing says in any moment that the ₹200 are still here.
func TestOthersPartBesideOurs(t *testing.T) {
	scenes(t, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.Pay)
		c.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
		c.part(id, "k1", 5000)
		s := c.after(5*time.Minute, id)
		if s.Refunds[0].Status != state.RefundProcessed {
			c.t.Fatalf("%+v", s.Refunds[0])
		}

		c.amount(qr, gatewaytest.GiveBack, 6000)
		c.part(id, "k2", 20000)
		s = c.after(5*time.Second, id)
		if r := s.Refunds[1]; r.Status != state.RefundFailed || !r.TooMuch {
			c.t.Fatalf("%+v", r)
		}
		if c.api == gatewaytest.Razorpay {
			c.attention(s, state.AttentionReversed, state.AttentionRefundFailed)
			if s.Attention[0].Amount != 6000 || s.Attention[1].Amount != 14000 || c.money() != 14000 {
				c.t.Errorf("%+v, and the gateway holds %s", s.Attention, c.money())
			}
			c.says(s, 1, "item_refund_rest")
			return
		}

		c.attention(s, state.AttentionUnnamed)
		c.says(s, 0, "item_unnamed_beside")
		if s.Refundable(s.Payments[0].ID) != 0 {
			c.t.Errorf("%s can be refunded", s.Refundable(s.Payments[0].ID))
		}
		item := s.Attention[0]
		item.Amount = 6000
		if err := c.resolve(id, item, state.ActionTheySent); err != nil {
			c.t.Fatal(err)
		}
		s = c.after(time.Hour, id)
		c.attention(s, state.AttentionRefundFailed)
		if s.Attention[0].Amount != 14000 || c.money() != 14000 {
			c.t.Errorf("%+v, and the gateway holds %s", s.Attention, c.money())
		}
		c.says(s, 0, "item_refund_rest")
		if err := c.resolve(id, s.Attention[0], state.ActionRefund); err != nil {
			c.t.Fatal(err)
		}
		s = c.after(time.Hour, id)
		c.attention(s)
		if c.money() != 0 || s.Kept() != 0 {
			c.t.Errorf("%s is kept, and the gateway holds %s", s.Kept(), c.money())
		}
	})
}

// says compares the code of an item's sentence.
func (c *scene) says(s state.Sale, item int, code string) {
	c.t.Helper()
	if got := wire.FromSale(s).Attention[item]; got.MessageCode != code {
		c.t.Errorf("item %s says %s: %s; want %s", s.Attention[item].ID, got.MessageCode, got.Message, code)
	}
}

// TestDoubtIsSaidAndKept: between the first reading that shows money gone and the second, no sentence calls the sale
// paid in full; and a restart neither forgets the doubt nor begins another one.
func TestDoubtIsSaidAndKept(t *testing.T) {
	onScene(t, gatewaytest.Razorpay, func(c *scene) {
		c.start()
		id, qr := c.offer()
		c.act(qr, gatewaytest.Pay)
		c.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
		c.after(10*time.Second, id)
		c.amount(qr, gatewaytest.GiveBack, 6000)

		doubted := func(s state.Sale) bool { return !s.Payments[0].DoubtedAt.IsZero() }
		s := c.after(0, id)
		for range 200 {
			if s = c.after(time.Second, id); doubted(s) {
				break
			}
		}
		if w := wire.FromSale(s); !doubted(s) || len(s.Attention) != 0 || w.MessageCode != "sale_doubted" {
			c.t.Fatalf("%+v, %s: %s", s.Payments[0], w.MessageCode, w.Message)
		}

		c.after(10*time.Second, id)
		c.restart()
		s = c.after(2*time.Second, id)
		if w := wire.FromSale(s); !doubted(s) || w.MessageCode != "sale_doubted" {
			c.t.Errorf("after a restart %+v, %s", s.Payments[0], w.MessageCode)
		}
		s = c.after(18*time.Second, id)
		c.attention(s, state.AttentionReversed)
		c.restart()
		c.attention(c.after(0, id), state.AttentionReversed)
	})
}

// TestARefusalForAnotherReason: the gateway refuses our refund for a reason of its own, and its counter shows for the
// first time that others were there: what is said until the second reading is no promise that the money is here.
func TestARefusalForAnotherReason(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		s.gateways[0].pay("", "captured", 0)
		s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
		s.gateways[0].fail = func(kind string, n int) (bool, error) {
			if kind == "refund" {
				return false, no()
			}
			return true, nil
		}
		s.gateways[0].others(6000)
		if _, err := s.till.Refund(
			context.Background(),
			RefundRequest{SaleID: id, All: true, Goods: true, By: "manager:ravi"},
		); err != nil {
			t.Fatal(err)
		}
		sale := s.after(5*time.Second, id)
		if w := wire.FromSale(sale); len(w.Attention) != 1 || w.Attention[0].MessageCode != "item_refund_doubted" {
			t.Errorf("%+v", w.Attention)
		}
		sale = s.after(40*time.Second, id)
		if len(sale.Attention) != 2 || sale.Attention[0].Kind != state.AttentionReversed ||
			sale.Attention[1].Amount != 19000 {
			t.Errorf("%+v", sale.Attention)
		}
	})
}
