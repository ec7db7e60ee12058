package printer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"galla/printer/port"
)

// Line is what the printer needs of a line; every port.Line is one. Read and Write may run beside each other, and Close
// ends both.
type Line interface {
	Path() string
	Read([]byte) (int, error)
	Write([]byte) (int, error)
	SetWriteDeadline(time.Time) error
	Queued() (int, error)      // bytes written that haven't left yet, where that can be known
	Discard(output bool) error // drops unread input and, when asked, unsent output; port.ErrHeld: only Close can
	Close() error              // in less than a second
}

// signaller is a line that says how the printer is without the printer being asked: one of the USB printer class.
type signaller interface {
	Signals() (port.Signals, error)
}

// Options say which printer. Port and Profile are required, Open in place of Port in tests.
type Options struct {
	Port    string
	Profile Profile
	Log     *slog.Logger         // nil: nothing is logged
	Notify  func(State)          // called by Run at every change; must not block; nil: State is asked instead
	Open    func() (Line, error) // nil: opens Port
}

// Result is how one job ended. Detail is a sentence for the cashier.
type Result struct {
	Status Status
	Detail string
}

// Printer is one printer on one port. Its methods may be called from any goroutine; Run must be running for Print to
// get anywhere.
type Printer struct {
	options Options
	log     *slog.Logger
	queue   chan *request // unbuffered: a job not taken by Run hasn't begun
	stopped chan struct{} // closed when Run has returned

	mu    sync.Mutex
	state State
	jobs  map[string]*request // by key: running, or ended in anything but failed
	order []string            // keys, oldest first

	// The rest belongs to Run's goroutine.
	pending  *request          // taken, nothing of it sent
	dirty    debris            // what the printer may hold of a job that was cut short
	acks     int               // acknowledgement ids handed out
	confirms map[string]string // by model: how it says that a job is on paper, a Confirms value
	answered bool              // it has answered since Run began
}

// request is one job on its way through Run.
type request struct {
	ctx    context.Context
	key    string
	job    Job
	done   chan struct{}
	result Result
	err    error
}

// rememberedKeys bounds the memory for keys: weeks of slips.
const rememberedKeys = 10_000

// New returns a printer that doesn't touch its port until Run.
func New(o Options) (*Printer, error) {
	if err := o.Profile.Check(); err != nil {
		return nil, err
	}
	if o.Open == nil {
		if o.Port == "" {
			return nil, errors.New("the printer has no port: name one, such as /dev/serial/by-id/…, " +
				"or configure no printer")
		}
		at, err := port.Parse(o.Port)
		if err != nil {
			return nil, err
		}
		o.Profile.Link = at.Means
		p := o.Profile
		o.Open = func() (Line, error) { return port.Open(o.Port, p.Baud, p.Flow) }
	}
	log := cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return &Printer{options: o, log: log, dirty: anyDebris(o.Profile), queue: make(chan *request),
		stopped: make(chan struct{}), jobs: map[string]*request{}, confirms: map[string]string{},
		state: State{Condition: ConditionGone, Detail: "The printer hasn't been opened yet.", Since: time.Now()}}, nil
}

// State is the printer's present state.
func (p *Printer) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// Print prints job once under key and says how it ended. A key that is being printed or ended printed, sent or unknown
// is not printed again: the same result comes back. After failed, the key may be used again.
//
// It waits for a printer that isn't ready and for its turn; ctx bounds the wait and the printing. A job that ctx ends
// before its first byte is failed; later it stops between two commands and is unknown. The error is nil for printed and
// sent, and the cause for failed and unknown.
func (p *Printer) Print(ctx context.Context, key string, job Job) (Result, error) {
	if key == "" || len(job.Segments) == 0 {
		return Result{StatusFailed, "Nothing was given to print."},
			errors.New("a print job needs a key and something to print")
	}
	p.mu.Lock()
	r, known := p.jobs[key]
	if !known {
		r = &request{ctx: ctx, key: key, job: job, done: make(chan struct{})}
		p.jobs[key] = r
		p.order = append(p.order, key)
		p.forget()
	}
	p.mu.Unlock()
	if known {
		select {
		case <-r.done:
			return r.result, r.err
		case <-ctx.Done():
			return Result{StatusUnknown, "This slip is being printed already."},
				fmt.Errorf("job %s is still being printed: %w", key, ctx.Err())
		}
	}
	select {
	case p.queue <- r:
		<-r.done // Run watches ctx for it
	case <-ctx.Done():
		p.finish(r, StatusFailed, p.excuse(), fmt.Errorf("%s %s was not begun: %w", job.Kind, key, ctx.Err()))
	case <-p.stopped:
		p.finish(r, StatusFailed, "The printer service is stopping. Print again after it has started.",
			errors.New("the printer has been stopped"))
	}
	return r.result, r.err
}

// forget drops the oldest keys that have ended. The caller holds mu.
func (p *Printer) forget() {
	for len(p.order) > rememberedKeys {
		select {
		case <-p.jobs[p.order[0]].done:
			delete(p.jobs, p.order[0])
			p.order = p.order[1:]
		default:
			return
		}
	}
}

