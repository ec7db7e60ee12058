package uplink

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/segment"
	"galla/internal/signature"
)

// tripper is an office in one function.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestSignedAsSent: the signature is over the path as it is sent, whether the office's address has a path or not.
func TestSignedAsSent(t *testing.T) {
	for _, address := range []string{
		"https://office.example",
		"https://office.example/",
		"https://office.example/chain",
		"https://office.example/a%20b/",
	} {
		calls := 0
		over := tripper(func(req *http.Request) (*http.Response, error) {
			calls++
			_, err := signature.Verify(req.Header, req.Method, req.URL.EscapedPath(), nil,
				key.Public().(ed25519.PublicKey), time.Now())
			if err != nil || !strings.HasSuffix(req.URL.Path, segment.PathLeave) {
				t.Errorf("%s: %s: %v", address, req.URL.Path, err)
			}
			return page(204, ""), nil
		})
		e, err := NewEntry(address, "", over, nil)
		if err == nil {
			err = e.Leave(t.Context(), key)
		}
		if err != nil || calls != 1 {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestEntry: what an office answers is a no, an answer, or leaves it open; never more.
func TestEntry(t *testing.T) {
	id := segment.TerminalID(key.Public().(ed25519.PublicKey))
	joined := `{"terminal":"` + id + `","office":"A","shop":"B","counter":"C","state":"waiting"}`
	for name, c := range map[string]struct {
		answer *http.Response
		err    error
		want   string // joined, no, open
	}{
		"joined":              {answer: page(200, joined), want: "joined"},
		"with newer fields":   {answer: page(200, strings.Replace(joined, "{", `{"newer":[1],`, 1)), want: "joined"},
		"another terminal":    {answer: page(200, strings.Replace(joined, id, "aaaaaaaaaaaaaaaa", 1)), want: "open"},
		"an unknown state":    {answer: page(200, strings.Replace(joined, "waiting", "x", 1)), want: "open"},
		"junk":                {answer: page(200, "<html>"), want: "open"},
		"too much":            {answer: page(200, joined+strings.Repeat(" ", segment.MaxMessage)), want: "open"},
		"another 2xx":         {answer: page(202, joined), want: "open"},
		"a redirect":          {answer: page(302, "", "Location", "https://elsewhere.example/"), want: "open"},
		"a fault":             {answer: page(503, ""), want: "open"},
		"a time-out":          {answer: page(408, ""), want: "open"},
		"the line":            {err: errLine, want: "open"},
		"the code is over":    {answer: page(410, ""), want: "no"},
		"too many tries":      {answer: page(429, "", "Retry-After", "90"), want: "no"},
		"another certificate": {err: ErrTrust, want: "open"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := NewEntry("https://office.example", "", tripper(func(*http.Request) (*http.Response, error) {
				return c.answer, c.err
			}), nil)
			if err != nil {
				t.Fatal(err)
			}
			is, err := e.Join(t.Context(), key, segment.Join{Code: "12345678"})
			no, refused := errors.AsType[*EntryError](err)
			got := "open"
			switch {
			case err == nil:
				got = "joined"
			case refused:
				got = "no"
			}
			if got != c.want || (is.Terminal == id) != (got == "joined") {
				t.Errorf("%s, want %s: %+v %v", got, c.want, is, err)
			}
			if refused && no.Status == 429 && no.Wait != 90*time.Second {
				t.Errorf("it waits for %v", no.Wait)
			}
			if err != nil && strings.Contains(err.Error(), "12345678") {
				t.Errorf("the error has the code: %v", err)
			}
			if errors.Is(c.err, ErrTrust) != errors.Is(err, ErrTrust) {
				t.Errorf("the certificate is not what is told: %v", err)
			}
		})
	}
}

// TestEntryByTheirClock: a box whose clock is off joins all the same, signed by the office's.
func TestEntryByTheirClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		e, err := NewEntry("https://office.example", "", tripper(func(req *http.Request) (*http.Response, error) {
			calls++
			_, err := signature.Verify(req.Header, req.Method, req.URL.EscapedPath(), nil,
				key.Public().(ed25519.PublicKey), time.Now())
			if err != nil {
				return page(401, ""), nil
			}
			return page(204, ""), nil
		}), func() time.Time { return time.Now().Add(-30 * 24 * time.Hour) })
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Leave(t.Context(), key); err != nil || calls != 2 {
			t.Errorf("%v after %d calls", err, calls)
		}
	})
}

// TestEntryTrust: a certificate that nobody vouches for is told as such, and one of the fingerprint is trusted.
func TestEntryTrust(t *testing.T) {
	o := httptest.NewUnstartedServer(http.NotFoundHandler())
	o.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	o.StartTLS()
	defer o.Close()
	for name, c := range map[string]struct {
		print string
		trust bool
	}{
		"none":    {"", false},
		"another": {strings.Repeat("ab", 32), false},
		"its own": {fmt.Sprintf("%x", sha256.Sum256(o.Certificate().Raw)), true},
	} {
		e, err := NewEntry(o.URL, c.print, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Look(t.Context(), "12345678")
		no, refused := errors.AsType[*EntryError](err)
		if refused != c.trust || refused && no.Status != 404 || errors.Is(err, ErrTrust) == c.trust {
			t.Errorf("%s: %v", name, err)
		}
	}
}
