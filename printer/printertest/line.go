package printertest

import (
	"io"
	"os"
	"syscall"
	"time"

	"galla/printer/port"
)

// queueSize is how much an 8250's tty takes before a write blocks.
const queueSize = 4095

// Sizes of the other lines: what usblp takes as one transfer, and a connection's send queue.
const (
	transferSize = 8192
	sendQueue    = 64 << 10
)

// Line is the host's end of a connection in memory, as package printer uses one, with the kernel's output queue in
// between. A serial one obeys XOFF as a tty with IXON does, and loses what the printer has no room for. A USB one takes
// one transfer at a time, and the bus holds it; a TCP one queues, and the window holds it.
type Line struct {
	printer *Printer
	means   port.Means
	id      int
	drop    bool // TCP: what is queued dies with the connection
	// bytes between the queue and the printer's buffer: no kernel counts those of a tty, and the others all
	flying int
	queue  []byte
	until  time.Time // write deadline
	closed bool
}

// Open connects the host by a serial line. A printer has one living connection: opening again, or Unplug, ends the one
// before.
func (p *Printer) Open() *Line { return p.OpenBy(port.Serial) }

// OpenBy connects the host by any line.
func (p *Printer) OpenBy(means port.Means) *Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line++
	l := &Line{printer: p, means: means, id: p.line}
	p.out = nil
	p.changed.Broadcast()
	byteTime := time.Second * 10 / time.Duration(p.model.Baud)
	if means != port.Serial {
		byteTime = time.Microsecond
	}
	p.running.Go(func() { p.wire(l.id, byteTime, l.next) })
	return l
}

// Unplug ends the connection: reads and writes fail as they do when a USB adapter is pulled out, and what the kernel
// held is lost.
func (p *Printer) Unplug() { p.update(func() { p.line++ }) }

// dead tells whether the connection is over. The caller holds mu.
func (l *Line) dead() bool { return l.printer.line != l.id || l.printer.closed }

// next is the line's supply of bytes.
func (l *Line) next(most int) ([]byte, error) {
	p, limit := l.printer, most
	p.mu.Lock()
	defer p.mu.Unlock()
	l.flying = 0
	p.changed.Broadcast()
	for {
		ended := l.closed &&
			(l.means != port.TCP || l.drop || len(l.queue) == 0) // TCP delivers what was queued before a close
		if l.dead() || ended {
			return nil, io.EOF
		}
		if l.means != port.Serial {
			limit = min(limit, p.model.Buffer-len(p.buffer))
		}
		if len(l.queue) > 0 && !p.stuck && !p.paused && limit > 0 && !(p.off && l.means != port.Serial) {
			break
		}
		limit = most
		p.changed.Wait()
	}
	n := min(limit, len(l.queue))
	b := append([]byte(nil), l.queue[:n]...)
	l.queue = l.queue[n:]
	if l.means != port.Serial {
		l.flying = n
	}
	p.changed.Broadcast()
	return b, nil
}

// Path names the line.
func (l *Line) Path() string { return "memory" }

// Means is what kind of line it is.
func (l *Line) Means() port.Means { return l.means }

// room is how much the kernel takes now. The caller holds the printer's mu.
func (l *Line) room() int {
	switch {
	case l.means == port.TCP:
		return sendQueue - len(l.queue)
	case l.means == port.USB && len(l.queue)+l.flying > 0:
		return 0
	case l.means == port.USB:
		return transferSize
	}
	return queueSize - len(l.queue)
}

// gone is how a write fails once the connection is over.
func (l *Line) gone() error {
	return map[port.Means]error{port.USB: syscall.ENODEV, port.TCP: syscall.ECONNRESET,
		port.Serial: syscall.EIO}[l.means]
}

// Signals is the port status of the USB printer class, which a USB printer tells whatever its ESC/POS side does.
func (l *Line) Signals() (port.Signals, error) {
	p := l.printer
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case l.closed:
		return port.Signals{}, os.ErrClosed
	case l.dead():
		return port.Signals{}, syscall.ENODEV
	case l.means != port.USB || !p.model.Signals:
		return port.Signals{}, nil
	}
	return port.Signals{Known: true, PaperOut: p.paper == 0, Offline: p.coverOpen}, nil
}

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
			return sent, l.gone()
		case l.room() > 0:
			n := min(l.room(), len(b)-sent)
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
		return 0, l.gone()
	}
	return len(l.queue) + l.flying, nil
}

// Discard drops unread answers and, when asked, what wasn't sent.
func (l *Line) Discard(output bool) error {
	p := l.printer
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.dead() {
		return l.gone()
	}
	if l.means != port.Serial {
		if output && len(l.queue)+l.flying > 0 {
			l.drop = true
			return port.ErrHeld
		}
		return nil
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
