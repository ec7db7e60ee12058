package gateway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// The defaults of a Budget, and the arithmetic behind them. The till looks at a sale every 2 s in its first minute, every 3 s to
// the third, every 5 s after that (internal/till/look.go), and each look is two calls: order and UPI status at EnKash,
// payments and QR at Razorpay. internal/till's TestCallsOfASale counts them, for a sale that is paid after 40 s:
//
//	             to open   looks until paid   when paid   = until paid   in the five days after   = in all
//	EnKash          3          19 or 20 × 2         3           45              9 × 3                72
//	Razorpay        1          19 or 20 × 2         1           41          2 for its notes, 7        50
//
// A write after a quiet time is preceded by a HEAD that proves its connection (lines.go): one for a sale that follows none.
// A token every half hour or so and a warm connection every 40 s while sales are likely add under 2 calls a minute.
//
// 10,000 terminals, each with 30 sales in its busiest hour (one every two minutes), are 83 sales a second: 83 × 45 = 3,750 calls a
// second at EnKash and 83 × 41 = 3,400 at Razorpay while those hours coincide; the looks of the watch come minutes and days later. One
// terminal asks 0.4 a second on average and 1 a second while a customer stands before it.
//
// With everything down and then up again at once, the worst they can ask is 10,000 × DefaultRate = 40,000 a second for as long as
// their bursts and queues last; a gateway that answers 429 or 503 with Retry-After R stops all of them, and full
// jitter brings them back spread evenly over R to 2R (at least one second): for R = 30 s that is 10,000 / 30 s =
// 333 first calls a second instead of 10,000 in the same instant.
const (
	// DefaultRate is calls a second. A dozen sales in their first minute would make 4.7: the one on the screen looks every 2 s,
	// the eleven others every 6 s. Polls then wait their turn, which slows them to this.
	DefaultRate = 4.0
	// DefaultBurst is how many calls may go at once after a quiet time: the opening of two sales.
	DefaultBurst = 8
	// urgentReserve is the part of the burst that polls leave to the cashier's own actions.
	urgentReserve = 3

	maxWaitUrgent = 5 * time.Second  // a cashier who waits longer is better told "busy"
	maxWaitPoll   = 20 * time.Second // a poll that waited longer is stale; its sale asks again
	maxPause      = 2 * time.Minute  // a broken Retry-After must not close a shop for the day: ask again and be told again
	firstPause    = time.Second      // after a 429 without Retry-After; doubles with each further one
)

// ErrBudget says that a call was held back on this box because the gateway's budget is used up or it asked for quiet.
var ErrBudget = errors.New("too many calls are waiting for this gateway, or it asked us to pause")

// BudgetOptions may be left zero for the defaults.
type BudgetOptions struct {
	Rate  float64 // calls a second
	Burst int     // calls at once
	// Jitter draws a time between zero and the one given; nil means Jitter. A test that must repeat gives its own.
	Jitter func(time.Duration) time.Duration
}

// Budget is how often one gateway may be asked, shared by all sales of this box. Urgent calls go first and find a
// reserve; polls queue behind them, so that each sale's polls come slower the more sales wait. Safe for concurrent use.
type Budget struct {
	rate   float64
	burst  float64
	jitter func(time.Duration) time.Duration

	mu      sync.Mutex
	tokens  float64
	updated time.Time
	paused  time.Time // no call leaves before this
	strikes int       // 429s without an answer in between
	urgent  []*waiter
	polls   []*waiter
	timer   *time.Timer
}

type waiter struct{ granted chan struct{} }

// NewBudget makes a full budget.
func NewBudget(o BudgetOptions) *Budget {
	if o.Rate <= 0 {
		o.Rate = DefaultRate
	}
	if o.Burst <= 0 {
		o.Burst = DefaultBurst
	}
	if o.Jitter == nil {
		o.Jitter = Jitter
	}
	return &Budget{rate: o.Rate, jitter: o.Jitter, burst: float64(o.Burst), tokens: float64(o.Burst), updated: time.Now()}
}

