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

	mu   sync.Mutex
	fail func() (applied bool, err error)
}

// NewProxy starts one, which ends with the test.
func NewProxy(t testing.TB) *Proxy {
	t.Helper()
	p := &Proxy{folder: shortFolder(t), server: Server(t).Socket()}
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

func (p *Proxy) ask() (applied, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail == nil {
		return false, false
	}
	applied, err := p.fail()
	return applied, err != nil
}

// serve carries messages of one connection until either side ends.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", p.server)
	if err != nil {
		return
	}
	defer server.Close()

	var answers sync.WaitGroup
	defer answers.Wait()
	swallow := make(chan struct{}) // closed: nothing more comes to the client
	answered := make(chan error, 1)
	answers.Go(func() {
		defer client.Close()
		answered <- carry(client, server, swallow)
	})
	defer server.Close()

	for first := true; ; first = false {
		kind, m, err := message(client, first)
		if err != nil {
			return
		}
		commits := kind == 'Q' && strings.EqualFold(strings.TrimRight(string(m[5:]), "\x00;"), "commit")
		applied, cut := false, false
		if commits {
			applied, cut = p.ask()
		}
		if cut && !applied {
			return
		}
		if cut {
			close(swallow)
		}
		if _, err := server.Write(m); err != nil {
			return
		}
		if cut {
			<-answered // the server has answered, and nobody hears it
			return
		}
	}
}

// carry copies a server's messages. Once swallow is closed it reads one answer, up to "ready for query", and drops it.
func carry(client io.Writer, server io.Reader, swallow <-chan struct{}) error {
	for {
		kind, m, err := message(server, false)
		if err != nil {
			return err
		}
		select {
		case <-swallow:
			if kind == 'Z' {
				return nil
			}
		default:
			if _, err := client.Write(m); err != nil {
				return err
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
