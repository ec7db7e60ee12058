package till

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/state"
	"galla/state/statetest"
)

// picky is a store that refuses the batches that no says, as a full disk or a rule of uniqueness does.
type picky struct {
	*statetest.Memory
	no func(state.Batch) bool
}

var errPicky = errors.New("not this one")

func (p *picky) Commit(b state.Batch) error {
	if p.no(b) {
		return fmt.Errorf("commit: %w", errPicky)
	}
	return p.Memory.Commit(b)
}

func refusing(t *testing.T, no func(state.Batch) bool) *shop {
	s := newShop(t, "a", "b")
	s.store = &picky{statetest.NewMemory(), no}
	s.tune = func(o *Options) { o.Refused = func(err error) bool { return errors.Is(err, errPicky) } }
	return s
}

// TestNextAttemptIsRefused: when the next gateway's attempt can't be written down, it is tried again, and the customer
// gets a QR.
func TestNextAttemptIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var refused atomic.Int32
		s := refusing(t, func(b state.Batch) bool {
			// Wherever it stands: the till may write the first one's failure and the second attempt in one commit.
			second := slices.ContainsFunc(b.Events, func(e state.Event) bool {
				return e.Kind == state.EventAttemptAsked && e.Gateway == "b"
			})
			return second && refused.Add(1) <= 3
		})
		s.gateways[0].fail = func(call string, n int) (bool, error) {
			return false, &gateway.Error{Class: gateway.ClassUnavailable, Gateway: "a", Op: call}
		}
		s.start()
		defer s.end()
		id := s.open(25000).ID
		s.want(time.Minute, id, state.PhaseAwaiting, state.TenderNone)
		if n := refused.Load(); n != 4 {
			t.Errorf("the second attempt was written down at try %d", n)
		}
	})
}

// TestGatewayIsGone: sales of a gateway that was taken out of the config are not looked at any more, and the till says
// so.
func TestGatewayIsGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a", "b")
		s.start()
		for range 2 {
			id := s.open(25000).ID
			s.after(time.Second, id)
			_, err := s.till.Cancel(context.Background(), CancelRequest{SaleID: id, Reason: state.CloseCancelled})
			if err != nil {
				t.Fatal(err)
			}
			s.want(time.Minute, id, state.PhaseClosed, state.TenderNone)
		}
		if h := s.till.Health(); len(h.Gateways) != 2 {
			t.Errorf("gateways %+v", h.Gateways)
		}
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		s.gateways = s.gateways[1:]
		s.start()
		h := s.till.Health().Gateways
		if len(h) != 2 || h[1].Name != "a" || h[1].OK || !strings.Contains(h[1].Problem, "for 2 of its orders") {
			t.Errorf("gateways %+v", h)
		}
		time.Sleep(6 * 24 * time.Hour)
		synctest.Wait()
		if h := s.till.Health().Gateways; len(h) != 1 {
			t.Errorf("after the five days %+v", h)
		}
		s.end()
	})
}

// TestOpenSaleOfAGoneGateway: a sale whose gateway was taken out of the config says that nobody can see its payments.
func TestOpenSaleOfAGoneGateway(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a", "b")
		s.start()
		id := s.open(25000).ID
		s.want(time.Minute, id, state.PhaseAwaiting, state.TenderNone)
		if err := s.end(); err != nil {
			t.Fatal(err)
		}

		s.gateways = s.gateways[1:]
		s.start()
		defer s.end()
		sale := s.after(15*time.Second, id)
		if sale.Phase != state.PhaseAwaiting || sale.Unseen == nil ||
			!strings.Contains(sale.Unseen.Problem.Text, "no longer configured") {
			t.Errorf("the sale is %s and says %+v", sale.Phase, sale.Unseen)
		}
		s.want(10*time.Minute, id, state.PhaseClosing, state.TenderNone) // its time runs out all the same
	})
}

// TestOpenBesideAPoisonedMessage: sales that shared a commit with what the store refuses are opened, each for itself.
func TestOpenBesideAPoisonedMessage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := refusing(t, func(b state.Batch) bool { return len(b.Sales) > 1 })
		s.start()
		defer s.end()
		gate := make(chan struct{})
		go s.till.send(context.Background(), func(*txn) error { <-gate; return nil })
		synctest.Wait()
		done := make(chan error, 3)
		for i := range 3 {
			go func() {
				sale, err := s.till.Open(context.Background(), OpenRequest{Key: fmt.Sprint("k", i), Amount: 25000})
				again, err2 := s.till.Open(context.Background(), OpenRequest{Key: fmt.Sprint("k", i), Amount: 25000})
				if err == nil && (err2 != nil || again.ID != sale.ID || sale.ID == "") {
					err = fmt.Errorf("the same key answers %q and %q: %w", sale.ID, again.ID, err2)
				}
				done <- err
			}()
		}
		synctest.Wait()
		close(gate)
		for range 3 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}
