package gateway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// The defaults of a Budget, and the arithmetic behind them. The till looks at a sale every 2 s in its first minute,
// every 3 s to the third, every 5 s after that, and at the one on the screen every 1.1 s while most customers pay
// (internal/till/pace). A look on the screen is two calls at EnKash,
// order and UPI status, and one at Razorpay, its payments, with the QR every ten seconds. internal/till's
// TestCallsOfASale counts them, for a sale that is paid after 40 s:
//
//	             to open   looks until paid   when paid   = until paid   in the five days after   = in all
//	EnKash          3         22 or 23 × 2        2            49             9 × 2                67
//	Razorpay        1         23 or 24, 6 QRs     1            31          2 for its notes, 7        40
//
// One that nobody pays is looked at to the end of its five minutes and densely after it: 186 calls at EnKash and 116 at
// Razorpay until it is closed, 304 and 177 in all. An ending is three calls at EnKash, cancel, order and UPI status,
// and two at Razorpay, close and payments.
//
// Sales beside the one on the screen cost less. At EnKash a look is the order alone while it says that nobody has tried
// to pay it. At Razorpay one list of the account's payments serves all of them, and each is read by itself now and then
// (razorpay/together.go). TestOpenSales of internal/till measures what a sale costs a minute while a customer comes
// every ten seconds, with 1, 10, 50 and 200 open:
//
//	             1      10      50     200
//	EnKash     134      16     3.2     0.8
//	Razorpay    80     9.3     2.0     0.5
//
// A write after a quiet time is preceded by a HEAD that proves its connection (lines.go): one for a sale that follows
// none. A token every half hour or so and a warm connection every 40 s while sales are likely add under 2 calls a
// minute.
//
// 10,000 terminals, each with 30 sales in its busiest hour (one every two minutes), are 83 sales a second: 83 × 49 =
// 4,070 calls a second at EnKash and 83 × 31 = 2,570 at Razorpay while those hours coincide; the looks of the watch
// come minutes and days later. One terminal asks 0.3 a second on average and up to 2 a second while a customer stands
// before it.
//
// With everything down and then up again at once, the worst they can ask is 10,000 × DefaultRate = 40,000 a second for
// as long as their bursts and queues last; a gateway that answers 429 or 503 with Retry-After R stops all of them, and
// full jitter brings them back spread evenly over R to 2R (at least one second): for R = 30 s that is 10,000 / 30 s =
// 333 first calls a second instead of 10,000 in the same instant.
const (
	// DefaultRate is calls a second. A dozen sales in their first minute make 3: the one on the screen looks every 2 s,
	// the eleven others every 6 s. What is more waits its turn in its lane, which slows it to this.
	DefaultRate = 4.0
	// DefaultBurst is how many calls may go at once after a quiet time: the opening of two sales.
	DefaultBurst = 8
	// counterReserve is the part of the burst that the other lanes leave to the counter's and the screen's.
	counterReserve = 3

	crowd = 4 // calls that wait: a second's at the default rate

	maxPause   = 2 * time.Minute // a broken Retry-After must not close a shop for the day: ask again and be told again
	firstPause = time.Second     // after a 429 without Retry-After; doubles with each further one
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

// Budget is how often one gateway may be asked, shared by all sales of this box. Calls wait in lanes (lane.go), by who
// waits for them: the first lane that has a call goes first, and each lane behind it is owed a share of the calls, so
// that none starves. Safe for concurrent use.
type Budget struct {
	rate   float64
	burst  float64
	jitter func(time.Duration) time.Duration

	mu      sync.Mutex
	tokens  float64
	updated time.Time
	paused  time.Time // no call leaves before this
	strikes int       // 429s without an answer in between
	queues  [lanes][]*waiter
	owed    [lanes]float64 // calls, while the lane waits
	timer   *time.Timer
}

type waiter struct {
	granted chan struct{}
	begun   bool // its errand's first call has left: it goes before those that have not begun
}

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
	return &Budget{
		rate:    o.Rate,
		jitter:  o.Jitter,
		burst:   float64(o.Burst),
		tokens:  float64(o.Burst),
		updated: time.Now(),
	}
}

