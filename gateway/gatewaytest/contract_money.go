package gatewaytest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// one reads an order that must have exactly one payment, and returns that.
func (b *bench) one(o gateway.Order) gateway.Payment {
	b.Helper()
	r := b.read(o)
	if len(r.Payments) != 1 {
		b.Fatalf("the reading has %d payments, want 1: %+v", len(r.Payments), r)
	}
	return r.Payments[0]
}

// wentBack fails unless the payment reads as kept but for back: named where the gateway names it.
func (b *bench) wentBack(o gateway.Order, back money.Paise) {
	b.Helper()
	p := b.one(o)
	switch {
	case back == p.Amount:
		if p.Status != gateway.PaymentRefunded || p.Refunded != p.Amount {
			b.Errorf("all of it went back; it reads %+v", p)
		}
	case p.Status != gateway.PaymentCaptured:
		b.Errorf("%s of %s went back; it reads %+v", back, p.Amount, p)
	case b.api == Razorpay && (p.Refunded != back || p.RefundedUnnamed):
		b.Errorf("%s went back; it reads %+v", back, p)
	case b.api == EnKash && (p.Refunded != 0 || p.RefundedUnnamed != (back > 0)):
		b.Errorf("%s went back, which EnKash doesn't name; it reads %+v", back, p)
	}
}

