package quota

import (
	"context"
	"math"
	"sync"
	"time"
)

// Count is how many of a thing each caller holds. The zero value is ready.
type Count struct {
	mu   sync.Mutex
	held map[string]int
}

// Take gives a caller one more, unless it holds most already. give gives it back, once.
func (c *Count) Take(caller string, most int) (give func(), ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[caller] >= most {
		return nil, false
	}
	if c.held == nil {
		c.held = map[string]int{}
	}
	c.held[caller]++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		take(c.held, caller)
	}), true
}

// Rate is how much each caller does in a minute. Its time is monotonic.
type Rate struct {
	mu    sync.Mutex
	each  time.Duration
	burst time.Duration
	full  map[string]time.Time // when each caller has all that it may do at once again

	tidyAt int // how many of them are too many to keep without a look
}

// burstLeast is what a caller may do at once, however little it may do in a minute.
const burstLeast = 5

// NewRate allows so much a minute, above zero, and a sixth of it at once: what many ask for at once waits for a
// gateway's budget, and so does everybody behind them.
func NewRate(minute int) *Rate {
	each := time.Minute / time.Duration(minute)
	return &Rate{each: each, burst: each * time.Duration(max(burstLeast, minute/6)), full: map[string]time.Time{}}
}

// Take counts one more of a caller's. wait is how long it has to wait instead; 0: it was counted.
func (r *Rate) Take(caller string) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	full := r.full[caller]
	if full.Before(now) {
		full = now
	}
	if wait = full.Add(r.each).Sub(now) - r.burst; wait > 0 {
		return time.Duration(math.Ceil(wait.Seconds())) * time.Second
	}
	if len(r.full) >= r.tidyAt {
		for other, at := range r.full { // whoever has all of it again takes no room
			if at.Before(now) {
				delete(r.full, other)
			}
		}
		r.tidyAt = 2*len(r.full) + 32
	}
	r.full[caller] = full.Add(r.each)
	return 0
}

// Turns lets each caller do so much at a time; what else it asks for waits, and everybody else goes on.
type Turns struct {
	most int

	mu    sync.Mutex
	lines map[string]*turns // of those who do something or wait
}

// turns are the places of one caller.
type turns struct {
	places chan struct{}
	asked  int // those who have one and those who wait
}

// NewTurns lets each caller do most things at a time.
func NewTurns(most int) *Turns { return &Turns{most: most, lines: map[string]*turns{}} }

// Wait waits for a caller's turn, or until ctx is done, whose error it returns then. done ends the turn, once.
func (t *Turns) Wait(ctx context.Context, caller string) (done func(), err error) {
	t.mu.Lock()
	l := t.lines[caller]
	if l == nil {
		l = &turns{places: make(chan struct{}, t.most)}
		t.lines[caller] = l
	}
	l.asked++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if l.asked--; l.asked == 0 {
			delete(t.lines, caller)
		}
	}

	select {
	case l.places <- struct{}{}:
		return sync.OnceFunc(func() {
			<-l.places
			leave()
		}), nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
