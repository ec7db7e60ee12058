package razorpay

import (
	"errors"
	"testing"
	"time"

	"galla/gateway"
)

// TestStandingOdd: a record in a standing QR's list that can't be read hides no other, and says what is wrong with it.
func TestStandingOdd(t *testing.T) {
	s := newShop(t)
	c := s.client()
	qr := s.open(c, "STAND").ID
	good := s.pay(qr, 100, "captured")
	want := map[string]gateway.Odd{
		good: {},
		s.pay(qr, 200, "captured", map[string]any{"currency": "USD"}): {Code: gateway.OddCurrency, Word: "USD"},
		s.pay(qr, 300, "bounced"): {
			Code: gateway.OddStatus,
			Word: "bounced",
		},
		s.pay(qr, 400, "captured", map[string]any{"captured": false}): {
			Code: gateway.OddRecord,
			Word: "captured and not captured",
		},
		s.pay(qr, 500, "captured", map[string]any{"amount": 1.5}):             {Code: gateway.OddRecord},
		s.pay(qr, 600, "captured", map[string]any{"amount": nil}):             {Code: gateway.OddRecord},
		s.pay(qr, 700, "captured", map[string]any{"amount": "many"}):          {Code: gateway.OddRecord},
		s.pay(qr, 800, "captured", map[string]any{"amount_refunded": -1}):     {Code: gateway.OddRecord},
		s.pay(qr, 900, "captured", map[string]any{"created_at": "yesterday"}): {},
	}
	for i, id := range []any{"no id", "", nil} {
		s.pay(qr, 1000, "captured", map[string]any{"id": id})
		if i == 0 {
			want[""] = gateway.Odd{Code: gateway.OddRecord}
		}
	}
	s.payments[qr] = append(s.payments[qr], nil)

	got, err := c.StandingPayments(t.Context(), qr, s.clock().Add(-time.Hour), s.clock())
	if err != nil || len(got) != len(s.payments[qr]) {
		t.Fatalf("%d payments of %d, %v", len(got), len(s.payments[qr]), err)
	}
	for _, p := range got {
		odd, ok := want[p.ID]
		if !ok || p.Odd != odd || (odd.Code != "") != (p.Status == gateway.PaymentUnknown) {
			t.Errorf("%q is %s, %+v: want %+v", p.ID, p.Status, p.Odd, odd)
		}
	}
}

// TestStandingLong: a list of more payments than one is read of says so; one that can be read is whole.
func TestStandingLong(t *testing.T) {
	s := newShop(t)
	c := s.client()
	qr := s.open(c, "STAND").ID
	for range maxPages*pageSize - 1 {
		s.pay(qr, 100, "captured")
	}
	read := func() ([]gateway.Payment, error) {
		return c.StandingPayments(t.Context(), qr, s.clock().Add(-time.Hour), s.clock())
	}
	if got, err := read(); err != nil || len(got) != maxPages*pageSize-1 {
		t.Errorf("%d payments, %v", len(got), err)
	}
	s.pay(qr, 100, "captured")
	s.pay(qr, 100, "captured")
	if got, err := read(); !errors.Is(err, gateway.ErrLong) || got != nil {
		t.Errorf("%d payments, %v", len(got), err)
	}
}
