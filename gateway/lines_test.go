package gateway

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wire is a TCP proxy before a server, whose connections can be made to die in each way a line dies.
type wire struct {
	addr     string
	to       string
	listener net.Listener

	mu     sync.Mutex
	frozen bool // new connections too
	conns  []*wired
	opened atomic.Int32
}

type wired struct {
	client, server net.Conn
	frozen         atomic.Bool
}

func newWire(t *testing.T, to string) *wire {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{addr: l.Addr().String(), to: to, listener: l}
	t.Cleanup(func() {
		_ = l.Close()
		w.each(func(c *wired) { _ = c.client.Close(); _ = c.server.Close() })
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", to)
			if err != nil {
				_ = c.Close()
				continue
			}
			w.opened.Add(1)
			k := &wired{client: c, server: s}
			w.mu.Lock()
			k.frozen.Store(w.frozen)
			w.conns = append(w.conns, k)
			w.mu.Unlock()
			go k.copy(s, c)
			go k.copy(c, s)
		}
	}()
	return w
}

// copy passes bytes on; a frozen connection takes them and passes nothing, as a NAT does that forgot it.
func (k *wired) copy(to, from net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && !k.frozen.Load() {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !k.frozen.Load() {
				_ = to.Close()
			}
			return
		}
	}
}

func (w *wire) each(do func(*wired)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range w.conns {
		do(k)
	}
}

func (w *wire) freeze() { w.each(func(k *wired) { k.frozen.Store(true) }) }
func (w *wire) reset() {
	w.each(func(k *wired) { _ = k.client.(*net.TCPConn).SetLinger(0); _ = k.client.Close() })
}
func (w *wire) halfClose() { w.each(func(k *wired) { _ = k.client.(*net.TCPConn).CloseWrite() }) }

// wiredCaller is a caller of a TLS server behind a wire, over its own lines.
func wiredCaller(t *testing.T, h2 bool, fast time.Duration, h http.HandlerFunc) (*Caller, *wire) {
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = h2
	s.StartTLS()
	t.Cleanup(s.Close)
	w := newWire(t, s.Listener.Addr().String())
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	l := &lines{fast: fast, make: func() *http.Transport {
		tr := transport()
		tr.TLSClientConfig.RootCAs = roots
		tr.ForceAttemptHTTP2 = h2
		return tr
	}}
	t.Cleanup(l.CloseIdleConnections)
	c, err := NewCaller(CallerOptions{
		Name:      "wired",
		BaseURL:   "https://" + w.addr,
		Transport: l,
		Budget:    NewBudget(BudgetOptions{Rate: 1e6, Burst: 1e6}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, w
}

// TestGateway_17: a line that dies costs seconds: a read is answered within 4 s, a write within 5 s, and each write
// arrives once.
func TestGateway_17(t *testing.T) {
	for _, h2 := range []bool{true, false} {
		for name, die := range map[string]func(*wire){"freeze": (*wire).freeze, "reset": (*wire).reset,
			"half-close": (*wire).halfClose} {
			t.Run(fmt.Sprintf("%s, HTTP/2 %v", name, h2), func(t *testing.T) {
				t.Parallel()
				var writes atomic.Int32
				c, w := wiredCaller(t, h2, 1, func(rw http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodPost {
						writes.Add(1)
					}
					_, _ = io.WriteString(rw, "{}")
				})
				look := Call{Op: "read", Method: http.MethodGet, Path: "/r"}
				write := Call{
					Op:     "create",
					Method: http.MethodPost,
					Path:   "/w",
					Body:   []byte("{}"),
					Write:  true,
					Urgent: true,
				}
				if _, err := c.Do(t.Context(), look); err != nil {
					t.Fatal(err)
				}
				die(w)
				start := time.Now()
				if _, err := c.Do(t.Context(), look); err != nil && name == "freeze" ||
					time.Since(start) > 4*time.Second {
					t.Errorf("the read took %s: %v", time.Since(start), err)
				}
				if _, err := c.Do(t.Context(), look); err != nil { // the next look
					t.Fatal(err)
				}
				time.Sleep(provenFor + 100*time.Millisecond)
				die(w)
				start = time.Now()
				if _, err := c.Do(t.Context(), write); err != nil || time.Since(start) > 5*time.Second {
					t.Errorf("the write took %s: %v", time.Since(start), err)
				}
				if n := writes.Load(); n != 1 {
					t.Errorf("the write arrived %d times", n)
				}
			})
		}
	}
}

// TestWriteThatFoundNoLineIsNotSent: the question that was to prove the line is not taken for the write.
func TestWriteThatFoundNoLineIsNotSent(t *testing.T) {
	t.Parallel()
	c, w := wiredCaller(t, true, 5, func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "{}") })
	if _, err := c.Do(t.Context(), Call{Op: "read", Method: http.MethodGet, Path: "/r"}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(provenFor/5 + 100*time.Millisecond)
	w.freeze()
	_ = w.listener.Close()
	_, err := c.Do(
		t.Context(),
		Call{Op: "create", Method: http.MethodPost, Path: "/w", Body: []byte("{}"), Write: true, Urgent: true},
	)
	if ClassOf(err) != ClassUnavailable {
		t.Errorf("%v, want unavailable: nothing was sent", err)
	}
}

// TestGatewayWithoutHead: one that answers no HEAD costs its time three times, and a handshake after that.
func TestGatewayWithoutHead(t *testing.T) {
	t.Parallel()
	c, w := wiredCaller(t, false, 5, func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			time.Sleep(proveWithin/5 + 500*time.Millisecond)
		}
		_, _ = io.WriteString(rw, "{}")
	})
	write := Call{Op: "create", Method: http.MethodPost, Path: "/w", Body: []byte("{}"), Write: true, Urgent: true}
	for i := range 5 {
		start, before := time.Now(), w.opened.Load()
		if _, err := c.Do(t.Context(), write); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); i == 4 && (took > proveWithin/5 || w.opened.Load() != before+1) {
			t.Errorf("the write after three HEADs in vain took %s and %d connections", took, w.opened.Load()-before)
		}
		time.Sleep(provenFor/5 + 100*time.Millisecond)
	}
}

