package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sending says where messages go, and how they are signed.
type Sending struct {
	URL     string // https, or http to this machine
	Trust   Trust
	Secrets []byte            // as of Options
	HTTP    http.RoundTripper // nil: a transport of its own
	Now     func() time.Time  // nil means time.Now
}

// Sender posts signed messages to one receiver; it repeats none. Its methods may be called from any goroutine.
type Sender struct {
	url     string
	host    string
	secrets [][]byte
	http    *http.Client
	now     func() time.Time
}

// NewSender checks the options.
func NewSender(o Sending) (*Sender, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New(
			"the webhook's url can't be used: write it like https://billing.example/galla, without a password in it",
		)
	}
	if h := u.Hostname(); u.Scheme != "https" &&
		!(u.Scheme == "http" && (h == "localhost" || h == "127.0.0.1" || h == "::1")) {
		return nil, fmt.Errorf("the webhook's url has the scheme %q: use https, or http to localhost", u.Scheme)
	}
	var secrets [][]byte
	for line := range bytes.Lines(o.Secrets) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			secrets = append(secrets, line)
		}
	}

	switch short := slices.IndexFunc(secrets, func(s []byte) bool { return len(s) < 16 }); {
	case len(secrets) == 0:
		return nil, errors.New("the webhook's secret is empty: give at least 16 random bytes")
	case short >= 0:
		return nil, fmt.Errorf("the webhook's secret in line %d has %d bytes: give at least 16 random ones",
			short+1, len(secrets[short]))
	case len(secrets) > 2:
		return nil, fmt.Errorf("the webhook has %d secrets: keep the new one, and below it the one that it replaces",
			len(secrets))
	}

	if o.HTTP == nil {
		if o.HTTP, err = o.Trust.transport(u); err != nil {
			return nil, err
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}

	return &Sender{
		url:     o.URL,
		host:    u.Host,
		secrets: secrets,
		now:     o.Now,
		http: &http.Client{
			Transport:     o.HTTP,
			Timeout:       hookTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil // signed bodies go to nobody else
}

// Send posts a message. When stop ends, a message under way still gets its answer if that comes soon: cut off, it would
// go out again at the next start.
func (s *Sender) Send(stop context.Context, body []byte) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(stop))
	defer cancel()
	defer context.AfterFunc(stop, func() { time.AfterFunc(stopGrace, cancel) })()

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Galla-Signature", sign(s.secrets, s.now(), body))
	resp, err := s.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, whose path may be a secret
		}
		return err
	}
	defer resp.Body.Close()
	// its "body" is the connection itself, which no time limit ends
	if resp.StatusCode != http.StatusSwitchingProtocols {
		io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // lets the connection be used again
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return &busyError{resp.StatusCode, s.asked(resp)}
	}
	return nil
}

// busyError is a receiver's no.
type busyError struct {
	status int
	after  time.Duration // what it asks us to wait; 0: nothing
}

func (e *busyError) Error() string { return fmt.Sprintf("the receiver answered %d", e.status) }

// asked reads Retry-After (RFC 9110, 10.2.3): seconds, or a date.
func (s *Sender) asked(resp *http.Response) time.Duration {
	v := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if n, err := strconv.ParseUint(v, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
		return min(time.Duration(n)*time.Second, hookAsked)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(s.now()), 0), hookAsked)
	}
	return 0
}

// Wait is how long a receiver that said no asks to be left alone; 0: it does not say.
func Wait(err error) time.Duration {
	if busy, ok := errors.AsType[*busyError](err); ok {
		return busy.after
	}
	return 0
}

func sign(secrets [][]byte, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	out := "t=" + t
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(t + "."))
		mac.Write(body)
		out += ",v1=" + hex.EncodeToString(mac.Sum(nil))
	}
	return out
}
