package gatewaytest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// Seeds is the other half of Contract: for each of n seeds beginning with first, a small till takes sales through a
// client over a simulator that misbehaves in every way at once, watches every order for five days, refunds some, and
// then compares all it believes with the ledger. Whatever the seed:
//
//   - nothing reads as money that the gateway does not have, at any moment;
//   - five days later, every payment of an order that was shown is known, with its amount;
//   - a reference has at most one order, a refund key at most one refund, of the amount asked;
//   - a QR string handed out is one the gateway issued for that reference, over that amount.
//
// A seed that fails is named by its subtest and repeats alone with -run.
func Seeds(t *testing.T, first, n uint64, mk Maker, api API) {
	for seed := first; seed < first+n; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			onBench(t, mk, api, seed, hostile(seed), func(b *bench) {
				var tills sync.WaitGroup
				for i := range 3 {
					tills.Go(func() { b.sell(i) })
				}
				tills.Wait()
			})
		})
	}
}

// hostile is the default misbehaviour, on an account whose settings differ from seed to seed.
func hostile(seed uint64) Knobs {
	k, d := Misbehaving(), dice{seed, "account"}
	if !d.hit(5, "posters") { // reading pictures takes most of the time of a run, so few seeds do it
		k.PosterOnly, k.NoQRURL = 0, 0
	}
	k.DuplicateOrder, k.DuplicateRefund = pick(d, "order", "refuse", "same", "again"),
		pick(d, "refund", "refuse", "same", "again")
	k.NoLookup, k.NoCancel, k.RawToken, k.OldCloseBy = d.hit(15, "lookup"), d.hit(10, "cancel"), d.hit(10, "raw"),
		d.hit(30, "close_by")
	k.WrongAmount = 1
	k.OrderIDs, k.RefundCounter = pick(d, "order_ids", "both", "both", "gateway", "merchant"),
		pick(d, "counter", "asked", "processed")
	k.CloseByString = 20
	k.NoCurrency, k.TimesInMS, k.ReversedLater = d.hit(20, "currency"), d.hit(5, "ms"), 3
	return k
}

// sell is one sale from its first attempt to its last look.
func (b *bench) sell(n int) {
	d := dice{b.sim.seed, fmt.Sprintf("till %d", n)}
	amount := 100 + money.Paise(d.source("amount").IntN(500000))
	q, ok := b.attempts(d, n, amount)
	if !ok {
		return // the gateway refused every attempt, and nothing was shown
	}
	b.customer(d, q, amount)
	if !b.poll(q.Order, 40, 5*time.Second) {
		b.closeOrder(q.Order)
		if d.hit(20, "late") {
			// What a till cannot prevent: the customer's bank did not look, or the money was on its way.
			b.plan(d.upTo(time.Hour, "late after"), Act{Payload: q.Payload, Action: PayLate})
		}
	}
	for _, wait := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 23 * time.Hour,
		24 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
		b.wait(wait)
		b.look(q.Order)
	}
	last, ok := b.look(q.Order)
	if !ok {
		b.Errorf("order %s could not be read in 60 tries", q.ID)
		return
	}
	b.whole(q.Order, last)
	b.giveBack(d, q.Order, last)
}

// attempts opens with a new reference until one opens, looking up what is unknown.
func (b *bench) attempts(d dice, n int, amount money.Paise) (gateway.Quote, bool) {
	for a := range 6 {
		c := b.charge(fmt.Sprintf("S%dN%dA%d", b.sim.seed, n, a), amount)
		q, err := b.gw.Open(b.Context(), c)
		if err != nil {
			b.discreet(err)
		}
		if err != nil && gateway.ClassOf(err) == gateway.ClassUnknown {
			q, err = b.recover(c)
		}
		if have := b.orders(c.Reference); have > 1 {
			b.Errorf("%d orders carry the reference %s", have, c.Reference)
		}
		if err != nil || q.Payload == "" {
			b.wait(10 * time.Second)
			continue
		}
		b.checkQuote(c, q)
		if d.hit(20, "again") { // as after a crash: the customer has begun with the first QR and sees a second one
			if _, err := b.sim.Phone().Start(q.Payload); err != nil {
				b.Errorf("the phone could not start with a QR just opened: %v", err)
			}
			if again, err := b.gw.Find(b.Context(), c); err == nil && again.Payload != "" {
				b.checkQuote(c, again)
				again.TransactionIDs = merged(q.TransactionIDs, again.TransactionIDs)
				q = again
			}
		}
		return q, true
	}
	return gateway.Quote{}, false
}

