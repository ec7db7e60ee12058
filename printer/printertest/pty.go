package printertest

import (
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/creack/pty"
)

// TTY is a virtual printer on a pseudo terminal, reached by a symlink, as /dev/serial/by-id reaches a real one.
// A pty has no speed, no modem lines and no real drain: the printer reads at its own line's speed instead.
type TTY struct {
	printer *Printer
	link    string
	master  *os.File
	slave   *os.File // held open, so that the host may close and open its end
}

// Serve puts the printer on a pty and makes link point to it. Close ends it.
func (p *Printer) Serve(link string) (*TTY, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	os.Remove(link)
	if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
		return nil, err
	}
	if err := os.Symlink(slave.Name(), link); err != nil {
		return nil, err
	}
	p.Attach(master)
	return &TTY{p, link, master, slave}, nil
}

// Attach puts the printer on any two-way line, such as the gadget's end of a USB tty. Whoever made the line closes it.
func (p *Printer) Attach(rw io.ReadWriter) {
	p.attach(rw, time.Second*10/time.Duration(p.model.Baud))
}

func (p *Printer) attach(rw io.ReadWriter, byteTime time.Duration) {
	p.mu.Lock()
	p.line++
	line := p.line
	p.out = nil
	p.changed.Broadcast()
	p.mu.Unlock()
	p.running.Go(func() { p.wire(line, byteTime, func(limit int) ([]byte, error) { return p.take(rw, limit) }) })
	p.running.Go(func() { p.speak(line, rw) })
}

// take is the line's supply of bytes.
func (p *Printer) take(r io.Reader, limit int) ([]byte, error) {
	p.mu.Lock()
	for p.stuck && !p.closed {
		p.changed.Wait()
	}
	p.mu.Unlock()
	b := make([]byte, limit)
	n, err := r.Read(b)
	if n > 0 {
		err = nil
	}
	return b[:n], err
}

// speak passes answers on to the host.
func (p *Printer) speak(line int, w io.Writer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.line == line && !p.closed {
		if len(p.out) == 0 {
			p.changed.Wait()
			continue
		}
		b := p.out
		p.out = nil
		p.mu.Unlock()
		_, err := w.Write(b)
		p.mu.Lock()
		if err != nil {
			return
		}
	}
}

// Close unplugs the printer: the host's reads and writes fail, and the link is gone.
func (t *TTY) Close() error {
	t.printer.Unplug()
	os.Remove(t.link)
	t.slave.Close()
	return t.master.Close()
}
