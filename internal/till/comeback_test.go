package till

import (
	"testing"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/state"
)

// TestOlderSaleComesBack: a sale that was on the screen and still waits comes back, with its name, three seconds after
// the newest ended, unless another was opened or the cashier types. One that was never shown stays away.
func TestOlderSaleComesBack(t *testing.T) {
	for name, tt := range map[string]struct {
		shown bool
		then  func(*shop)
		back  bool
	}{
		"it waits":           {true, func(*shop) {}, true},
		"it was never shown": {false, func(*shop) {}, false},
		"the cashier types":  {true, func(s *shop) { s.till.Type("12", nil) }, false},
		"another was opened": {true, func(s *shop) { s.open(30000) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t, "a")
				s.start()
				defer s.end()
				old := s.open(25000).ID
				before := s.want(0, old, state.PhaseAwaiting, state.TenderNone)
				if tt.shown {
					s.till.Shown(s.glass.seq(), old, time.Now(), true, "")
				}
				id := s.open(10000).ID
				young := s.want(time.Second, id, state.PhaseAwaiting, state.TenderNone)
				s.gateways[0].pay(young.Shown().Ref, gateway.PaymentCaptured, 0)
				for range 50 {
					if s.after(100*time.Millisecond, id).Phase == state.PhasePaid {
						break
					}
				}
				s.after(backAfter-300*time.Millisecond, id)
				if v := s.glass.last(); v.Screen != display.ScreenPaid {
					t.Fatalf("almost three seconds later the customer sees %s", v.Screen)
				}
				tt.then(s)
				s.after(time.Second, old)
				v := s.glass.last()
				due, longest := make(chan time.Duration, 1), time.Duration(0)
				for range 3 { // a look may be due just now, but not three times
					s.till.post(func(u *txn) error {
						due <- u.t.nextDue()
						return nil
					})
					longest = max(longest, <-due)
					s.after(37*time.Millisecond, old)
				}
				if longest < 10*time.Millisecond {
					t.Errorf("the engine turns again in %v, and again: nothing is due", longest)
				}
				came := v.SaleID == old && v.Screen == display.ScreenPay && v.Payload != "" && v.Name == before.Name()
				if came != tt.back {
					t.Errorf("then the customer sees %s of %q, named %q", v.Screen, v.SaleID, v.Name)
				}
			})
		})
	}
}
