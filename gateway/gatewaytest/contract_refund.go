package gatewaytest

import (
	"errors"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// refundable opens and pays an order, and returns the request for part of it.
func (b *bench) refundable(ref string, amount money.Paise) gateway.RefundRequest {
	b.Helper()
	q := b.open(ref, 25000)
	p := b.pay(q)
	return gateway.RefundRequest{
		Key:       "refund-" + ref,
		PaymentID: p.ID,
		OrderID:   q.ID,
		Amount:    amount,
		Reason:    "returned goods",
	}
}

// refunded fails unless the gateway has exactly n refunds of the payment over these amounts.
func (b *bench) refunded(r gateway.RefundRequest, amounts ...money.Paise) {
	b.Helper()
	have := b.sim.Ledger().RefundsOf(r.PaymentID)
	if len(have) != len(amounts) {
		b.Fatalf("the gateway has %d refunds of %s, want %d: %+v", len(have), r.PaymentID, len(amounts), have)
	}
	for i, a := range amounts {
		if have[i].Amount != a {
			b.Errorf("refund %d is %s, want %s", i+1, have[i].Amount, a)
		}
	}
}

var refundObligations = []obligation{
	{name: "a refund goes back once", check: func(b *bench) {
		r := b.refundable("REF1A1", 25000)
		got, err := b.gw.Refund(b.Context(), r)
		if err != nil {
			b.Fatalf("Refund: %v", err)
		}
		if got.ID == "" || got.Amount != 25000 || got.Status == gateway.RefundFailed {
			b.Errorf("refund reads %+v", got)
		}
		b.refunded(r, 25000)
		r.RefundID = got.ID
		if got, err = b.gw.ReadRefund(b.Context(), r); err != nil || got.Status != gateway.RefundProcessed ||
			got.Amount != 25000 {
			b.Errorf("ReadRefund: %+v, %v; want processed", got, err)
		}
	}},
	{name: "a part goes back to the paisa", check: func(b *bench) {
		r := b.refundable("REF2A1", 1999)
		if _, err := b.gw.Refund(b.Context(), r); err != nil {
			b.Fatalf("Refund: %v", err)
		}
		b.refunded(r, 1999)
		second := r
		second.Key, second.Amount = r.Key+"b", 2015
		if _, err := b.gw.Refund(b.Context(), second); err != nil {
			b.Fatalf("Refund: %v", err)
		}
		b.refunded(r, 1999, 2015)
	}},
	{name: "the same request again gives nothing more", check: func(b *bench) {
		r := b.refundable("REF3A1", 10000)
		for range 3 {
			if _, err := b.gw.Refund(b.Context(), r); err != nil {
				b.discreet(err)
				if b.api == Razorpay {
					b.Errorf("a repeat with the same key: %v", err)
				}
			}
		}
		b.refunded(r, 10000)
	}},
	{
		name:  "a pending refund is pending, then processed",
		knobs: func(k *Knobs) { k.RefundTime = Duration(2 * time.Hour) },
		check: func(b *bench) {
			r := b.refundable("REF4A1", 25000)
			got, err := b.gw.Refund(b.Context(), r)
			if err != nil || got.Status != gateway.RefundPending {
				b.Fatalf("Refund: %+v, %v; want pending", got, err)
			}
			r.RefundID = got.ID
			b.wait(3 * time.Hour)
			if got, err = b.gw.ReadRefund(b.Context(), r); err != nil || got.Status != gateway.RefundProcessed {
				b.Errorf("ReadRefund: %+v, %v; want processed", got, err)
			}
		},
	},
	{
		name:  "a refund that fails later reads failed",
		knobs: func(k *Knobs) { k.RefundTime, k.RefundFails = Duration(time.Hour), 100 },
		check: func(b *bench) {
			r := b.refundable("REF5A1", 25000)
			got, err := b.gw.Refund(b.Context(), r)
			if err != nil {
				b.Fatalf("Refund: %v", err)
			}
			r.RefundID = got.ID
			b.wait(2 * time.Hour)
			if got, err = b.gw.ReadRefund(b.Context(), r); err != nil || got.Status != gateway.RefundFailed {
				b.Errorf("ReadRefund: %+v, %v; want failed", got, err)
			}
		},
	},
	{name: "a refund whose answer is lost is found by its key", check: func(b *bench) {
		r := b.refundable("REF6A1", 25000)
		b.script("on API refund #1 lose-answer")
		_, err := b.gw.Refund(b.Context(), r)
		b.class(err, gateway.ClassUnknown)
		got, err := b.gw.ReadRefund(b.Context(), r)
		if err != nil || got.Amount != 25000 {
			b.Errorf("ReadRefund: %+v, %v", got, err)
		}
		b.refunded(r, 25000)
	}},
	{name: "a refund that never arrived is not found, and can be asked again", check: func(b *bench) {
		r := b.refundable("REF7A1", 25000)
		b.script("on API refund #1 cut")
		_, err := b.gw.Refund(b.Context(), r)
		b.class(err, gateway.ClassUnknown)
		if _, err := b.gw.ReadRefund(b.Context(), r); !errors.Is(err, gateway.ErrNotFound) {
			b.Fatalf("ReadRefund: %v, want ErrNotFound", err)
		}
		if _, err := b.gw.Refund(b.Context(), r); err != nil {
			b.Fatalf("the second Refund: %v", err)
		}
		b.refunded(r, 25000)
	}},
	{name: "an unanswered look-up of a refund is not \"has none\"", check: func(b *bench) {
		r := b.refundable("REF8A1", 25000)
		b.script("on API * * status 503")
		_, err := b.gw.ReadRefund(b.Context(), r)
		b.class(err, gateway.ClassUnavailable)
	}},
	{name: "more than was paid is refused", check: func(b *bench) {
		r := b.refundable("REF9A1", 25100)
		_, err := b.gw.Refund(b.Context(), r)
		b.class(err, gateway.ClassRejected)
		b.refunded(r)
	}},
	{name: "what was given back cannot be given again", check: func(b *bench) {
		r := b.refundable("REF10A1", 25000)
		if _, err := b.gw.Refund(b.Context(), r); err != nil {
			b.Fatalf("Refund: %v", err)
		}
		r.Key += "b"
		_, err := b.gw.Refund(b.Context(), r)
		b.class(err, gateway.ClassRejected)
		b.refunded(r, 25000)
	}},
	{
		name:  "a key in progress is unknown, not refused",
		only:  Razorpay,
		knobs: func(k *Knobs) { k.RefundInFlight = 100 },
		check: func(b *bench) {
			r := b.refundable("REF11A1", 25000)
			_, err := b.gw.Refund(b.Context(), r)
			b.class(err, gateway.ClassUnknown, gateway.ClassUnavailable)
		},
	},
	{
		name:  "without refund look-up nothing is called absent",
		only:  EnKash,
		knobs: func(k *Knobs) { k.NoLookup = true },
		check: func(b *bench) {
			r := b.refundable("REF12A1", 10000)
			if _, err := b.gw.Refund(b.Context(), r); err != nil {
				b.Fatalf("Refund: %v", err)
			}
			if _, err := b.gw.ReadRefund(b.Context(), r); errors.Is(err, gateway.ErrNotFound) {
				b.Errorf("ReadRefund said ErrNotFound of a refund that exists")
			}
		},
	},
	{name: "a refund shows on the payment", check: func(b *bench) {
		r := b.refundable("REF13A1", 25000)
		if _, err := b.gw.Refund(b.Context(), r); err != nil {
			b.Fatalf("Refund: %v", err)
		}
		q, err := b.gw.Read(b.Context(), gateway.Order{
			Reference:      "REF13A1",
			ID:             r.OrderID,
			TransactionIDs: []string{r.PaymentID},
			Amount:         25000,
			OpenedAt:       time.Now(),
		})
		if err != nil || len(q.Payments) != 1 || q.Payments[0].Status != gateway.PaymentRefunded {
			b.Errorf("Read: %+v, %v; want one refunded payment", q, err)
		}
	}},
}
