package gateway

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
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
		{"no answer", func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}, ClassUnavailable, ClassUnknown, none},
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
				if n := served.Load(); n != 1 &&
					(write || n != 2) { // a read that stays silent for a while is asked once more
					t.Errorf("write=%v: served %d times", write, n)
				}
				if want == pass {
					if err != nil || a.Status != tc.status {
						t.Errorf("write=%v: %+v, %v", write, a, err)
					}
					continue
				}
				e, ok := errors.AsType[*Error](err)
				if !ok || e.Class != want || e.HTTPStatus != tc.status || e.Op != "test it" || e.Gateway != "test" ||
					!sentence(e.Cashier) {
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
		_, err := open(t, tc.url).Do(tc.ctx, Call{Op: "create order", Method: http.MethodPost, Path: "/",
			Body: []byte("{}"), Write: true})
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Class != ClassUnavailable || !strings.Contains(e.Operator, tc.hint) ||
			!strings.Contains(e.Error(), "not sent") {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

func TestTrouble_C14_RetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) // our clock is wrong: the server's Date counts
	c := open(t, "https://host", func(o *CallerOptions) { o.Now = func() time.Time { return now } })
	date := time.Date(2026, 3, 17, 10, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 120 ": 2 * time.Minute, "-1": 0, "soon": 0, "1.5": 0, "99999999999999": 0,
		date.Add(30 * time.Second).Format(http.TimeFormat): 30 * time.Second,
		date.Add(-time.Hour).Format(http.TimeFormat):       0,
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
		_, err := open(t, serve(t, reply(status, same)).URL).Do(t.Context(),
			Call{Op: "read", Method: http.MethodGet, Path: "/"})
		if ClassOf(err) != want {
			t.Errorf("%d: %v", status, err)
		}
	}
	if a, err := open(t, serve(t, reply(400, same)).URL).Do(t.Context(),
		Call{Op: "read", Method: http.MethodGet, Path: "/"}); err != nil || a.Status != 400 {
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
			return &http.Response{StatusCode: 200,
				Body: io.NopCloser(io.MultiReader(strings.NewReader("{"), badReader{}))}, nil
		},
	} {
		for _, write := range []bool{false, true} {
			c := open(t, "https://host", func(o *CallerOptions) { o.Transport = rt })
			want := ClassUnavailable
			if write {
				want = ClassUnknown
			}
			_, err := c.Do(t.Context(), Call{Op: "x", Method: http.MethodGet, Path: "/", Write: write})
			if ClassOf(err) != want || err == nil {
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
	for _, s := range []string{"Token is invalid.", "rahul@okaxis", "\xff\x00\n", "@@", "<@>",
		strings.Repeat("x@y ", 99)} {
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
