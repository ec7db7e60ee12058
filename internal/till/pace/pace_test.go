package pace

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestInterval: the sale on the screen is looked at every second while most customers pay, unless many others wait or
// end; the others every two, and slower the more there are.
func TestInterval(t *testing.T) {
	dice := New(rand.NewPCG(1, 1))
	for _, c := range []struct {
		age              time.Duration
		waiting, closing int
		onScreen         bool
		want             time.Duration
	}{
		{0, 1, 0, true, time.Second},
		{2 * time.Second, 1, 0, true, 2 * time.Second},
		{10 * time.Second, 1, 0, true, screenLook},
		{20 * time.Second, 1, 0, true, 2 * time.Second},
		{10 * time.Second, 2, 1, true, screenLook},
		{10 * time.Second, 3, 0, true, 2 * time.Second},
		{10 * time.Second, 1, 2, true, 2 * time.Second},
		{10 * time.Second, 1, 0, false, 2 * time.Second},
		{10 * time.Second, 8, 0, false, 4 * time.Second},
		{10 * time.Second, 1, 5, true, 2900 * time.Millisecond},
		{2 * time.Minute, 1, 0, true, 3 * time.Second},
		{4 * time.Minute, 1, 0, true, 5 * time.Second},
	} {
		for range 100 {
			if got := dice.Interval(c.age, c.waiting, c.closing, c.onScreen); got < c.want*9/10 || got > c.want*11/10 {
				t.Errorf("%+v: %v", c, got)
				break
			}
		}
	}
}
