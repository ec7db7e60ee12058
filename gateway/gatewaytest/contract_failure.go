package gatewaytest

import (
	"context"
	"fmt"
	"time"

	"galla/gateway"
)

var failureObligations = []obligation{
	{name: "without a network nothing was sent", check: func(b *bench) {
		q := b.open("NET1A1", 25000)
		b.net.Down(b.addr, true)
		_, err := b.gw.Open(b.Context(), b.charge("NET2A1", 25000))
		b.class(err, gateway.ClassUnavailable)
		_, err = b.gw.Read(b.Context(), q.Order)
		b.class(err, gateway.ClassUnavailable)
		_, err = b.gw.Find(b.Context(), b.charge("NET2A1", 25000))
		b.class(err, gateway.ClassUnavailable)
		b.net.Down(b.addr, false)
		b.wait(time.Minute)
		p := b.pay(q)
		b.settled(b.read(q.Order), p)
		if n := b.orders("NET2A1"); n != 0 {
			b.Errorf("%d orders were made without a network", n)
		}
	}},
	{name: "a read that fails says nothing about money", check: func(b *bench) {
		for i, fault := range []string{"cut", "lose-answer", "truncate", "garbage", "status 500", "status 502",
			"status 503", "status 504", "status 429", "delay 1m"} {
			q := b.open("FAIL"+string(rune('A'+i))+"1A1", 25000)
			p := b.pay(q)
			b.sim.clearRules()
			b.script("on API * * " + fault)
			r, err := b.gw.Read(b.Context(), q.Order)
			b.sim.clearRules()
			if err == nil {
				b.Errorf("%s: Read succeeded with %+v", fault, r)
				continue
			}
			b.class(err, gateway.ClassUnavailable)
			b.wait(2 * time.Minute)
			b.settled(b.read(q.Order), p)
		}
	}},
	{name: "Retry-After is passed on", check: func(b *bench) {
		q := b.open("RETRY1A1", 25000)
		b.script("on API * * status 429 retry-after 7s")
		_, err := b.gw.Read(b.Context(), q.Order)
		b.class(err, gateway.ClassUnavailable)
		if e := err.(*gateway.Error); e.RetryAfter != 7*time.Second {
			b.Errorf("RetryAfter is %s, want 7s", e.RetryAfter)
		}
	}},
	{name: "a refused create leaves nothing", check: func(b *bench) {
		b.script("on API create #1 status 429")
		_, err := b.gw.Open(b.Context(), b.charge("MANY1A1", 25000))
		b.class(err, gateway.ClassUnavailable, gateway.ClassUnknown)
		if n := b.orders("MANY1A1"); n != 0 {
			b.Errorf("%d orders exist", n)
		}
	}},
	{name: "a write is sent once", check: func(b *bench) {
		writes := []string{"create"}
		if b.api == EnKash {
			writes = append(writes, "qr") // a GET by name: each one mints a transaction
		}
		for _, op := range writes {
			for i, fault := range []string{"cut", "lose-answer", "truncate", "garbage", "status 500",
				"status 500 after", "status 429"} {
				// A connection that was used before is one net/http would send again on.
				b.open(fmt.Sprintf("WARM%d%s", i, op), 100)
				count := func() int { return b.sim.Requests()[string(b.api)+" "+op] }
				before := count()
				b.script("on API " + op + " * " + fault)
				_, err := b.gw.Open(b.Context(), b.charge(fmt.Sprintf("ONCE%d%s", i, op), 25000))
				b.class(err, gateway.ClassUnknown, gateway.ClassUnavailable)
				if n := count() - before; n != 1 {
					b.Errorf("%s: %s was sent %d times", fault, op, n)
				}
				b.sim.clearRules()
				b.wait(time.Minute)
			}
		}
	}},
	{name: "a caller that gives up gets its error at once", check: func(b *bench) {
		q := b.open("STOP1A1", 25000)
		b.script("on API * * delay 9s")
		ctx, stop := b.within(time.Second)
		defer stop()
		begun := time.Now()
		_, err := b.gw.Read(ctx, q.Order)
		b.class(err, gateway.ClassUnavailable)
		_, err = b.gw.Open(ctx, b.charge("STOP2A1", 25000))
		b.class(err, gateway.ClassUnknown, gateway.ClassUnavailable)
		if took := time.Since(begun); took > 2*time.Second {
			b.Errorf("two calls with one second to live took %s", took)
		}
	}},
	{name: "a cancelled caller sends nothing", check: func(b *bench) {
		ctx, stop := context.WithCancel(b.Context())
		stop()
		_, err := b.gw.Open(ctx, b.charge("STOP3A1", 25000))
		b.class(err, gateway.ClassUnavailable, gateway.ClassUnknown)
		if n := b.orders("STOP3A1"); n != 0 {
			b.Errorf("%d orders were made for a caller that had gone", n)
		}
	}},
	{name: "an order of another account is not ours", check: func(b *bench) {
		o := gateway.Order{
			Reference:      "ALIEN1A1",
			ID:             "ORD1784195236818VZuxB",
			TransactionIDs: []string{"EK1743074262175e8KIO"},
			Amount:         25000,
			OpenedAt:       time.Now(),
		}
		if b.api == Razorpay {
			o.ID, o.TransactionIDs = "qr_HMsVL8HOpbMcjU", nil
		}
		r, err := b.gw.Read(b.Context(), o)
		if err == nil {
			b.unpaid(r)
			b.Errorf("an order that does not exist reads %+v", r)
			return
		}
		b.discreet(err)
	}},
}

// restart makes a new client on the same gateway, as after a crash.
func (b *bench) restart() { b.gw = b.mk(b.t, b.base, b.net.Transport(), time.Now) }

// clearRules forgets the fault script's rules; what it planned for later stays planned.
func (s *Sim) clearRules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}
