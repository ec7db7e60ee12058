package port

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// Flow is how a printer asks for a pause. DTR/DSR isn't there because Linux has none: wire the printer's DTR to CTS.
type Flow string

const (
	FlowNone    Flow = "none"
	FlowXonXoff Flow = "xonxoff"
	FlowRTSCTS  Flow = "rtscts"
)

// closeLimit bounds Close. An 8250 is done in 0.1 s; a USB driver can't drop what a stuck device doesn't take, waits
// for it up to 30 s, and is left to that: unplugging ends it at once.
const closeLimit = 500 * time.Millisecond

// TTY is an open serial line. Read and Write may run beside each other; Close may be called at any time, from anywhere,
// and ends both.
type TTY struct {
	path   string // what the name resolved to
	file   *os.File
	line   serial.Port // holds the mode and TIOCEXCL; never written to
	flow   Flow
	once   sync.Once
	closed error
}

// OpenTTY opens name: a tty, or a link to one such as /dev/serial/by-id/…, resolved afresh at each call. The mode is
// 8N1, raw, at baud. Errors are *Error where the cause is known; test with errors.As.
func OpenTTY(name string, baud int, flow Flow) (*TTY, error) {
	path, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, explain(Serial, name, name, err)
	}

	// Before the library, which takes exclusive use, and not blocking: a modem line that is down would hold open(2).
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, explain(Serial, name, path, err)
	}
	if _, err := termios(f); err != nil {
		f.Close()
		return nil, explain(Serial, name, path, err)
	}
	if console(path) {
		f.Close()
		return nil, &Error{
			Means: Serial,
			Name:  name,
			Path:  path,
			Kind:  KindConsole,
			Err:   errors.New("the kernel writes its messages to it"),
		}
	}

	// TIOCEXCL doesn't stop root, and a second gallad started by hand often is root.
	if err := control(f, func(fd int) error {
		return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	}); errors.Is(err, unix.EWOULDBLOCK) {
		f.Close()
		return nil, &Error{Means: Serial, Name: name, Path: path, Kind: KindBusy, Err: unix.EBUSY}
	}

	line, err := serial.Open(
		path,
		&serial.Mode{BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit},
	)
	if err != nil {
		f.Close()
		return nil, explain(Serial, name, path, err)
	}
	p := &TTY{path: path, file: f, line: line, flow: flow}
	if err := p.setFlow(flow); err != nil {
		p.Close()
		return nil, fmt.Errorf("%s: set flow control %q: %w", path, flow, err)
	}
	return p, nil
}

// Path is the device the name resolved to, such as /dev/ttyACM0.
func (p *TTY) Path() string { return p.path }

// Means is Serial.
func (p *TTY) Means() Means { return Serial }

// Write sends all of b or says how much was taken and why not more: os.ErrDeadlineExceeded, os.ErrClosed, EIO after an
// unplug.
func (p *TTY) Write(b []byte) (int, error) { return p.file.Write(b) }

// Read returns at least one byte, or os.ErrDeadlineExceeded, os.ErrClosed, or io.EOF or EIO after an unplug.
func (p *TTY) Read(b []byte) (int, error) { return p.file.Read(b) }

// SetReadDeadline bounds Read.
func (p *TTY) SetReadDeadline(t time.Time) error { return p.file.SetReadDeadline(t) }

// SetWriteDeadline bounds Write.
func (p *TTY) SetWriteDeadline(t time.Time) error { return p.file.SetWriteDeadline(t) }

// Queued is the number of bytes the kernel still holds. A pseudo terminal always says 0.
func (p *TTY) Queued() (int, error) {
	var n int
	err := p.control(func(fd int) (err error) {
		n, err = unix.IoctlGetInt(fd, unix.TIOCOUTQ)
		return err
	})
	return n, err
}

// Discard drops what wasn't read yet and, when output is set, what wasn't sent yet.
func (p *TTY) Discard(output bool) error {
	queue := unix.TCIFLUSH
	if output {
		queue = unix.TCIOFLUSH
	}
	return p.control(func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, queue) })
}

// Close lets the line go. Unsent bytes are dropped, because the kernel would wait 30 s for them; flow control is taken
// off first, because with CTS down dropping alone isn't enough.
func (p *TTY) Close() error {
	p.once.Do(func() {
		done := make(chan error, 1)
		go func() {
			p.setFlow(FlowNone) // best effort: the device may be gone
			p.Discard(true)
			done <- errors.Join(p.file.Close(), p.line.Close())
		}()
		select {
		case err := <-done:
			p.closed = err
		case <-time.After(closeLimit):
			p.closed = fmt.Errorf("%s did not close within %s: its driver is stuck; left to finish by itself",
				p.path, closeLimit)
		}
	})
	return p.closed
}

func (p *TTY) setFlow(flow Flow) error {
	return p.control(func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return err
		}
		t.Iflag &^= unix.IXON | unix.IXOFF | unix.IXANY
		// A printer that is switched off pulls the line low. Read as a byte, that break is 0x00, which many answers may
		// be.
		t.Iflag |= unix.IGNBRK
		t.Cflag &^= unix.CRTSCTS
		switch flow {
		case FlowXonXoff:
			t.Iflag |= unix.IXON
		case FlowRTSCTS:
			t.Cflag |= unix.CRTSCTS
		}
		return unix.IoctlSetTermios(fd, unix.TCSETS, t)
	})
}

func (p *TTY) control(f func(fd int) error) error { return control(p.file, f) }

// control runs f on the descriptor without taking it out of the poller, as Fd would.
func control(file *os.File, f func(fd int) error) error {
	c, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := c.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

func termios(file *os.File) (t *unix.Termios, err error) {
	err = control(file, func(fd int) (err error) {
		t, err = unix.IoctlGetTermios(fd, unix.TCGETS)
		return err
	})
	return t, err
}
