package gatewaytest

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// Clock is the simulator's time: a base clock plus what Advance added. It never goes back.
type Clock struct {
	sim   *Sim
	base  func() time.Time
	ahead atomic.Int64 // nanoseconds
}

// Now is the simulator's time.
func (c *Clock) Now() time.Time { return c.base().Add(time.Duration(c.ahead.Load())) }

// Advance moves the simulator's time forward and lets everything that fell due happen, in order,
// each thing at its own moment. A negative d does nothing: gateways do not go back in time.
func (c *Clock) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	c.sim.mu.Lock()
	defer c.sim.mu.Unlock()
	c.ahead.Add(int64(d))
	c.sim.settle()
	c.sim.nudge()
}

// agenda is what will happen later, in order of time; equal times keep the order in which they were planned.
type agenda []event

type event struct {
	at time.Time
	do func()
}

// at plans do for t; the caller holds s.mu, and do runs with it held.
func (s *Sim) at(t time.Time, do func()) {
	i, _ := slices.BinarySearchFunc(s.later, t, func(e event, t time.Time) int {
		if e.at.After(t) {
			return 1
		}
		return -1 // behind its equals
	})
	s.later = slices.Insert(s.later, i, event{t, do})
	s.nudge()
}

// settle lets everything happen that is due. Nothing in the simulator needs a timer of its own to become
// true: whoever looks, settles first. That keeps runs repeatable and testing/synctest bubbles clean.
func (s *Sim) settle() {
	outside := s.moment // a line of a script may move the clock while it happens
	for len(s.later) > 0 && !s.later[0].at.After(s.clock.Now()) {
		e := s.later[0]
		s.later = s.later[1:]
		s.moment = e.at
		e.do()
		s.moment = outside
	}
}

func (s *Sim) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Run lets planned things happen at their time even while nobody asks, and delivers webhooks, until ctx ends.
// Tests that only poll don't need it.
func (s *Sim) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		s.mu.Lock()
		s.settle()
		mail := s.hooks
		s.hooks = nil
		wait := time.Hour
		if len(s.later) > 0 {
			wait = s.later[0].at.Sub(s.now())
		}
		s.mu.Unlock()
		for _, h := range mail {
			s.deliver(ctx, h)
		}
		if len(mail) > 0 {
			continue // the deliveries took time
		}
		timer.Reset(max(wait, 0))
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
	}
}
