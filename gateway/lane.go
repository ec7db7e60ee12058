package gateway

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Lane says who waits for a call. A lower one goes first.
type Lane int

const (
	LaneCounter Lane = iota // somebody stands at the counter: open a sale's order, cancel it
	LaneScreen              // the look at the sale on the customer's screen
	LaneClose               // the close of an order whose time is over, and the read that proves it
	// the payments of a standing QR: a customer and the shop wait for the voice, and no sale is open
	LaneStanding
	LaneSale   // the look at another open sale
	LaneRefund // a refund, and what became of it
	LaneWatch  // the look at a sale that is over
	lanes
)

// share is the part of all calls that a lane is owed while it waits, whatever waits before it. What is not owed goes by
// the order of lanes; a closing hour, with no sale being opened, gives the closes 97 of 100.
func (l Lane) share() float64 {
	switch l {
	case LaneScreen, LaneClose:
		return 0.2
	case LaneStanding:
		return 0.05
	case LaneSale, LaneRefund:
		return 0.02
	case LaneWatch:
		return 0.01
	}
	return 0 // the first goes first
}

// patience is how long a call waits in its lane where its errand doesn't say.
func (l Lane) patience() time.Duration {
	switch l {
	case LaneCounter:
		return 5 * time.Second // a person who waits longer is better told "busy"
	case LaneClose:
		return 15 * time.Minute // giving up would only put it at the end of the lane
	case LaneRefund:
		return time.Minute
	}
	return 20 * time.Second // a look that waited longer is stale; its sale asks again
}

// Errand is what is asked of a gateway for one purpose, in one call or several, such as a close and the read that
// proves it: a lane, and one limit of time. The limit runs while its calls are under way and stands still while they
// wait for the budget. Once its first call has left, the others go before every errand of the lane that has not begun.
type Errand struct {
	Lane     Lane
	Limit    time.Duration
	Patience time.Duration // how long each call may wait for the budget; 0: as long as its lane says
	Ahead    bool          // it serves many: its calls go before every errand of the lane that has not begun
}

// Begin gives ctx the errand. Where ctx comes with one already, the calls are of the inner one's lane, and the limits
// of both stand still while they wait.
func (e Errand) Begin(ctx context.Context) (context.Context, context.CancelFunc) {
	u := &underway{Errand: e, outer: errandOf(ctx), left: e.Limit, since: time.Now()}
	ctx, cancel := context.WithCancelCause(ctx)
	over := fmt.Errorf("no end within %s: %w", e.Limit, context.DeadlineExceeded)
	u.timer = time.AfterFunc(e.Limit, func() { cancel(over) })
	return context.WithValue(ctx, errandKey{}, u), func() {
		u.timer.Stop()
		cancel(nil)
	}
}

// underway is an errand that was begun. Its methods take nil: a call without one.
type underway struct {
	Errand
	outer *underway

	mu      sync.Mutex
	left    time.Duration // of the limit, at since
	since   time.Time
	waiting int // calls that wait for the budget
	sent    bool
	timer   *time.Timer
}

type errandKey struct{}

func errandOf(ctx context.Context) *underway {
	u, _ := ctx.Value(errandKey{}).(*underway)
	return u
}

func (u *underway) patience() time.Duration {
	switch {
	case u.begun(): // half an errand is worth nothing
		return max(u.Patience, time.Minute)
	case u.Patience > 0:
		return u.Patience
	}
	return u.Lane.patience()
}

func (u *underway) begun() bool {
	if u == nil {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.sent || u.Ahead
}

func (u *underway) leaves() {
	if u == nil {
		return
	}
	u.outer.leaves()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent = true
}

// Held reports whether the errand of ctx waits for the budget now: that it takes long is this box's doing.
func Held(ctx context.Context) bool {
	u := errandOf(ctx)
	if u == nil {
		return false
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.waiting > 0
}

// Looks says in which lane ctx's errand looks, where it is a look that comes again: it closes nothing, proves nothing,
// and nobody's wish waits for it. What changes seldom may be left out of one.
func Looks(ctx context.Context) (lane Lane, ok bool) {
	u := errandOf(ctx)
	if u == nil {
		return 0, false
	}
	return u.Lane, u.Lane == LaneScreen || u.Lane == LaneSale || u.Lane == LaneWatch
}

// Hold stops the limit of ctx's errand, which waits for another one's call, until goOn is called.
func Hold(ctx context.Context) (goOn func()) {
	u := errandOf(ctx)
	u.wait()
	return u.goOn
}

// wait stops the limit's clock, and goOn lets it run again.
func (u *underway) wait() {
	if u == nil {
		return
	}
	u.outer.wait()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.waiting++; u.waiting == 1 && u.timer.Stop() {
		u.left -= time.Since(u.since)
	}
}

func (u *underway) goOn() {
	if u == nil {
		return
	}
	u.outer.goOn()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.waiting--; u.waiting == 0 {
		u.since = time.Now()
		u.timer.Reset(max(0, u.left))
	}
}
