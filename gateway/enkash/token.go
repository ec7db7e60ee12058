package enkash

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

const (
	// tokenFallback is how long a token is used when the answer's expiry makes no sense; tokenMost is the longest.
	tokenFallback = 10 * time.Minute
	tokenMost     = 24 * time.Hour
	maxToken      = 8 << 10

	opToken = "get token"
)

// tokens holds the account's bearer token: one for all calls, asked for once however many calls wait.
type tokens struct {
	mu      sync.Mutex
	current token
	pending chan struct{} // closed when the request under way has ended
	err     error         // how it ended
	raw     bool          // the token goes out without "Bearer "
}

type token struct {
	value   string
	renew   time.Time // our clock: from here on a new one is fetched beside the calls that still use this one
	expires time.Time // our clock, early: from here on calls wait for a new one
}

// retryRenewal keeps a failing renewal, while the old token is still good, from being tried with every call.
const retryRenewal = 30 * time.Second

// get returns a token that is good for a while, asking EnKash if needed. One request serves every caller that waits;
// a caller that gives up doesn't end it for the others.
func (t *tokens) get(ctx context.Context, c *Client) (string, error) {
	for {
		t.mu.Lock()
		now := c.now()
		good := t.current.value != "" && now.Before(t.current.expires)
		if t.pending == nil && (!good || !now.Before(t.current.renew)) {
			t.current.renew = now.Add(retryRenewal)
			t.pending = make(chan struct{})
			go t.renew(context.WithoutCancel(ctx), c)
		}
		if good {
			defer t.mu.Unlock()
			return t.current.value, nil
		}
		pending := t.pending
		t.mu.Unlock()
		select {
		case <-pending:
		case <-ctx.Done():
			return "", &gateway.Error{Class: gateway.ClassUnavailable, Gateway: c.cfg.Name, Op: opToken,
				Cashier: gateway.CashierBusy, Err: context.Cause(ctx)}
		}
		t.mu.Lock()
		err, value := t.err, t.current.value
		t.mu.Unlock()
		if err != nil {
			return "", err
		}
		if value != "" {
			return value, nil // even when our clock calls it old already: it was made a moment ago
		}
	}
}