// Wait returns nil when the call may leave. Its lane and its patience are those of ctx's Errand, else of lane alone. It
// fails with ErrBudget, and how long to wait before trying again (jittered), when its patience is over or ctx's
// deadline passes while it waits, and at once when the gateway's own pause is longer than that; with ctx's cause when
// the caller goes away.
func (b *Budget) Wait(ctx context.Context, lane Lane) (time.Duration, error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	e := errandOf(ctx)
	patience := lane.patience()
	if e != nil {
		lane, patience = e.Lane, e.patience()
	}
	b.mu.Lock()
	if pause := time.Until(b.paused); pause > patience {
		b.mu.Unlock()
		return pause + b.jitter(pause), ErrBudget
	}
	w := &waiter{granted: make(chan struct{}), begun: e.begun()}
	b.join(lane, w)
	b.serve()
	b.mu.Unlock()

	e.wait()
	defer e.goOn()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-w.granted:
		e.leaves()
		return 0, nil
	case <-ctx.Done():
		if b.leave(lane, w) {
			return 0, nil
		}
		err := context.Cause(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			return 0, err // the caller went away
		}
		return b.jitter(patience), fmt.Errorf("%w: %w", ErrBudget, err)
	case <-late.C:
		if b.leave(lane, w) {
			e.leaves()
			return 0, nil
		}
		return b.jitter(patience), ErrBudget
	}
}

// join puts w at the end of its lane, or, where its errand has begun, behind the others that have.
func (b *Budget) join(lane Lane, w *waiter) {
	at := len(b.queues[lane])
	if w.begun {
		if at = slices.IndexFunc(b.queues[lane], func(q *waiter) bool { return !q.begun }); at < 0 {
			at = len(b.queues[lane])
		}
	}
	b.queues[lane] = slices.Insert(b.queues[lane], at, w)
}

// leave takes w out of its lane; true says it had been granted meanwhile.
func (b *Budget) leave(lane Lane, w *waiter) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-w.granted:
		return true
	default:
	}
	if i := slices.Index(b.queues[lane], w); i >= 0 {
		b.queues[lane] = slices.Delete(b.queues[lane], i, i+1)
	}
	return false
}

func (b *Budget) reserve() float64 { return min(counterReserve, b.burst-1) }

func (b *Budget) refill(now time.Time) {
	if d := now.Sub(b.updated); d > 0 {
		b.tokens = min(b.burst, b.tokens+d.Seconds()*b.rate)
	}
	b.updated = now
}

// next names the lane whose call leaves next, and how many tokens must be there for it; false: nobody waits.
func (b *Budget) next() (lane Lane, need float64, ok bool) {
	most := 1 - 1e-9
	for l := range lanes {
		if len(b.queues[l]) == 0 {
			continue
		}
		if !ok {
			lane, ok = l, true
		}
		if b.owed[l] >= most { // the share it is owed goes before the order of lanes
			lane, most = l, b.owed[l]
		}
	}
	need = 1
	if len(b.queues[LaneCounter])+len(b.queues[LaneScreen]) == 0 {
		need += b.reserve()
	}
	return lane, need, ok
}

// serve grants what can be granted now and sets the timer for the next.
func (b *Budget) serve() {
	now := time.Now()
	b.refill(now)
	if pause := b.paused.Sub(now); pause > 0 {
		b.wake(pause)
		return
	}
	for {
		lane, need, ok := b.next()
		if !ok {
			return
		}
		// A billionth short is enough: the timer fires to the nanosecond, the sum of floats does not.
		if b.tokens < need-1e-9 {
			b.wake(time.Duration((need-b.tokens)/b.rate*float64(time.Second)) + 1)
			return
		}
		b.tokens--
		close(b.queues[lane][0].granted)
		b.queues[lane] = b.queues[lane][1:]
		for l := range lanes {
			b.owed[l] += l.share()
			if l == lane {
				b.owed[l] = max(0, b.owed[l]-1)
			}
			if len(b.queues[l]) == 0 {
				b.owed[l] = 0
			}
		}
	}
}

func (b *Budget) wake(after time.Duration) {
	if _, _, waiting := b.next(); !waiting {
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

// waiting is how many calls wait.
func (b *Budget) waiting() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, q := range b.queues {
		n += len(q)
	}
	return n
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
