package counter

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/people"
)

// pipes is a listener over net.Pipe: no bytes are buffered between the two ends, and deadlines run on a bubble's clock.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7417} }

func (p *pipes) dial() net.Conn {
	near, far := net.Pipe()
	p.conns <- far
	return near
}

// besieged runs test in a bubble with a served counter, a signed-in manager's token, and a listener; when it is over,
// every connection must have been closed by the counter.
func besieged(t *testing.T, test func(t *testing.T, b *bench, p *pipes, token string)) {
	settings, token, signedIn := countertest.NewSettings(), "", time.Time{}
	{
		b := staffBench(t)
		b.clock = func() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) } // when a bubble begins
		token = b.device(t, "meena", "")
		settings, signedIn = b.settings, b.clock()
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		ahead := time.Until(signedIn) // a box that starts before its sign-ins ends them
		b.settings, b.clock = settings, func() time.Time { return time.Now().Add(ahead) }
		b.till.Now = b.clock
		b.restart(t)
		b.Counter.heartbeat = time.Minute
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.Serve(ctx, l, network) }()
		test(t, b, l, token)
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Second) // those who drip find out
	})
}

// until reads until the other end closes, and says after how long that was.
func until(t *testing.T, conn net.Conn) (answer string, after time.Duration) {
	t.Helper()
	start := time.Now()
	conn.SetReadDeadline(start.Add(10 * time.Minute))
	b, err := io.ReadAll(conn)
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, new(net.Error)) {
		t.Errorf("after %v the connection is still open", time.Since(start))
	}
	return string(b), time.Since(start)
}

// drip writes text a byte at a time, until it can't.
func drip(conn net.Conn, text string, pause time.Duration) {
	for i := range len(text) {
		if _, err := conn.Write([]byte{text[i]}); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

// TestSlowHeader: on every call, a header that comes a byte a second ends with the connection after headerTime.
func TestSlowHeader(t *testing.T) {
	besieged(t, func(t *testing.T, _ *bench, p *pipes, token string) {
		var all sync.WaitGroup
		for _, c := range calls(t) {
			all.Go(func() {
				conn := p.dial()
				defer conn.Close()
				go drip(
					conn,
					c.method+" "+c.path+" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "+token+"\r\nX-Slow: "+
						strings.Repeat("z", 1000),
					time.Second,
				)
				if answer, after := until(t, conn); after > headerTime+time.Second ||
					strings.Contains(answer, " 200 ") {
					t.Errorf("%s: closed after %v with %q", c.pattern, after, answer)
				}
			})
		}
		all.Wait()
	})
}

// TestSlowHandshake: whoever opens a TLS connection and says nothing, or little, is cut off.
func TestSlowHandshake(t *testing.T) {
	settings := countertest.NewSettings()
	crt, _, err := people.Certificate(settings, settings, []string{"galla.local"})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		l := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- b.Serve(ctx, l, Listener{TLS: &tls.Config{Certificates: []tls.Certificate{crt}}}) }()
		for _, hello := range []string{"", "\x16", "\x16\x03\x01\x02\x00" + strings.Repeat("\x01", 500)} {
			conn := l.dial()
			go drip(conn, hello, time.Second)
			if _, after := until(t, conn); after > headerTime+time.Second {
				t.Errorf("after %d bytes of a hello it was closed after %v", len(hello), after)
			}
			conn.Close()
		}
		stop()
		<-done
		time.Sleep(5 * time.Second)
	})
}

// TestSlowBody: on every call that takes one, a body that comes a byte a second is refused after requestTime, and
// nothing is done; so is one that never comes.
func TestSlowBody(t *testing.T) {
	besieged(t, func(t *testing.T, b *bench, p *pipes, token string) {
		seq, kept := b.till.Newest(), b.settings.Dump()
		var all sync.WaitGroup
		for i, c := range calls(t) {
			if c.method == http.MethodGet {
				continue
			}
			for _, text := range []string{`{"note":"` + strings.Repeat("x", 1000), ""} {
				all.Go(func() {
					conn := p.dial()
					defer conn.Close()
					go func() {
						fmt.Fprintf(
							conn,
							"%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nIdempotency-Key: "+
								"slow-%d\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n",
							c.method,
							c.path,
							token,
							i,
						)
						drip(conn, text, time.Second)
					}()
					answer, after := until(t, conn)
					if after > requestTime+2*time.Second || strings.Contains(answer, "HTTP/1.1 2") {
						t.Errorf("%s: closed after %v with %q", c.pattern, after, answer)
					}
				})
			}
		}
		all.Wait()
		if b.till.Newest() != seq || b.settings.Dump() != kept {
			t.Error("a body that never came whole changed something")
		}
	})
}

// TestSlowReader: on every call, whoever does not take the answer is cut off after answerTime.
func TestSlowReader(t *testing.T) {
	besieged(t, func(t *testing.T, b *bench, p *pipes, token string) {
		var all sync.WaitGroup
		for i, c := range calls(t) {
			if c.pattern == "GET /v1/events" {
				continue // TestSlowReaderOfTheFeed
			}
			all.Go(func() {
				conn := p.dial()
				defer conn.Close()
				fmt.Fprintf(
					conn,
					"%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nIdempotency-Key: read-%d\r\n"+
						"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
					c.method,
					c.path,
					token,
					i,
					len(c.body),
					c.body,
				)
				start := time.Now()
				time.Sleep(answerTime + requestTime + time.Second) // reads nothing; then the rest, if it is still there
				conn.SetReadDeadline(time.Now().Add(time.Minute))
				if n, err := io.Copy(io.Discard, conn); err == nil && n > 0 &&
					time.Since(start) > answerTime+requestTime+2*time.Second {
					t.Errorf("%s: %d bytes could still be read after %v", c.pattern, n, time.Since(start))
				}
			})
		}
		all.Wait()
	})
}

// TestSlowReaderOfTheFeed: a client that stops reading the feed is cut off, and those who read miss nothing meanwhile.
func TestSlowReaderOfTheFeed(t *testing.T) {
	besieged(t, func(t *testing.T, b *bench, p *pipes, token string) {
		follow := func() (net.Conn, *bufio.Reader) {
			conn := p.dial()
			fmt.Fprintf(conn, "GET /v1/events?since=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n",
				token)
			in := bufio.NewReader(conn)
			for line := ""; !strings.HasPrefix(line, "event: hello"); {
				var err error
				if line, err = in.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			return conn, in
		}
		sleepy, _ := follow()
		defer sleepy.Close()
		awake, in := follow()
		defer awake.Close()
		heard := make(chan int)
		go func() {
			n := 0
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					heard <- n
					return
				}
				if strings.HasPrefix(line, "id: ") {
					n++
				}
			}
		}()
		for range 200 {
			open(t, b.till, 100)
			time.Sleep(time.Second)
		}
		// The sleeper wakes: what was on its way comes, then the end.
		sleepy.SetReadDeadline(time.Now().Add(time.Minute))
		if n, err := io.Copy(io.Discard, sleepy); err != nil || n > 64<<10 {
			t.Errorf("after 200 s without a read the feed still gave %d bytes: %v", n, err)
		}
		awake.Close()
		if n, want := <-heard, int(b.till.Newest()); n < want-5 {
			t.Errorf("who read heard %d of %d events", n, want)
		}
	})
}
