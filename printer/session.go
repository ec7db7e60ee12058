package printer

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"galla/printer/escpos"
	"galla/printer/port"
)

// Times of the conversation. A printer answers a real-time request within milliseconds; the limit is for slow lines.
const (
	answerLimit = 300 * time.Millisecond
	slowLimit   = 3 * time.Second // of a printer that answers late, and for which the first question waits
	clearLimit  = time.Second
	pollEvery   = 2 * time.Second        // while idle: how long the counter may not know that the paper ran out
	ackMargin   = 2 * time.Second        // beyond line and head
	writeStep   = 100 * time.Millisecond // how late the end of a context is noticed on a held line
	troubleWait = time.Second            // between looks while a job waits for paper
)

// session is one opened line. It lives in Run's goroutine, beside one goroutine that only reads.
type session struct {
	*Printer
	line     Line
	asks     bool      // the printer is asked how it is
	never    bool      // it must not be asked (port.Unasked), whatever the profile says
	signals  signaller // nil: the line has none, or the printer must not be asked
	incoming chan []byte
	broken   chan error // why reading ended
	closed   chan struct{}
	demux    escpos.Demux
	pace     *pacer
	replies  []reply          // read and not yet asked for
	answers  bool             // it has answered since the line was opened
	noise    int              // bytes no printer sends
	ack      func(reply) bool // the acknowledgement a job waits for; nil: none
	acked    bool             // it came
	limit    time.Duration    // for an answer
	waited   bool             // it was given time to answer late
	late     time.Duration    // how long it took
	confirms string           // how it says that a job is on paper, a Confirms value; "" is not found out yet
	model    string
	calm     State // the last state that neither a job nor a held line made
	held     bool  // the line takes no more data
}

// reply is an escpos.Reply that owns its data.
type reply struct {
	kind escpos.ReplyKind
	data string
}

// serve talks to the printer until ctx ends or the line fails.
func (p *Printer) serve(ctx context.Context, line Line) error {
	s, end := p.open(line)
	defer end()
	if err := s.probe(ctx); err != nil {
		return err
	}
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	hangUp := time.NewTimer(lingers)
	defer hangUp.Stop()
	for {
		if ctx.Err() != nil { // a job that was kept for later would be begun again and again
			return ctx.Err()
		}
		if s.dirty.bytes > 0 {
			// At once, not before the next job: else the rest of the lost one comes out when paper is put in.
			if err := s.resync(ctx); err != nil {
				return err
			}
		}
		if s.confirms == "" && s.answers && s.State().ready() {
			if err := s.findOut(ctx); err != nil {
				return err
			}
		}
		if s.pending != nil && s.pending.ctx.Err() != nil {
			s.drop()
		}
		if s.pending != nil && s.State().ready() {
			if err := s.print(ctx); err != nil {
				return err
			}
			hangUp.Reset(lingers)
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.broken:
			return err
		case b := <-s.incoming:
			s.take(b)
			s.replies = s.replies[:0] // nobody asked
		case <-poll.C:
			// one that never answered isn't asked again until there is a slip: it may print the question
			now := s.State().Condition
			if s.answers || s.signals != nil || now == ConditionGarbled || now == ConditionAsleep ||
				now == ConditionOffline {
				if err := s.look(ctx); err != nil {
					return err
				}
			}
		case <-hangUp.C:
			if s.options.Profile.Link == port.TCP && s.pending == nil {
				return errHungUp
			}
		case r := <-s.takes():
			s.pending = r
			if err := s.look(ctx); err != nil {
				return err
			}
		case <-s.expired():
			s.drop()
		}
	}
}

// open begins a session on a line; end closes the line and waits for the reader.
func (p *Printer) open(line Line) (s *session, end func()) {
	s = &session{Printer: p, line: line, limit: answerLimit, incoming: make(chan []byte, 16),
		broken: make(chan error, 1), closed: make(chan struct{}), pace: newPacer(p.options.Profile)}
	if s.asks = p.options.Profile.Status == "dle"; p.options.Port != "" {
		if port.Unasked(p.options.Port) {
			s.asks, s.never = false, true
		}
	}
	if !s.never && p.options.Profile.Status != "never" {
		s.signals, _ = line.(signaller)
	}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		s.read()
	}()
	return s, func() {
		close(s.closed)
		if err := line.Close(); err != nil {
			p.log.Warn("printer port did not close cleanly", "err", err)
			return // the reader may be stuck with it
		}
		<-reading
	}
}

// read passes on what the printer sends until the line fails or is closed.
func (s *session) read() {
	for {
		b := make([]byte, 64)
		n, err := s.line.Read(b)
		if n > 0 {
			select {
			case s.incoming <- b[:n]:
			case <-s.closed:
				return
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the printer's line was closed at the other end")
			}
			s.broken <- err
			return
		}
	}
}

