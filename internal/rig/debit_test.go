package rig

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/printer"
	"galla/state"
)

// receipts keeps the receipts that were printed.
type receipts struct{ printed []printer.Receipt }

// PrintOrderSlip implements till.Paper.
func (*receipts) PrintOrderSlip(context.Context, string, printer.OrderSlip, func() string) (printer.Status, string) {
	return printer.StatusFailed, "a debit has no order slip"
}

// PrintReceipt implements till.Paper.
func (r *receipts) PrintReceipt(
	_ context.Context,
	_ string,
	doc printer.Receipt,
	_ func() string,
) (printer.Status, string) {
	r.printed = append(r.printed, doc)
	return printer.StatusPrinted, ""
}

// TestDebitInTheBooks: a debit has a receipt, stands in the export, is reconciled, and goes back in part, like any
// other sale.
func TestDebitInTheBooks(t *testing.T) {
	for _, paths := range []string{"middle", "newer"} {
		t.Run(paths, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { debitInTheBooks(t, paths) }) })
	}
}

func debitInTheBooks(t *testing.T, paths string) {
	d := newDairy(t, paths, nil)
	defer d.close()
	s := d.debited("Rahul")
	if s.Phase != state.PhasePaid || s.Kind != state.KindMandate {
		t.Fatalf("%+v", s)
	}

	id := s.ID
	reconciled := func(back money.Paise, agrees bool) {
		t.Helper()
		time.Sleep(time.Second) // what happened at this very moment may bear a time some nanoseconds on
		var rec wire.Reconciliation
		code := d.ask("GET", "/v1/reports/reconciliation", nil, &rec)
		if code != 200 || rec.Agrees != agrees || rec.Gateways[0].Theirs.Paise != 60000 ||
			rec.Gateways[0].TheirRefunds.Paise != back {
			t.Errorf("with %s back: %d %+v", back, code, rec)
		}
	}
	refund := func(amount money.Paise) {
		t.Helper()
		body := map[string]any{"amount_paise": amount, "reason": "two litres less"}
		if code := d.ask("POST", "/v1/sales/"+id+"/refunds", body, nil); code != 200 && code != 201 {
			t.Fatalf("refund: %d", code)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		s = wire.Sale{}
		d.ask("GET", "/v1/sales/"+id, nil, &s)
		if r := s.Refunds[len(s.Refunds)-1]; r.Status != state.RefundProcessed || r.AmountPaise != amount ||
			len(s.Attention) > 0 {
			t.Errorf("refunds %+v, items %+v", s.Refunds, s.Attention)
		}
	}
	reconciled(0, true)
	refund(15000)
	reconciled(15000, false) // EnKash says of a payment that a part went back, and not how much

	if code := d.ask("POST", "/v1/sales/"+s.ID+"/print", wire.PrintSale{Copy: "receipt"}, nil); code != 200 &&
		code != 202 {
		t.Fatalf("print: %d", code)
	}
	synctest.Wait()
	if p := d.paper.printed; len(p) != 1 || p[0].Amount != 60000 || p[0].Kept != 45000 || p[0].RRN == "" ||
		p[0].SaleID != s.ID {
		t.Errorf("receipts %+v", p)
	}

	r := httptest.NewRequest("GET", "http://localhost/v1/export?format=csv", http.NoBody)
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, r)
	if got := w.Body.String(); w.Code != 200 || strings.Count(got, s.ID) != 1 ||
		!strings.Contains(got, "600.00,150.00,") || !strings.Contains(got, ",mandate,") {
		t.Errorf("export: %d %s", w.Code, got)
	}
	var x wire.Report
	if d.ask("GET", "/v1/reports/x", nil, &x); x.UPI.Paise != 60000 || x.Refunds.Paise != 15000 || x.NetPaise != 45000 {
		t.Errorf("X: %+v", x)
	}
	refund(45000)
	reconciled(60000, true)
}

// TestDebitCallback: a debit that is with the bank ends within seconds of its callback; of one whose callback is lost a
// look tells; a callback that is repeated, or that nobody at the gateway sent, changes nothing.
func TestDebitCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDairy(t, "middle", func(k *gatewaytest.Knobs) { k.DebitHangs = 100 })
		defer d.close()
		told, lost := d.debited("Rahul"), d.debited("Meena")
		now := func(s wire.Sale) wire.Sale {
			t.Helper()
			d.ask("GET", "/v1/sales/"+s.ID, nil, &s)
			return s
		}
		call := func(s wire.Sale, times int) {
			for range times {
				d.till.Hint("enkash", s.Debit.Reference)
				d.ops.Hint("enkash", s.Debit.Reference)
			}
			time.Sleep(5 * time.Second)
			synctest.Wait()
		}

		call(told, 3) // the bank has it still
		if s := now(told); s.Phase != state.PhasePaying || s.KeptPaise != 0 {
			t.Errorf("after a callback that nobody sent: %s, %s", s.Phase, s.KeptPaise)
		}
		d.script("debit pay " + told.Debit.Reference)
		d.script("debit pay " + lost.Debit.Reference)
		call(told, 1)
		if s := now(told); s.Phase != state.PhasePaid {
			t.Errorf("5 s after its callback: %s", s.Phase)
		}
		call(told, 3)
		time.Sleep(2 * time.Hour)
		call(told, 3)
		for _, s := range []wire.Sale{now(told), now(lost)} {
			if s.Phase != state.PhasePaid || s.KeptPaise != 60000 || len(s.Payments) != 1 || len(s.Attention) > 0 {
				t.Errorf("sale %s is %s, %s came in %+v", s.Name, s.Phase, s.KeptPaise, s.Payments)
			}
		}
	})
}
