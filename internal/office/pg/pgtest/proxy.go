package pgtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Proxy stands between a client and the server, and cuts the line at a COMMIT.
type Proxy struct {
	folder string // of its socket
	server string // socket
	l      net.Listener

	mu    sync.Mutex
	fail  func() (applied bool, err error)
	after int // messages of clients until the line is cut; below 0: never
}

// NewProxy starts one, which ends with the test.
func NewProxy(t testing.TB) *Proxy {
	t.Helper()
	p := &Proxy{folder: shortFolder(t), server: Server(t).Socket(), after: -1}
	var err error
	if p.l, err = net.Listen("unix", filepath.Join(p.folder, filepath.Base(p.server))); err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			client, err := p.l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		if err := p.l.Close(); err != nil {
			t.Error(err)
		}
		conns.Wait() // its clients have gone
	})
	return p
}

// Address is a database behind the proxy.
func (p *Proxy) Address(database string) string {
	return fmt.Sprintf("host='%s' port=5432 user=galla dbname='%s' sslmode=disable", p.folder, database)
}

// Fail is asked at each COMMIT: with an error the line is cut, and applied says whether the server gets it all the
// same. Nil: none is cut.
func (p *Proxy) Fail(fail func() (applied bool, err error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = fail
}

// CutAfter cuts the line instead of carrying the message of a client behind the next n, once; below 0: never.
func (p *Proxy) CutAfter(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.after = n
}

// Cuts reports whether the line is yet to be cut.
func (p *Proxy) Cuts() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.after >= 0
}

func (p *Proxy) counts() (cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.after >= 0 {
		p.after--
		return p.after < 0
	}
	return false
}

func (p *Proxy) ask() (applied, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail == nil {
		return false, false
	}
	applied, err := p.fail()
	return applied, err != nil
}

// serve carries messages of one connection until either side ends. Where the line is cut, the server has ended the
// session before the client hears of it: what comes next meets none of its locks.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.DialUnix("unix", nil, &net.UnixAddr{Net: "unix", Name: p.server})
	if err != nil {
		return
	}

	var answers sync.WaitGroup
	defer answers.Wait()
	defer server.Close()
	swallow := make(chan struct{}) // closed: nothing more comes to the client
	answered := make(chan struct{})
	answers.Go(func() {
		defer client.Close()
		carry(client, server, swallow)
		close(answered)
		_, _ = io.Copy(io.Discard, server) // to its end
	})
	cut := func() {
		if server.CloseWrite() == nil {
			answers.Wait()
		}
	}

	for first := true; ; first = false {
		kind, m, err := message(client, first)
		switch {
		case err != nil:
			return
		case p.counts():
			cut()
			return
		}
		commits := kind == 'Q' && strings.EqualFold(strings.TrimRight(string(m[5:]), "\x00;"), "commit")
		applied, cuts := false, false
		if commits {
			applied, cuts = p.ask()
		}
		if cuts && !applied {
			cut()
			return
		}
		if cuts {
			close(swallow)
		}
		if _, err := server.Write(m); err != nil {
			return
		}
		if cuts {
			<-answered // and nobody hears it
			cut()
			return
		}
	}
}

// carry copies a server's messages. Once swallow is closed it reads one answer, up to "ready for query", and drops it.
func carry(client io.Writer, server io.Reader, swallow <-chan struct{}) {
	for {
		kind, m, err := message(server, false)
		if err != nil {
			return
		}
		select {
		case <-swallow:
			if kind == 'Z' {
				return
			}
		default:
			if _, err := client.Write(m); err != nil {
				return
			}
		}
	}
}

// message reads one message whole; a client's first has no kind.
func message(r io.Reader, first bool) (kind byte, m []byte, err error) {
	head := make([]byte, 5)
	if first {
		head = head[1:]
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	size := int(binary.BigEndian.Uint32(head[len(head)-4:])) - 4
	if size < 0 || size > 1<<30 {
		return 0, nil, errors.New("this is no message of PostgreSQL")
	}
	m = append(head, make([]byte, size)...)
	if _, err := io.ReadFull(r, m[len(head):]); err != nil {
		return 0, nil, err
	}
	if first {
		return 0, m, nil
	}
	return head[0], m, nil
}
