package gateway

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// dyingServer speaks HTTP/1 by hand: it answers the first request of each connection, and on the second it reads the
// request whole and hangs up, as a server does whose keep-alive time runs out in that moment. net/http would send such
// a GET again.
func dyingServer(t *testing.T) (base string, seen *atomic.Int32) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	seen = new(atomic.Int32)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for i := range 2 {
					buf := make([]byte, 4096)
					if n, err := conn.Read(buf); err != nil || n == 0 {
						return
					}
					seen.Add(1)
					if i == 0 {
						fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String(), seen
}

func TestTrouble_B11_NetHTTPNeverRepeatsAWrite(t *testing.T) {
	for _, tc := range []struct {
		name string
		call Call
		sent int32 // requests the server read, the warming one included
	}{
		{"a GET that mints a transaction", Call{Op: "get QR", Method: http.MethodGet, Path: "/qr", Write: true}, 2},
		{"a POST", Call{Op: "create", Method: http.MethodPost, Path: "/o", Body: []byte("{}"), Write: true}, 2},
		{"a POST with an idempotency key", Call{Op: "refund", Method: http.MethodPost, Path: "/o",
			Body: []byte("{}"), Write: true,
			Header: http.Header{"Idempotency-Key": {"k"}}}, 2},
		{"a read may be repeated", Call{Op: "read", Method: http.MethodGet, Path: "/r"}, 3},
	} {
		base, seen := dyingServer(t)
		c := open(t, base)
		if _, err := c.Do(t.Context(), Call{Op: "first", Method: http.MethodGet, Path: "/"}); err != nil {
			t.Fatal(err)
		}
		_, err := c.Do(t.Context(), tc.call)
		if seen.Load() != tc.sent {
			t.Errorf("%s: the server read %d requests, want %d", tc.name, seen.Load(), tc.sent)
		}
		if tc.call.Write && ClassOf(err) != ClassUnknown || !tc.call.Write && err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// TestWriteGetOnTheWire: the body that stops net/http from repeating a GET must not reach the wire.
func TestWriteGetOnTheWire(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 || len(r.TransferEncoding) != 0 || r.Header.Get("Content-Length") != "" ||
			r.Header.Get("Content-Type") != "" {
			t.Errorf("a GET came with a body: %d %v %v", r.ContentLength, r.TransferEncoding, r.Header)
		}
		_, _ = io.WriteString(w, "{}")
	})
	c := open(t, s.URL)
	for range 2 {
		if _, err := c.Do(t.Context(), Call{Op: "get QR", Method: http.MethodGet, Path: "/", Write: true}); err != nil {
			t.Fatal(err)
		}
	}
}

// tlsServer is an HTTP/2 server whose certificate the returned caller knows.
func tlsServer(t *testing.T, h http.HandlerFunc) (*httptest.Server, *Caller, *atomic.Int32) {
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	var handshakes atomic.Int32
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			handshakes.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	tr := transport()
	tr.TLSClientConfig.RootCAs = x509.NewCertPool()
	tr.TLSClientConfig.RootCAs.AddCert(s.Certificate())
	t.Cleanup(tr.CloseIdleConnections)
	return s, open(t, s.URL, func(o *CallerOptions) { o.Transport = tr }), &handshakes
}

func TestWarmPaysTheHandshakeOnce(t *testing.T) {
	s, c, handshakes := tlsServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("%s came over %s", r.URL.Path, r.Proto)
		}
		if r.ContentLength != 0 { // -1: a DATA frame follows, which some front-ends refuse on a GET
			t.Errorf("%s %s came with a body of %d", r.Method, r.URL.Path, r.ContentLength)
		}
		if r.Method == http.MethodHead {
			w.WriteHeader(404) // a warm connection is one that answers, whatever it says
			return
		}
		_, _ = io.WriteString(w, "{}")
	})
	_ = s
	if err := c.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		call := Call{Op: "sale", Method: http.MethodGet, Path: fmt.Sprint("/", i), Write: i%2 == 0}
		if _, err := c.Do(t.Context(), call); err != nil {
			t.Fatal(err)
		}
	}
	if n := handshakes.Load(); n != 1 {
		t.Errorf("20 calls after a warm-up made %d connections, want 1", n)
	}
}