// recover looks up what an Open may have left, three times before it believes that there is nothing.
func (b *bench) recover(c gateway.Charge) (gateway.Quote, error) {
	none := 0
	for try := range 30 {
		b.wait(time.Duration(2+3*min(try, 10)) * time.Second)
		q, err := b.gw.Find(b.Context(), c)
		switch {
		case err == nil || errors.Is(err, gateway.ErrUnsupported):
			return q, err
		case errors.Is(err, gateway.ErrNotFound):
			if none++; none == 3 {
				if have := b.orders(c.Reference); have > 0 && !b.sim.Knobs().NoLookup {
					b.Errorf("order %s exists, and Find said three times that it does not", c.Reference)
				}
				return q, err
			}
		case gateway.ClassOf(err) == gateway.ClassRejected:
			return q, err
		}
	}
	return gateway.Quote{}, gateway.ErrNotFound
}

// customer plans what the phone does with the QR it sees.
func (b *bench) customer(d dice, q gateway.Quote, amount money.Paise) {
	soon := time.Second + d.upTo(100*time.Second, "soon")
	switch pick(d, "customer", "pays", "pays", "pays", "pays", "declines", "declines and pays", "starts",
		"starts and pays", "twice", "under", "leaves") {
	case "pays":
		b.plan(soon, Act{Payload: q.Payload, Action: Pay})
	case "declines":
		b.plan(soon, Act{Payload: q.Payload, Action: Decline, Reason: "insufficient_funds"})
	case "declines and pays":
		b.plan(soon, Act{Payload: q.Payload, Action: Decline})
		b.plan(soon+20*time.Second, Act{Payload: q.Payload, Action: Pay})
	case "starts":
		b.plan(soon, Act{Payload: q.Payload, Action: Start})
	case "starts and pays":
		b.plan(soon, Act{Payload: q.Payload, Action: Start})
		b.plan(soon+time.Minute, Act{Payload: q.Payload, Action: Pay})
	case "twice":
		b.plan(soon, Act{Payload: q.Payload, Action: PayTwice})
	case "under":
		b.plan(soon, Act{Payload: q.Payload, Action: PayAmount, Amount: max(amount-100, 1)})
	}
}

func (b *bench) plan(after time.Duration, a Act) {
	if err := b.sim.Phone().After(after, a); err != nil {
		b.Errorf("planning the phone: %v", err)
	}
}

// poll reads until the order is paid or the till gives up; an error is only a reason to ask again.
func (b *bench) poll(o gateway.Order, times int, every time.Duration) bool {
	for range times {
		r, err := b.gw.Read(b.Context(), o)
		if err != nil {
			b.discreet(err)
		} else {
			b.checkReading(o, r)
			if r.Status == gateway.OrderPaid {
				return true
			}
		}
		b.wait(every)
	}
	return false
}

// look reads an order until the gateway answers.
func (b *bench) look(o gateway.Order) (gateway.Reading, bool) {
	for try := range 60 {
		r, err := b.gw.Read(b.Context(), o)
		if err == nil {
			b.checkReading(o, r)
			return r, true
		}
		b.discreet(err)
		b.wait(time.Duration(1+try) * time.Second)
	}
	return gateway.Reading{}, false
}

