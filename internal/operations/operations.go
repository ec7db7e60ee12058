package operations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"galla/gateway"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// Till is the engine as operations need it: see *till.Till.
type Till interface {
	Commit(ctx context.Context, do func(*till.Txn) error) error
	Ready() <-chan struct{}
	Health() till.Health
	Limit() money.Paise // the most one sale may be, and so a counter QR
	ObserveCall(gateway string, err error)
	Hint(gateway string, ids ...string) // the sale with these ids is looked at soon
	Debit(ctx context.Context, r till.DebitRequest) (state.Sale, error)
}

// Store is what is read of the sales file. Its calls may run beside the engine's.
type Store interface {
	Seq() (uint64, error)
	Sale(id string) (sale state.Sale, found bool, err error)
	Find(f state.Field, value, before string, limit int) ([]state.Sale, error)
	Operation(id string) (o state.Operation, found bool, err error)
	Operations(before string, limit int) ([]state.Operation, error)
	Requests(before string, limit int) ([]state.Operation, error) // operations without acts
	OpenOperations() ([]state.Operation, error)                   // of both, those without an end
}

// Options are what Operations are made of. All must be given.
type Options struct {
	Till     Till
	Store    Store // the till's
	Gateways []gateway.Gateway
	Terminal string // this box's name at the gateways: the till's
	Box      string // this box's id at the gateways; may be empty
	// Known is told of every operation at a gateway that has an end, of the past ones when Run begins, newest first,
	// and of each once its end is on disk. It must not block. May be nil.
	Known func(state.Operation)
	// Missed is told of a payment at a standing QR of ours, by the QR's reference, that no sale has. It must not block.
	// May be nil.
	Missed func(gateway, reference string, at time.Time)
	Wall   func() time.Time // the till's wall clock, by which notices and debits have their days; nil means time.Now
	Log    *slog.Logger
}

// Operations asks gateways for what is beside sales, and for the books, and writes down what persons do to the box. Its
// methods are safe for concurrent use.
type Operations struct {
	till       Till
	store      Store
	terminal   string
	box        string
	told       func(state.Operation) // Options.Known
	missed     func(gateway, reference string, at time.Time)
	wall       func() time.Time
	log        *slog.Logger
	configured []gateway.Gateway // in the order they are asked for sales
	gateways   map[string]gateway.Gateway
	begun      atomic.Bool // Run was called
	ready      chan struct{}
	hints      chan hint
	stirred    chan struct{} // something is known of a mandate that was not

	// What follows is set by Run before ready is closed, and not changed afterwards.
	ctx   context.Context
	began uint64 // the newest event at the start: what was asked up to here, a process asked that is gone

	looked map[string]time.Time // when a hint last made it be looked at; Run's goroutine alone

	mu       sync.Mutex                 // guards what follows
	over     bool                       // no worker begins any more
	mandates map[string]*standing       // by gateway and id
	unsure   map[string]state.Operation // operations whose end isn't known, by id
	// references of counter QRs that this process asked for, by gateway and reference
	claims map[string]*claim

	workers sync.WaitGroup
}

// New makes Operations. It reads nothing and starts nothing: Run does.
func New(o Options) (*Operations, error) {
	out := &Operations{
		till:       o.Till,
		store:      o.Store,
		terminal:   o.Terminal,
		box:        o.Box,
		told:       o.Known,
		missed:     o.Missed,
		wall:       o.Wall,
		log:        o.Log,
		configured: o.Gateways,
		gateways:   map[string]gateway.Gateway{},
		ready:      make(chan struct{}),
		hints:      make(chan hint, 256),
		stirred:    make(chan struct{}, 1),
		looked:     map[string]time.Time{},
		mandates:   map[string]*standing{},
		unsure:     map[string]state.Operation{},
		claims:     map[string]*claim{},
	}
	if out.wall == nil {
		out.wall = time.Now
	}
	for _, g := range o.Gateways {
		if g.Name() == state.Box {
			return nil, fmt.Errorf("a gateway is named %q, which the audit calls the box itself: give it another name",
				state.Box)
		}
		out.gateways[g.Name()] = g
	}
	if o.Till == nil || o.Store == nil || o.Log == nil {
		return nil, errors.New("operations need a till, its store and a log")
	}
	return out, nil
}

