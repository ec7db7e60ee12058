package till

import (
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/state"
)

// TestHint: a hint makes the sale be looked at now, however it is meant, and proves nothing.
func TestHint(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a").start()
		defer s.end()
		id := s.open(25000).ID
		s.want(4*time.Minute, id, state.PhaseAwaiting, state.TenderNone) // now it is looked at every 5 s
		order := s.after(0, id).Attempts[0].Quote.OrderID
		looks := func() int { return s.gateways[0].calls("read") }

		for before := looks(); looks() == before; { // just after a look
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		before := looks()
		s.till.Hint("a", "nobody's", "")
		s.till.Hint("b", order)
		synctest.Wait()
		if looks() != before {
			t.Error("a hint about nothing made somebody look")
		}
		for range 1000 { // forged, and a flood
			s.till.Hint("a", order)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := looks() - before; n != 1 {
			t.Errorf("a flood of hints made it be looked at %d times", n)
		}
		s.want(0, id, state.PhaseAwaiting, state.TenderNone)

		time.Sleep(hintEvery)
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.till.Hint("a", "x", order)
		s.want(10*time.Millisecond, id, state.PhasePaid, state.TenderExact)
	})
}

// TestHintKeepsTheWatch: hints about a sale that is over use up none of the looks that find late money.
func TestHintKeepsTheWatch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a").start()
		defer s.end()
		id := s.open(25000).ID
		s.want(10*time.Minute, id, state.PhaseClosed, state.TenderNone)
		sale := s.after(time.Minute, id)
		order, watched := sale.Attempts[0].Quote.OrderID, sale.Watched
		for range 200 {
			s.till.Hint("a", order)
			time.Sleep(hintEvery)
			synctest.Wait()
		}
		wait, ok := state.NextWatch(sale)
		if got := s.after(0, id).Watched; !ok || got > watched+int(200*hintEvery/wait)+1 {
			t.Errorf("%d looks of the watch are done after 200 forged hints, were %d", got, watched)
		}
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.till.Hint("a", order)
		s.want(10*time.Millisecond, id, state.PhaseClosed, state.TenderLate)
	})
}
