package printertest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Turn is one step of a conversation: what the host wrote, or what the printer answered.
type Turn struct {
	Host, Printer []byte // one of them
}

// Playback is a port that expects a conversation recorded from a real printer and gives its answers: any other byte of
// the host fails. It proves that what was said then is still said, no more; a printer's behaviour is Printer's
// business.
type Playback struct {
	mu      sync.Mutex
	changed *sync.Cond
	turns   []Turn
	failed  error
	closed  bool
}

// NewPlayback returns a port that will take these turns.
func NewPlayback(turns ...Turn) *Playback {
	p := &Playback{}
	p.changed = sync.NewCond(&p.mu)
	for _, t := range turns {
		p.turns = append(p.turns, Turn{bytes.Clone(t.Host), bytes.Clone(t.Printer)})
	}
	return p
}

// Path names the port.
func (p *Playback) Path() string { return "playback" }

// Write takes the host's next bytes.
func (p *Playback) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := range b {
		if p.closed || p.failed != nil {
			return n, errors.Join(os.ErrClosed, p.failed)
		}
		if len(p.turns) == 0 || len(p.turns[0].Host) == 0 || p.turns[0].Host[0] != b[n] {
			p.failed = fmt.Errorf("the host wrote % x where the recording has %+v",
				b[n:], p.turns[:min(1, len(p.turns))])
			return n, p.failed
		}
		p.turns[0].Host = p.turns[0].Host[1:]
		p.next()
	}
	return len(b), nil
}

// next goes to the following turn when one is used up. The caller holds mu.
func (p *Playback) next() {
	if t := p.turns[0]; len(t.Host)+len(t.Printer) == 0 {
		p.turns = p.turns[1:]
	}
	p.changed.Broadcast()
}

// Read gives the printer's answer when its turn has come.
func (p *Playback) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed {
		if len(p.turns) > 0 && len(p.turns[0].Printer) > 0 {
			n := copy(b, p.turns[0].Printer)
			p.turns[0].Printer = p.turns[0].Printer[n:]
			p.next()
			return n, nil
		}
		p.changed.Wait()
	}
	return 0, io.EOF
}

// SetWriteDeadline does nothing: a playback never waits.
func (p *Playback) SetWriteDeadline(time.Time) error { return nil }

// Queued is always 0.
func (p *Playback) Queued() (int, error) { return 0, nil }

// Discard does nothing: an answer of the recording comes only when it is asked for.
func (p *Playback) Discard(bool) error { return nil }

// Close ends the conversation.
func (p *Playback) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.changed.Broadcast()
	return nil
}

// Done is nil when the whole conversation took place and nothing else.
func (p *Playback) Done() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed == nil && len(p.turns) > 0 {
		return fmt.Errorf("%d turns of the recording didn't take place, the next is %+v", len(p.turns), p.turns[0])
	}
	return p.failed
}

// Recorder passes a port on and keeps what was said, as turns for NewPlayback. It is for a bench with a real printer.
type Recorder struct {
	Port  io.ReadWriter
	mu    sync.Mutex
	turns []Turn
}

// Write records the host's bytes.
func (r *Recorder) Write(b []byte) (int, error) {
	n, err := r.Port.Write(b)
	r.keep(b[:n], nil)
	return n, err
}

// Read records the printer's bytes.
func (r *Recorder) Read(b []byte) (int, error) {
	n, err := r.Port.Read(b)
	r.keep(nil, b[:n])
	return n, err
}

func (r *Recorder) keep(host, printer []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := len(r.turns) - 1; last >= 0 && (len(host) > 0) == (len(r.turns[last].Host) > 0) {
		r.turns[last].Host = append(r.turns[last].Host, host...)
		r.turns[last].Printer = append(r.turns[last].Printer, printer...)
	} else if len(host)+len(printer) > 0 {
		r.turns = append(r.turns, Turn{bytes.Clone(host), bytes.Clone(printer)})
	}
}

// Turns is the conversation so far.
func (r *Recorder) Turns() []Turn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Turn(nil), r.turns...)
}