// Wait returns nil when the call may leave. It fails at once, with ErrBudget and how long to wait before trying
// again (jittered), when the call's turn would come too late, or when ctx's deadline passes while it waits; with ctx's cause when the
// caller goes away.
func (b *Budget) Wait(ctx context.Context, urgent bool) (time.Duration, error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	b.mu.Lock()
	limit := maxWaitPoll
	if urgent {
		limit = maxWaitUrgent
	}
	if turn := b.turn(urgent); turn > limit {
		b.mu.Unlock()
		return turn + b.jitter(turn), ErrBudget
	}
	w := &waiter{granted: make(chan struct{})}
	if urgent {
		b.urgent = append(b.urgent, w)
	} else {
		b.polls = append(b.polls, w)
	}
	b.serve()
	b.mu.Unlock()

	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-w.granted:
		return 0, nil
	case <-ctx.Done():
		if b.leave(w) {
			return 0, nil
		}
		err := context.Cause(ctx)
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return 0, err // the caller went away
		}
		return b.jitter(limit), fmt.Errorf("%w: %w", ErrBudget, err)
	case <-late.C:
		if b.leave(w) {
			return 0, nil
		}
		return b.jitter(limit), ErrBudget
	}
}

// leave takes w out of its queue; true says it had been granted meanwhile.
func (b *Budget) leave(w *waiter) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-w.granted:
		return true
	default:
	}
	b.urgent, b.polls = without(b.urgent, w), without(b.polls, w)
	return false
}

func without(queue []*waiter, w *waiter) []*waiter {
	for i, q := range queue {
		if q == w {
			return append(queue[:i:i], queue[i+1:]...)
		}
	}
	return queue
}

// turn estimates when a new call's turn would come.
func (b *Budget) turn(urgent bool) time.Duration {
	now := time.Now()
	b.refill(now)
	ahead, reserve := float64(len(b.urgent)), 0.0
	if !urgent {
		ahead, reserve = ahead+float64(len(b.polls)), b.reserve()
	}
	wait := max(0, b.paused.Sub(now))
	if missing := ahead + 1 + reserve - b.tokens; missing > 0 {
		wait = max(wait, time.Duration(missing/b.rate*float64(time.Second)))
	}
	return wait
}

func (b *Budget) reserve() float64 { return min(urgentReserve, b.burst-1) }

func (b *Budget) refill(now time.Time) {
	if d := now.Sub(b.updated); d > 0 {
		b.tokens = min(b.burst, b.tokens+d.Seconds()*b.rate)
	}
	b.updated = now
}

// serve grants what can be granted now and sets the timer for the next.
func (b *Budget) serve() {
	now := time.Now()
	b.refill(now)
	if pause := b.paused.Sub(now); pause > 0 {
		b.wake(pause)
		return
	}
	for len(b.urgent)+len(b.polls) > 0 {
		queue, need := &b.urgent, 1.0
		if len(b.urgent) == 0 {
			queue, need = &b.polls, 1+b.reserve()
		}
		// A billionth short is enough: the timer fires to the nanosecond, the sum of floats does not.
		if b.tokens < need-1e-9 {
			b.wake(time.Duration((need-b.tokens)/b.rate*float64(time.Second)) + 1)
			return
		}
		b.tokens--
		close((*queue)[0].granted)
		*queue = (*queue)[1:]
	}
}

func (b *Budget) wake(after time.Duration) {
	if len(b.urgent)+len(b.polls) == 0 {
		return
	}
	if b.timer != nil {
		b.timer.Stop()
	}
	b.timer = time.AfterFunc(after, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.serve()
	})
}

// pausedFor is how long the gateway still wants quiet.
func (b *Budget) pausedFor() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, time.Until(b.paused))
}

// refused pauses every call of this gateway: the gateway said 429, or 503 with a time.
// Zero says that it named no time: the pause then doubles with each refusal, with full jitter.
func (b *Budget) refused(retryAfter time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var pause time.Duration
	if retryAfter > 0 {
		pause = min(retryAfter, maxPause)
		pause += b.jitter(max(pause, time.Second))
	} else {
		pause = b.jitter(min(maxPause, firstPause<<min(b.strikes, 10)))
	}
	b.strikes++
	if until := time.Now().Add(pause); until.After(b.paused) {
		b.paused = until
	}
}

// answered says that the gateway answered a call: earlier refusals no longer count.
func (b *Budget) answered() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.strikes = 0
}

// Jitter is a random time between zero and d ("full jitter"): it keeps ten thousand tills that failed in the same
// second from coming back in the same second.
func Jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d)
}