// moneyObligations are what a sale's account needs told: several payments, what went back without us, counters that
// fall.
var moneyObligations = []obligation{
	{name: "several payments on one order are each told", check: func(b *bench) {
		q := b.open("PARTS1A1", 50000)
		first := b.act(Act{Payload: q.Payload, Action: PayAmount, Amount: 30000})
		if b.api == EnKash { // a further payment needs a further QR, and one that was seen
			b.sim.knob("order_life", "48h")
			q = b.another("PARTS2A1", 50000)
			first = b.act(Act{Payload: q.Payload, Action: PayAmount, Amount: 30000})
		}
		second := b.act(Act{Payload: q.Payload, Action: PayMore, Amount: 20000})
		if first.ID == second.ID {
			b.Fatalf("the second payment is the first one, %s", first.ID)
		}
		b.settled(b.read(q.Order), first, second)
	}},
	{name: "what the bank sent back before the first look is told", check: func(b *bench) {
		for ref, back := range map[string]money.Paise{"FIRST1A1": 0, "FIRST2A1": 9900} {
			q := b.open(ref, 25000)
			b.pay(q)
			b.act(Act{Payload: q.Payload, Action: Reverse, Amount: back})
			if back == 0 {
				back = 25000
			}
			b.wentBack(q.Order, back)
		}
	}},
	{name: "what the bank sends back days later is told", check: func(b *bench) {
		for day := 1; day <= 6; day++ {
			q := b.open(fmt.Sprintf("DAYS%dA1", day), 25000)
			p := b.pay(q)
			b.settled(b.read(q.Order), p)
			b.wait(time.Duration(day) * 24 * time.Hour)
			b.act(Act{Payload: q.Payload, Action: Reverse, Amount: 10000})
			b.wentBack(q.Order, 10000)
			b.act(Act{Payload: q.Payload, Action: Reverse})
			b.wentBack(q.Order, 25000)
		}
	}},
	{
		name:  "a knob lets money go back between day 1 and day 9",
		knobs: func(k *Knobs) { k.ReversedLater = 100 },
		check: func(b *bench) {
			q := b.open("LATER1A1", 25000)
			p := b.pay(q)
			b.wait(23 * time.Hour)
			b.settled(b.read(q.Order), p)
			b.wentBack(q.Order, 0)
			b.wait(9 * 24 * time.Hour)
			if p := b.one(q.Order); p.Refunded == 0 && !p.RefundedUnnamed {
				b.Errorf("ten days later nothing went back: %+v", p)
			}
		},
	},
	{
		name:  "a counter holds a pending refund and falls when it fails",
		knobs: func(k *Knobs) { k.RefundTime, k.RefundFails = Duration(time.Hour), 100 },
		check: func(b *bench) {
			q := b.open("FALL1A1", 25000)
			b.pay(q)
			b.act(Act{Payload: q.Payload, Action: GiveBack, Amount: 10000})
			b.wentBack(q.Order, 10000)
			b.wait(2 * time.Hour)
			b.wentBack(q.Order, 0)
		},
	},
	{
		name:  "a counter may count only what is done",
		knobs: func(k *Knobs) { k.RefundTime, k.RefundCounter = Duration(time.Hour), "processed" },
		check: func(b *bench) {
			q := b.open("DONE1A1", 25000)
			b.pay(q)
			b.act(Act{Payload: q.Payload, Action: GiveBack})
			b.wentBack(q.Order, 0)
			b.wait(2 * time.Hour)
			b.wentBack(q.Order, 25000)
		},
	},
	{name: "a refund of what others gave back is refused as that", check: func(b *bench) {
		r := b.refundable("GONE1A1", 25000)
		b.act(Act{Payload: b.sim.Ledger().ByReference(b.api, "GONE1A1")[0].Payloads[0], Action: GiveBack})
		_, err := b.gw.Refund(b.Context(), r)
		b.class(err, gateway.ClassRejected)
		if !errors.Is(err, gateway.ErrNothingLeft) {
			b.Errorf("the refusal %v does not say that nothing is left", err)
		}
	}},
	{name: "a refund of more than others left is refused as that", check: func(b *bench) {
		r := b.refundable("LESS1A1", 25000)
		b.act(
			Act{Payload: b.sim.Ledger().ByReference(b.api, "LESS1A1")[0].Payloads[0], Action: GiveBack, Amount: 10000},
		)
		_, err := b.gw.Refund(b.Context(), r)
		b.class(err, gateway.ClassRejected)
		if !errors.Is(err, gateway.ErrLessLeft) {
			b.Errorf("the refusal %v does not say that less is left", err)
		}
	}},
	{
		name:  "an amount below the least is refused, and makes nothing",
		knobs: func(k *Knobs) { k.MinAmount, k.MinRefund = 1000, 1000 },
		check: func(b *bench) {
			_, err := b.gw.Open(b.Context(), b.charge("LEAST1A1", 999))
			b.class(err, gateway.ClassRejected)
			r := b.refundable("LEAST2A1", 999)
			_, err = b.gw.Refund(b.Context(), r)
			b.class(err, gateway.ClassRejected)
			b.refunded(r)
			if n := b.orders("LEAST1A1"); n != 0 {
				b.Errorf("%d orders were made below the least", n)
			}
		},
	},
	{name: "a refund below the documented least is refused before it is sent", only: Razorpay, check: func(b *bench) {
		r := b.refundable("LEAST3A1", 99)
		_, err := b.gw.Refund(b.Context(), r)
		b.class(err, gateway.ClassRejected)
		if n := b.sim.Requests()["razorpay refund"]; n != 0 {
			b.Errorf("it was sent %d times", n)
		}
		if l, ok := b.gw.(gateway.HasLimits); !ok || l.Limits().LeastRefund != 100 {
			b.Errorf("the account doesn't say that the least refund is 100 paise")
		}
	}},
	{
		name:  "the amount decides where the account is in test mode",
		only:  Razorpay,
		knobs: func(k *Knobs) { k.AmountsDecide = true },
		check: func(b *bench) {
			for ref, amount := range map[string]money.Paise{"FUNDS1A1": 201, "PIN1A1": 204,
				"CANCEL1A1": 302, "DECLINE1A1": 402} {
				q := b.open(ref, amount)
				b.pay(q)
				if p := b.one(q.Order); p.Status != gateway.PaymentFailed || p.Reason != decided[amount] {
					b.Errorf("a payment of %s reads %+v, want failed with %s", amount, p, decided[amount])
				}
			}
		},
	},
}

// another opens an order, lets its first QR be seen, and returns the quote with its second.
func (b *bench) another(ref string, amount money.Paise) gateway.Quote {
	b.Helper()
	q := b.open(ref, amount)
	b.act(Act{Payload: q.Payload, Action: Start})
	again, err := b.gw.Find(b.Context(), b.charge(ref, amount))
	if err != nil {
		b.Fatalf("Find: %v", err)
	}
	q.TransactionIDs, q.Payload = merged(slices.Clone(q.TransactionIDs), again.TransactionIDs), again.Payload
	return q
}

// knob sets one knob that must exist.
func (s *Sim) knob(name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.knobs.set(name, value)
	if err != nil {
		panic(err)
	}
	s.knobs = k
}
