package printertest

import (
	"net"
	"sync"
	"time"
)

// Net is a virtual printer on a TCP port of this machine. It serves one host at a time, as network printers do, and
// holds others off; it takes no more than it has room for, so that its window shuts.
type Net struct {
	printer  *Printer
	listener *net.TCPListener
	mu       sync.Mutex
	conn     *net.TCPConn
	served   int
	ended    chan struct{}
}

// window is the receive buffer asked for; the kernel doubles it.
const window = 4096

// Listen puts the printer on a free port of 127.0.0.1. Close ends it.
func (p *Printer) Listen() (*Net, error) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	n := &Net{printer: p, listener: l, ended: make(chan struct{})}
	go n.serve()
	return n, nil
}

// Address is where it listens, such as 127.0.0.1:40001.
func (n *Net) Address() string { return n.listener.Addr().String() }

// Served is how many connections it has taken.
func (n *Net) Served() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.served
}

func (n *Net) serve() {
	defer close(n.ended)
	for {
		c, err := n.listener.AcceptTCP()
		if err != nil {
			return
		}
		c.SetReadBuffer(window)
		n.mu.Lock()
		n.conn, n.served = c, n.served+1
		n.mu.Unlock()
		done := make(chan struct{})
		n.printer.attach(&host{c, n.printer, done, sync.Once{}}, time.Microsecond)
		<-done // one host at a time: the next waits in the kernel's queue
		c.Close()
	}
}

// Reset ends the present connection as a printer does that is switched off in the middle of it.
func (n *Net) Reset() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conn != nil {
		n.conn.SetLinger(0)
		n.conn.Close()
	}
}

// Close ends the printer's side of the network.
func (n *Net) Close() error {
	err := n.listener.Close()
	n.Reset()
	n.printer.Unplug()
	<-n.ended
	return err
}

// host is one connection; it takes bytes only while the printer has room for them.
type host struct {
	*net.TCPConn
	printer *Printer
	done    chan struct{}
	once    sync.Once
}

func (h *host) Read(b []byte) (int, error) {
	p := h.printer
	p.mu.Lock()
	for (len(p.buffer)+len(b) > p.model.Buffer || p.off) && !p.closed {
		p.changed.Wait()
	}
	p.mu.Unlock()
	n, err := h.TCPConn.Read(b)
	if err != nil && n == 0 {
		h.once.Do(func() { close(h.done) })
	}
	return n, err
}
