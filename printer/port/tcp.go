package port

import (
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// dialLimit bounds the finding of a network printer: it is on the same network and answers within milliseconds, or is
// away.
const dialLimit = 3 * time.Second

// alive finds a printer whose cable was pulled within half a minute.
var alive = net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}

// Conn is a connection to a network printer. Such a printer serves one host at a time and holds others off, so a
// connection is let go when there is nothing to print. A printer that has no room shuts its window: Write then waits
// for its deadline, and Queued stays above 0.
type Conn struct {
	path   string
	conn   *net.TCPConn
	mu     sync.Mutex
	drop   bool // unsent bytes die with the connection
	once   sync.Once
	closed error
}

func openTCP(a Address) (*Conn, error) {
	d := net.Dialer{KeepAliveConfig: alive}
	ctx, cancel := context.WithTimeout(context.Background(), dialLimit)
	defer cancel()
	at := net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
	c, err := d.DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, explain(TCP, a.String(), at, err)
	}
	return &Conn{path: c.RemoteAddr().String(), conn: c.(*net.TCPConn)}, nil
}

// Path is the address that the name resolved to.
func (c *Conn) Path() string { return c.path }

// Means is TCP.
func (c *Conn) Means() Means { return TCP }

// Write gives b to the kernel, which sends it as the printer has room; or says how much was taken and why not more:
// os.ErrDeadlineExceeded, net.ErrClosed, ECONNRESET or EPIPE when the printer ended the connection.
func (c *Conn) Write(b []byte) (int, error) { return c.conn.Write(b) }

// Read returns at least one byte, or net.ErrClosed, io.EOF when the printer ended the connection, or ECONNRESET.
func (c *Conn) Read(b []byte) (int, error) { return c.conn.Read(b) }

// SetWriteDeadline bounds Write.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.conn.SetWriteDeadline(t) }

// Queued is how many bytes the printer's side of the connection hasn't acknowledged (SIOCOUTQ, tcp(7)).
func (c *Conn) Queued() (int, error) {
	var n int
	raw, err := c.conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var inner error
	err = raw.Control(func(fd uintptr) { n, inner = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	return n, errors.Join(err, inner)
}

// Discard drops nothing at once: unsent bytes die with the connection, and then it says ErrHeld.
func (c *Conn) Discard(output bool) error {
	if !output {
		return nil
	}
	n, err := c.Queued()
	if err != nil || n == 0 {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop = true
	return ErrHeld
}

// Close ends the connection, and what wasn't sent with it where Discard said so. It doesn't wait.
func (c *Conn) Close() error {
	c.once.Do(func() {
		c.mu.Lock()
		if c.drop {
			c.conn.SetLinger(0) // best effort: it may be gone
		}
		c.mu.Unlock()
		c.closed = c.conn.Close()
	})
	return c.closed
}
