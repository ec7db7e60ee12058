package standing

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"galla/gateway"
	"galla/internal/day"
	"galla/internal/till"
	"galla/state"
)

// Till is the engine as the watch needs it: see *till.Till.
type Till interface {
	Commit(ctx context.Context, do func(*till.Txn) error) error
	Ready() <-chan struct{}
	ObserveCall(gateway string, err error)
}

// Store is what is read of the sales file at the start.
type Store interface {
	Sales(state.Query) ([]state.Sale, error)
}

// Options are what a Watch is made of. All must be given but Wall, DayCut and Random.
type Options struct {
	Till     Till
	Store    Store // the till's
	Marks    Marks // in the same file, so that a restored one knows what its own sales are of
	Gateways []gateway.Gateway
	DayCut   time.Duration // the till's
	Wall     func() time.Time
	Random   rand.Source // spreads the polls; nil means the process's own
	Log      *slog.Logger
}

const (
	hotFor = 2 * time.Minute
	// how often hints may make one QR be looked at: anybody who knows the address may send them
	hintEvery   = 2 * time.Second
	lookTimeout = 15 * time.Second
	crowd       = 4 // so many QRs don't slow each other

	nearReach = 10 * time.Minute
	hourReach = 2 * time.Hour
	hourEvery = 10 * time.Minute
	daysReach = 5 * 24 * time.Hour
	daysEvery = 6 * time.Hour
	longAgo   = 60 * 24 * time.Hour // a box that was off for longer leaves the rest to reconciliation
	margin    = time.Minute         // between clocks
	soon      = time.Hour           // a payment that is under way for longer is left to the polls of hours and days
)

// Watch looks at the standing QRs of this box. Its methods are safe for concurrent use.
type Watch struct {
	till     Till
	store    Store
	marks    Marks
	gateways map[string]gateway.Gateway
	cut      time.Duration
	wall     func() time.Time
	log      *slog.Logger
	ran      atomic.Bool
	woken    chan struct{} // something is due sooner than it seemed

	mu      sync.Mutex        // guards what follows
	random  func(int64) int64 // below n, from 0
	stands  map[string]*stand
	workers sync.WaitGroup
}

// New makes a Watch. It reads nothing and starts nothing: Run does.
func New(o Options) (*Watch, error) {
	if o.Till == nil || o.Store == nil || o.Marks == nil || o.Log == nil {
		return nil, errors.New("a watch of standing QRs needs a till, its store, marks and a log")
	}
	w := &Watch{
		till:     o.Till,
		store:    o.Store,
		marks:    o.Marks,
		gateways: map[string]gateway.Gateway{},
		cut:      o.DayCut,
		wall:     o.Wall,
		log:      o.Log,
		woken:    make(chan struct{}, 1),
		stands:   map[string]*stand{},
	}
	if w.wall == nil {
		w.wall = time.Now
	}
	w.random = rand.Int64N
	if o.Random != nil {
		w.random = rand.New(o.Random).Int64N
	}
	for _, gw := range o.Gateways {
		w.gateways[gw.Name()] = gw
	}
	return w, nil
}

func (w *Watch) today() string { return day.Business(w.wall(), w.cut) }

// stir wakes Run.
func (w *Watch) stir() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

// Hint says that something may have happened at a gateway to one of its ids. A QR among them is looked at now, and
// densely for a while. It doesn't block.
func (w *Watch) Hint(gw string, ids ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	for _, id := range ids {
		s := w.stands[gw+" "+id]
		if s == nil || now.Sub(s.hinted) < hintEvery {
			continue
		}
		s.hinted, s.hot = now, now.Add(hotFor)
		if s.next.After(now) && s.fails == 0 {
			s.next = now
		}
		w.stir()
	}
}

// Run looks at the QRs until ctx is done, and returns nil; or returns why the sales file could not be read. No
// goroutine of the watch is left when it returns. It may be called once.
func (w *Watch) Run(ctx context.Context) error {
	if !w.ran.CompareAndSwap(false, true) {
		return errors.New("the Run of a watch of standing QRs was called a second time: make a new one")
	}
	select {
	case <-w.till.Ready():
	case <-ctx.Done():
		return nil
	}
	if err := w.begin(ctx); err != nil {
		return err
	}

	ctx, cancel := context.WithCancel(ctx)
	defer w.workers.Wait()
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-w.woken:
		}
		timer.Reset(w.start(ctx))
	}
}

// begin reads what was taken today.
func (w *Watch) begin(ctx context.Context) error {
	today := w.today()
	for before := ""; ctx.Err() == nil; {
		page, err := w.store.Sales(state.Query{Day: today, Before: before, Limit: 500})
		if err != nil {
			return err
		}
		w.mu.Lock()
		for _, s := range page {
			before = s.ID
			w.count(s, today)
		}
		w.mu.Unlock()
		if len(page) < 500 {
			break
		}
	}
	return nil
}

