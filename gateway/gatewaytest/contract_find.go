package gatewaytest

import (
	"errors"

	"galla/gateway"
)

// found finds what a lost Open left, and pays it.
func (b *bench) found(c gateway.Charge) {
	b.Helper()
	q, err := b.gw.Find(b.Context(), c)
	if err != nil {
		b.Fatalf("Find(%s): %v", c.Reference, err)
	}
	b.checkQuote(c, q)
	p := b.pay(q)
	b.settled(b.read(q.Order), p)
}

// lost opens under a fault that hides the outcome, and checks that exactly n orders exist afterwards.
func (b *bench) lost(ref string, n int, fault ...string) gateway.Charge {
	b.Helper()
	b.script(fault...)
	c := b.charge(ref, 25000)
	q, err := b.gw.Open(b.Context(), c)
	b.class(err, gateway.ClassUnknown)
	if q.Payload != "" {
		b.Errorf("Open failed and handed out a QR")
	}
	if have := b.orders(ref); have != n {
		b.Fatalf("%d orders carry the reference %s, want %d", have, ref, n)
	}
	return c
}

var findObligations = []obligation{
	{name: "find has nothing for a reference nobody used", check: func(b *bench) {
		b.open("OTHER1A1", 25000)
		if _, err := b.gw.Find(b.Context(), b.charge("NEVER1A1", 25000)); !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("Find: %v, want ErrNotFound", err)
		}
	}},
	{
		name:  "a create whose answer is lost is found",
		check: func(b *bench) { b.found(b.lost("LOST1A1", 1, "on API create #1 lose-answer")) },
	},
	{
		name:  "a create whose answer is cut in the middle is found",
		check: func(b *bench) { b.found(b.lost("LOST2A1", 1, "on API create #1 truncate")) },
	},
	{
		name:  "a create that answers 500 after its effect is found",
		check: func(b *bench) { b.found(b.lost("LOST3A1", 1, "on API create #1 status 500 after")) },
	},
	{
		name:  "a create that answers a web page is found",
		check: func(b *bench) { b.found(b.lost("LOST4A1", 1, "on API create #1 garbage")) },
	},
	{
		name:  "a create that takes too long is found",
		check: func(b *bench) { b.found(b.lost("LOST5A1", 1, "on API create #1 hold 40s")) },
	},
	{name: "a create that never arrived is not found", check: func(b *bench) {
		c := b.lost("LOST6A1", 0, "on API create #1 cut")
		if _, err := b.gw.Find(b.Context(), c); !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("Find: %v, want ErrNotFound", err)
		}
	}},
	{name: "a create that answers 503 before its effect is not found", check: func(b *bench) {
		b.script("on API create #1 status 503")
		c := b.charge("LOST7A1", 25000)
		_, err := b.gw.Open(b.Context(), c)
		b.class(err, gateway.ClassUnknown, gateway.ClassUnavailable)
		if _, err := b.gw.Find(b.Context(), c); !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("Find: %v, want ErrNotFound", err)
		}
	}},
	{
		name:  "a QR whose answer is lost is asked again and added",
		only:  EnKash,
		check: func(b *bench) { b.found(b.lost("LOST8A1", 1, "on API qr #1 lose-answer")) },
	},
	{
		name:  "a poster that cannot be fetched is found later",
		only:  Razorpay,
		knobs: func(k *Knobs) { k.PosterOnly = 100 },
		check: func(b *bench) {
			b.found(b.lost("LOST9A1", 1, "on API poster-file #1 status 503"))
		},
	},
	{name: "find fails when the gateway does not answer", check: func(b *bench) {
		b.script("on API * * status 503")
		_, err := b.gw.Find(b.Context(), b.charge("DOWN1A1", 25000))
		b.class(err, gateway.ClassUnavailable)
		if errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("no answer was taken for \"has none\": %v", err)
		}
	}},
	{name: "find works after a restart", check: func(b *bench) {
		q := b.open("AGAIN1A1", 25000)
		b.restart()
		b.found(b.charge("AGAIN1A1", 25000))
		if b.api == EnKash && len(b.sim.Ledger().ByReference(b.api, "AGAIN1A1")[0].Payloads) < 2 {
			b.Errorf("the second QR was not asked for: the first was %s", q.Payload)
		}
	}},
	{
		name:  "an account without look-ups never says it has none",
		only:  EnKash,
		knobs: func(k *Knobs) { k.NoLookup = true },
		check: func(b *bench) {
			b.open("LOOK1A1", 25000)
			b.restart()
			if q, err := b.gw.Find(b.Context(), b.charge("LOOK1A1", 25000)); errors.Is(err, gateway.ErrNotFound) {
				b.Errorf("Find said ErrNotFound of an order that exists")
			} else if err == nil {
				b.checkQuote(b.charge("LOOK1A1", 25000), q)
			}
		},
	},
}
