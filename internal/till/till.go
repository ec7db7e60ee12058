package till

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/internal/money"
	"galla/internal/till/health"
	"galla/internal/till/pace"
	"galla/internal/till/read"
	"galla/printer"
	"galla/state"
)

// Store keeps the sales. Commit is called by one goroutine; reads may run beside it.
// An error of Commit that Refused knows (a conflict, a full disk) wrote nothing; any other may have been written.
type Store interface {
	read.Store
	Commit(state.Batch) error
	Watching() ([]state.Sale, error)
	CountAttention() (int, error) // sales with open attention items, without reading them
	LastNumber(day string) (int, error)
	Key(owner, key string) (rec state.KeyRecord, found bool, err error)
	Operation(id string) (o state.Operation, found bool, err error)
}

// Screen takes what the customer may see, and hear. Its methods must not block.
type Screen interface {
	Publish(display.View) (seq uint64)
	Paid(display.View) // a sale was paid, whether or not it is on the screen; nothing is shown for it
}

// Paper prints one slip at a time. Print returns when the slip's end is known or ctx is done; the key is the job's, and
// the same key is never printed twice by one Paper. unwanted is asked right before the first byte, however long the
// slip waited for the printer: a sentence ends it failed, "" lets it begin.
type Paper interface {
	PrintOrderSlip(ctx context.Context, key string, doc printer.OrderSlip, unwanted func() string) (
		printer.Status, string,
	)
	PrintReceipt(ctx context.Context, key string, doc printer.Receipt, unwanted func() string) (printer.Status, string)
}

// Drawer opens the cash drawer that hangs on the printer. The same key never opens it twice.
type Drawer interface {
	Kick(ctx context.Context, key string) (printer.Status, string)
}

// DefaultLimit is the most one sale may be where nobody says otherwise: what one UPI payment carries by default (NPCI,
// from 15 September 2025). An amount above it is a barcode, mostly.
const DefaultLimit = 1_00_000 * money.Rupee

// Options are what a Till is made of. Store, at least one Gateway, and Log must be given.
type Options struct {
	Store   Store
	Refused func(error) bool // reports whether a Commit error wrote nothing for sure; nil: none does
	// reports that the disk has no room to spare: sales under way go on, new ones are refused; nil: never
	Tight    func() bool
	Gateways []gateway.Gateway
	Screen   Screen // nil: no display
	Paper    Paper  // nil: no printer
	Log      *slog.Logger

	Terminal     string        // this box's name, at the gateway and on slips
	Box          string        // this box's id, at the gateway and on its sales; empty: not told
	Shop         printer.Shop  // head and foot of slips; its Name is on the customer's screen
	Languages    []string      // of the customer's screen; nil means English
	Life         time.Duration // how long a customer has from the first QR; 0 means 5 min
	Tries        int           // how often each gateway is tried for one sale; 0 means 2
	Limit        money.Paise   // the most one sale may be, however it is opened; 0 means DefaultLimit
	DayCut       time.Duration // the business day begins this long after midnight IST
	PrintOrder   bool          // print every sale's QR
	PrintReceipt bool          // print a receipt for every paid sale
	Drawer       Drawer        // opens the cash drawer; nil: never
	DrawerPaid   bool          // for sales paid by UPI too, not only for those paid in another way
	Demo         bool          // not real money: test keys may be shown, and everything says so

	Wall   func() time.Time // the wall clock; nil means time.Now
	Random rand.Source      // of references and jitter; nil means the system's. A test that must repeat gives its own
}

// Till is a running engine. Its methods are safe for concurrent use.
type Till struct {
	read.Reader
	o        Options
	gateways map[string]gateway.Gateway
	names    []string
	together map[string]bool // gateways that look at many orders at once
	inbox    chan message
	ran      atomic.Bool   // Run was called
	started  chan struct{} // closed when Run begins; ctx is set by then
	ready    chan struct{}
	stopped  chan struct{}
	turned   atomic.Int64  // unix ns, wall
	onDisk   atomic.Uint64 // the newest event's number; a gateway that is asked now may know of all up to it

	mu      sync.Mutex // guards what readers outside the engine see
	changed chan struct{}
	told    map[string]bool // oddities that were logged
	health  *health.Board
	// references of orders that this process had closed and has not read since: a read that fails costs no second close
	closed sync.Map

	// What follows belongs to the goroutine of Run alone.
	ctx     context.Context
	seq     uint64
	wall    time.Time // what the wall clock said at the last turn, and how many turns before that it said the same
	same    int
	sales   map[string]*entry // every sale that state.Watching says to look at
	waiting int               // sales with open attention items, in the engine's memory or not
	prints  chan printJob
	workers sync.WaitGroup
	number  map[string]int // last sale number by business day
	screen  screen
	random  pace.Dice
	rest    time.Duration // the longest the clock's turns are apart
}

// A message is run by the engine inside a turn. It may apply events and must not block.
// Its error goes to done and undoes what it applied; nil goes to done after the commit.
type message struct {
	do   func(*txn) error
	done func(error)
}

