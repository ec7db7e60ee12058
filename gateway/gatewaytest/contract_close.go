package gatewaytest

import (
	"errors"
	"time"

	"galla/gateway"
)

var closeObligations = []obligation{
	{name: "a closed order takes no payment", check: func(b *bench) {
		q := b.open("CLOSE1A1", 25000)
		if err := b.gw.Close(b.Context(), q.Order); err != nil {
			b.Fatalf("Close: %v", err)
		}
		if _, err := b.sim.Phone().Pay(q.Payload); err == nil {
			b.Errorf("the phone paid a closed order")
		}
		r := b.read(q.Order)
		b.unpaid(r)
		if r.Status != gateway.OrderClosed {
			b.Errorf("status %s, want closed", r.Status)
		}
	}},
	{name: "closing twice is harmless", check: func(b *bench) {
		q := b.open("CLOSE2A1", 25000)
		for range 2 {
			if err := b.gw.Close(b.Context(), q.Order); err != nil {
				b.Fatalf("Close: %v", err)
			}
		}
	}},
	{name: "closing a paid order does not unpay it", check: func(b *bench) {
		q := b.open("CLOSE3A1", 25000)
		p := b.pay(q)
		if err := b.gw.Close(b.Context(), q.Order); err != nil {
			b.class(err, gateway.ClassRejected)
		}
		r := b.read(q.Order)
		if r.Status != gateway.OrderPaid {
			b.Errorf("status %s, want paid", r.Status)
		}
		b.settled(r, p)
	}},
	{name: "money that comes after the close is seen", check: func(b *bench) {
		q := b.open("CLOSE4A1", 25000)
		if err := b.gw.Close(b.Context(), q.Order); err != nil {
			b.Fatalf("Close: %v", err)
		}
		b.wait(time.Hour)
		p := b.act(Act{Payload: q.Payload, Action: PayLate})
		b.settled(b.read(q.Order), p)
	}},
	{name: "money that comes after the expiry is seen", check: func(b *bench) {
		q := b.open("CLOSE5A1", 25000)
		b.wait(3 * time.Hour)
		r := b.read(q.Order)
		if r.Status != gateway.OrderClosed {
			b.Errorf("status %s three hours later, want closed", r.Status)
		}
		p := b.act(Act{Payload: q.Payload, Action: PayLate})
		b.settled(b.read(q.Order), p)
	}},
	{
		name:  "a close that answers an error is looked at",
		knobs: func(k *Knobs) { k.CloseErrors = 100 },
		check: func(b *bench) {
			q := b.open("CLOSE6A1", 25000)
			if err := b.gw.Close(b.Context(), q.Order); err != nil {
				b.class(err, gateway.ClassUnknown, gateway.ClassUnavailable, gateway.ClassRejected)
			}
			if r := b.read(q.Order); r.Status != gateway.OrderClosed {
				b.Errorf("status %s, want closed", r.Status)
			}
		},
	},
	{name: "a lost answer to a close is not a close", check: func(b *bench) {
		q := b.open("CLOSE7A1", 25000)
		op := map[API]string{EnKash: "cancel", Razorpay: "close"}[b.api]
		b.script("on API " + op + " #1 cut")
		err := b.gw.Close(b.Context(), q.Order)
		r := b.read(q.Order)
		if err == nil && r.Status != gateway.OrderClosed {
			b.Errorf("Close reported success; the order reads %s", r.Status)
		}
		if err := b.gw.Close(b.Context(), q.Order); err != nil {
			b.Fatalf("the second Close: %v", err)
		}
		if r := b.read(q.Order); r.Status != gateway.OrderClosed {
			b.Errorf("status %s after the second Close, want closed", r.Status)
		}
	}},
	{
		name:  "an account without cancel says so",
		only:  EnKash,
		knobs: func(k *Knobs) { k.NoCancel = true },
		check: func(b *bench) {
			q := b.open("CLOSE8A1", 25000)
			err := b.gw.Close(b.Context(), q.Order)
			if err == nil {
				b.Fatalf("Close reported success at an account that cannot cancel")
			}
			if !errors.Is(err, gateway.ErrUnsupported) {
				b.class(err, gateway.ClassMisconfigured, gateway.ClassRejected)
			}
			p := b.pay(q) // it can still be paid, and that is seen
			b.settled(b.read(q.Order), p)
		},
	},
}
