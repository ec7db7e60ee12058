package printertest

import (
	"io"
	"os"
	"syscall"
	"time"
)

// queueSize is how much an 8250's tty takes before a write blocks.
const queueSize = 4095

// Line is the host's end of a connection in memory: a serial port as package printer uses one, with the kernel's output
// queue in between. It obeys XOFF as a tty with IXON does.
type Line struct {
	printer *Printer
	id      int
	queue   []byte
	until   time.Time // write deadline
	closed  bool
}

// Open connects the host. A printer has one living connection: opening again, or Unplug, ends the one before.
func (p *Printer) Open() *Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line++
	l := &Line{printer: p, id: p.line}
	p.out = nil
	p.changed.Broadcast()
	p.running.Go(func() { p.wire(l.id, l.next) })
	return l
}

// Unplug ends the connection: reads and writes fail as they do when a USB adapter is pulled out, and what the kernel held is lost.
func (p *Printer) Unplug() { p.update(func() { p.line++ }) }

// dead tells whether the connection is over. The caller holds mu.
func (l *Line) dead() bool { return l.printer.line != l.id || l.printer.closed }

// next is the line's supply of bytes.
func (l *Line) next(limit int) ([]byte, error) {
	p := l.printer
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if l.dead() || l.closed {
			return nil, io.EOF
		}
		if len(l.queue) > 0 && !p.stuck && !p.paused {
			break
		}
		p.changed.Wait()
	}
	n := min(limit, len(l.queue))
	b := append([]byte(nil), l.queue[:n]...)
	l.queue = l.queue[n:]
	p.changed.Broadcast()
	return b, nil
}

// Path names the line.
func (l *Line) Path() string { return "memory" }

// Write queues b, waiting for room until the write deadline.
func (l *Line) Write(b []byte) (int, error) {
	p := l.printer
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := time.Until(l.until); !l.until.IsZero() && d > 0 {
		defer time.AfterFunc(d, func() { p.update(func() {}) }).Stop()
	}
	sent := 0
	for sent < len(b) {
		switch {
		case l.closed:
			return sent, os.ErrClosed
		case l.dead():
			return sent, syscall.EIO
		case len(l.queue) < queueSize:
			n := min(queueSize-len(l.queue), len(b)-sent)
			l.queue = append(l.queue, b[sent:sent+n]...)
			sent += n
			p.changed.Broadcast()
		case !l.until.IsZero() && !time.Now().Before(l.until):
			return sent, os.ErrDeadlineExceeded
		default:
			p.changed.Wait()
		}
	}
	return sent, nil
}

// Read returns what the printer said; flow control bytes are taken out, as IXON does.
func (l *Line) Read(b []byte) (int, error) {
	p := l.printer
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case l.closed:
			return 0, os.ErrClosed
		case l.dead():
			return 0, io.EOF
		}
		n := 0
		for n < len(b) && len(p.out) > 0 {
			if c := p.out[0]; !p.model.XonXoff || c != 0x11 && c != 0x13 {
				b[n] = c
				n++
			}
			p.out = p.out[1:]
		}
		if n > 0 {
			return n, nil
		}
		p.changed.Wait()
	}
}

// SetWriteDeadline bounds Write.
func (l *Line) SetWriteDeadline(t time.Time) error {
	l.printer.update(func() { l.until = t })
	return nil
}

// Queued is what the line hasn't taken yet.
func (l *Line) Queued() (int, error) {
	l.printer.mu.Lock()
	defer l.printer.mu.Unlock()
	if l.dead() {
		return 0, syscall.EIO
	}
	return len(l.queue), nil
}

// Discard drops unread answers and, when asked, what wasn't sent.
func (l *Line) Discard(output bool) error {
	p := l.printer
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.dead() {
		return syscall.EIO
	}
	p.out = nil
	if output {
		l.queue = nil
		p.changed.Broadcast()
	}
	return nil
}

// Close ends the host's side.
func (l *Line) Close() error {
	l.printer.update(func() { l.closed = true })
	return nil
}

// Closed tells whether the host has closed its side.
func (l *Line) Closed() bool {
	l.printer.mu.Lock()
	defer l.printer.mu.Unlock()
	return l.closed
}
