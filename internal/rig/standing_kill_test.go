package rig

import (
	"context"
	"fmt"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// TestKillAtAStand pulls the plug of the real gallad, at the real galla-sim, at every moment of a standing QR's making
// and of a payment at it, and while nobody looks. Each QR is made once, each payment is one sale, and no sale is
// without one.
func TestKillAtAStand(t *testing.T) {
	t.Parallel()
	s := newSimulator(t)
	b := s.box(gatewaytest.Razorpay)
	b.start()
	r := newReaper(b)
	const asked, done = state.EventOperationAsked, state.EventOperationDone

	for _, death := range deaths {
		r.strike(death, "POST /v1/payments/qr_codes", "qr.create", asked, done, func(ctx context.Context) {
			b.till.CreateQR(ctx, "stand-"+death, "razorpay", wire.CreateQR{
				Name:        death,
				Reference:   "R" + death,
				MultipleUse: true,
			})
		})
	}
	made, err := b.till.CreateQR(
		t.Context(),
		client.Key(),
		"razorpay",
		wire.CreateQR{Name: "Counter", MultipleUse: true},
	)
	if err != nil || made.QR == nil || made.QR.Payload == "" {
		t.Fatalf("%+v, %v", made, err)
	}
	payments := 0
	pay := func() {
		payments++
		s.ask("/pay", map[string]any{
			"payload":      made.QR.Payload,
			"action":       gatewaytest.PayAmount,
			"amount_paise": 1000 + payments,
		}, nil)
	}
	for _, death := range []string{"before", "after", "answered", "done"} {
		r.strike(death, "GET /v1/payments/qr_codes/"+made.QR.ID+"/payments", "", "", state.EventStanding,
			func(context.Context) { pay() })
		b.kill()
		pay() // while the box is off
		b.start()
	}

	var came money.Paise
	b.until(60*time.Second, "every payment to be in a sale", func() bool {
		came = 0
		for _, sale := range b.all() {
			came += sale.KeptPaise
		}
		var took money.Paise
		for _, p := range s.ledger().Payments {
			if p.Captured {
				took += p.Amount
			}
		}
		return came >= took
	})
	seen := map[string]string{}
	for _, sale := range b.all() {
		if sale.Kind != state.KindStanding || sale.Phase != state.PhasePaid || len(sale.Payments) != 1 ||
			sale.Standing.QR != made.QR.ID {
			t.Errorf("%+v", sale)
			continue
		}
		if other, twice := seen[sale.Payments[0].ID]; twice {
			t.Errorf("payment %s is sales %s and %s", sale.Payments[0].ID, other, sale.Name)
		}
		seen[sale.Payments[0].ID] = sale.Name
	}
	ledger := s.ledger()
	for _, p := range ledger.Payments {
		if seen[p.ID] == "" {
			t.Errorf("payment %s of %s is no sale", p.ID, p.Amount)
		}
	}
	if len(ledger.Payments) != payments || len(seen) != payments {
		t.Errorf("%d were paid, the gateway has %d, and there are %d sales", payments, len(ledger.Payments), len(seen))
	}

	// The QRs: each once. Of one that the gateway never heard of, the looks go on for a while.
	var page wire.Operations
	b.until(30*time.Second, "an end of every operation that the gateway knows", func() bool {
		page, err = b.till.Operations(t.Context(), nil)
		for _, op := range page.Operations {
			if op.Status == state.OperationAsked && len(ledger.ByReference(gatewaytest.Razorpay, op.Reference)) > 0 {
				return false
			}
		}
		return err == nil
	})
	for _, op := range page.Operations {
		n := len(ledger.ByReference(gatewaytest.Razorpay, op.Reference))
		if n > 1 || (n == 1) != (op.Status == state.OperationDone) || op.Status == state.OperationRefused {
			t.Errorf("of %s the gateway has %d, and the operation is %s: %s", op.Reference, n, op.Status, op.Message)
		}
	}
	for _, death := range []string{"after", "answered", "done"} {
		again, err := b.till.CreateQR(t.Context(), "stand-"+death, "razorpay", wire.CreateQR{
			Name:        death,
			Reference:   "R" + death,
			MultipleUse: true,
		})
		if err != nil || again.Reference != "R"+death {
			t.Errorf("%s: the same request again: %+v, %v", death, again, err)
		}
	}
	if n := len(s.ledger().Orders); n > len(deaths)+1 {
		t.Errorf("there are %d QRs at the gateway: %s", n, fmt.Sprint(ledger.Orders))
	}
}
