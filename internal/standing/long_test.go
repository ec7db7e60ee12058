package standing

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/razorpay"
)

// brief is a client that reads lists of no more than most payments, or takes 1.2 s for each of any number.
type brief struct {
	*razorpay.Client
	most  int
	slow  bool
	lists *atomic.Int64
}

func (b brief) StandingPayments(ctx context.Context, qr string, from, to time.Time) ([]gateway.Payment, error) {
	b.lists.Add(1)
	all, err := b.Client.StandingPayments(ctx, qr, from, to)
	switch {
	case err != nil:
		return nil, err
	case b.slow:
		select {
		case <-time.After(time.Duration(len(all)) * 1200 * time.Millisecond):
			return all, nil
		case <-ctx.Done():
		}
		return nil, &gateway.Error{
			Class:   gateway.ClassUnavailable,
			Gateway: b.Name(),
			Op:      "list",
			Err:     context.Cause(ctx),
		}
	case len(all) <= b.most:
		return all, nil
	}
	return nil, &gateway.Error{Class: gateway.ClassUnavailable, Gateway: b.Name(), Op: "list", Err: gateway.ErrLong}
}

// TestTooManyToList: more payments came while the box was off, and in one minute of it, than one list is read of, or
// than can be read in time: the looks ask for less time each, until all are sales, in the order in which they were
// paid, and no list is asked in vain for ever.
func TestTooManyToList(t *testing.T) {
	for _, slow := range []bool{false, true} {
		t.Run(fmt.Sprintf("slow %v", slow), func(t *testing.T) {
			onStall(t, func(s *stall) {
				var lists atomic.Int64
				s.over = func(c *razorpay.Client) gateway.Gateway {
					return brief{Client: c, most: 10, slow: slow, lists: &lists}
				}
				s.start()
				q := s.stand("Counter 1")
				s.pay(q, 100)
				wait(time.Minute)
				if err := s.end(); err != nil {
					t.Fatal(err)
				}
				wait(5 * time.Hour)
				for i := range 40 { // forty in forty seconds
					s.pay(q, 1000+i)
					wait(time.Second)
				}
				wait(15 * time.Hour)
				for i := range 20 { // and one an hour
					s.pay(q, 2000+i)
					wait(time.Hour)
				}
				lists.Store(0)
				s.start()
				wait(10 * time.Minute)
				all := s.agree()
				if len(all) != 61 || len(s.watch.List()[0].Problems) > 0 {
					t.Fatalf("%d sales of 61 payments, problem %v", len(all), s.watch.List()[0].Problems)
				}
				for i, x := range all[1:41] {
					if x.Amount != moneyOf(1000+i) {
						t.Errorf("sale %d is over %s", i+1, x.Amount)
					}
				}
				if lists.Load() > 400 {
					t.Errorf("%d lists", lists.Load())
				}
			})
		})
	}
}

// TestOneSecondTooLong: more payments in one second than a list is read of can't be told apart. It is said, and nothing
// hangs.
func TestOneSecondTooLong(t *testing.T) {
	onStall(t, func(s *stall) {
		var lists atomic.Int64
		s.over = func(c *razorpay.Client) gateway.Gateway { return brief{Client: c, most: 3, lists: &lists} }
		s.start()
		q := s.stand("Counter 1")
		wait(10 * time.Second)
		for i := range 5 {
			s.pay(q, 1000+i)
		}
		wait(2 * time.Minute)
		if problem := s.watch.List()[0].Problems; len(problem) == 0 || lists.Load() > 200 {
			t.Errorf("problem %v after %d lists", problem, lists.Load())
		}
		if errors.Is(s.till.Ping(context.Background()), context.Canceled) {
			t.Error("the till has stopped")
		}
	})
}
