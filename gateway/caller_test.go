package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
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
	"sync/atomic"
	"testing"
	"time"
)

// open has a budget that doesn't slow tests that aren't about budgets.
func open(t *testing.T, base string, change ...func(*CallerOptions)) *Caller {
	t.Helper()
	o := CallerOptions{Name: "test", BaseURL: base, Budget: NewBudget(BudgetOptions{Rate: 1e6, Burst: 1e6})}
	for _, c := range change {
		c(&o)
	}
	c, err := NewCaller(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestNewCaller(t *testing.T) {
	for _, tc := range []struct{ url, want string }{
		{"https://olympus-pg.enkash.in", ""},
		{"https://api.razorpay.com/v1/", ""},
		{"http://127.0.0.1:8080", ""},
		{"http://localhost", ""},
		{"http://[::1]:9", ""},
		{"http://olympus-pg.enkash.in", "not encrypted"},
		{"http://192.168.1.5", "not encrypted"},
		{"http://localhost.evil.in", "not encrypted"},
		{"ftp://x", "use https"},
		{"olympus-pg.enkash.in", "of the form https://host"},
		{"", "of the form https://host"},
		{"https://user:pw@host", "user, query or fragment"},
		{"https://host/?a=b", "user, query or fragment"},
	} {
		_, err := NewCaller(CallerOptions{Name: "n", BaseURL: tc.url})
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("NewCaller(%q) = %v, want %q", tc.url, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("the error shows a password: %v", err)
		}
	}
	if _, err := NewCaller(CallerOptions{BaseURL: "https://host"}); err == nil {
		t.Error("a caller without a name was made")
	}
	loose := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	if _, err := NewCaller(CallerOptions{Name: "n", BaseURL: "https://host", Transport: loose}); err == nil {
		t.Error("a caller that checks no certificate was made")
	}
}

// TestClasses is the table of Do's doc comment, each row for a read and for a write.
func TestClasses(t *testing.T) {
	const (
		pass = Class("the answer goes to the provider")
		none = 0
	)
	for _, tc := range []struct {
		name        string
		handler     http.HandlerFunc
		read, write Class
		status      int
	}{
		{"200", reply(200, `{"a":1}`), pass, pass, 200},
		{"204", reply(204, ""), pass, pass, 204},
		{"400", reply(400, `{"error":"x"}`), pass, pass, 400},
		{"404 page", reply(404, "<html>"), pass, pass, 404},
		{"409", reply(409, `{}`), pass, pass, 409},
		{"empty 200", reply(200, ""), ClassUnavailable, ClassUnknown, 200},
		{"page 200", reply(200, " <!doctype html>"), ClassUnavailable, ClassUnknown, 200},
		{"408", reply(408, "{}"), ClassUnavailable, ClassUnknown, 408},
		{"425", reply(425, "{}"), ClassUnavailable, ClassUnknown, 425},
		{"429", reply(429, "{}"), ClassUnavailable, ClassUnknown, 429},
		{"500", reply(500, "{}"), ClassUnavailable, ClassUnknown, 500},
		{"502", reply(502, "bad gateway"), ClassUnavailable, ClassUnknown, 502},
		{"503", reply(503, ""), ClassUnavailable, ClassUnknown, 503},
		{"504", reply(504, "<html>"), ClassUnavailable, ClassUnknown, 504},
		{"302", redirect(302), ClassMisconfigured, ClassMisconfigured, 302},
		{"307", redirect(307), ClassMisconfigured, ClassMisconfigured, 307},
		{"303", redirect(303), ClassMisconfigured, ClassUnknown, 303},
		{"too large", func(w http.ResponseWriter, _ *http.Request) {
			for range MaxAnswer/1024 + 2 {
				_, _ = w.Write(bytes.Repeat([]byte(" "), 1024))
			}
		}, ClassUnavailable, ClassUnknown, 200},
		{"gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 4 * MaxAnswer / 1024 {
				_, _ = z.Write(make([]byte, 1024))
			}
			_ = z.Close()
		}, ClassUnavailable, ClassUnknown, 200},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"a":`)
		}, ClassUnavailable, ClassUnknown, 200},
		{"no answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, ClassUnavailable, ClassUnknown, none},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, write := range []bool{false, true} {
				var served atomic.Int32
				s := serve(t, func(w http.ResponseWriter, r *http.Request) { served.Add(1); tc.handler(w, r) })
				want, method := tc.read, http.MethodGet
				if write {
					want, method = tc.write, http.MethodPost
				}
				a, err := open(t, s.URL).Do(t.Context(), Call{Op: "test it", Method: method, Path: "/x", Write: write})
				if served.Load() != 1 {
					t.Errorf("write=%v: served %d times", write, served.Load())
				}
				if want == pass {
					if err != nil || a.Status != tc.status {
						t.Errorf("write=%v: %+v, %v", write, a, err)
					}
					continue
				}
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Class != want || e.HTTPStatus != tc.status || e.Op != "test it" || e.Gateway != "test" || !sentence(e.Cashier) {
					t.Errorf("write=%v: %#v, want %s %d", write, err, want, tc.status)
				}
			}
		})
	}
}

func sentence(s string) bool {
	return len(s) > 20 && strings.HasSuffix(s, ".") && s[0] >= 'A' && s[0] <= 'Z'
}

func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func redirect(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/x" {
			panic("the redirect was followed")
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}
}

// TestNotSent: what fails before a byte has left is certain, for a write too.
func TestNotSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + l.Addr().String()
	_ = l.Close()
	stranger := httptest.NewTLSServer(reply(200, "{}"))
	t.Cleanup(stranger.Close)
	stranger.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	old := httptest.NewUnstartedServer(reply(200, "{}"))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
	old.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	old.StartTLS()
	t.Cleanup(old.Close)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tc := range []struct {
		name, url, hint string
		ctx             context.Context
	}{
		{"refused", refused, "no connection", t.Context()},
		{"unknown certificate", stranger.URL, "captive portal", t.Context()},
		{"TLS 1.1", old.URL, "", t.Context()},
		{"ctx ended", stranger.URL, "", gone},
	} {
		_, err := open(t, tc.url).Do(tc.ctx, Call{Op: "create order", Method: http.MethodPost, Path: "/", Body: []byte("{}"), Write: true})
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Class != ClassUnavailable || !strings.Contains(e.Operator, tc.hint) || !strings.Contains(e.Error(), "not sent") {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// dyingServer speaks HTTP/1 by hand: it answers the first request of each connection, and on the second it reads the request whole and
// hangs up, as a server does whose keep-alive time runs out in that moment. net/http would send such a GET again.
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
		{"a POST with an idempotency key", Call{Op: "refund", Method: http.MethodPost, Path: "/o", Body: []byte("{}"), Write: true,
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
		if r.ContentLength != 0 || len(r.TransferEncoding) != 0 || r.Header.Get("Content-Length") != "" || r.Header.Get("Content-Type") != "" {
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
	tr := newTransport()
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

func TestWarmOffline(t *testing.T) {
	if err := open(t, "http://127.0.0.1:1").Warm(t.Context()); ClassOf(err) != ClassUnavailable {
		t.Errorf("Warm = %v", err)
	}
}

func TestRequest(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != "/v1/a%2Fb?q=1" || r.Header.Get("X-Request-Id") == "" || r.Header.Get("User-Agent") != userAgent ||
			r.Header.Get("Content-Type") != "application/json" || r.Header.Get("K") != "v" {
			t.Errorf("%s %v", r.URL.RequestURI(), r.Header)
		}
		w.Header().Set("X-Razorpay-Request-Id", "theirs-1")
		_, _ = io.WriteString(w, "{}")
	})
	a, err := open(t, s.URL+"/v1/").Do(t.Context(), Call{Op: "x", Method: http.MethodPost, Path: "/a%2Fb", Query: url.Values{"q": {"1"}}, Header: http.Header{"K": {"v"}}, Body: []byte("{}")})
	if err != nil || a.RequestID != "theirs-1" {
		t.Error(a, err)
	}
}

func TestSkew(t *testing.T) {
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
		_, err := c.Do(t.Context(), Call{Op: "pay", Method: http.MethodPost, Path: path, Query: url.Values{"vpa": {"SECRET@upi"}},
			Header: http.Header{"Authorization": {"SECRET"}}, Body: []byte(`{"k":"SECRET"}`), Write: true})
		if err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("error: %v", err)
		}
	}
	if out := buf.String(); strings.Contains(out, "SECRET") || strings.Count(out, "op=pay") != 2 || !strings.Contains(out, "status=503") {
		t.Errorf("log:\n%s", out)
	}
}

func TestFetch(t *testing.T) {
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
	for _, bad := range []string{s.URL + "/loop", s.URL + "/away", "https://evil.example/p", "http://rzp.io/x", "https://rzp.io.evil.in/", "https://user@rzp.io/", "file:///etc/passwd", "%"} {
		if a, err := c.Fetch(t.Context(), "fetch poster", bad, []string{"rzp.io", ".razorpay.com"}); err == nil || ClassOf(err) == ClassUnknown {
			t.Errorf("Fetch(%s) = %q, %v", bad, a.Body, err)
		}
	}
	for host, want := range map[string]bool{"https://rzp.io/a": true, "https://cdn.razorpay.com/a": true, "https://razorpay.com/a": false, "https://evilrazorpay.com/": false} {
		u, _ := url.Parse(host)
		if got := c.allowed(u, []string{"rzp.io", ".razorpay.com"}) == nil; got != want {
			t.Errorf("%s allowed: %v", host, got)
		}
	}
}

func TestTrouble_C14_RetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) // our clock is wrong: the server's Date counts
	c := open(t, "https://host", func(o *CallerOptions) { o.Now = func() time.Time { return now } })
	date := time.Date(2026, 3, 17, 10, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 120 ": 2 * time.Minute, "-1": 0, "soon": 0, "1.5": 0, "99999999999999": 0,
		date.Add(30 * time.Second).Format(http.TimeFormat): 30 * time.Second, date.Add(-time.Hour).Format(http.TimeFormat): 0,
	} {
		h := http.Header{"Retry-After": {v}, "Date": {date.Format(http.TimeFormat)}}
		if got := c.retryAfter(Answer{Header: h}); got != want {
			t.Errorf("Retry-After %q = %s, want %s", v, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	for _, tc := range []struct {
		in   string
		n    int
		want string
	}{
		{"Token is invalid.", 40, "Token is invalid."},
		{"two\nlines\x00here", 40, "two lines here"},
		{"payer rahul.kumar@okaxis declined", 60, "payer ra****@okaxis declined"},
		{"(rahul.kumar@okaxis)", 60, "(ra****@okaxis)"},
		{"a\xffb", 9, "a b"},
		{strings.Repeat("ab ", 50), 10, "ab ab ab …"},
		{"₹₹₹₹₹", 3, "₹₹…"},
	} {
		if got := Shorten(tc.in, tc.n); got != tc.want {
			t.Errorf("Shorten(%q, %d) = %q, want %q", tc.in, tc.n, got, tc.want)
		}
	}
}

func TestTrouble_C3_StatusDecidesNotText(t *testing.T) {
	const same = `{"error":"The id provided does not exist"}`
	for status, want := range map[int]Class{500: ClassUnavailable, 502: ClassUnavailable} {
		_, err := open(t, serve(t, reply(status, same)).URL).Do(t.Context(), Call{Op: "read", Method: http.MethodGet, Path: "/"})
		if ClassOf(err) != want {
			t.Errorf("%d: %v", status, err)
		}
	}
	if a, err := open(t, serve(t, reply(400, same)).URL).Do(t.Context(), Call{Op: "read", Method: http.MethodGet, Path: "/"}); err != nil || a.Status != 400 {
		t.Errorf("a 400 is the provider's to read: %+v, %v", a, err)
	}
}

// TestTrouble_G6_NilResponses: every way to get no response is an *Error, never a panic or (nothing, nil).
func TestTrouble_G6_NilResponses(t *testing.T) {
	for name, rt := range map[string]roundTrip{
		"error":   func(*http.Request) (*http.Response, error) { return nil, errors.New("boom") },
		"neither": func(*http.Request) (*http.Response, error) { return nil, nil },
		"504, nil header": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 504, Body: http.NoBody}, nil
		},
		"body fails": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(io.MultiReader(strings.NewReader("{"), badReader{}))}, nil
		},
	} {
		for _, write := range []bool{false, true} {
			c := open(t, "https://host", func(o *CallerOptions) { o.Transport = rt })
			want := ClassUnavailable
			if write {
				want = ClassUnknown
			}
			if _, err := c.Do(t.Context(), Call{Op: "x", Method: http.MethodGet, Path: "/", Write: write}); ClassOf(err) != want || err == nil {
				t.Errorf("%s, write=%v: %v", name, write, err)
			}
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func FuzzShorten(f *testing.F) {
	for _, s := range []string{"Token is invalid.", "rahul@okaxis", "\xff\x00\n", "@@", "<@>", strings.Repeat("x@y ", 99)} {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = 1 + (n&0x7fff)%200
		got := Shorten(s, n)
		if r := []rune(got); len(r) > n || strings.ContainsAny(got, "\n\r\x00") {
			t.Errorf("Shorten(%q, %d) = %q", s, n, got)
		}
	})
}