// TestManyCallsAtOnce: pending sales share one HTTP/2 connection, whatever the limit on connections.
func TestManyCallsAtOnce(t *testing.T) {
	const calls = 100
	var waiting atomic.Int32
	all := make(chan struct{})
	_, c, handshakes := tlsServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			if waiting.Add(1) == calls {
				close(all) // nobody is answered before everybody has asked
			}
			<-all
		}
		_, _ = io.WriteString(w, "{}")
	})
	if err := c.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() {
			if _, err := c.Do(t.Context(), Call{Op: "poll", Method: http.MethodGet, Path: "/"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := handshakes.Load(); n != 1 {
		t.Errorf("100 calls at once made %d connections, want 1", n)
	}
}

// TestTrouble_C1_OfflineAndBack: while the line is cut each poll says so and changes nothing; the first one after it
// works.
func TestTrouble_C1_OfflineAndBack(t *testing.T) {
	down := true
	back := roundTrip(func(r *http.Request) (*http.Response, error) {
		if down {
			return nil, &net.OpError{
				Op:  "dial",
				Net: "tcp",
				Err: &net.DNSError{Err: "no such host", Name: "host", IsNotFound: true},
			}
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	})
	c := open(t, "https://host", func(o *CallerOptions) { o.Transport = back })
	for range 20 {
		_, err := c.Do(t.Context(), Call{Op: "poll", Method: http.MethodGet, Path: "/"})
		if e, ok := errors.AsType[*Error](err); !ok || e.Class != ClassUnavailable || e.Cashier != CashierOffline ||
			!strings.Contains(e.Operator, "DNS") {
			t.Fatal(err)
		}
	}
	down = false
	if _, err := c.Do(t.Context(), Call{Op: "poll", Method: http.MethodGet, Path: "/"}); err != nil {
		t.Error(err)
	}
}

func TestWarmOffline(t *testing.T) {
	if err := open(t, "http://127.0.0.1:1").Warm(t.Context()); ClassOf(err) != ClassUnavailable {
		t.Errorf("Warm = %v", err)
	}
}

// TestWarmIsContentWithAnyAnswer: neither the log nor the sales suffer from what stands at the base URL.
func TestWarmIsContentWithAnyAnswer(t *testing.T) {
	for _, status := range []int{200, 302, 401, 404, 500, 503} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.Header().Set("Retry-After", "60")
				w.Header().Set("Location", "https://example.in/")
				w.WriteHeader(status)
				return
			}
			_, _ = io.WriteString(w, "{}")
		})
		var log bytes.Buffer
		failed := 0
		c := open(t, s.URL, func(o *CallerOptions) {
			o.Log = slog.New(slog.NewTextHandler(&log, nil))
			o.Observe = func(_ string, class Class, _ time.Duration) {
				if class != "" {
					failed++
				}
			}
		})
		err := c.Warm(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, sale := c.Do(ctx, Call{Op: "x", Method: http.MethodGet, Path: "/o", Urgent: true})
		cancel()
		if err != nil || sale != nil || log.Len() > 0 || failed > 0 {
			t.Errorf("%d: warm %v, the next sale %v, %d failures counted, logged %s",
				status, err, sale, failed, log.String())
		}
	}
}

func TestRequest(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != "/v1/a%2Fb?q=1" || r.Header.Get("X-Request-Id") == "" ||
			r.Header.Get("User-Agent") != userAgent ||
			r.Header.Get("Content-Type") != "application/json" ||
			r.Header.Get("K") != "v" {
			t.Errorf("%s %v", r.URL.RequestURI(), r.Header)
		}
		w.Header().Set("X-Razorpay-Request-Id", "theirs-1")
		_, _ = io.WriteString(w, "{}")
	})
	a, err := open(t, s.URL+"/v1/").Do(t.Context(), Call{Op: "x", Method: http.MethodPost, Path: "/a%2Fb",
		Query: url.Values{"q": {"1"}}, Header: http.Header{"K": {"v"}}, Body: []byte("{}")})
	if err != nil || a.RequestID != "theirs-1" {
		t.Error(a, err)
	}
}