// TestThinLineIsNoDeadOne: an answer that comes slowly but comes is not asked for twice.
func TestThinLineIsNoDeadOne(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c, _ := wiredCaller(t, true, 5, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		for range 10 {
			_, _ = io.WriteString(w, "          ")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(hedgeAfter / 5 / 4)
		}
		_, _ = io.WriteString(w, "{}")
	})
	if a, err := c.Do(t.Context(), Call{Op: "read", Method: http.MethodGet, Path: "/r"}); err != nil ||
		len(a.Body) != 102 || asked.Load() != 1 {
		t.Errorf("%d bytes, %v, asked %d times", len(a.Body), err, asked.Load())
	}
}

// TestSlowGatewayIsAskedOnce: one that is slow by itself gets one second question, and then none for a while.
func TestSlowGatewayIsAskedOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c, _ := wiredCaller(t, true, 5, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		time.Sleep(hedgeAfter/5 + 300*time.Millisecond)
		_, _ = io.WriteString(w, "{}")
	})
	for range 3 {
		if _, err := c.Do(t.Context(), Call{Op: "read", Method: http.MethodGet, Path: "/r"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n != 4 {
		t.Errorf("three reads of a slow gateway were sent %d times, want 4", n)
	}
}

// TestCalmSaleProvesOnce: after a quiet time the first write costs one HEAD, the calls that follow none.
func TestCalmSaleProvesOnce(t *testing.T) {
	t.Parallel()
	var heads atomic.Int32
	c, _ := wiredCaller(t, true, 5, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			heads.Add(1)
			return
		}
		_, _ = io.WriteString(w, "{}")
	})
	write := Call{Op: "create", Method: http.MethodPost, Path: "/w", Body: []byte("{}"), Write: true, Urgent: true}
	for _, want := range []int32{0, 0, 1, 1} {
		if want == 1 && heads.Load() == 0 {
			time.Sleep(provenFor/5 + 50*time.Millisecond)
		}
		if _, err := c.Do(t.Context(), write); err != nil {
			t.Fatal(err)
		}
		if n := heads.Load(); n != want {
			t.Errorf("%d questions for a proof, want %d", n, want)
		}
	}
}

