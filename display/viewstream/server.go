package viewstream

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"galla/display"
)

// maxDisplays bounds how many may be connected at once: screens, their sound, somebody looking on.
const maxDisplays = 16

// maxPaid bounds how many payments may wait for one sound process to read them.
const maxPaid = 16

// Options are what a Server may be told. The zero value allows everybody and logs nothing.
type Options struct {
	// Allow says whether a process of this user may be a display. It is asked once per connection, before a word is
	// looked at; what isn't a Unix socket is then refused altogether. Nil: everybody who can open the socket.
	Allow func(uid uint32) bool
	Log   *slog.Logger
}

// Server is gallad's side. Its methods may be called from any goroutine.
type Server struct {
	allow  func(uid uint32) bool
	log    *slog.Logger
	clock  func() time.Duration
	events chan Event

	mu       sync.Mutex
	view     display.View // the newest
	displays map[*conn]struct{}
	lastID   int
}

// New returns a Server that shows "starting" until the first Publish.
func New(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{
		allow:    o.Allow,
		log:      o.Log,
		clock:    boottime,
		events:   make(chan Event, 64),
		view:     display.View{Seq: 1, Screen: display.ScreenOutOfService, Reason: display.ReasonStarting},
		displays: map[*conn]struct{}{},
	}
}

// Events gives what comes back from the displays, in the order of each display. The channel must be read as long as
// Serve runs: an unread event holds up the display that sent it. It is never closed.
func (s *Server) Events() <-chan Event { return s.events }

// Publish makes v what every display shows from now on and returns the Seq it was given. It never blocks; a display
// that can't keep up gets only the newest. A View that contradicts itself is logged, and "out of service" takes its
// place, so that no earlier customer's screen stays up.
func (s *Server) Publish(v display.View) uint64 {
	v.Tape, v.Languages = slices.Clone(v.Tape), slices.Clone(v.Languages)
	s.mu.Lock()
	defer s.mu.Unlock()
	v.Seq = s.view.Seq + 1
	if err := publishable(v); err != nil {
		s.log.Error("a view can't be shown; out of service is shown instead", "screen", v.Screen,
			"sale", v.SaleID, "err", err)
		v = display.View{Seq: v.Seq, Screen: display.ScreenOutOfService,
			Reason: display.ReasonQRUnreadable, Demo: v.Demo}
	}
	s.view = v
	for d := range s.displays {
		d.wake()
	}
	return v.Seq
}

// Paid has v, a paid sale, told to every sound process that is connected now, whatever is on the screen: the screen
// shows one sale, and the slip of another may be paid meanwhile. It never blocks, and nothing is kept for who isn't
// there.
func (s *Server) Paid(v display.View) {
	v.Languages = slices.Clone(v.Languages)
	s.mu.Lock()
	defer s.mu.Unlock()
	v.Seq = s.view.Seq
	if err := publishable(v); err != nil {
		s.log.Error("a payment can't be told", "sale", v.SaleID, "err", err)
		return
	}
	for d := range s.displays {
		if d.role != RoleSound {
			continue
		}
		select {
		case d.paid <- v:
		default:
			s.log.Warn("a sound process doesn't read; a payment goes unheard", "display", d.id, "sale", v.SaleID)
		}
	}
}

// publishable checks that a display would accept v.
func publishable(v display.View) error {
	w := toWire(v, time.Now())
	if err := w.check(); err != nil {
		return err
	}
	_, err := encode(message{Kind: kindView, View: w})
	return err
}

func (s *Server) current() display.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view
}

// Serve takes displays from l until ctx ends, then hangs up on all of them and returns nil. It closes l. Any other
// error means that l is broken. Several Serve may run at once on several listeners.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				c.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil: // out of file descriptors, or a peer that left before it was accepted
			s.log.Warn("a display could not be accepted; trying again in 1 s", "err", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			continue
		}
		wg.Go(func() { s.serve(ctx, c) })
	}
}

// tell hands e to the reader of Events.
func (s *Server) tell(ctx context.Context, e Event) {
	select {
	case s.events <- e:
	case <-ctx.Done():
	}
}
