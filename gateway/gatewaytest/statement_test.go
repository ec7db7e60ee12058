package gatewaytest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
	"galla/internal/money"
)

// TestStatement: a day of more payments than a page holds is listed whole, its refunds too, nothing of the day before,
// and each payment's order is found from it.
func TestStatement(t *testing.T) {
	counter(t, nil, func(t *testing.T, sim *gatewaytest.Sim, net *gatewaytest.Network) {
		c, ctx := razorpayAt(t, net), t.Context()
		charge := func(ref string) gateway.Charge {
			b := bill(ref)
			b.Amount = 100 * money.Paise(len(ref))
			return b
		}
		pay := func(ref string) gatewaytest.LedgerPayment {
			t.Helper()
			q, err := c.Open(ctx, charge(ref))
			if err != nil {
				t.Fatal(err)
			}
			p, err := sim.Phone().Pay(q.Payload)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		pay("YESTERDAY")
		time.Sleep(2 * time.Hour)
		begin := time.Now()
		var first gatewaytest.LedgerPayment
		for i := range 103 {
			if p := pay(fmt.Sprintf("SALE%d", i)); i == 0 {
				first = p
			}
		}
		time.Sleep(time.Minute)
		back, err := c.Refund(
			ctx,
			gateway.RefundRequest{Key: "refund-key-1", PaymentID: first.ID, Amount: 300, Reason: "one tea"},
		)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s, err := c.Statement(ctx, begin, time.Now())
		if err != nil || len(s.Payments) != 103 || len(s.Refunds) != 1 {
			t.Fatalf("%d payments, %d refunds: %v", len(s.Payments), len(s.Refunds), err)
		}
		captured := 0
		for _, p := range s.Payments {
			if p.Status == gateway.PaymentCaptured && p.RRN != "" && p.Amount > 0 &&
				!p.CreatedAt.Before(begin.Truncate(time.Second)) {
				captured++
			}
			if p.ID == first.ID && (p.Refunded != 300 || p.VPA == first.VPA) {
				t.Errorf("the refunded payment is listed as %+v", p)
			}
		}
		if captured != 103 {
			t.Errorf("%d payments are captured, with an RRN and an amount", captured)
		}
		if r := s.Refunds[0]; r.ID != back.ID || r.Key != "refund-key-1" || r.PaymentID != first.ID || r.Amount != 300 {
			t.Errorf("the refund is %+v", r)
		}
		if o, err := c.Origin(ctx, first.ID); err != nil ||
			o != (gateway.Origin{Reference: "SALE0", Terminal: "counter-1"}) {
			t.Errorf("the payment's origin is %+v, %v", o, err)
		}
		if o, err := c.Origin(ctx, "pay_00000000000000"); !errors.Is(err, gateway.ErrNotFound) {
			t.Errorf("the origin of nothing is %+v, %v", o, err)
		}
	})
	counter(t, func(k *gatewaytest.Knobs) {
		k.KeysRefused = true
	}, func(t *testing.T, _ *gatewaytest.Sim, net *gatewaytest.Network) {
		if s, err := razorpayAt(t, net).Statement(t.Context(), time.Now().Add(-time.Hour), time.Now()); err == nil ||
			gateway.ClassOf(err) != gateway.ClassMisconfigured {
			t.Errorf("with wrong keys: %+v, %v", s, err)
		}
	})
}