// Run settles what was asked when gallad last died, then follows the gateways' callbacks until ctx is done, and returns
// nil; or returns why the sales file could not be read. No goroutine of Operations is left when it returns. It may be
// called once.
func (o *Operations) Run(ctx context.Context) error {
	if !o.begun.CompareAndSwap(false, true) {
		return errors.New("operations' Run was called a second time: make new Operations")
	}
	began, err := o.store.Seq()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		o.mu.Lock()
		o.over = true
		o.mu.Unlock()
		o.workers.Wait()
	}()

	o.ctx, o.began = ctx, began

	select {
	case <-o.till.Ready(): // customers first: nobody waits for what follows
	case <-ctx.Done():
		return nil
	}
	close(o.ready)
	if err := o.resume(); err != nil {
		return err
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case h := <-o.hints:
			o.follow(h, time.Now())
		case now := <-look.C:
			o.schedule(now)
		case <-o.stirred:
			o.schedule(time.Now())
		}
	}
}

// Ready is closed once Ask and Audit are taken: the till is ready, and Run runs.
func (o *Operations) Ready() <-chan struct{} { return o.ready }

// running refuses what is asked before Ready, or after Run's end.
func (o *Operations) running() error {
	select {
	case <-o.ready:
	default:
		return fmt.Errorf("%w: operations are not taken yet; wait for Ready", till.ErrNotReady)
	}
	if o.ctx.Err() != nil {
		return till.ErrStopped
	}
	return nil
}

// work runs f in a goroutine that Run waits for. Once Run is over it does nothing: the next start finds what f was to
// do.
func (o *Operations) work(f func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.over {
		o.workers.Go(f)
	}
}

// resume looks what became of the operations and acts that were asked when gallad died, and learns which mandates there
// are from what was asked of gateways. Acts that have an end are not read: there are many.
func (o *Operations) resume() error {
	var all []state.Operation
	for before := ""; o.ctx.Err() == nil; {
		page, err := o.store.Requests(before, 500)
		if err != nil {
			return err
		}
		all = append(all, page...)
		if len(page) < 500 {
			break
		}
		before = page[len(page)-1].ID
	}
	for _, op := range slices.Backward(all) { // as it happened: a notice is of a mandate that was made before
		o.known(op)
	}

	open, err := o.store.OpenOperations()
	if err != nil {
		return err
	}
	for _, op := range open {
		if op.Seq <= o.began {
			o.work(func() { o.resumeOne(op) })
		}
	}

	return nil
}

// resumeOne ends an operation that a process asked which is gone. Nothing is asked again.
func (o *Operations) resumeOne(op state.Operation) {
	cause := errors.New("gallad stopped before the gateway's answer was on disk")
	if op.Gateway == state.Box {
		cause = errors.New("gallad stopped while this was being done")
	}
	if gw := o.gateways[op.Gateway]; gw != nil {
		o.settle(gw, op, nil, cause)
		return
	}
	o.end(op, state.OperationUnknown, nil, unknown(op, cause))
}

// Operation reads one operation; ErrNoOperation if there is none.
func (o *Operations) Operation(id string) (state.Operation, error) {
	op, found, err := o.store.Operation(id)
	if err == nil && !found {
		err = fmt.Errorf("%w: %.40q", ErrNoOperation, id)
	}
	return op, err
}

// List lists operations and acts, newest first, with an id below before if one is given: limit of them, 0 meaning 50.
func (o *Operations) List(before string, limit int) ([]state.Operation, error) {
	if limit == 0 {
		limit = 50
	}
	if limit < 0 || limit > 1000 {
		return nil, &till.RequestError{Field: "limit", Why: fmt.Sprintf("limit is %d: give 1 to 1000", limit)}
	}
	return o.store.Operations(before, limit)
}
