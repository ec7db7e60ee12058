package gatewaytest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
)

// Network joins clients and handlers in memory: real net/http clients and servers over net.Pipe, no sockets, so that
// cut connections, deadlines and kept-alive connections are the real thing inside a testing/synctest bubble too.
// The zero value is not usable; call NewNetwork. It is safe for concurrent use.
type Network struct {
	mu      sync.Mutex
	hosts   map[string]*pipeListener
	down    map[string]bool
	servers []*http.Server
	client  *http.Transport
	dials   int
	busy    int // handlers at work
	idle    *sync.Cond
	closed  bool
}

// NewNetwork returns an empty network.
func NewNetwork() *Network {
	n := &Network{hosts: map[string]*pipeListener{}, down: map[string]bool{}}
	n.idle = sync.NewCond(&n.mu)
	n.client = &http.Transport{DialContext: n.Dial, MaxIdleConnsPerHost: 16}
	return n
}

// Serve answers at http://addr with h, until Close. It panics when addr is taken.
func (n *Network) Serve(addr string, h http.Handler) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts[addr] != nil {
		panic(fmt.Sprintf("gatewaytest: %s is served already", addr))
	}
	l := &pipeListener{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
	n.hosts[addr] = l
	srv := &http.Server{Handler: n.counted(h), ErrorLog: log.New(io.Discard, "", 0)}
	n.servers = append(n.servers, srv)
	go func() {
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			panic(fmt.Sprintf("gatewaytest: the server at %s stopped: %v", addr, err))
		}
	}()
}

// counted lets Close wait for the handlers at work: a slow answer keeps its timer even when nobody waits for it, and a
// bubble must not end before it.
func (n *Network) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		if n.closed {
			n.mu.Unlock()
			panic(http.ErrAbortHandler)
		}
		n.busy++
		n.mu.Unlock()
		defer func() {
			n.mu.Lock()
			n.busy--
			n.idle.Broadcast()
			n.mu.Unlock()
		}()
		h.ServeHTTP(w, r)
	})
}

// Transport is a client transport whose connections all end in this network; proxies are not asked.
func (n *Network) Transport() http.RoundTripper { return n.client }

// Down makes new connections to addr fail, as without a network, or lets them through again. Connections that stand are
// cut only where the client dials again: pair it with CloseIdleConnections for a pulled cable.
func (n *Network) Down(addr string, down bool) {
	n.mu.Lock()
	n.down[addr] = down
	n.mu.Unlock()
	n.client.CloseIdleConnections()
}

// Dials counts the connections made so far: a client that keeps its connections warm makes few.
func (n *Network) Dials() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials
}

// Dial connects to a served address; it fits http.Transport.DialContext.
func (n *Network) Dial(ctx context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	l, down := n.hosts[addr], n.down[addr]
	n.dials++
	n.mu.Unlock()
	if l == nil || down {
		return nil, &net.OpError{
			Op:   "dial",
			Net:  "tcp",
			Addr: pipeAddr(addr),
			Err:  errors.New("network is unreachable"),
		}
	}
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
	case <-ctx.Done():
	}
	return nil, errors.Join(
		near.Close(),
		far.Close(),
		&net.OpError{Op: "dial", Net: "tcp", Addr: pipeAddr(addr), Err: errors.New("connection refused")},
	)
}

// Close stops every server, closes every connection and waits for the handlers at work.
func (n *Network) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	var err error
	for _, s := range n.servers {
		err = errors.Join(err, s.Close())
	}
	n.client.CloseIdleConnections()
	for n.busy > 0 {
		n.idle.Wait()
	}
	return err
}

type pipeListener struct {
	addr  string
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// Accept waits for the next connection.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close stops accepting.
func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr is the address that was given to Serve.
func (l *pipeListener) Addr() net.Addr { return pipeAddr(l.addr) }

type pipeAddr string

// Network names the kind of address.
func (pipeAddr) Network() string { return "tcp" }

// String is the address.
func (a pipeAddr) String() string { return string(a) }
