package till

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galla/gateway"
	"galla/state"
	"galla/state/statetest"
)

// counting is a gateway that counts the looks at each order, and breaks down over one of them.
type counting struct {
	*fakeGateway
	poison string // the reference of an attempt that makes this client panic

	mu    sync.Mutex
	reads map[string]int
}

func (c *counting) Read(ctx context.Context, o gateway.Order) (gateway.Reading, error) {
	c.mu.Lock()
	c.reads[o.Reference]++
	c.mu.Unlock()
	if c.poison != "" && o.Reference == c.poison {
		panic("this record can't be read")
	}
	return c.fakeGateway.Read(ctx, o)
}

// looks counts the looks at one order, and at all.
func (c *counting) looks(ref string) (one, all int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.reads {
		all += n
	}
	return c.reads[ref], all
}

func (c *counting) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads = map[string]int{}
}

// TestCrowd: 500 sales that wait for their customers, and 300 that are over and watched, don't slow the one on the
// screen; neither does a restart, which has all of them to look at.
func TestCrowd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		c := &counting{fakeGateway: s.gateways[0]}
		c.reset()
		s.tune = func(o *Options) { o.Gateways, o.Life = []gateway.Gateway{c}, time.Hour }
		s.start()
		over, open := 300, 500
		if testing.Short() { // make quick
			over, open = 60, 100
		}
		for range over {
			id := s.open(100).ID
			s.after(time.Second, id)
			_, err := s.till.Cancel(context.Background(), CancelRequest{SaleID: id, Reason: state.CloseCancelled})
			if err != nil {
				t.Fatal(err)
			}
		}
		for range open {
			s.open(200)
			time.Sleep(time.Second)
		}
		id := s.open(25000).ID
		shown := s.after(time.Second, id)
		ref := shown.Shown().Ref
		for _, when := range []string{"in trade", "after a restart"} {
			c.reset()
			s.after(50*time.Second, id)
			least := 20 // every 2 s
			if when != "in trade" {
				least = 9 // every 5 s, as any sale that is older than 3 min
			}
			n, total := c.looks(ref)
			if n < least {
				t.Errorf("%s the sale on the screen was looked at %d times in 50 s, want %d", when, n, least)
			}
			if total > 50*8 {
				t.Errorf("%s there were %d looks in 50 s", when, total)
			}
			if when == "in trade" {
				if err := s.end(); err != nil {
					t.Fatal(err)
				}
				s.start()
				s.after(3*time.Minute, id) // the sales that wait are looked at once, before any may expire
			}
		}
		s.gateways[0].pay(ref, gateway.PaymentCaptured, 0)
		s.want(6*time.Second, id, state.PhasePaid, state.TenderExact)
		s.end()
	})
}

// TestPoison: a record that makes a client panic is set aside with its reason, or looked at in vain; whatever it is,
// the other sales go on, and a restart doesn't end in it.
func TestPoison(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		c := &counting{fakeGateway: s.gateways[0]}
		c.reset()
		s.tune = func(o *Options) { o.Gateways = []gateway.Gateway{c} }
		s.start()
		bad := s.open(100).ID
		shown := s.after(time.Second, bad)
		c.poison = shown.Shown().Ref
		_, err := s.till.Cancel(context.Background(), CancelRequest{SaleID: bad, Reason: state.CloseCancelled})
		if err != nil {
			t.Fatal(err)
		}
		sale := s.after(10*time.Second, bad)
		if len(sale.SetAside) != 1 || !strings.Contains(sale.SetAside[0].Reason, "can't be read") ||
			len(sale.Attention) == 0 ||
			sale.Attention[0].Kind != state.AttentionSetAside {
			t.Errorf("set aside: %+v, attention %+v", sale.SetAside, sale.Attention)
		}
		for _, when := range []string{"beside it", "after a restart"} {
			id := s.open(25000).ID
			shown := s.after(time.Second, id)
			ref := shown.Shown().Ref
			s.gateways[0].pay(ref, gateway.PaymentCaptured, 0)
			if p := s.after(5*time.Second, id).Phase; p != state.PhasePaid {
				t.Errorf("%s a sale is %s", when, p)
			}
			if when == "beside it" {
				if err := s.end(); err != nil {
					t.Fatal(err)
				}
				s.start()
			}
		}
		s.end()
	})
}

// TestFullDiskForgetsNothing: an answer that could not be written because the disk had no room is got again once it
// has.
func TestFullDiskForgetsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		full := errors.New("no room")
		disk := &crowded{Memory: statetest.NewMemory(), err: full}
		s.store = disk
		s.tune = func(o *Options) { o.Refused = func(err error) bool { return errors.Is(err, full) } }
		s.gateways[0].fail = func(call string, n int) (bool, error) {
			disk.full.Store(call == "open") // the order is made, and its QR can't be written
			return true, nil
		}
		s.start()
		defer s.end()
		id := s.open(25000).ID
		if p := s.after(0, id).Phase; p != state.PhaseQuoting {
			t.Fatalf("the sale is %s", p)
		}
		disk.full.Store(false)
		s.want(10*time.Second, id, state.PhaseAwaiting, state.TenderNone)
		if n := len(s.gateways[0].orders); n != 1 {
			t.Errorf("%d orders were made", n)
		}
	})
}

type crowded struct {
	*statetest.Memory
	full atomic.Bool
	err  error
}

func (c *crowded) Commit(b state.Batch) error {
	if c.full.Load() {
		return fmt.Errorf("commit: %w", c.err)
	}
	return c.Memory.Commit(b)
}
