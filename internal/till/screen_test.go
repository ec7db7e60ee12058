package till

import (
	"context"
	"slices"
	"testing"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/internal/money"
	"galla/state"
)

// TestPaidIsHeardOffTheScreen: the slip of one sale is paid while another is on the screen: it is told to be spoken, once, and the
// screen stays with its own customer. What a manager declares paid is told to nobody's ears.
func TestPaidIsHeardOffTheScreen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		pay := func(id string, status gateway.PaymentStatus, amount money.Paise) {
			sale := s.after(0, id)
			s.desks[0].pay(sale.Shown().Ref, status, amount)
		}
		slip := s.open(25000).ID
		s.want(0, slip, state.PhaseAwaiting, state.TenderNone)
		shown := s.open(30000).ID
		s.want(0, shown, state.PhaseAwaiting, state.TenderNone)
		declared := s.open(40000).ID
		s.want(0, declared, state.PhaseAwaiting, state.TenderNone)
		pay(slip, gateway.PaymentCaptured, 0)
		s.want(20*time.Second, slip, state.PhasePaid, state.TenderExact)
		if v := s.glass.last(); v.Screen != display.ScreenPay || v.SaleID != declared {
			t.Errorf("the customer of another sale sees %+v", v)
		}
		pay(declared, gateway.PaymentCaptured, 100)
		s.want(20*time.Second, declared, state.PhaseAwaiting, state.TenderUnder)
		if _, err := s.till.Resolve(context.Background(), ResolveRequest{SaleID: declared, Action: state.ActionAccept, By: "manager:ravi", Note: "the rest in cash"}); err != nil {
			t.Fatal(err)
		}
		s.want(time.Second, declared, state.PhasePaid, state.TenderUnder)
		pay(shown, gateway.PaymentCaptured, 0)
		s.want(20*time.Second, shown, state.PhasePaid, state.TenderExact)
		if !slices.Equal(s.glass.heard, []string{slip, shown}) {
			t.Errorf("heard %v, want %v", s.glass.heard, []string{slip, shown})
		}
	})
}