// closeOrder asks until the gateway has heard it, or never will.
func (b *bench) closeOrder(o gateway.Order) {
	for try := range 30 {
		err := b.gw.Close(b.Context(), o)
		if err == nil || errors.Is(err, gateway.ErrUnsupported) || gateway.ClassOf(err) == gateway.ClassRejected {
			return
		}
		b.discreet(err)
		b.wait(time.Duration(1+try) * time.Second)
	}
	if !b.sim.Knobs().NoCancel {
		b.Errorf("order %s could not be closed in 30 tries", o.ID)
	}
}

// whole compares what is believed at the end with the truth.
func (b *bench) whole(o gateway.Order, r gateway.Reading) {
	var want, have []string
	line := func(id string, amount money.Paise) string { return fmt.Sprintf("%s %s", id, amount) }
	for _, p := range b.sim.Ledger().PaymentsOf(o.ID) {
		if p.Captured {
			want = append(want, line(p.ID, p.Amount))
		}
	}
	for _, p := range moneyOf(r) {
		// Money that was only promised and went back (A10) reads refunded without ever having been captured.
		i := slices.IndexFunc(b.sim.Ledger().Payments, func(l LedgerPayment) bool {
			return l.ID == p.ID && !l.Captured
		})
		if p.Status == gateway.PaymentCaptured || i < 0 {
			have = append(have, line(p.ID, p.Amount))
		}
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(want, have) {
		b.Errorf("five days later order %s reads %q; the gateway has %q", o.ID, have, want)
	}
}

// giveBack refunds what came too much, or sometimes all, as a till does: a stored key, a look-up before any repeat.
func (b *bench) giveBack(d dice, o gateway.Order, r gateway.Reading) {
	i := slices.IndexFunc(r.Payments, func(p gateway.Payment) bool {
		return p.Status == gateway.PaymentCaptured && p.Refunded == 0
	})
	if i < 0 || len(moneyOf(r)) < 2 && !d.hit(40, "refund") {
		return
	}
	p := r.Payments[i]
	req := gateway.RefundRequest{Key: "key-" + p.ID, PaymentID: p.ID, OrderID: o.ID, Amount: p.Amount, Reason: "seeds"}
	if p.Amount > 300 && d.hit(30, "part") {
		req.Amount = p.Amount - 150
	}
	sent := b.refundOnce(req)
	n := 0
	for _, l := range b.sim.Ledger().RefundsOf(p.ID) {
		if l.Key == req.Key {
			n++
			if l.Amount != req.Amount {
				b.Errorf("refund %s is %s, asked was %s", l.ID, l.Amount, req.Amount)
			}
		}
	}
	if n > 1 || sent && n != 1 {
		b.Errorf("payment %s has %d refunds with one key (a refund was confirmed: %v)", p.ID, n, sent)
	}
}

// refundOnce reports whether the gateway confirmed the refund.
func (b *bench) refundOnce(req gateway.RefundRequest) bool {
	for range 40 {
		_, err := b.gw.Refund(b.Context(), req)
		if err == nil {
			return true
		}
		b.discreet(err)
		switch gateway.ClassOf(err) {
		case gateway.ClassRejected:
			if len(b.sim.Ledger().RefundsOf(req.PaymentID)) == 0 {
				b.Errorf("a refund that is in order was refused: %v", err)
			}
			return false
		case gateway.ClassUnknown:
			found, err := b.gw.ReadRefund(b.Context(), req)
			for range 60 {
				if err == nil || errors.Is(err, gateway.ErrNotFound) || errors.Is(err, gateway.ErrUnsupported) {
					break
				}
				b.discreet(err)
				b.wait(5 * time.Second)
				found, err = b.gw.ReadRefund(b.Context(), req)
			}
			if !errors.Is(err, gateway.ErrNotFound) {
				// Found, or nobody can say: a till keeps the amount reserved and asks a person.
				return err == nil && found.Status != gateway.RefundUnknown
			}
		}
		b.wait(5 * time.Second)
	}
	return false
}
