package till

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state"
)

// TestMoney_17: one limit for every caller, named in the refusal with where it is raised.
func TestMoney_17(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.tune = func(o *Options) { o.Limit = 500_00 }
		s.start()
		defer s.end()

		_, err := s.till.Open(context.Background(), OpenRequest{Amount: 500_01})
		var wrong *RequestError
		if !errors.As(err, &wrong) || wrong.Field != "amount_paise" ||
			!strings.Contains(wrong.Why, "₹500.01 is above the limit of ₹500.00") ||
			!strings.Contains(wrong.Why, "[till]") {
			t.Errorf("one paisa above the limit: %v", err)
		}
		if _, err := s.till.Open(context.Background(), OpenRequest{Amount: 500_00}); err != nil {
			t.Errorf("the limit itself: %v", err)
		}
	})
}

// TestMoney_18: a key is its caller's. Another caller's key of the same text makes a sale of its own, and a repeat says
// that it is one. A key from before keys had owners answers everybody.
func TestMoney_18(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a").start()
		defer s.end()

		replayed := false
		open := func(owner, key string) state.Sale {
			t.Helper()
			replayed = true // a first answer says no, too
			sale, err := s.till.Open(
				context.Background(),
				OpenRequest{Key: key, Owner: owner, Replayed: &replayed, Amount: 100},
			)
			if err != nil {
				t.Fatal(err)
			}
			return sale
		}

		billing := open("device:dBILLING0", "K1")
		if replayed {
			t.Error("a first answer looks like a replay")
		}
		phone := open("device:dPHONE000", "K1")
		if replayed || phone.ID == billing.ID {
			t.Errorf("the phone was answered with the billing software's sale %s, replayed %v", phone.ID, replayed)
		}
		if again := open("device:dBILLING0", "K1"); !replayed || again.ID != billing.ID {
			t.Errorf("a repeat made sale %s, replayed %v; want %s", again.ID, replayed, billing.ID)
		}

		old := open("", "K2")
		if anybody := open("device:dPHONE000", "K2"); !replayed || anybody.ID != old.ID {
			t.Errorf("a key without an owner answered with sale %s, replayed %v; want %s", anybody.ID, replayed, old.ID)
		}
	})
}

// TestMoney_26: a bill number whose sale is open, or was paid today, asks first; again is a fact. Tomorrow, and after
// an end without money, the number is free.
func TestMoney_26(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a").start()
		defer s.end()

		open := func(again bool) (state.Sale, error) {
			return s.till.Open(context.Background(), OpenRequest{Amount: 250_00, Reference: "BILL-17", Again: again})
		}
		refused := func(when, id string) {
			t.Helper()
			_, err := open(false)
			var same *SameReferenceError
			if !errors.As(err, &same) || same.Sale.ID != id {
				t.Errorf("%s: %v, want the refusal with sale %s", when, err, id)
			}
		}

		first, err := open(true)
		if err != nil || first.ID == "" {
			t.Fatal(err)
		}
		refused("while it is opened", first.ID)
		refused("while it waits", s.want(time.Second, first.ID, state.PhaseAwaiting, state.TenderNone).ID)

		s.gateways[0].pay(first.Attempts[0].Ref, "captured", money.Paise(250_00))
		s.want(10*time.Second, first.ID, state.PhasePaid, state.TenderExact)
		refused("paid today", first.ID)

		second, err := open(true)
		if err != nil {
			t.Fatal(err)
		}
		facts := map[string]bool{}
		events, _ := s.till.Events(context.Background(), 0, 1000)
		for _, e := range events {
			if e.Kind == state.EventOpened {
				facts[e.SaleID] = e.Opened.Again
			}
		}
		if facts[first.ID] || !facts[second.ID] {
			t.Errorf("the facts say again of %v; want of the second only", facts)
		}

		if _, err := s.till.Cancel(
			context.Background(),
			CancelRequest{SaleID: second.ID, Reason: state.CloseCancelled},
		); err != nil {
			t.Fatal(err)
		}
		s.want(time.Minute, second.ID, state.PhaseClosed, state.TenderNone)
		refused("the cancelled one doesn't count, the paid one does", first.ID)

		time.Sleep(24 * time.Hour)
		if next, err := open(false); err != nil {
			t.Errorf("the next day: %v", err)
		} else if next.ID == first.ID {
			t.Error("the next day answered with the old sale")
		}
	})
}

// TestMoney_26_InOneCommit: two requests for one bill that share a commit don't both pass.
func TestMoney_26_InOneCommit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a").start()
		defer s.end()

		const n = 8
		errs := make(chan error, n)
		for range n {
			go func() {
				_, err := s.till.Open(context.Background(), OpenRequest{Amount: 250_00, Reference: "BILL-18"})
				errs <- err
			}()
		}
		opened := 0
		for range n {
			var same *SameReferenceError
			if err := <-errs; err == nil {
				opened++
			} else if !errors.As(err, &same) {
				t.Error(err)
			}
		}
		if opened != 1 {
			t.Errorf("%d sales were opened for one bill", opened)
		}
	})
}

// TestMoney_26_LooksTheSame: a bill number that a person takes for the same asks first too; found by its reference is
// what was typed.
func TestMoney_26_LooksTheSame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a").start()
		defer s.end()
		first, err := s.till.Open(context.Background(), OpenRequest{Amount: 250_00, Reference: "BILL-17"})
		if err != nil {
			t.Fatal(err)
		}
		for _, like := range []string{"bill-17", "BILL\u201117", "ＢＩＬＬ－１７", "BILL - 17", "ВІLL-17", "BILL-१७"} {
			_, err := s.till.Open(context.Background(), OpenRequest{Amount: 250_00, Reference: like})
			var same *SameReferenceError
			if !errors.As(err, &same) || same.Sale.ID != first.ID {
				t.Errorf("%+q: %v", like, err)
			}
			if found, err := s.till.Find(context.Background(), state.FieldReference, like, "", 10); err != nil ||
				len(found) != 0 {
				t.Errorf("%+q finds %d sales, %v", like, len(found), err)
			}
		}
		for _, other := range []string{"BILL-18", "BILL-017", "BILL-17-B"} {
			if _, err := s.till.Open(context.Background(), OpenRequest{Amount: 250_00, Reference: other}); err != nil {
				t.Errorf("%q: %v", other, err)
			}
		}
	})
}