// TestGateway_18: a lost packet of DNS costs a second, not the dial.
func TestGateway_18(t *testing.T) {
	t.Parallel()
	for lost, most := range map[int]time.Duration{0: 900 * time.Millisecond, 1: 2 * time.Second, 3: 4 * time.Second} {
		t.Run(fmt.Sprint(lost), func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(
				http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }),
			)
			t.Cleanup(s.Close)
			_, port, err := net.SplitHostPort(s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			names := dnsServer(t, lost)
			d := &dialer{
				Dialer: net.Dialer{
					Resolver: impatientResolver(func(ctx context.Context, network, _ string) (net.Conn, error) {
						return new(net.Dialer).DialContext(ctx, "udp", names)
					}),
				},
			}
			start := time.Now()
			conn, err := d.dial(t.Context(), "tcp", "gateway.galla-test.example.:"+port)
			if err != nil || time.Since(start) > most {
				t.Fatalf("%d lost packets: %v after %s, want at most %s", lost, err, time.Since(start), most)
			}
			_ = conn.Close()
		})
	}
}

// dnsServer answers questions for addresses with 127.0.0.1, but for the first lost of them of each kind.
func dnsServer(t *testing.T, lost int) string {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	go func() {
		seen := map[byte]int{}
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			end := 12 // the question: labels, a zero, type and class
			for end < n && buf[end] != 0 {
				end += int(buf[end]) + 1
			}
			end += 5
			kind := buf[end-3]
			if seen[kind]++; seen[kind] <= lost {
				continue
			}
			answer := append([]byte{buf[0], buf[1], 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0}, buf[12:end]...)
			if kind == 1 { // A
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1)
			}
			_, _ = pc.WriteTo(answer, from)
		}
	}()
	return pc.LocalAddr().String()
}

// TestGateway_19: a proxy that takes CONNECT and never answers costs the dial's time; one that answers costs nothing
// later.
func TestGateway_19(t *testing.T) {
	t.Parallel()
	for _, answers := range []bool{false, true} {
		t.Run(fmt.Sprintf("answers %v", answers), func(t *testing.T) {
			t.Parallel()
			s := httptest.NewTLSServer(
				http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }),
			)
			t.Cleanup(s.Close)
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						defer c.Close()
						buf := make([]byte, 4096)
						if _, err := c.Read(buf); err != nil {
							return
						}
						if !answers {
							_, _ = io.Copy(io.Discard, c)
							return
						}
						to, err := net.Dial("tcp", s.Listener.Addr().String())
						if err != nil {
							return
						}
						defer to.Close()
						_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
						go func() { _, _ = io.Copy(to, c) }()
						_, _ = io.Copy(c, to)
					}()
				}
			}()
			proxy := &url.URL{Scheme: "http", Host: l.Addr().String()}
			roots := x509.NewCertPool()
			roots.AddCert(s.Certificate())
			tr := transport()
			d := &dialer{}
			tr.DialContext, tr.Proxy, tr.TLSClientConfig.RootCAs = d.dial, d.proxy(http.ProxyURL(proxy)), roots
			t.Cleanup(tr.CloseIdleConnections)
			c, err := NewCaller(CallerOptions{
				Name:      "proxied",
				BaseURL:   s.URL,
				Transport: &lines{make: func() *http.Transport { return tr }},
				Budget:    NewBudget(BudgetOptions{Rate: 1e6, Burst: 1e6}),
			})
			if err != nil {
				t.Fatal(err)
			}
			write := Call{
				Op:     "create",
				Method: http.MethodPost,
				Path:   "/w",
				Body:   []byte("{}"),
				Write:  true,
				Urgent: true,
			}
			start := time.Now()
			_, err = c.Do(t.Context(), write)
			if took := time.Since(start); answers && err != nil ||
				!answers && (ClassOf(err) != ClassUnavailable || took > dialTimeout+time.Second) {
				t.Errorf("a proxy that answers %v: %v after %s", answers, err, took)
			}
			if answers {
				time.Sleep(dialTimeout + 200*time.Millisecond)
				if _, err := c.Do(t.Context(), write); err != nil {
					t.Errorf("later, over the same line: %v", err)
				}
			}
		})
	}
}
