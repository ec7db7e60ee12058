package standing

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/razorpay"
	"galla/internal/till"
)

// absent is a client whose gateway lists nothing.
type absent struct{ *razorpay.Client }

func (a absent) StandingPayments(context.Context, string, time.Time, time.Time) ([]gateway.Payment, error) {
	return nil, &gateway.Error{Class: gateway.ClassUnavailable, Gateway: a.Name(), Op: "list", HTTPStatus: 503}
}

// TestOffAndUnread: a payment is made while the box is off for days; the first start after it can't reach the gateway,
// and writes events of other sales; the box is off again, in good order or killed. Once the gateway answers, the
// payment is a sale.
func TestOffAndUnread(t *testing.T) {
	for _, starts := range []int{1, 3} {
		t.Run(fmt.Sprintf("%d starts without a gateway", starts), func(t *testing.T) {
			onStall(t, func(s *stall) {
				s.start()
				q := s.stand("Counter 1")
				s.pay(q, 100)
				wait(26 * time.Hour)
				if err := s.end(); err != nil {
					t.Fatal(err)
				}
				wait(2 * 24 * time.Hour)
				s.pay(q, 777700)
				wait(24 * time.Hour)

				s.over = func(c *razorpay.Client) gateway.Gateway { return absent{c} }
				for range starts {
					s.start()
					_, err := s.till.Open(context.Background(), till.OpenRequest{Amount: 5000, By: "test"})
					if err != nil {
						t.Fatal(err)
					}
					wait(time.Minute)
					if n := len(s.watch.List()); n != 1 || len(s.watch.List()[0].Problems) == 0 {
						t.Fatalf("%d QRs, problem %v", n, s.watch.List()[0].Problems)
					}
					if err := s.end(); err != nil {
						t.Fatal(err)
					}
					wait(7 * 24 * time.Hour)
				}
				s.over = nil
				s.start()
				wait(2 * time.Minute)
				found := 0
				for _, x := range s.sales() {
					if x.Standing != nil && x.Amount == 777700 {
						found++
					}
				}
				if found != 1 {
					t.Errorf("the payment of the second day is %d sales", found)
				}
			})
		})
	}
}

// TestMarkFails: it is not written down that a QR was read, or nobody can tell whether it was, or what is written is no
// moment or lies in the future: what is paid while the box is off is a sale all the same, once.
func TestMarkFails(t *testing.T) {
	broken := errors.New("no space is left")
	for name, set := range map[string]func(*marks){
		"never applied":  func(m *marks) { m.fail = func(int) (bool, error) { return false, broken } },
		"always applied": func(m *marks) { m.fail = func(int) (bool, error) { return true, broken } },
		"first lost": func(m *marks) {
			m.fail = func(n int) (bool, error) { return false, map[bool]error{true: broken}[n == 1] }
		},
	} {
		t.Run(name, func(t *testing.T) {
			onStall(t, func(s *stall) {
				set(s.marks)
				s.offAndOn(nil)
			})
		})
	}
	for name, value := range map[string]string{"no moment": "yesterday", "to come": "2999-01-01T00:00:00Z"} {
		t.Run(name, func(t *testing.T) {
			onStall(t, func(s *stall) {
				s.offAndOn(func() {
					for k := range s.marks.kept {
						s.marks.kept[k] = value
					}
				})
			})
		})
	}
}

// offAndOn takes a payment, is off for twelve days with one on the second, and starts again.
func (s *stall) offAndOn(off func()) {
	s.t.Helper()
	s.start()
	q := s.stand("Counter 1")
	s.pay(q, 100)
	wait(26 * time.Hour)
	if err := s.end(); err != nil {
		s.t.Fatal(err)
	}
	wait(2 * 24 * time.Hour)
	s.pay(q, 200)
	wait(10 * 24 * time.Hour)
	if off != nil {
		off()
	}
	s.start()
	wait(2 * time.Minute)
	if n := len(s.agree()); n != 2 {
		s.t.Errorf("%d sales of 2 payments", n)
	}
}

// TestMarkedOnceADay: three days of trade write a mark a day and QR, and one after a start; a start reads no further
// back than five days before the last.
func TestMarkedOnceADay(t *testing.T) {
	onStall(t, func(s *stall) {
		s.start()
		q := s.stand("Counter 1")
		for range 3 {
			s.pay(q, 100)
			wait(24 * time.Hour)
		}
		if n := s.marks.puts; n < 3 || n > 4 {
			t.Errorf("%d marks in 3 days", n)
		}
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		before := s.sim.Requests()["razorpay payments"]
		s.start()
		wait(time.Second)
		if n := s.marks.puts; n < 4 || n > 5 {
			t.Errorf("%d marks after a start", n)
		}
		if n := s.sim.Requests()["razorpay payments"] - before; n > 8 {
			t.Errorf("%d lists at a start", n)
		}
		s.agree()
	})
}
