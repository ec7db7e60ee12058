package uplink

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/segment"
	"galla/state/chain"
)

const (
	Pace = time.Minute // what nobody waits for is sent within this
	Beat = time.Minute // between heartbeats

	sendAtOnce = 32 << 10 // bytes of events of a segment
	firstWait  = time.Second
	longWait   = 5 * time.Minute
	maxAsked   = time.Hour // what an office's Retry-After can make us wait, at most
)

// Chain is the box's event chain. Stretch reads the places behind one, at most max bytes of events and one event more;
// it begins at the nearest place that is there, so Stretch(0, 0) is the chain's root and Stretch(math.MaxUint64, 0) its
// head. It holds nothing open when it returns.
type Chain interface {
	Stretch(after uint64, max int) (chain.Stretch, error)
}

// Options is what an uplink needs.
type Options struct {
	Office      string // its address: https, a host, perhaps a port and a path
	Fingerprint string // SHA-256 of its certificate, 64 hex digits with or without colons; empty: as the machine trusts
	Key         ed25519.PrivateKey
	Chain       Chain
	Changed     func() <-chan struct{} // closed by the next commit
	Health      func(context.Context) (wire.Health, error)
	// Z is the stored bytes of the Z report whose day an operation closed; none where the box has none. nil: the box
	// sends none, and the office goes on asking.
	Z    func(ctx context.Context, operation string) ([]byte, error)
	Log  *slog.Logger
	Wall func() time.Time  // nil: time.Now
	HTTP http.RoundTripper // nil: TLS as Fingerprint says
}

// Status is how the uplink stands.
type Status struct {
	Office   string    `json:"office"`   // its host
	Terminal string    `json:"terminal"` // our id there
	Seq      uint64    `json:"seq"`      // what the office has, as it last said; 0 before it said anything
	Heard    time.Time `json:"heard,omitzero"`
	Problem  string    `json:"problem,omitempty"` // of the last call; empty: none
	Trouble  Trouble   `json:"trouble,omitempty"` // the sort of Problem
	Next     time.Time `json:"next,omitzero"`     // the next try, where there is a problem
}

// Trouble is a sort of problem, by what a person does about it.
type Trouble string

const (
	Away    Trouble = "away"    // nothing came that an office says: wait, or look at the line
	Waiting Trouble = "waiting" // the owner has not confirmed this box at the office yet
	Unknown Trouble = "unknown" // the office knows no terminal of this key: it was removed there, or never came to be
	Refuses Trouble = "refuses" // the office takes no segment of this box
	Ours    Trouble = "ours"    // this box can't read its own chain
)

// Uplink sends one box's chain.
type Uplink struct {
	o Options
	line
	id    string
	again chan struct{} // the heartbeat saw that the office lacks what it had

	mu     sync.Mutex
	status Status
	until  time.Time     // no call before this: the office asked for it; monotonic
	offset time.Duration // of the office's clock from ours, where it refused our time
}

