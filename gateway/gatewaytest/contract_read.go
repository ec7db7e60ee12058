package gatewaytest

import (
	"fmt"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

const minute = time.Minute

// statuses lists the payment statuses of a reading, for messages and comparison.
func statuses(r gateway.Reading) []gateway.PaymentStatus {
	var s []gateway.PaymentStatus
	for _, p := range r.Payments {
		s = append(s, p.Status)
	}
	slices.Sort(s)
	return s
}

// unpaid fails when a reading says there is money.
func (b *bench) unpaid(r gateway.Reading) {
	b.Helper()
	if r.Status == gateway.OrderPaid || len(moneyOf(r)) != 0 {
		b.Errorf("an unpaid order reads %s with payments %v", r.Status, statuses(r))
	}
}

// settled fails unless a reading has exactly these payments as money.
func (b *bench) settled(r gateway.Reading, want ...LedgerPayment) {
	b.Helper()
	have := moneyOf(r)
	if len(have) != len(want) {
		b.Errorf("the reading has %d payments with money (%v), want %d", len(have), statuses(r), len(want))
		return
	}
	for _, w := range want {
		i := slices.IndexFunc(have, func(p gateway.Payment) bool { return p.ID == w.ID })
		if i < 0 {
			b.Errorf("payment %s is missing", w.ID)
			continue
		}
		if p := have[i]; p.Amount != w.Amount || p.RRN != w.RRN {
			b.Errorf("payment %s reads %s RRN %q, want %s RRN %q", w.ID, p.Amount, p.RRN, w.Amount, w.RRN)
		}
	}
}

var readObligations = []obligation{
	{name: "an order nobody touched is open", check: func(b *bench) {
		q := b.open("READ1A1", 25000)
		r := b.read(q.Order)
		b.unpaid(r)
		if r.Status != gateway.OrderOpen {
			b.Errorf("status %s, want open", r.Status)
		}
	}},
	{name: "a payment is money, once", check: func(b *bench) {
		q := b.open("READ2A1", 25000)
		p := b.pay(q)
		r := b.read(q.Order)
		if r.Status != gateway.OrderPaid {
			b.Errorf("status %s, want paid", r.Status)
		}
		b.settled(r, p)
		b.settled(b.read(q.Order), p) // reading changes nothing
	}},
	{name: "RRN keeps its leading zeros", check: func(b *bench) {
		for i, zeros := 0, 0; zeros < 1; i++ { // one RRN in ten begins with 0
			q := b.open(fmt.Sprintf("RRN%dA1", i), 100)
			p := b.pay(q)
			b.settled(b.read(q.Order), p)
			if p.RRN[0] == '0' {
				zeros++
			}
		}
	}},
	{name: "a started payment is not money", check: func(b *bench) {
		q := b.open("READ3A1", 25000)
		b.act(Act{Payload: q.Payload, Action: Start})
		r := b.read(q.Order)
		b.unpaid(r)
		if r.Status == gateway.OrderClosed {
			b.Errorf("status closed while the customer is paying")
		}
		p := b.pay(q)
		b.settled(b.read(q.Order), p)
	}},
	{name: "a declined attempt leaves the order open", check: func(b *bench) {
		q := b.open("READ4A1", 25000)
		b.act(Act{Payload: q.Payload, Action: Decline, Reason: "insufficient_funds"})
		r := b.read(q.Order)
		b.unpaid(r)
		if r.Status != gateway.OrderOpen || !slices.Contains(statuses(r), gateway.PaymentFailed) {
			b.Errorf("after a decline: %s with %v, want open with one failed", r.Status, statuses(r))
		}
		p := b.pay(q)
		r = b.read(q.Order)
		if r.Status != gateway.OrderPaid {
			b.Errorf("status %s after decline and payment, want paid", r.Status)
		}
		b.settled(r, p)
	}},
	{name: "another amount is reported as it is", check: func(b *bench) {
		for ref, amount := range map[string]money.Paise{"UNDER1A1": 24900, "OVER1A1": 25100} {
			q := b.open(ref, 25000)
			p := b.act(Act{Payload: q.Payload, Action: PayAmount, Amount: amount})
			b.settled(b.read(q.Order), p)
		}
	}},
	{name: "money whose record cannot be read is not given our figure", only: EnKash, check: func(b *bench) {
		q := b.open("FIG1A1", 25000)
		b.act(Act{Payload: q.Payload, Action: PayAmount, Amount: 24900})
		b.script("on enkash payment * refuse 117 Token is invalid.")
		if r, err := b.gw.Read(b.Context(), q.Order); err == nil {
			b.checkReading(q.Order, r)
		}
	}},
	{name: "two payments are two payments", check: func(b *bench) {
		q := b.open("READ6A1", 25000)
		if b.api == EnKash { // one QR pays once there, so the customer needs to have seen two
			b.act(Act{Payload: q.Payload, Action: Start})
			again, err := b.gw.Find(b.Context(), b.charge("READ6A1", 25000))
			if err != nil {
				b.Fatalf("Find: %v", err)
			}
			q.TransactionIDs, q.Payload = merged(q.TransactionIDs, again.TransactionIDs), again.Payload
		}
		b.act(Act{Payload: q.Payload, Action: PayTwice})
		var want []LedgerPayment
		for _, p := range b.sim.Ledger().PaymentsOf(q.ID) {
			if p.Captured {
				want = append(want, p)
			}
		}
		if len(want) != 2 {
			b.Fatalf("the phone paid %d times", len(want))
		}
		b.settled(b.read(q.Order), want...)
	}},
	{
		name:  "money with the bank is neither paid nor failed",
		knobs: func(k *Knobs) { k.SlowBank = 100 },
		check: func(b *bench) {
			q := b.open("SLOW1A1", 25000)
			b.pay(q)
			r := b.read(q.Order)
			b.unpaid(r)
			if slices.Contains(statuses(r), gateway.PaymentFailed) {
				b.Errorf("a payment with the bank reads failed")
			}
			b.wait(5 * minute)
			if r := b.read(q.Order); r.Status != gateway.OrderPaid || len(moneyOf(r)) != 1 {
				b.Errorf("after the bank's answer: %s with %v", r.Status, statuses(r))
			}
		},
	},
	{name: "a failed payment that turns is money", knobs: func(k *Knobs) { k.LateAuth = 100 }, check: func(b *bench) {
		q := b.open("LATE1A1", 25000)
		b.pay(q)
		b.wait(11 * minute)
		b.unpaid(b.read(q.Order))
		b.wait(49 * time.Hour)
		if r := b.read(q.Order); len(moneyOf(r)) != 1 {
			b.Errorf("two days later: %s with %v", r.Status, statuses(r))
		}
	}},
	{name: "the second try after a failed one is money", knobs: func(k *Knobs) {
		k.FailFirst = 100
	}, check: func(b *bench) {
		q := b.open("TRY1A1", 25000)
		b.pay(q)
		b.unpaid(b.read(q.Order))
		b.wait(10 * time.Second)
		if r := b.read(q.Order); r.Status != gateway.OrderPaid || len(moneyOf(r)) != 1 {
			b.Errorf("after the second try: %s with %v", r.Status, statuses(r))
		}
	}},
	{name: "a payment that is listed late is found", knobs: func(k *Knobs) {
		k.HiddenPayment = 100
	}, check: func(b *bench) {
		q := b.open("HID1A1", 25000)
		p := b.pay(q)
		b.read(q.Order)
		b.wait(5 * minute)
		b.settled(b.read(q.Order), p)
	}},
	{name: "authorised is not captured", only: Razorpay, knobs: func(k *Knobs) {
		k.StuckAuth = 100
	}, check: func(b *bench) {
		q := b.open("AUTH1A1", 25000)
		b.pay(q)
		r := b.read(q.Order)
		b.unpaid(r)
		if !slices.Contains(statuses(r), gateway.PaymentProcessing) {
			b.Errorf("an authorised payment reads %v, want processing", statuses(r))
		}
		b.wait(73 * time.Hour)
		if r := b.read(q.Order); slices.Contains(statuses(r), gateway.PaymentCaptured) ||
			r.Status == gateway.OrderPaid {
			b.Errorf("money that went back uncaptured reads %s with %v", r.Status, statuses(r))
		}
	}},
	{name: "money that went back by itself reads refunded", knobs: func(k *Knobs) {
		k.ReturnedAtOnce = 100
	}, check: func(b *bench) {
		q := b.open("BACK1A1", 25000)
		b.pay(q)
		b.wait(2 * minute)
		r := b.read(q.Order)
		if len(r.Payments) != 1 || r.Payments[0].Status != gateway.PaymentRefunded || r.Payments[0].Refunded != 25000 &&
			b.api == Razorpay {
			b.Errorf("after the return: %s with %+v, want one refunded payment", r.Status, r.Payments)
		}
	}},
	{name: "values nobody documented are pending, and noted", knobs: func(k *Knobs) {
		k.UnknownStatus = 100
	}, check: func(b *bench) {
		q := b.open("ODD1A1", 25000)
		b.act(Act{Payload: q.Payload, Action: Start})
		r := b.read(q.Order)
		b.unpaid(r)
		if r.Status == gateway.OrderClosed || slices.Contains(statuses(r), gateway.PaymentFailed) {
			b.Errorf("an unknown status reads as an end: %s with %v", r.Status, statuses(r))
		}
		if len(r.Notes) == 0 {
			b.Errorf("nobody is told of the unknown status")
		}
		p := b.pay(q)
		b.settled(b.read(q.Order), p)
	}},
	{name: "counters, strings for numbers and a stale order do not hide money", knobs: func(k *Knobs) {
		k.ZeroCounters, k.CloseByString, k.StaleActive = 100, 100, 100
	},
		check: func(b *bench) {
			q := b.open("CNT1A1", 25000)
			p := b.pay(q)
			b.settled(b.read(q.Order), p)
		}},
}

// merged adds the ids that are new.
func merged(have, more []string) []string {
	for _, id := range more {
		if !slices.Contains(have, id) {
			have = append(have, id)
		}
	}
	return have
}
