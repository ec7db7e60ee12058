package port

import (
	"errors"
	"time"
)

// Line is an open line. Read and Write may run beside each other; Close may be called at any time, from anywhere, ends
// both, and takes less than a second.
type Line interface {
	Path() string // the device or address the name resolved to
	Means() Means
	Read([]byte) (int, error)
	Write([]byte) (int, error)
	SetWriteDeadline(time.Time) error
	Queued() (int, error)
	Discard(output bool) error
	Close() error
}

// ErrHeld says that unsent bytes can be dropped only by closing the line: a transfer that was handed to a USB device,
// or bytes in a connection's send queue.
var ErrHeld = errors.New("what was handed over can be dropped only by closing the line")

// Open opens the line that name names (see Parse), resolved afresh at each call. baud and flow are of a serial line
// only. Errors are *Error where the cause is known; test with errors.As.
func Open(name string, baud int, flow Flow) (Line, error) {
	a, err := Parse(name)
	if err != nil {
		return nil, err
	}
	var line Line
	switch a.Means {
	case USB:
		line, err = openUSB(a)
	case TCP:
		line, err = openTCP(a)
	default:
		line, err = OpenTTY(a.Device, baud, flow)
	}
	if err != nil {
		return nil, err // not line: a nil device in an interface is not nil
	}
	return line, nil
}