// New checks the options. It calls nobody.
func New(o Options) (*Uplink, error) {
	l, err := newLine(o.Office, o.Fingerprint, o.HTTP)
	switch {
	case err != nil:
		return nil, err
	case len(o.Key) != ed25519.PrivateKeySize:
		return nil, errors.New("the uplink has no key: join the office again")
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	id := segment.TerminalID(o.Key.Public().(ed25519.PublicKey))
	return &Uplink{
		o:      o,
		line:   l,
		id:     id,
		again:  make(chan struct{}, 1),
		status: Status{Office: l.url.Host, Terminal: id},
	}, nil
}

// Status is how the uplink stands.
func (u *Uplink) Status() Status {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.status
}

// Run sends until ctx ends.
func (u *Uplink) Run(ctx context.Context) error {
	var beats sync.WaitGroup
	beats.Go(func() { u.beat(ctx) })
	defer beats.Wait()

	var waiting due // kept while calls fail: what waited for Pace does not wait for it again
	for failed := 0; ctx.Err() == nil; {
		after, err := u.locate(ctx)
		if err == nil {
			waiting.looked = 0 // the log may be another one
			failed, err = u.follow(ctx, after, failed, &waiting)
		}
		if ctx.Err() != nil {
			break
		}
		if failed++; errors.Is(err, errRefused) {
			failed = 32 // to send it again at once is of no use
		}
		u.rest(ctx, err, failed)
	}
	return nil
}

// rest waits after a failure.
func (u *Uplink) rest(ctx context.Context, err error, failed int) {
	most := min(longWait, firstWait<<min(failed-1, 16))
	pause := time.Duration(rand.Int64N(int64(most)))
	u.mu.Lock()
	pause = max(pause, time.Until(u.until))
	u.status.Problem, u.status.Trouble, u.status.Next = err.Error(), troubleOf(err), time.Now().Add(pause)
	u.mu.Unlock()
	u.o.Log.Warn("the office has not taken what there is", "office", u.url.Host, "again_in", pause, "error", err)
	sleep(ctx, pause)
}

// errMoved says that the office's end and ours must be compared anew.
var errMoved = errors.New("the office and this box are at different places: they are compared again")

// follow sends what comes after a place that the office has, until something is in the way. It returns how many calls
// have failed since something was taken, or there was nothing to send.
func (u *Uplink) follow(ctx context.Context, after uint64, failed int, waiting *due) (int, error) {
	for {
		select {
		case <-u.again:
			return failed, errMoved
		default:
		}
		changed := u.o.Changed() // before the read: a commit in between closes it
		s, err := u.stretch(after, sendAtOnce)
		switch {
		case err != nil:
			return failed, err
		case s.After != after:
			return failed, errMoved // the log was put back, or pruned beyond what the office has
		}
		if pause, now := waiting.of(s); !now {
			u.well(after)
			if len(s.Places) == 0 {
				failed, pause = 0, math.MaxInt64
			}
			if !u.wait(ctx, changed, pause) {
				return failed, errMoved
			}
			if ctx.Err() != nil {
				return failed, ctx.Err()
			}
			continue
		}

		g, err := segment.New(u.o.Key, s)
		if err != nil {
			return failed, err
		}
		// If we die from here on, the office has it or not, and the next start asks.
		if err := u.send(ctx, &g); err != nil {
			return failed, err
		}
		after, failed, *waiting = g.Last, 0, due{}
		u.well(after)
	}
}

// wait waits for a commit, for a time, or for the end; false says that the heartbeat saw the office go back.
func (u *Uplink) wait(ctx context.Context, changed <-chan struct{}, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-timer.C:
	case <-u.again:
		return false
	}
	return true
}

// well notes that the office has everything up to a place.
func (u *Uplink) well(seq uint64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.status.Seq, u.status.Problem, u.status.Trouble, u.status.Next = seq, "", "", time.Time{}
}

// locate finds the newest place that the office and this box both have.
func (u *Uplink) locate(ctx context.Context) (after uint64, err error) {
	heads, err := u.heads(ctx)
	if err != nil {
		return 0, err
	}
	best, found, err := u.ours(heads)
	if err != nil || found {
		return best, err
	}

	root, err := u.stretch(0, 0)
	if err != nil || len(heads) == 0 {
		return root.After, err
	}
	head, err := u.stretch(math.MaxUint64, 0)
	if err != nil {
		return 0, err
	}
	var named []segment.Place
	for _, seq := range segment.Locator(root.After, head.After) {
		s, err := u.stretch(seq, 0)
		if err != nil {
			return 0, err
		}
		if s.After == seq && (seq == 0 || s.Before != chain.Hash{}) {
			named = append(named, segment.Place{Seq: seq, Hash: s.Before})
		}
	}
	place, err := u.ask(ctx, named)
	switch {
	case err != nil:
		return 0, err
	case place == nil:
		return root.After, nil
	case !slices.Contains(named, *place):
		return 0, fmt.Errorf("the office names place %d, which it was not asked about", place.Seq)
	}
	return place.Seq, nil
}

// ours is the newest of the office's heads that lies in our chain.
func (u *Uplink) ours(heads []segment.Place) (newest uint64, found bool, err error) {
	for _, h := range heads {
		if found && h.Seq <= newest {
			continue
		}
		s, err := u.stretch(h.Seq, 0)
		if err != nil {
			return 0, false, err
		}
		if s.After == h.Seq && s.Before == h.Hash && (h.Hash != chain.Hash{}) {
			newest, found = h.Seq, true
		}
	}
	return newest, found, nil
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
