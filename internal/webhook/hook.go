package webhook

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"galla/state"
)

// Till is where the events are.
type Till interface {
	// Seq is the newest event's number on disk, also before the till is ready.
	Seq() (uint64, error)
	// Events returns up to limit events after since, in order.
	Events(ctx context.Context, since uint64, limit int) ([]state.Event, error)
	// Changed returns a channel that is closed at the next commit.
	Changed() <-chan struct{}
}

// Settings is where the number of the last delivered event is kept. Put has reached the disk when it returns nil.
type Settings interface {
	Get(key string) (value []byte, found bool, err error)
	Put(key string, value []byte) error
}

// Options says where events go.
type Options struct {
	Till     Till
	Settings Settings
	Log      *slog.Logger
	Name     string // which of several it is; "" is the only one
	URL      string // https, or http to this box
	Trust    Trust  // what is believed of an https receiver beside what the machine believes

	// Encode makes the body of a message; nil: the receiver wants none of these events.
	Encode func(ctx context.Context, events []state.Event) ([]byte, error)
	// Probe is the body of a test.
	Probe []byte

	// Secrets sign every message, one a line, the newest first; each has at least 16 bytes. A second one is there while
	// the receiver changes over to the first.
	Secrets []byte

	HTTP http.RoundTripper // nil: a transport of its own
	Now  func() time.Time  // nil means time.Now
}

// Hook tells a shop's billing software what happens: every event, in order, at least once. The event log is the outbox:
// what was delivered last is remembered, and a receiver that is away gets everything when it is back.
//
// A message is POST {"events":[…]} with the events of /v1/events, and the header
//
//	Galla-Signature: t=UNIXTIME,v1=HEX
//
// where HEX is HMAC-SHA-256 under the secret of UNIXTIME, a point, and the body; while a secret is changed there are
// two v1. The receiver answers 2xx once it has them; it compares the signature, refuses what is older than a few
// minutes, and takes each seq once.
type Hook struct {
	name     string
	till     Till
	settings Settings
	log      *slog.Logger
	encode   func(ctx context.Context, events []state.Event) ([]byte, error)
	probe    []byte
	line     *Sender
	host     string
	now      func() time.Time
	from     *uint64       // what Begin found
	again    chan uint64   // asked by a person: go on after this event
	probing  chan struct{} // holds one token: a test is sent one at a time
	wake     chan struct{} // a test was taken: what waits is sent now

	mu sync.Mutex
	at Status
}

const (
	batch     = 256 // events in a message, at most
	maxAnswer = 16 << 10

	hookTimeout   = 10 * time.Second
	stopGrace     = 2 * time.Second // what a delivery under way is given when gallad stops
	hookFirstWait = time.Second
	hookLongWait  = 5 * time.Minute
	hookAsked     = time.Hour // what a receiver's Retry-After can make us wait, at most
)

// New checks the options.
func New(o Options) (*Hook, error) {
	line, err := NewSender(Sending{URL: o.URL, Trust: o.Trust, Secrets: o.Secrets, HTTP: o.HTTP, Now: o.Now})
	if err != nil {
		return nil, err
	}
	h := &Hook{
		name:     o.Name,
		till:     o.Till,
		settings: o.Settings,
		log:      o.Log,
		line:     line,
		host:     line.host,
		encode:   o.Encode,
		probe:    o.Probe,
		now:      line.now,
		again:    make(chan uint64, 1),
		probing:  make(chan struct{}, 1),
		wake:     make(chan struct{}, 1),
	}

	h.told(0)
	return h, nil
}

// Run delivers until ctx ends, and returns nil then. It fails only when the settings do.
func (h *Hook) Run(ctx context.Context) error {
	if h.from == nil {
		if err := h.Begin(); err != nil {
			return err
		}
	}
	at := *h.from
	h.told(at)
	wait := hookFirstWait
	for ctx.Err() == nil {
		select {
		case at = <-h.again:
		default:
		}

		changed := h.till.Changed() // before the read: a commit in between closes it
		body, last, err := h.next(ctx, at)
		if err == nil && last == at {
			select {
			case <-ctx.Done():
				return nil
			case at = <-h.again:
			case <-changed:
			}
			continue
		}
		if err == nil && body != nil {
			err = h.line.Send(ctx, body)
		}
		if err == nil {
			// Dying before this line delivers the same events once more; the receiver takes each seq once. What it
			// wants nothing of is remembered with the next that it wants.
			if body != nil {
				if err := h.remember(last); err != nil {
					return err
				}
			}
			at, wait = last, hookFirstWait
			h.told(at)
			continue
		}
		if ctx.Err() != nil {
			break
		}

		pause := max(wait, Wait(err))
		h.log.Warn("webhook not delivered", "hook", h.Status().Name, "host", h.host, "after", at,
			"again_in", pause, "error", err)
		select {
		case <-h.wake: // of a test before this failure
		default:
		}
		h.failed(err, pause)
		select {
		case <-ctx.Done():
			return nil
		case at = <-h.again:
		case <-h.wake:
		case <-time.After(pause):
		}
		wait = min(2*wait, hookLongWait)
	}

	return nil
}

// remember writes down what was delivered.
func (h *Hook) remember(last uint64) error {
	if err := h.settings.Put(h.cursor(), strconv.AppendUint(nil, last, 10)); err != nil {
		return fmt.Errorf("remember what the webhook delivered: %w", err)
	}
	return nil
}

func (h *Hook) cursor() string {
	if h.name == "" {
		return "hook/cursor"
	}
	return "hook/" + h.name + "/cursor"
}

// Begin fixes after which event the hook goes on. Whoever has it called before the first sale can be taken loses none
// of that sale's events to a late Run, which calls it otherwise. It is called once, before Run.
func (h *Hook) Begin() error {
	at, err := h.begin()
	if err == nil {
		h.from = &at
	}
	return err
}

// begin says after which event to go on: when the hook is switched on, the newest there is.
func (h *Hook) begin() (uint64, error) {
	b, found, err := h.settings.Get(h.cursor())
	if err != nil {
		return 0, fmt.Errorf("read what the webhook delivered: %w", err)
	}
	newest, err := h.till.Seq()
	if err != nil {
		return 0, fmt.Errorf("read where the webhook begins: %w", err)
	}
	if !found {
		// Dying before this line leaves no cursor, and the next start begins at its own moment; after it, nothing is
		// lost any more.
		if err := h.settings.Put(h.cursor(), strconv.AppendUint(nil, newest, 10)); err != nil {
			return 0, fmt.Errorf("remember where the webhook began: %w", err)
		}
		return newest, nil
	}
	at, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read what the webhook delivered: %w", err)
	}
	return min(at, newest), nil // a store that was replaced counts anew
}

// next makes the message for the events after at: nil when the receiver wants none of them. last is at when there are
// none.
func (h *Hook) next(ctx context.Context, at uint64) (body []byte, last uint64, err error) {
	events, err := h.till.Events(ctx, at, batch)
	if err != nil || len(events) == 0 {
		return nil, at, err
	}
	body, err = h.encode(ctx, events)
	return body, events[len(events)-1].Seq, err
}
