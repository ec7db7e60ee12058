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

// TestPaidIsHeardOffTheScreen: the slip of one sale is paid while another is on the screen: it is told to be spoken,
// once, and the screen stays with its own customer. What a manager declares paid is told to nobody's ears.
func TestPaidIsHeardOffTheScreen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		pay := func(id string, status gateway.PaymentStatus, amount money.Paise) {
			sale := s.after(0, id)
			s.gateways[0].pay(sale.Shown().Ref, status, amount)
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
		if _, err := s.till.Resolve(
			context.Background(),
			ResolveRequest{SaleID: declared, Action: state.ActionAccept, By: "manager:ravi", Note: "the rest in cash"},
		); err != nil {
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

// TestUnreadableQR: a frame that could not be read back takes the QR off the screen for this sale, which goes on, and
// the counter is told until the next QR was read.
func TestUnreadableQR(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		s.till.Display("connected")
		id := s.open(25000).ID
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)
		s.till.Shown(s.glass.seq(), id, time.Now(), false, "no QR code found")
		if sale := s.want(0, id, state.PhaseAwaiting, state.TenderNone); !sale.ShownAt.IsZero() {
			t.Error("a QR that could not be read counts as shown")
		}
		if v := s.glass.last(); v.Screen != display.ScreenOutOfService || v.Reason != display.ReasonQRUnreadable ||
			v.Payload != "" {
			t.Errorf("the customer sees %+v", v)
		}
		if h := s.till.Health(); h.Display != "showing QRs fails: no QR code found" {
			t.Errorf("the counter is told %q", h.Display)
		}
		s.gateways[0].pay("", gateway.PaymentCaptured, 0) // its slip
		s.want(20*time.Second, id, state.PhasePaid, state.TenderExact)
		next := s.open(30000).ID
		s.want(0, next, state.PhaseAwaiting, state.TenderNone)
		s.till.Shown(s.glass.seq(), next, time.Now(), true, "")
		s.after(0, next)
		if h := s.till.Health(); h.Display != "connected" {
			t.Errorf("after a QR that was read the counter is told %q", h.Display)
		}
		s.till.Display("monitor \"HDMI-2\" is not connected")
		s.till.Shown(s.glass.seq(), next, time.Now(), true, "")
		s.after(0, next)
		if h := s.till.Health(); h.Display == "connected" {
			t.Error("another display's problem is forgotten")
		}
	})
}
