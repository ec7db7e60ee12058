//go:build rig

package fleet

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// line is what befalls a proxy's connections.
type line int32

const (
	open line = iota
	cut       // nobody gets through, and who was through is thrown out
	slow      // each piece takes its time
	deaf      // some answers get lost, with their connections
)

// proxy stands between boxes and one office.
type proxy struct {
	l    net.Listener
	to   string
	mode atomic.Int32
	lost atomic.Int64 // answers
	late atomic.Int64 // pieces

	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
	all   sync.WaitGroup
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{l: l, to: to, conns: map[net.Conn]bool{}}
	p.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.all.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.mu.Lock()
		p.ended = true
		p.mu.Unlock()
		p.throwOut()
		p.all.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.l.Addr().String() }

// is sets what befalls from now on, and says how many connections that ended.
func (p *proxy) is(l line) (thrown int) {
	p.mode.Store(int32(l))
	if l == cut {
		thrown = p.throwOut()
	}
	return thrown
}

func (p *proxy) throwOut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
	return len(p.conns)
}

// through is how many connections are.
func (p *proxy) through() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(len(p.conns))
}

// keep holds a connection until it ends; false says that it may not live.
func (p *proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || line(p.mode.Load()) == cut {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *proxy) drop(c net.Conn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *proxy) serve(c net.Conn) {
	defer p.drop(c)
	if !p.keep(c) {
		return
	}
	to, err := net.DialTimeout("tcp", p.to, 5*time.Second)
	if err != nil {
		return
	}
	defer to.Close()
	var there sync.WaitGroup
	defer there.Wait()
	defer to.Close()
	there.Go(func() {
		p.carry(to, c, false)
		to.Close()
	})
	p.carry(c, to, true)
	c.Close()
}

// carry copies until either end is gone. Answers may get lost, behind the handshake.
func (p *proxy) carry(to io.Writer, from io.Reader, answers bool) {
	buf := make([]byte, 32<<10)
	for pieces := 0; ; pieces++ {
		n, err := from.Read(buf)
		switch mode := line(p.mode.Load()); {
		case mode == slow:
			p.late.Add(1)
			time.Sleep(time.Duration(20+rand.IntN(200)) * time.Millisecond)
		case mode == deaf && answers && pieces > 3 && rand.IntN(5) == 0:
			p.lost.Add(1)
			return
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