func TestTrouble_G3_Skew(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		_, _ = io.WriteString(w, "{}")
	})
	c := open(t, s.URL)
	if _, known := c.Skew(); known {
		t.Error("skew is known before any answer")
	}
	if _, err := c.Do(t.Context(), Call{Op: "x", Method: http.MethodGet, Path: "/"}); err != nil {
		t.Fatal(err)
	}
	if skew, known := c.Skew(); !known || (skew+time.Hour).Abs() > 2*time.Second {
		t.Errorf("skew %s, %v; want -1h", skew, known)
	}
}

// TestLogIsRedacted: no body, header, query or path reaches the log or an error.
func TestLogIsRedacted(t *testing.T) {
	var buf bytes.Buffer
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/die-SECRET" {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(503)
		_, _ = io.WriteString(w, "SECRET answer")
	})
	c := open(t, s.URL, func(o *CallerOptions) {
		o.Log = slog.New(slog.NewTextHandler(&buf, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	for _, path := range []string{"/die-SECRET", "/SECRET"} {
		_, err := c.Do(
			t.Context(),
			Call{Op: "pay", Method: http.MethodPost, Path: path, Query: url.Values{"vpa": {"SECRET@upi"}},
				Header: http.Header{"Authorization": {"SECRET"}}, Body: []byte(`{"k":"SECRET"}`), Write: true},
		)
		if err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("error: %v", err)
		}
	}
	if out := buf.String(); strings.Contains(out, "SECRET") || strings.Count(out, "op=pay") != 2 ||
		!strings.Contains(out, "status=503") {
		t.Errorf("log:\n%s", out)
	}
}

func TestFetch(t *testing.T) {
	//lint:ignore S1021 the handler names s, so it is declared first
	var s *httptest.Server
	s = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a picture was asked for with credentials")
		}
		switch r.URL.Path {
		case "/short":
			http.Redirect(w, r, "/picture", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/away":
			http.Redirect(w, r, "https://evil.example/p", http.StatusFound)
		case "/picture":
			_, _ = io.WriteString(w, "PNG")
		}
	})
	c := open(t, s.URL)
	a, err := c.Fetch(t.Context(), "fetch poster", s.URL+"/short", nil)
	if err != nil || string(a.Body) != "PNG" {
		t.Fatalf("%q, %v", a.Body, err)
	}
	for bad, want := range map[string]Class{
		s.URL + "/loop": ClassUnavailable, // it may end another time
		s.URL + "/away": ClassMisconfigured, "https://evil.example/p": ClassMisconfigured,
		"http://rzp.io/x": ClassMisconfigured, "https://rzp.io.evil.in/": ClassMisconfigured,
		"https://user@rzp.io/": ClassMisconfigured, "file:///etc/passwd": ClassMisconfigured, "%": ClassMisconfigured,
	} {
		a, err := c.Fetch(t.Context(), "fetch poster", bad, []string{"rzp.io", ".razorpay.com"})
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Class != want || (want == ClassMisconfigured) != strings.Contains(e.Operator, "poster_hosts") {
			t.Errorf("Fetch(%s) = %q, %v", bad, a.Body, err)
		}
	}
	for host, want := range map[string]bool{"https://rzp.io/a": true, "https://cdn.razorpay.com/a": true,
		"https://razorpay.com/a": false, "https://evilrazorpay.com/": false} {
		u, _ := url.Parse(host)
		if got := c.allowed(u, []string{"rzp.io", ".razorpay.com"}) == nil; got != want {
			t.Errorf("%s allowed: %v", host, got)
		}
	}
}
