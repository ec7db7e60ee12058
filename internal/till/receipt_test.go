package till

import (
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/printer"
	"galla/state"
)

// TestReceiptAfterARefund: a receipt that is printed after money went back says so, with each refund and what is left.
func TestReceiptAfterARefund(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted}
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.want(5*time.Second, id, state.PhasePaid, state.TenderExact)
		receipt := func() printer.Receipt {
			t.Helper()
			if _, err := s.till.Print(t.Context(), PrintRequest{SaleID: id, Copy: "receipt"}); err != nil {
				t.Fatal(err)
			}
			s.after(time.Second, id)
			return s.paper.slips[len(s.paper.slips)-1].(printer.Receipt)
		}
		if r := receipt(); len(r.Refunds) != 0 || r.Taken != 0 {
			t.Errorf("before any refund: %+v", r)
		}

		_, err := s.till.Refund(t.Context(), RefundRequest{Key: "k", SaleID: id, Amount: 10000, By: "manager:ravi"})
		if err != nil {
			t.Fatal(err)
		}
		s.after(time.Second, id) // the gateway has answered
		if r := receipt(); len(r.Refunds) != 1 || r.Refunds[0].Status != "pending" || r.Kept != 15000 {
			t.Errorf("while it is under way: %+v, kept %s", r.Refunds, r.Kept)
		}
		s.gateways[0].settleRefunds(gateway.RefundProcessed)
		s.gateways[0].others(15000) // ours, and 50 of somebody else
		sale := s.after(24*time.Hour, id)
		r := receipt()
		if len(r.Refunds) != 1 || r.Refunds[0].Amount != 10000 || r.Refunds[0].Status != "processed" ||
			!r.Refunds[0].At.Equal(sale.Refunds[0].DoneAt) ||
			r.Taken != 5000 ||
			r.Kept != 10000 {
			t.Errorf("refunds %+v, others %s, kept %s", r.Refunds, r.Taken, r.Kept)
		}
	})
}

// TestSignOverAResult: an amount that is typed while the screen says how the last sale ended waits behind that; one
// with a sign for the person at the pad does not, or Enter would charge what nobody saw.
func TestSignOverAResult(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.want(2*time.Second, id, state.PhasePaid, state.TenderExact)
		for _, tc := range []struct {
			notes []string
			want  display.Screen
		}{{nil, display.ScreenPaid}, {[]string{"look at the amount"}, display.ScreenTyping}} {
			s.till.Type("75", nil, tc.notes...)
			synctest.Wait()
			if v := s.glass.last(); v.Screen != tc.want {
				t.Errorf("with the notes %q the screen is %s, want %s", tc.notes, v.Screen, tc.want)
			}
		}
		s.till.Type("", nil)
		synctest.Wait()
		if v := s.glass.last(); v.Screen != display.ScreenIdle {
			t.Errorf("after it the screen is %s", v.Screen)
		}
	})
}
