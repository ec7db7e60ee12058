package counter

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/people"
)

// serveTCP runs the counter on loopback, behind TLS when asked.
func (b *bench) serveTCP(t *testing.T, secure bool) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	listener := network
	if secure {
		crt, _, err := people.Certificate(b.settings, b.settings, []string{"127.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
		listener.TLS = &tls.Config{Certificates: []tls.Certificate{crt}, MinVersion: tls.VersionTLS12}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx, l, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return addr
}

// TestHugeBodyOnEveryWrite: 100 MB are declared and sent; each write answers 413, 401 or the like after at most a
// little of it, and nothing is done.
func TestHugeBodyOnEveryWrite(t *testing.T) {
	b := newEither(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"ravi","pin":"2580"}`)
	p.want(t, 201, "POST", "/v1/sales", `{"amount_paise":100}`)
	other := b.pairPhone(t, "")
	other.want(t, 200, "POST", "/v1/session", `{"name":"ravi","pin":"2580"}`)
	before := b.till.Newest()
	addr := b.serveTCP(t, false)
	for i, c := range calls(t) {
		if c.method == "GET" {
			continue
		}
		body := &endless{}
		req, err := http.NewRequest(c.method, "http://"+addr+c.path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = 100 << 20
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", "huge")
		// The server closes a refused body's connection after a while, and one device has 32 of them.
		req.Header.Set("Authorization", "Bearer "+[]string{p.token, other.token}[i%2])
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != 413 {
				t.Errorf("%s answered %d", c.pattern, resp.StatusCode)
			}
		}
		if sent := body.sent.Load(); sent > 8<<20 { // what fits into the buffers of a loopback connection
			t.Errorf("%s took %d bytes", c.pattern, sent)
		}
	}
	if b.till.Newest() != before {
		t.Error("a huge body changed something")
	}
}

// endless is a body of one long JSON string.
type endless struct{ sent atomic.Int64 } // the transport may still read after the answer came

func (e *endless) Read(b []byte) (int, error) {
	n := min(len(b), 100<<20-int(e.sent.Load()))
	if n == 0 {
		return 0, io.EOF
	}
	for i := range n {
		b[i] = 'x'
	}
	if e.sent.Load() == 0 {
		copy(b, `{"note":"`)
	}
	e.sent.Add(int64(n))
	return n, nil
}

func TestForeignCallersOnEveryRoute(t *testing.T) {
	b := newEither(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"ravi","pin":"2580"}`)
	before := b.till.Newest()
	for _, c := range calls(t) {
		for name, tc := range map[string]struct {
			code int
			head []string
		}{
			"DNS rebinding":           {421, []string{"Host", "evil.example:7417"}},
			"a name that looks right": {421, []string{"Host", "127.0.0.1.evil.example"}},
			"a foreign page":          {403, []string{"Origin", "https://evil.example"}},
			"a page of another port":  {403, []string{"Origin", "http://127.0.0.1:9"}},
			"a page that hides":       {403, []string{"Origin", "null"}},
			"a foreign fetch":         {403, []string{"Sec-Fetch-Site", "cross-site"}},
			"a foreign subdomain":     {403, []string{"Sec-Fetch-Site", "same-site"}},
		} {
			if w := p.do(c.method, c.path, c.body, tc.head...); w.Code != tc.code {
				t.Errorf("%s by %s: %d", c.pattern, name, w.Code)
			}
		}
		if c.method == "GET" {
			continue
		}
		// What a form of a foreign page can send, should a browser name no origin: its types, and no key of ours.
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded",
			"multipart/form-data; boundary=x", ""} {
			if w := p.do(c.method, c.path, "{}", "Content-Type", kind); w.Code != 415 {
				t.Errorf("%s as %q: %d", c.pattern, kind, w.Code)
			}
		}
		if w := p.do(c.method, c.path, "", "Content-Type", "text/plain", "Idempotency-Key", ""); c.method == "POST" &&
			w.Code < 400 { // no form can PUT
			t.Errorf("%s by an empty form: %d", c.pattern, w.Code)
		}
	}
	if b.till.Newest() != before {
		t.Error("a foreign caller changed something")
	}
	w := p.do("GET", "/v1/me", "", "Origin", "http://127.0.0.1:7417", "Sec-Fetch-Site", "same-origin")
	if w.Code != 200 {
		t.Errorf("our own page: %d %s", w.Code, w.Body)
	}
}

// TestSlowHeaderIsCutOff sends a header one byte at a time, for ever: the connection is closed within headerTime.
func TestSlowHeaderIsCutOff(t *testing.T) {
	b := newBench(t)
	conn, err := net.Dial("tcp", b.serveTCP(t, false))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	start := time.Now()
	conn.SetReadDeadline(start.Add(headerTime + 5*time.Second))
	go func() {
		for _, c := range []byte("GET /v1/sales HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + strings.Repeat("z", 4096)) {
			if _, err := conn.Write([]byte{c}); err != nil {
				return
			}
			<-time.After(100 * time.Millisecond)
		}
	}()
	answer, err := io.ReadAll(conn)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("after %s the connection is still open", time.Since(start))
	}
	if strings.Contains(string(answer), " 200 ") {
		t.Errorf("answered %q", answer)
	}
}

// TestFullHouse: when every connection is taken by clients that say nothing, they are thrown out and others get in.
func TestFullHouse(t *testing.T) {
	b := newBench(t)
	addr := b.serveTCP(t, false)
	for range maxConns + 10 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	h := &http.Client{Timeout: headerTime + 10*time.Second}
	resp, err := h.Get("http://" + addr + "/v1/me")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 401 {
		t.Errorf("answered %d", resp.StatusCode)
	}
}

func TestTLS(t *testing.T) {
	b := newBench(t)
	p := b.pairPhone(t, "cashier")
	addr := b.serveTCP(t, true)
	crt, _, err := people.Certificate(b.settings, b.settings, nil)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(crt.Leaf)
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer h.CloseIdleConnections()
	req, err := http.NewRequest("GET", "https://"+addr+"/v1/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://"+addr)
	req.Header.Set("Authorization", "Bearer "+p.token)
	resp, err := h.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("answered %d", resp.StatusCode)
	}
	if resp, err := http.Get("http://" + addr + "/v1/me"); err == nil {
		resp.Body.Close()
		if resp.StatusCode == 200 {
			t.Error("the TLS port answers without TLS")
		}
	}
}

// TestStopWithFeedsOpen: gallad's end does not wait for the consoles.
func TestStopWithFeedsOpen(t *testing.T) {
	b := newBench(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx, l, trusted) }()
	for range 5 {
		resp, err := http.Get(fmt.Sprintf("http://%s/v1/events", l.Addr()))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || line != "retry: 1000\n" {
			t.Fatalf("%q %v", line, err)
		}
	}
	start := time.Now()
	cancel()
	if err := <-done; err != nil || time.Since(start) > stopTime+time.Second {
		t.Errorf("stopped after %s: %v", time.Since(start), err)
	}
}

// tardy hands a connection over only when it is closed: between accept(2) and its first byte, the server is stopped.
type tardy struct {
	net.Listener
	accepted, closed chan struct{}
	shut             sync.Once
}

func (l *tardy) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		close(l.accepted)
		<-l.closed
	}
	return conn, err
}

func (l *tardy) Close() error {
	l.shut.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// TestStopAnswersTheLast: a caller whose connection was accepted when gallad is told to stop is answered, not cut off.
func TestStopAnswersTheLast(t *testing.T) {
	b := newBench(t)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &tardy{Listener: inner, accepted: make(chan struct{}), closed: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx, l, trusted) }()
	go func() {
		<-l.accepted
		cancel()
	}()
	resp, err := http.Get(fmt.Sprintf("http://%s/v1/health", l.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("answered %s", resp.Status)
	}
	if err := <-done; err != nil {
		t.Errorf("stopped with %v", err)
	}
}