// excuse is what a cashier is told when a job wasn't begun.
func (p *Printer) excuse() string {
	if d := p.State().Detail; d != "" {
		return "Nothing was printed. " + d
	}
	return "Nothing was printed: the printer was busy with another slip. Print again."
}

// finish ends a request. A failed key may be used again, so it is forgotten.
func (p *Printer) finish(r *request, s Status, detail string, err error) {
	p.mu.Lock()
	if s == StatusFailed {
		delete(p.jobs, r.key)
		for i, k := range p.order {
			if k == r.key {
				p.order = append(p.order[:i], p.order[i+1:]...)
				break
			}
		}
	}
	p.mu.Unlock()
	r.result, r.err = Result{s, detail}, err
	close(r.done)
	p.log.Info("print job ended", "kind", r.job.Kind, "key", r.key, "bytes", r.job.Len(), "status", s, "err", err)
}

// set publishes a state. Only Run's goroutine calls it.
func (p *Printer) set(s State) {
	p.mu.Lock()
	old := p.state
	if s.Condition == old.Condition {
		s.Since = old.Since
	} else {
		s.Since = time.Now()
	}
	p.state = s
	p.mu.Unlock()
	if s == old {
		return
	}
	if s.Condition != old.Condition && s.Condition != ConditionPrinting && old.Condition != ConditionPrinting {
		p.log.Info("printer state", "condition", s.Condition, "detail", s.Detail, "device", s.Device)
	}
	if p.options.Notify != nil {
		p.options.Notify(s)
	}
}

// Backoff between attempts to open the port: quick for a cable that was knocked, slow for a printer that is switched
// off.
const (
	firstBackoff = 250 * time.Millisecond
	lastBackoff  = 5 * time.Second
)

// Run owns the port until ctx ends: it opens it, prints what Print hands over, and opens it again whenever it went
// away. It returns nil within a second or so of ctx's end, after the command being sent is whole where the line lets
// it.
func (p *Printer) Run(ctx context.Context) error {
	defer func() {
		if r := p.pending; r != nil {
			p.finish(r, StatusFailed, "The printer service is stopping. Print again after it has started.", ctx.Err())
		}
		close(p.stopped)
	}()
	backoff := firstBackoff
	for ctx.Err() == nil {
		line, err := p.options.Open()
		if err == nil {
			opened := time.Now()
			err = p.serve(ctx, line)
			if ctx.Err() != nil {
				return nil
			}
			if errors.Is(err, errHungUp) {
				backoff = firstBackoff
				p.idle(ctx, lookEvery, true)
				continue
			}
			if time.Since(opened) > lastBackoff {
				backoff = firstBackoff
			}
		}
		p.set(State{Condition: ConditionGone, Detail: p.gone(err)})
		p.log.Debug("printer port", "err", err)
		p.idle(ctx, backoff, false)
		backoff = min(2*backoff, lastBackoff)
	}
	return nil
}

// gone tells the cashier why there is no printer; the remedy of a known cause is in the error already.
func (p *Printer) gone(err error) string {
	e, known := errors.AsType[*port.Error](err)
	switch {
	case known && e.Means == port.TCP:
		return "The printer can't be reached on the network: " + e.Error() + "."
	case !known && p.options.Profile.Link == port.TCP:
		return "The printer ended the connection. Check its cable and its switch; if it stays so, another device " +
			"has its address: its self-test slip names its own. (" + err.Error() + ")"
	case known && e.Kind != port.KindMissing:
		return "The printer can't be opened: " + e.Error() + "."
	}
	return "The printer is not connected. Check its cable and its switch. (" + err.Error() + ")"
}

// A network printer serves one host at a time. It is let go when there is nothing to print, and looked at now and then.
const (
	lingers   = 3 * time.Second
	lookEvery = time.Minute
)

// errHungUp ends a session with a network printer that has nothing to print.
var errHungUp = errors.New("there is nothing to print")

// idle waits while there is no line, and takes a job meanwhile only to see it end in time; with wakes a job ends the
// wait.
func (p *Printer) idle(ctx context.Context, d time.Duration, wakes bool) {
	wait := time.NewTimer(d)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
			return
		case r := <-p.takes():
			if p.pending = r; wakes {
				return
			}
		case <-p.expired():
			p.drop()
		}
	}
}

// takes is the queue while no job is pending, else nothing.
func (p *Printer) takes() <-chan *request {
	if p.pending != nil {
		return nil
	}
	return p.queue
}

// expired fires when the pending job's caller has given up.
func (p *Printer) expired() <-chan struct{} {
	if p.pending == nil {
		return nil
	}
	return p.pending.ctx.Done()
}

// drop ends the pending job as failed: nothing of it was sent.
func (p *Printer) drop() {
	r := p.pending
	p.pending = nil
	p.finish(r, StatusFailed, p.excuse(), fmt.Errorf("%s %s was not begun: %w", r.job.Kind, r.key,
		context.Cause(r.ctx)))
}
