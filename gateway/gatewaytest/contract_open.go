package gatewaytest

import (
	"fmt"
	"strings"
	"sync"

	"galla/gateway"
	"galla/internal/money"
)

var openObligations = []obligation{
	{name: "open hands out the gateway's own string", check: func(b *bench) { b.open("OPEN1A1", 25000) }},
	{name: "open carries every paisa", check: func(b *bench) {
		for i, p := range []money.Paise{1, 100, 101, 1999, 2015, 9999999, 100000000} {
			b.open(fmt.Sprintf("PAISE%dA1", i), p)
		}
	}},
	{name: "open refuses a charge no gateway takes", check: func(b *bench) {
		for name, spoil := range map[string]func(*gateway.Charge){
			"amount 0":         func(c *gateway.Charge) { c.Amount = 0 },
			"amount below 0":   func(c *gateway.Charge) { c.Amount = -100 },
			"no reference":     func(c *gateway.Charge) { c.Reference = "" },
			"reference dashed": func(c *gateway.Charge) { c.Reference = "BILL-17" },
			"reference long":   func(c *gateway.Charge) { c.Reference = strings.Repeat("A", 33) },
		} {
			c := b.charge("BAD1A1", 25000)
			spoil(&c)
			q, err := b.gw.Open(b.Context(), c)
			if q.Payload != "" {
				b.Errorf("%s: a QR was handed out", name)
			}
			b.class(err, gateway.ClassRejected)
		}
		if n := len(b.sim.Ledger().Orders); n != 0 {
			b.Errorf("%d orders were made for charges that make no sense", n)
		}
	}},
	{
		name:  "open reads a picture when there is no string",
		knobs: func(k *Knobs) { k.PosterOnly, k.NoQRURL = 100, 100 },
		check: func(b *bench) {
			b.open("PICT1A1", 25000)
		},
	},
	{
		name:  "open reads a picture with a data: prefix",
		only:  EnKash,
		knobs: func(k *Knobs) { k.NoQRURL, k.DataURI = 100, 100 },
		check: func(b *bench) {
			b.open("PICT2A1", 25000)
		},
	},
	{
		name:  "open never hands out a QR over another amount",
		knobs: func(k *Knobs) { k.WrongAmount = 100 },
		check: func(b *bench) {
			q, err := b.gw.Open(b.Context(), b.charge("WRONG1A1", 25000))
			b.class(err, gateway.ClassRejected, gateway.ClassUnknown)
			if q.Payload != "" {
				b.Errorf("a QR over another amount was handed out: %s", q.Payload)
			}
		},
	},
	{
		name:  "open never hands out a QR with a surcharge",
		only:  EnKash,
		knobs: func(k *Knobs) { k.Surcharge = 100 },
		check: func(b *bench) {
			q, err := b.gw.Open(b.Context(), b.charge("SUR1A1", 25000))
			b.class(err, gateway.ClassRejected)
			if q.Payload != "" {
				b.Errorf("a QR with a surcharge was handed out: %s", q.Payload)
			}
		},
	},
	{
		name:  "open understands other shapes of the same answers",
		only:  EnKash,
		knobs: func(k *Knobs) { k.OtherShapes = 100 },
		check: func(b *bench) {
			q := b.open("SHAPE1A1", 2015)
			b.pay(q)
			if r := b.read(q.Order); r.Status != gateway.OrderPaid || len(moneyOf(r)) != 1 {
				b.Errorf("a paid order reads %+v", r)
			}
		},
	},
	{
		name:  "open takes the longer closing time of older accounts",
		only:  Razorpay,
		knobs: func(k *Knobs) { k.OldCloseBy = true },
		check: func(b *bench) {
			b.open("OLD1A1", 25000)
		},
	},
	{
		name:  "open says that the feature is off",
		only:  Razorpay,
		knobs: func(k *Knobs) { k.FeatureOff = true },
		check: func(b *bench) {
			_, err := b.gw.Open(b.Context(), b.charge("OFF1A1", 25000))
			b.class(err, gateway.ClassMisconfigured)
			if n := b.sim.Requests()["razorpay create"]; n != 1 {
				b.Errorf("create was sent %d times to an account that does not have it", n)
			}
		},
	},
	{
		name:  "wrong keys are a matter for the operator",
		knobs: func(k *Knobs) { k.KeysRefused = true },
		check: func(b *bench) {
			_, err := b.gw.Open(b.Context(), b.charge("KEYS1A1", 25000))
			b.class(err, gateway.ClassMisconfigured)
			if n := b.orders("KEYS1A1"); n != 0 {
				b.Errorf("%d orders were made with wrong keys", n)
			}
		},
	},
	{name: "orders of many sales do not mix", check: func(b *bench) {
		var all sync.WaitGroup
		for i := range 4 { // a budget may hold back more
			all.Go(func() {
				c := b.charge(fmt.Sprintf("MANY%dA1", i), money.Paise(1000+i))
				q, err := b.gw.Open(b.Context(), c)
				if err != nil {
					b.Errorf("Open(%s): %v", c.Reference, err)
					return
				}
				b.checkQuote(c, q)
			})
		}
		all.Wait()
	}},
	{
		name:  "a token that ran out is renewed",
		only:  EnKash,
		knobs: func(k *Knobs) { k.TokenLife = Duration(minute) },
		check: func(b *bench) {
			b.open("TOK1A1", 25000)
			b.wait(2 * minute)
			b.open("TOK2A1", 25000)
		},
	},
	{name: "a refused token is renewed once", only: EnKash, check: func(b *bench) {
		b.open("TOK3A1", 25000)
		b.sim.forgetTokens()
		b.open("TOK4A1", 25000)
	}},
	{
		name:  "a token is taken without Bearer",
		only:  EnKash,
		knobs: func(k *Knobs) { k.RawToken = true },
		check: func(b *bench) {
			b.open("RAW1A1", 25000)
		},
	},
}

// forgetTokens makes every token invalid, as a gateway's restart does.
func (s *Sim) forgetTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}
