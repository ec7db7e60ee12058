package quota

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Limits are those of a listener.
type Limits struct {
	// connections open at a time; more wait in the kernel's queue, after those that rest were closed
	Most      int
	Strangers int           // of them, on which nobody has said who he is
	PerSource int           // of those, from one source: an IPv4 address, or the /64 of an IPv6 one
	Rest      time.Duration // how long one of those may be silent

	// Proxy is the address of a trusted reverse proxy: its connections are many people's, so PerSource does not bound
	// them.
	Proxy netip.Addr
}

// Listener lets in what the limits allow.
type Listener struct {
	net.Listener
	limits Limits

	mu        sync.Mutex
	left      *sync.Cond // signalled when a connection ends, and at Close
	open      map[*conn]bool
	sources   map[string]int // strangers
	callers   map[string]int
	strangers int
	accepting int
	closed    bool
	turn      uint64 // rises with each rest
}

// conn is a connection, with what the listener's lock guards.
type conn struct {
	net.Conn
	l      *Listener
	source string // "" where sources don't count
	caller string // "": nobody knows
	rests  uint64 // since which turn; 0: a request is under way
	timer  *time.Timer
	gone   bool
}

// NewListener puts limits before l.
func NewListener(l net.Listener, limits Limits) *Listener {
	n := &Listener{
		Listener: l,
		limits:   limits,
		open:     map[*conn]bool{},
		sources:  map[string]int{},
		callers:  map[string]int{},
	}
	n.left = sync.NewCond(&n.mu)
	return n
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		l.accepting++
		l.mu.Unlock()
		raw, err := l.Listener.Accept()
		l.mu.Lock()
		if err != nil {
			l.accepting--
			return nil, err
		}

		c := &conn{Conn: raw, l: l, source: l.source(raw)}
		admitted := l.admit(c)
		for admitted && len(l.open) >= l.limits.Most && !l.closed &&
			!l.close(l.oldest(func(*conn) bool { return true })) {
			l.left.Wait()
		}
		l.accepting--
		if !admitted || len(l.open) >= l.limits.Most {
			raw.Close()
			continue // where the listener is closed, the next Accept says so
		}
		l.open[c] = true
		l.strangers++
		l.sources[c.source]++
		l.rest(c)
		return c, nil
	}
}

// admit makes room among strangers for c, and says whether there is some. The caller holds mu.
func (l *Listener) admit(c *conn) bool {
	if c.source != "" && l.sources[c.source] >= l.limits.PerSource {
		if !l.close(l.oldest(func(o *conn) bool { return o.caller == "" && o.source == c.source })) {
			return false
		}
	}
	if l.strangers >= l.limits.Strangers {
		if l.close(l.crowding(c.source)) {
			return true
		}
		own := c.source != "" && l.sources[c.source] > 1 // who has some already takes nobody else's
		return l.close(l.oldest(func(o *conn) bool { return o.caller == "" && (!own || o.source == c.source) }))
	}
	return true
}

// crowding is a connection of the source that has the most of the strangers' places, where that is more than one with
// more would have, the one that rests longest first: few sources that come again and again, or whose requests come
// slowly, shut nobody else out. nil: there is none. Many people's have no source, and are left alone.
func (l *Listener) crowding(source string) (found *conn) {
	most := l.sources[source] + 1
	for c := range l.open {
		if n := l.sources[c.source]; c.caller == "" && c.source != "" && n > most {
			found, most = c, n
		}
	}
	if found == nil {
		return nil
	}
	if rests := l.oldest(func(o *conn) bool { return o.caller == "" && o.source == found.source }); rests != nil {
		return rests
	}
	return found
}

// oldest is the connection that has rested longest of those that match; nil: none rests.
func (l *Listener) oldest(match func(*conn) bool) (found *conn) {
	for c := range l.open {
		if c.rests != 0 && match(c) && (found == nil || c.rests < found.rests) {
			found = c
		}
	}
	return found
}

