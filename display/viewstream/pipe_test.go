package viewstream

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
)

// pipes is a listener whose connections are net.Pipes: they live inside a synctest bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.done:
	default:
		close(p.done)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bubbleClock gives the boottime of a machine that came up an hour before the bubble's fake time began.
func bubbleClock() func() time.Duration {
	up := time.Date(1999, 12, 31, 23, 0, 0, 0, time.UTC)
	return func() time.Duration { return time.Since(up) }
}

// house is a Server and a Client with a pipe between them.
type house struct {
	t      *testing.T
	server *Server
	client *Client
	pipes  atomic.Pointer[pipes] // the client dials while the test puts a new server in place
	stop   context.CancelFunc    // of the server
	wakes  chan struct{}
}

// bubble runs f in a synctest bubble with a connected house.
func bubble(t *testing.T, f func(h *house)) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, wakes: make(chan struct{}, 1<<16)}
		h.serve()
		h.client = NewClient(ClientOptions{
			Dial: func(ctx context.Context) (net.Conn, error) { return h.pipes.Load().dial(ctx) },
			Wake: func() { h.wakes <- struct{}{} },
			Info: Info{Role: RoleScreen, Width: 1024, Height: 600, Monitor: "HDMI-1"},
		})
		h.client.clock = bubbleClock()
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- h.client.Run(ctx) }()
		defer func() {
			cancel()
			if err := <-ran; !errors.Is(err, context.Canceled) {
				t.Errorf("Run returned %v", err)
			}
			h.stop()
			synctest.Wait()
		}()
		synctest.Wait()
		f(h)
	})
}

// serve starts a server in the place of the earlier one.
func (h *house) serve() {
	h.server = New(Options{})
	h.pipes.Store(newPipes())
	h.server.clock = bubbleClock()
	ctx, cancel := context.WithCancel(h.t.Context())
	h.stop = cancel
	s, p := h.server, h.pipes.Load()
	go func() {
		if err := s.Serve(ctx, p); err != nil {
			h.t.Errorf("Serve returned %v", err)
		}
	}()
}

// event returns the next event, which must be there.
func (h *house) event() Event {
	h.t.Helper()
	synctest.Wait()
	select {
	case e := <-h.server.Events():
		return e
	default:
		h.t.Fatal("no event came")
		return nil
	}
}

// noEvent checks that nothing more came back.
func (h *house) noEvent() {
	h.t.Helper()
	synctest.Wait()
	select {
	case e := <-h.server.Events():
		h.t.Fatalf("unexpected event %#v", e)
	default:
	}
}

// shows checks what the display may show now.
func (h *house) shows(screen display.Screen, reason display.Reason, sale string) display.View {
	h.t.Helper()
	synctest.Wait()
	v := h.client.Latest().View
	if v.Screen != screen || v.Reason != reason || v.SaleID != sale {
		h.t.Fatalf("the display shows %s %q of sale %q, want %s %q of %q",
			v.Screen, v.Reason, v.SaleID, screen, reason, sale)
	}
	return v
}

func pay(sale string) display.View {
	return display.View{
		Screen:    display.ScreenPay,
		SaleID:    sale,
		Amount:    25000,
		Shop:      "Sharma Store",
		Payee:     "Sharma",
		Languages: []string{"en", "hi"},
		Payload:   "upi://pay?pa=shop@bank&pn=Sharma&am=250.00&tr=" + sale,
	}
}

// raw is a peer that says exactly what the test says.
type raw struct {
	t  *testing.T
	c  net.Conn
	in *bufio.Scanner
}

func (r *raw) say(line string) {
	r.t.Helper()
	if _, err := r.c.Write([]byte(line + "\n")); err != nil {
		r.t.Fatalf("write %.60q: %v", line, err)
	}
}

func (r *raw) hear() map[string]any {
	r.t.Helper()
	if !r.in.Scan() {
		r.t.Fatalf("nothing came: %v", r.in.Err())
	}
	var m map[string]any
	if err := json.Unmarshal(r.in.Bytes(), &m); err != nil {
		r.t.Fatalf("%q: %v", r.in.Bytes(), err)
	}
	return m
}

// rawDisplay connects to s as a display would, without saying anything.
func (h *house) rawDisplay() *raw {
	h.t.Helper()
	c, err := h.pipes.Load().dial(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return &raw{t: h.t, c: c, in: lines(c)}
}

// withRawServer runs f in a bubble with a client whose gallad is the test itself.
func withRawServer(t *testing.T, f func(c *Client, next func() *raw)) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		c := NewClient(ClientOptions{Dial: p.dial, Info: Info{Role: RoleScreen}})
		c.clock = bubbleClock()
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- c.Run(ctx) }()
		defer func() {
			cancel()
			<-ran
			p.Close()
		}()
		f(c, func() *raw {
			conn, err := p.Accept()
			if err != nil {
				t.Fatal(err)
			}
			r := &raw{t: t, c: conn, in: lines(conn)}
			if m := r.hear(); m["kind"] != "hello" {
				t.Fatalf("the display began with %v", m)
			}
			go func() { // drain, so that beats don't stall
				for r.in.Scan() {
				}
			}()
			return r
		})
	})
}