// New makes a Till. It reads nothing and starts nothing: Run does.
func New(o Options) (*Till, error) {
	if o.Store == nil || o.Log == nil {
		return nil, errors.New("a till needs a store and a log")
	}
	if len(o.Gateways) == 0 {
		return nil, errors.New("a till needs at least one gateway: configure [[gateway]]")
	}
	if o.Life == 0 {
		o.Life = 5 * time.Minute
	}
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	if o.Tries == 0 {
		o.Tries = 2
	}

	if o.Wall == nil {
		o.Wall = time.Now
	}
	rest := rest
	if o.Tight != nil {
		rest = time.Minute // what the disk says of itself is on the screen
	} else {
		o.Tight = func() bool { return false }
	}
	if o.Refused == nil {
		o.Refused = func(error) bool { return false }
	}
	t := &Till{
		Reader: read.From(o.Store), o: o, gateways: map[string]gateway.Gateway{}, inbox: make(chan message, 256),
		started: make(chan struct{}), ready: make(chan struct{}), stopped: make(chan struct{}),
		changed: make(chan struct{}), sales: map[string]*entry{},
		number: map[string]int{}, prints: make(chan printJob, 1024),
		told: map[string]bool{}, together: map[string]bool{}, random: pace.New(o.Random), rest: rest,
	}

	for _, g := range o.Gateways {
		if t.gateways[g.Name()] != nil {
			return nil, fmt.Errorf("two gateways are named %q: give each its own name", g.Name())
		}
		t.gateways[g.Name()] = g
		t.names = append(t.names, g.Name())
		// it sees many orders at once, and says which to look at
		if f, ok := g.(interface{ Found(func(reference string)) }); ok {
			f.Found(func(ref string) { t.Hint(g.Name(), ref) })
			t.together[g.Name()] = true
		}
	}

	t.health = health.New(t.names, o.Paper != nil)
	return t, nil
}

// Run resumes every sale that isn't over and works until ctx is done, then returns nil; or until the store fails, and
// then returns why. No goroutine of the till is left when it returns. It may be called once.
func (t *Till) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	if !t.ran.CompareAndSwap(false, true) {
		cancel()
		return errors.New("a till's Run was called a second time: make a new Till")
	}
	t.ctx = ctx
	close(t.started)
	defer func() {
		close(t.stopped)
		cancel()
		t.workers.Wait()
	}()
	if err := t.resume(); err != nil {
		t.fail(err)
		return err
	}

	if t.o.Paper != nil || t.o.Drawer != nil {
		t.workers.Go(t.printer)
	}
	close(t.ready)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil { // once stopped, what waits in the inbox waits for the next start
		var batch []message
		select {
		case <-ctx.Done():
			return nil
		case m := <-t.inbox:
			batch = append(batch, m)
		case <-timer.C:
			batch = append(batch, message{do: (*txn).tick, done: func(err error) {
				if err != nil {
					t.o.Log.Error("the clock's turn was refused", "err", err)
				}
			}})
		}
		// Whatever waits now shares one commit; more would make the first wait.
		for len(batch) < 64 {
			select {
			case m := <-t.inbox:
				batch = append(batch, m)
				continue
			default:
			}
			break
		}
		if err := t.turn(batch); err != nil {
			t.fail(err)
			return err
		}
		timer.Reset(t.nextDue())
	}

	return nil
}

// Ready is closed once every sale on disk is resumed.
func (t *Till) Ready() <-chan struct{} { return t.ready }

// resume reads what has to go on. Effects found pending may have happened before we died, so none of them is fresh.
func (t *Till) resume() error {
	seq, err := t.o.Store.Seq()
	if err != nil {
		return err
	}
	t.seq = seq
	t.onDisk.Store(seq)
	if t.waiting, err = t.o.Store.CountAttention(); err != nil {
		return err
	}
	sales, err := t.o.Store.Watching()
	if err != nil {
		return err
	}
	for _, s := range sales {
		t.track(s, false)
		if !s.Phase.Final() && s.ID > t.screen.sale {
			t.screen.sale = s.ID
		}
	}
	over := 0
	for _, s := range slices.Backward(sales) { // the newest first: money that is late comes soon, mostly
		if x := t.sales[s.ID]; x != nil && s.Phase.Final() {
			x.nextRead = x.nextRead.Add(time.Duration(over) * wakeEvery)
			over++
		}
	}
	t.publish()
	t.count()
	t.o.Log.Info("till resumed", "seq", seq, "watching", len(sales))
	return nil
}

// fail records why the till stops.
func (t *Till) fail(err error) {
	t.health.Failed(err)
	t.o.Log.Error("till stopped", "err", err)
	for {
		select {
		case m := <-t.inbox:
			m.done(fmt.Errorf("%w: %w", ErrStopped, err))
		default:
			return
		}
	}
}

// running says whether Run was called: then ctx is there, and somebody reads the inbox or has ended.
func (t *Till) running() bool {
	select {
	case <-t.started:
		return true
	default:
		return false
	}
}

// send hands a message to the engine and waits for its commit. While the till reads its sales it waits, too.
func (t *Till) send(ctx context.Context, do func(*txn) error) error {
	if !t.running() {
		return errNotRunning
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	done := make(chan error, 1)
	select {
	case t.inbox <- message{do: do, done: func(err error) { done <- err }}:
	case <-t.stopped:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-t.stopped:
		select {
		case err := <-done:
			return err
		default:
			return ErrStopped
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// post hands the result of a worker to the engine, without waiting for the commit.
func (t *Till) post(do func(*txn) error) { t.deliver(do, func(error) {}) }

// deliver is post with a last word: done runs in the engine once the message is committed or refused. Before Run and
// after its end nothing is delivered.
func (t *Till) deliver(do func(*txn) error, done func(error)) {
	if !t.running() {
		return
	}
	select {
	case t.inbox <- message{do: do, done: func(err error) {
		if err != nil && !errors.Is(err, state.ErrReplay) && !errors.Is(err, ErrStopped) {
			t.o.Log.Error("a result could not be recorded", "err", err)
		}
		done(err)
	}}:
	case <-t.ctx.Done():
	}
}

// Ping waits for one turn: it returns nil once the engine has turned over: the watchdog's question.
func (t *Till) Ping(ctx context.Context) error {
	return t.send(ctx, func(*txn) error { return nil })
}