// count adds a sale to its QR's day.
func (w *Watch) count(s state.Sale, today string) {
	if s.Standing == nil || len(s.Payments) == 0 {
		return
	}
	x := w.stand(s.Payments[0].Gateway, s.Standing.QR)
	if x.day != today {
		x.day, x.count, x.sum = today, 0, 0
	}
	x.count++
	x.sum += s.Amount
	if s.PaidAt.After(x.last) {
		x.last = s.PaidAt
	}
	x.taken[s.Payments[0].ID] = s.PaidAt
}

// start begins the polls that are due, and says how long there is nothing more to begin.
func (w *Watch) start(ctx context.Context) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, next := time.Now(), time.Now().Add(time.Hour)
	for _, name := range slices.Sorted(maps.Keys(w.stands)) { // in one order, so that a seed of the simulation repeats
		s := w.stands[name]
		if s.looking || !w.pollable(s) {
			continue
		}
		if s.next.After(now) {
			if s.next.Before(next) {
				next = s.next
			}
			continue
		}
		s.looking = true
		at := w.plan(s, now)
		w.workers.Go(func() { w.poll(ctx, s, at) })
	}
	return max(time.Until(next), time.Millisecond)
}

// pollable reports whether a QR is to be looked at: its payments are listed, and it takes some, or did until a few days
// before its last poll, or a payment of it is missed. A box that was off since a QR was closed has not seen what was
// under way then.
func (w *Watch) pollable(s *stand) bool {
	if !s.made || !gateway.ListsStanding(w.gateways[s.gateway]) {
		return false
	}
	if !s.recalled {
		s.recalled, s.marked = true, w.recall(s)
	}
	ago, seen := w.wall().Sub(s.closed), s.covered
	if seen.IsZero() {
		seen = s.marked
	}
	return s.closed.IsZero() || ago < daysReach || ago < longAgo && seen.Sub(s.closed) < daysReach || !s.missed.IsZero()
}

// task is what one poll asks for.
type task struct {
	gateway, qr, name string
	from, to          time.Time     // wall
	slice             time.Duration // of the payments' time, one list asks for so much
	days, hour        bool
	odd               map[string]odd // the QR's now; the poll's own
}

// plan says what the next poll of a QR asks for.
func (w *Watch) plan(s *stand, now time.Time) task {
	wall := w.wall()
	t := task{
		gateway: s.gateway,
		qr:      s.record.ID,
		name:    s.record.Name,
		from:    wall.Add(-nearReach),
		to:      wall.Add(margin),
		slice:   s.slice,
		odd:     maps.Clone(s.odd),
	}

	earlier := func(at time.Time) {
		if at.Before(t.from) {
			t.from = at
		}
	}
	later := func(at time.Time) {
		if t.from.Before(at) {
			t.from = at
		}
	}

	switch {
	case s.covered.IsZero(): // the first poll of this process
		earlier(s.marked.Add(-daysReach))
		if s.marked.IsZero() && s.since.Before(wall.Add(margin)) {
			// Nobody paid it before; the days are for a clock that was set since.
			later(s.since.Add(-daysReach))
		}
		t.days, t.hour = true, true
	case !s.days.After(now):
		earlier(wall.Add(-daysReach))
		t.days, t.hour = true, true
	case !s.hour.After(now):
		earlier(wall.Add(-hourReach))
		t.hour = true
	}

	if !s.covered.IsZero() {
		earlier(s.covered.Add(-2 * margin))
	}
	if !s.pending.IsZero() {
		earlier(s.pending.Add(-margin))
	}
	later(wall.Add(-longAgo))
	if !s.missed.IsZero() {
		earlier(s.missed.Add(-nearReach))
	}
	if !s.reached.IsZero() && now.Sub(s.paused) < hourEvery { // it goes on where it failed
		later(s.reached.Add(-leastSlice))
	}
	return t
}

// interval is the time between two polls of a QR. Those that are looked at as often, or more so, slow it: a QR that
// stands idle never slows one where people pay.
func (w *Watch) interval(s *stand, now time.Time) time.Duration {
	d := w.pace(s, now)
	n := 0
	for _, o := range w.stands {
		if w.pollable(o) && w.pace(o, now) <= d {
			n++
		}
	}
	if n > crowd {
		d = d * time.Duration(n) / crowd
	}
	return d*9/10 + time.Duration(w.random(int64(d/5)))
}

// pace is the interval of a QR that stands alone.
func (w *Watch) pace(s *stand, now time.Time) time.Duration {
	switch {
	case !s.closed.IsZero() && w.wall().Sub(s.closed) > hourReach:
		return hourEvery
	case now.Before(s.hot) || !s.pending.IsZero():
		return 2 * time.Second
	case s.paid.IsZero():
	case now.Sub(s.paid) < 30*time.Minute:
		return 4 * time.Second
	case now.Sub(s.paid) < 3*time.Hour:
		return 10 * time.Second
	}
	return 20 * time.Second
}