// take sorts incoming bytes into replies.
func (s *session) take(b []byte) {
	s.demux.Feed(b, func(r escpos.Reply) {
		switch r.Kind {
		case escpos.ReplyNoise:
			s.noise++
		case escpos.ReplyXON, escpos.ReplyXOFF:
			// Only seen without kernel flow control; pacing doesn't need them.
		default:
			got := reply{r.Kind, string(r.Data)}
			if s.ack != nil && s.ack(got) {
				s.acked = true
				return
			}
			s.replies = append(s.replies, got)
		}
	})
	if len(s.replies) > 64 { // a printer set to report by itself, or noise that looks like it
		s.replies = s.replies[:0]
	}
}

// ask sends a request and waits for a reply of its kind. Whatever came before is the answer to something else and is
// dropped.
func (s *session) ask(ctx context.Context, request []byte, kind escpos.ReplyKind, limit time.Duration) (
	string, bool, error,
) {
	if err := s.forgetInput(); err != nil {
		return "", false, err
	}
	if _, err := s.send(ctx, request, time.Now().Add(limit)); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return "", false, nil // the line is held: no answer
		}
		return "", false, err
	}
	limit += time.Duration(len(request)+8) * s.options.Profile.ByteTime()
	return s.await(ctx, limit, func(r reply) bool { return r.kind == kind })
}

// await waits for a reply that matches. Silence is no error.
func (s *session) await(ctx context.Context, limit time.Duration, match func(reply) bool) (string, bool, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		for i, r := range s.replies {
			if match(r) {
				s.replies = s.replies[i+1:]
				return r.data, true, nil
			}
		}
		s.replies = s.replies[:0]
		if s.acked {
			return "", false, nil // the job's end matters more than what was asked
		}
		select {
		case b := <-s.incoming:
			s.take(b)
		case err := <-s.broken:
			return "", false, err
		case <-ctx.Done():
			return "", false, ctx.Err()
		case <-timer.C:
			return "", false, nil
		}
	}
}

// forgetInput drops what was received and not asked for; while a job waits for its acknowledgement nothing is dropped.
func (s *session) forgetInput() error {
	if s.ack != nil {
		s.replies = s.replies[:0]
		return nil
	}
	if err := s.line.Discard(false); err != nil {
		return err
	}
	for {
		select {
		case <-s.incoming:
		case err := <-s.broken:
			return err
		default:
			s.demux.Reset()
			s.replies = s.replies[:0]
			return nil
		}
	}
}

// rest publishes a state made by the printer itself.
func (s *session) rest(st State) {
	st.Device, st.Model, st.Answers, st.Confirms = s.line.Path(), s.model, s.answers, s.confirms
	s.calm = st
	s.set(st)
}

// printing publishes that a job is under way; settle takes it back.
func (s *session) printing() {
	now := s.State()
	now.Condition, now.Detail = ConditionPrinting, ""
	s.set(now)
}

func (s *session) settle() {
	if s.State().Condition == ConditionPrinting {
		s.set(s.calm)
	}
}

// send writes all of b by until, in steps short enough to notice ctx. It returns how much was taken.
func (s *session) send(ctx context.Context, b []byte, until time.Time) (int, error) {
	sent, begun := 0, time.Now()
	for sent < len(b) {
		step := time.Now().Add(writeStep)
		if until.Before(step) {
			step = until
		}
		if err := s.line.SetWriteDeadline(step); err != nil {
			return sent, err
		}
		n, err := s.line.Write(b[sent:])
		sent += n
		if n > 0 && s.held {
			s.held = false
			s.printing()
		}
		if err == nil {
			continue // also after a short write, which one driver calls a success
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return sent, err
		}
		if ctx.Err() != nil {
			return sent, ctx.Err()
		}
		now := time.Now()
		if !now.Before(until) {
			return sent, err
		}
		if now.Sub(begun) >= troubleWait {
			s.hold()
		}
	}
	return sent, nil
}

// hold publishes that the line takes no more, with the reason where the line itself knows it.
func (s *session) hold() {
	if s.held {
		return
	}
	s.held = true
	held := s.State()
	held.Condition, held.Detail = ConditionOffline, "The printer takes no more data. Look for an open cover, an "+
		"empty roll or a loose cable."
	if c, known := s.signalled(); known && c != (escpos.Condition{}) {
		held.Condition, held.Detail = read(c)
	}
	s.set(held)
}

// signalled is how the printer is by its line alone. known is false where that says nothing.
func (s *session) signalled() (c escpos.Condition, known bool) {
	if s.signals == nil {
		return c, false
	}
	g, err := s.signals.Signals()
	if err != nil || !g.Known {
		return c, false // a printer that went away is the reader's to find
	}
	return escpos.Condition{PaperOut: g.PaperOut, Offline: g.Offline, Recoverable: g.Error &&
		!g.PaperOut && !g.Offline}, true
}
