package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/counter/countertest"
)

// line answers each message as it is told.
type line struct {
	answer func(*http.Request, []byte) (*http.Response, error)

	mu     sync.Mutex
	bodies []string
}

// sent is what was sent so far.
func (l *line) sent() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.bodies)
}

func (l *line) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.bodies = append(l.bodies, string(body))
	l.mu.Unlock()
	return l.answer(req, body)
}

func status(code int, header ...string) (*http.Response, error) {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: code, Header: h, Body: http.NoBody}, nil
}

// failing is a webhook that has an event to tell and whose receiver answers 503, and asks for ten minutes, until it is
// well. It ends with the test, within the test's bubble.
func failing(t *testing.T) (tl *countertest.Till, h *Hook, l *line, well *atomic.Bool) {
	tl, well = countertest.New(), new(atomic.Bool)
	l = &line{answer: func(*http.Request, []byte) (*http.Response, error) {
		if well.Load() {
			return status(204)
		}
		return status(503, "Retry-After", "600")
	}}
	h, err := New(Options{
		Till:     tl,
		Settings: countertest.NewSettings(),
		Encode:   encode,
		Log:      slog.New(slog.DiscardHandler),
		Name:     "tally",
		URL:      "https://billing.example/hidden-path",
		Secrets:  []byte(secret),
		HTTP:     l,
		Probe:    []byte(`{"test":true}`),
	})
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	open(t, tl)
	synctest.Wait()
	return tl, h, l, well
}

// TestIntegrator_3_Status: a receiver that takes nothing is visible, is asked when it says, and gets all of it then;
// what it was told can be sent again.
func TestIntegrator_3_Status(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tl, h, l, well := failing(t)
		began := time.Now()
		s := h.Status()
		if s.Name != "tally" || s.Host != "billing.example" || !s.Failing.Equal(began) || s.Tries != 1 ||
			!s.Next.Equal(began.Add(10*time.Minute)) ||
			!strings.Contains(s.Problem, "503") {
			t.Errorf("%+v", s)
		}
		if _, err := h.Test(t.Context()); err == nil {
			t.Error("a test was taken by a receiver that takes nothing")
		}
		time.Sleep(9 * time.Minute)
		if n := len(l.sent()); n != 2 {
			t.Errorf("asked for ten minutes, and sent %d messages", n)
		}
		well.Store(true)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		head := newest(t, tl)
		if s := h.Status(); s.At != head || !s.Failing.IsZero() || s.Tries != 0 || s.Problem != "" {
			t.Errorf("once it is well: %+v, of %d events", s, head)
		}

		sent := len(l.sent())
		if took, err := h.Test(t.Context()); err != nil || took != 0 || l.sent()[sent] != `{"test":true}` {
			t.Errorf("a test: %v, %v, %q", took, err, l.sent()[sent:])
		}
		if err := h.Again(head + 1); err == nil {
			t.Error("events that are still to come are sent again")
		}
		if err := h.Again(head - 2); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if want := fmt.Sprintf(`{"events":[{"seq":%d},{"seq":%d}]}`, head-1, head); l.sent()[len(l.sent())-1] != want {
			t.Errorf("again: %q, want %s", l.sent()[sent:], want)
		}
		if s := h.Status(); s.At != head {
			t.Errorf("after it: %+v", s)
		}
	})
}

// TestATestThatIsTaken: a receiver that is well again and is tested gets at once what waited.
func TestATestThatIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tl, h, _, well := failing(t)
		if _, err := h.Test(t.Context()); err == nil {
			t.Error("a test was taken by a receiver that takes nothing")
		}
		synctest.Wait()
		if s := h.Status(); s.Tries != 1 {
			t.Errorf("a test that was not taken is followed by a delivery: %+v", s)
		}
		well.Store(true)
		if _, err := h.Test(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := h.Status(); s.At != newest(t, tl) || !s.Failing.IsZero() {
			t.Errorf("after a test that was taken: %+v", s)
		}
	})
}

// TestRetryAfter: what a receiver asks for is kept within an hour, and nonsense is nothing.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	h := &Sender{now: func() time.Time { return now }}
	for v, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "86400": time.Hour,
		"-5": 0, "soon": 0, "99999999999999999999": time.Hour, " 60 ": time.Minute,
		"Mon, 30 Nov 2026 09:00:30 GMT": 30 * time.Second, "Mon, 30 Nov 2020 09:00:30 GMT": 0,
	} {
		if got := h.asked(&http.Response{Header: http.Header{"Retry-After": {v}}}); got != want {
			t.Errorf("%q: %v, want %v", v, got, want)
		}
	}
}

// TestIntegrator_14_Rotation: while a secret is changed, a receiver that knows either one finds its signature.
func TestIntegrator_14_Rotation(t *testing.T) {
	const old, fresh = "the-old-secret-01", "the-new-secret-01"
	for _, known := range []string{old, fresh} {
		l := &line{answer: func(r *http.Request, body []byte) (*http.Response, error) {
			at, sums, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Galla-Signature"), "t="), ",")
			mac := hmac.New(sha256.New, []byte(known))
			fmt.Fprintf(mac, "%s.%s", at, body)
			for sum := range strings.SplitSeq(sums, ",") {
				if sum == fmt.Sprintf("v1=%x", mac.Sum(nil)) {
					return status(200)
				}
			}
			return nil, errors.New("no signature is right")
		}}
		h, err := New(
			Options{URL: "https://x/", Secrets: []byte(fresh + "\n" + old + "\n"), HTTP: l, Probe: []byte("{}")},
		)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Test(t.Context()); err != nil {
			t.Errorf("knows %q: %v", known, err)
		}
	}
	if _, err := New(Options{URL: "https://x/", Secrets: bytes.Repeat([]byte(old+"\n"), 3)}); err == nil {
		t.Error("three secrets were taken")
	}
}

// TestSwitchingReceiver: the body of a 101 (RFC 9110, 15.2.2) is the connection, which may stay open for ever. It holds
// up neither a test nor what waits.
func TestSwitchingReceiver(t *testing.T) {
	ended := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
		<-ended
	}))
	defer s.Close()
	defer close(ended)
	h, err := New(Options{Till: countertest.New(), Settings: countertest.NewSettings(), Encode: encode,
		Log: slog.New(slog.DiscardHandler), URL: s.URL, Secrets: []byte(secret), Probe: []byte(`{"test":true}`)})
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		_, err := h.Test(t.Context())
		result <- err
	}()
	select {
	case err := <-result:
		if err == nil || !strings.Contains(err.Error(), "101") {
			t.Errorf("a test ends with %v", err)
		}
	case <-time.After(2 * hookTimeout):
		t.Error("a test does not end")
	}
}