// fresh gets a new token whatever the present one is, and keeps it.
func (t *tokens) fresh(ctx context.Context, c *Client) error {
	made, err := c.askToken(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = made
	return nil
}

func (t *tokens) renew(ctx context.Context, c *Client) {
	// Whoever needed it first, a sale in front of somebody may wait for it too.
	ctx, cancel := gateway.Errand{Lane: gateway.LaneCounter, Limit: 2 * gateway.ReadTimeout,
		Patience: 2 * maxTokenPause}.Begin(ctx)
	defer cancel()
	fresh, err := c.askToken(ctx)
	for wait, tries := pauseOf(err), 0; wait > 0 && tries < maxTokenTries; wait, tries = pauseOf(err), tries+1 {
		// A pause on the token is waited for as one on the order would be: the sale that waits has sent nothing yet.
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		fresh, err = c.askToken(ctx)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
	if err == nil {
		t.current = fresh
	}
	close(t.pending)
	t.pending = nil
}

const (
	// maxTokenPause is the longest pause that is waited for: a customer stands there, and another gateway may be asked.
	maxTokenPause = 8 * time.Second
	maxTokenTries = 3
)

// pauseOf is how long to wait before a token that was refused for now is asked for again; zero: not at all.
func pauseOf(err error) time.Duration {
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || e.HTTPStatus != http.StatusTooManyRequests && e.Class != gateway.ClassBusy || e.RetryAfter <= 0 ||
		e.RetryAfter > maxTokenPause {
		return 0
	}
	return e.RetryAfter
}

// refused drops value after EnKash said it isn't valid; a newer token stays.
func (t *tokens) refused(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.value == value {
		t.current = token{}
	}
}

func (t *tokens) header(value string, raw bool) string {
	if raw {
		return value
	}
	return "Bearer " + value
}

func (t *tokens) prefixRaw() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.raw
}

func (t *tokens) keepPrefix(raw bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.raw = raw
}

type tokenRequest struct {
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"secretKey"`
}

// tokenResponse is a bare object; one public integrator also looks for payload.token (docs.enkash.com/api-17348486).
type tokenResponse struct {
	wire.Envelope
	Token  wire.Text `json:"token"`
	Expiry wire.Text `json:"expiry"`
}

// askToken is POST /api/v0/merchant/token. It is no write: a token more or less changes nothing.
func (c *Client) askToken(ctx context.Context) (token, error) {
	call := gateway.Call{Op: opToken, Method: http.MethodPost, Path: "/api/v0/merchant/token", Urgent: true,
		Body: wire.Encode(tokenRequest{c.cfg.AccessKey, c.cfg.SecretKey})}
	if c.cfg.APIKey != "" {
		call.Header = http.Header{"Api-Key": {c.cfg.APIKey}}
	}
	a, err := c.caller.Do(ctx, call)
	if err != nil {
		return token{}, err
	}
	const hint = "compare the access key and the secret key with EnKash's dashboard, and that they belong to this " +
		"base URL (test and production keys differ)"
	var r tokenResponse
	if err := wire.Decode(a.Body, &r); err != nil {
		if a.Status >= 400 {
			return token{}, c.caller.Failed(call, a, gateway.ClassMisconfigured, "", "", "", hint)
		}
		return token{}, c.caller.Unreadable(call, a, err)
	}

	if r.Token == "" && len(r.Payload) > 0 && r.Payload[0] == '{' {
		var inner struct {
			Token  wire.Text `json:"token"`
			Expiry wire.Text `json:"expiry"`
		}
		if err := wire.Decode(r.Payload, &inner); err != nil {
			return token{}, c.caller.Unreadable(call, a, err)
		}
		r.Token, r.Expiry = inner.Token, inner.Expiry
	}

	code := r.Code()
	if a.Status >= 400 || code != "" && code != "0" && code != "200" {
		return token{}, c.caller.Failed(call, a, gateway.ClassMisconfigured, code, c.redact(r.Words()), "", hint)
	}
	if r.Token == "" || len(r.Token) > maxToken || strings.ContainsFunc(string(r.Token), func(r rune) bool {
		return r <= ' ' || r > '~'
	}) {
		return token{}, c.caller.Unreadable(call, a, errors.New("it holds no usable token"))
	}
	now, life := c.now(), c.tokenLife(string(r.Expiry))
	return token{string(r.Token), now.Add(life - life/5), now.Add(life)}, nil
}

// tokenLife is how long to use a token: nine tenths of what expiry leaves, at least a few seconds. Expiry is said to
// be "milliseconds" and its sample is an instant, so a large number is taken as one, on the gateway's clock.
func (c *Client) tokenLife(expiry string) time.Duration {
	ms, err := strconv.ParseInt(expiry, 10, 64)
	if err != nil {
		f, ferr := strconv.ParseFloat(expiry, 64) // a Java double: 1.672531199E12
		if ferr != nil || f < 0 || f > math.MaxInt64/4 {
			return tokenFallback
		}
		ms = int64(f)
	}
	var life time.Duration
	if ms > 1e11 {
		skew, _ := c.caller.Skew()
		life = time.UnixMilli(ms).Sub(c.now().Add(skew))
	} else {
		life = time.Duration(ms) * time.Millisecond
	}
	if life <= 0 {
		return tokenFallback // our clock and the gateway's disagree by more than its Date told us; code 117 will tell
	}
	return min(life-life/10, tokenMost)
}

// redact takes our own keys out of a text the gateway sent.
func (c *Client) redact(s string) string {
	for _, key := range []string{c.cfg.SecretKey, c.cfg.AccessKey, c.cfg.APIKey} {
		if key != "" {
			s = strings.ReplaceAll(s, key, "[key]")
		}
	}
	return s
}