// close ends a connection, and says whether there was one. The caller holds mu.
func (l *Listener) close(c *conn) bool {
	if c == nil {
		return false
	}
	l.forget(c)
	c.Conn.Close()
	return true
}

// forget takes a connection out of the count. The caller holds mu.
func (l *Listener) forget(c *conn) {
	if c.gone {
		return
	}
	c.gone = true
	c.timer.Stop()
	delete(l.open, c)
	if c.caller == "" {
		l.strangers--
		take(l.sources, c.source)
	} else {
		take(l.callers, c.caller)
	}
	l.left.Broadcast()
}

func take(m map[string]int, key string) {
	if m[key]--; m[key] <= 0 {
		delete(m, key)
	}
}

// rest notes that a connection waits for its next request, or its first. The caller holds mu.
func (l *Listener) rest(c *conn) {
	l.turn++
	c.rests = l.turn
	if c.caller != "" {
		return
	}
	if c.timer == nil {
		c.timer = time.AfterFunc(l.limits.Rest, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			if !c.gone && c.caller == "" && c.rests != 0 {
				l.close(c)
			}
		})
		return
	}
	c.timer.Reset(l.limits.Rest)
}

// State is the server's http.Server.ConnState: it says which connections rest.
func (l *Listener) State(nc net.Conn, s http.ConnState) {
	c := of(nc)
	if c == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case c.gone:
	case s == http.StateActive:
		c.rests = 0
		c.timer.Stop()
	case s == http.StateIdle:
		l.rest(c)
	}
}

// Empty says that no connection is open, and none is being accepted.
func (l *Listener) Empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open) == 0 && l.accepting == 0
}

// Close stops accepting. Connections stay.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	l.left.Broadcast()
	return l.Listener.Close()
}

// source says whom a connection counts for among strangers; "" is nobody: a Unix socket, whose permissions decide, and
// the proxy.
func (l *Listener) source(c net.Conn) string {
	at, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	ip := at.AddrPort().Addr().Unmap()
	if ip == l.limits.Proxy {
		return ""
	}
	return Source(ip)
}

// Source is what counts as one source: an IPv4 address, or the /64 of an IPv6 one, of which a stranger has as many as
// he likes.
func Source(ip netip.Addr) string {
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip.String()
	}
	return p.String()
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.l.mu.Lock()
	c.l.forget(c)
	c.l.mu.Unlock()
	return c.Conn.Close()
}

// of finds the listener's connection under what a server was given; nil: there is none.
func of(c net.Conn) *conn {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = t.NetConn()
	}
	own, _ := c.(*conn)
	return own
}

// Raw is the connection that a Listener's was made of; any other is itself.
func Raw(c net.Conn) net.Conn {
	if own := of(c); own != nil {
		return own.Conn
	}
	return c
}

type connKey struct{}

// Context notes a connection in the context of its requests, for Known.
func Context(ctx context.Context, c net.Conn) context.Context {
	if own := of(c); own != nil {
		ctx = context.WithValue(ctx, connKey{}, own)
	}
	return ctx
}

// Known says that the caller of a request is known: the request's connection is no stranger's any more. false: the
// caller has most connections already, all in use, and the request must not be served. What came over no Listener is
// always true.
func Known(ctx context.Context, caller string, most int) bool {
	c, _ := ctx.Value(connKey{}).(*conn)
	if c == nil {
		return true
	}
	l := c.l
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.gone || c.caller == caller {
		return true
	}
	if l.callers[caller] >= most && !l.close(l.oldest(func(o *conn) bool { return o.caller == caller })) {
		return false
	}
	if c.caller == "" {
		l.strangers--
		take(l.sources, c.source)
	} else {
		take(l.callers, c.caller)
	}
	c.caller = caller
	l.callers[caller]++
	c.timer.Stop()
	return true
}
