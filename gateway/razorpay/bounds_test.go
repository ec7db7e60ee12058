package razorpay

import (
	"strings"
	"testing"

	"galla/gateway"
	"galla/internal/money"
)

// TestGateway_3: a captured payment a hundred times over or under the QR's fixed amount is another unit: a note, and
// neither surplus nor a shortage. An amount that can't be is a note, and the payments beside it are read.
func TestGateway_3(t *testing.T) {
	odd := newShop(t)
	paid := odd.open(odd.client(), "U1")
	odd.pay(paid.ID, 100*paid.Amount, "captured")
	unit := odd.read(odd.client(), paid)
	if len(unit.Payments) != 1 || unit.Payments[0].Status != gateway.PaymentProcessing ||
		unit.Payments[0].Amount != paid.Amount ||
		!strings.Contains(strings.Join(unit.Notes, " "), "counts another unit") {
		t.Errorf("%+v", unit)
	}
	// Where the QR's own record says the same sum, somebody paid it.
	agreed := newShop(t)
	over := agreed.open(agreed.client(), "U3")
	agreed.find(over.ID)["payment_amount"] = int64(100 * over.Amount)
	agreed.pay(over.ID, 100*over.Amount, "captured")
	if r := agreed.read(agreed.client(), over); len(r.Payments) != 1 ||
		r.Payments[0].Status != gateway.PaymentCaptured || r.Payments[0].Amount != 100*over.Amount {
		t.Errorf("both records agree: %+v", r)
	}
	s := newShop(t)
	c := s.client()
	q := s.open(c, "U2")
	s.pay(q.ID, money.Max+1, "captured")
	good := s.pay(
		q.ID,
		q.Amount,
		"captured",
		map[string]any{"acquirer_data": map[string]any{"rrn": "AXI00SS123456789"}},
	)
	r := s.read(c, q)
	if r.Status != gateway.OrderPaid || len(r.Payments) != 2 {
		t.Fatalf("%+v", r)
	}
	for _, p := range r.Payments {
		switch {
		case p.ID == good && (p.Status != gateway.PaymentCaptured || p.RRN != "" ||
			p.ForeignReference != "AXI00SS123456789"):
			t.Errorf("%+v", p)
		case p.ID != good && (p.Status != gateway.PaymentUnknown || p.Amount != 0):
			t.Errorf("%+v", p)
		}
	}
}

// TestFees: what the gateway keeps, and what the payer paid from, are kept.
func TestFees(t *testing.T) {
	s := newShop(t)
	c := s.client()
	q := s.open(c, "F1")
	s.pay(q.ID, q.Amount, "captured", map[string]any{
		"fee": 590,
		"tax": 90,
		"upi": map[string]any{"payer_account_type": "credit_card", "vpa": "asha@exampleupi"},
	})
	p := s.read(c, q).Payments[0]
	if p.Fee != 590 || p.Tax != 90 || p.AccountType != "credit_card" {
		t.Errorf("%+v", p)
	}
}
