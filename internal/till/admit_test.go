package till

import (
	"context"
	"errors"
	"testing"
	"time"

	"galla/state"
)

// TestDoor_9: who opens a sale is asked for with how many of his are open, before the sale is made, and a repeat is not
// asked for.
func TestDoor_9(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a").start()
		defer s.end()
		full := errors.New("two are enough")
		var asked []int
		open := func(by, key string) (state.Sale, error) {
			return s.till.Open(
				context.Background(),
				OpenRequest{Key: key, Amount: 100, By: by, Admit: func(open int) error {
					if asked = append(asked, open); open >= 2 {
						return full
					}
					return nil
				}},
			)
		}

		first, err := open("a", "1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := open("a", "2"); err != nil {
			t.Fatal(err)
		}
		if _, err := open("a", "3"); !errors.Is(err, full) {
			t.Errorf("a third one: %v", err)
		}
		if again, err := open("a", "1"); err != nil || again.ID != first.ID {
			t.Errorf("the first one again: %v", err)
		}
		if _, err := open("b", "4"); err != nil {
			t.Errorf("another's: %v", err)
		}
		if _, err := s.till.Cancel(
			context.Background(),
			CancelRequest{SaleID: first.ID, Reason: state.CloseCancelled, By: "b"},
		); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if _, err := open("a", "5"); err != nil {
			t.Errorf("after one was cancelled: %v", err)
		}
		if want := []int{0, 1, 2, 0, 1}; len(asked) != len(want) {
			t.Errorf("asked with %v, want %v", asked, want)
		}
	})
}
