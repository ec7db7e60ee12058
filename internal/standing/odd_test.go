package standing

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/razorpay"
)

// altered is a client that reads one payment otherwise than it is, until it is set right.
type altered struct {
	*razorpay.Client
	id     *atomic.Value
	change func(*gateway.Payment)
}

func (a altered) StandingPayments(ctx context.Context, qr string, from, to time.Time) ([]gateway.Payment, error) {
	all, err := a.Client.StandingPayments(ctx, qr, from, to)
	for i := range all {
		if all[i].ID == a.id.Load() {
			a.change(&all[i])
		}
	}
	return all, err
}

// TestOddPayment: a payment whose record is not understood is said with its code and hides no other; once it is in
// order, it is a sale, and nothing is said any more.
func TestOddPayment(t *testing.T) {
	unknown := func(code, word string) func(*gateway.Payment) {
		return func(p *gateway.Payment) {
			p.Status, p.Odd = gateway.PaymentUnknown, gateway.Odd{Code: code, Word: word}
		}
	}
	for name, c := range map[string]struct {
		change func(*gateway.Payment)
		after  time.Duration // until it is said
		code   string
		word   string
	}{
		"in dollars":     {unknown(gateway.OddCurrency, "USD"), 0, "standing_odd_currency", "USD"},
		"another status": {unknown(gateway.OddStatus, "bounced"), 0, "standing_odd_status", "bounced"},
		"contradiction":  {unknown(gateway.OddRecord, "both"), 0, "standing_odd_record", ""},
		"no word":        {unknown("", ""), 0, "standing_odd_record", ""},
		"no amount":      {func(p *gateway.Payment) { p.Amount = 0 }, 0, "standing_odd_record", ""},
		"negative":       {func(p *gateway.Payment) { p.Amount = -5 }, 0, "standing_odd_record", ""},
		"authorised": {func(p *gateway.Payment) { p.Status = gateway.PaymentProcessing }, 2 * time.Hour,
			"standing_uncaptured", ""},
	} {
		t.Run(name, func(t *testing.T) {
			onStall(t, func(s *stall) {
				var id atomic.Value
				id.Store("none")
				s.over = func(real *razorpay.Client) gateway.Gateway { return altered{real, &id, c.change} }
				s.start()
				q := s.stand("Counter 1")
				s.pay(q, 100)
				bad := s.pay(q, 200)
				s.pay(q, 300)
				id.Store(bad.ID)
				wait(time.Minute + c.after)
				if n := len(s.sales()); n != 2 {
					t.Errorf("%d sales of two payments that are in order", n)
				}
				said := s.watch.List()[0].Problems
				if len(said) != 1 || said[0].Code != c.code || said[0].Values["payment"] != bad.ID ||
					c.word != "" && said[0].Values["word"] != c.word {
					t.Fatalf("said is %+v", said)
				}

				id.Store("none")
				wait(13*time.Minute + 3*c.after)
				if n := len(s.agree()); n != 3 || len(s.watch.List()[0].Problems) != 0 {
					t.Errorf("%d sales, said is %+v", n, s.watch.List()[0].Problems)
				}
			})
		})
	}
}
