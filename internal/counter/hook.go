package counter

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"galla/internal/counter/wire"
)

// HookOptions says where events go.
type HookOptions struct {
	Till   Till
	Vault  Vault
	Log    *slog.Logger
	URL    string            // https, or http to this box
	Secret []byte            // signs every message; at least 16 bytes
	HTTP   http.RoundTripper // nil means http.DefaultTransport
	Now    func() time.Time  // nil means time.Now
}

// Hook tells a shop's billing software what happens: every event, in order, at least once. The event log is the outbox: what
// was delivered last is remembered, and a receiver that is away gets everything when it is back.
//
// A message is POST {"events":[…]} with the events of /v1/events, and the header
//
//	Galla-Signature: t=UNIXTIME,v1=HEX
//
// where HEX is HMAC-SHA-256 under the secret of UNIXTIME, a point, and the body. The receiver answers 2xx once it has them;
// it compares the signature, refuses what is older than a few minutes, and takes each seq once.
type Hook struct {
	till   Till
	vault  Vault
	log    *slog.Logger
	url    string
	host   string
	secret []byte
	http   *http.Client
	now    func() time.Time
	feed   *feed
}

const (
	hookTimeout   = 10 * time.Second
	hookFirstWait = time.Second
	hookLongWait  = 5 * time.Minute
)

// NewHook checks the options.
func NewHook(o HookOptions) (*Hook, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New("the webhook's url can't be used: write it like https://billing.example/galla, without a password in it")
	}
	if h := u.Hostname(); u.Scheme != "https" && !(u.Scheme == "http" && (h == "localhost" || h == "127.0.0.1" || h == "::1")) {
		return nil, fmt.Errorf("the webhook's url has the scheme %q: use https, or http to localhost", u.Scheme)
	}
	if len(o.Secret) < 16 {
		return nil, fmt.Errorf("the webhook's secret has %d bytes: give at least 16 random ones", len(o.Secret))
	}
	h := &Hook{till: o.Till, vault: o.Vault, log: o.Log, url: o.URL, host: u.Host, secret: o.Secret, now: o.Now, feed: newFeed(o.Till),
		http: &http.Client{Transport: o.HTTP, Timeout: hookTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}} // signed bodies go to nobody else
	if h.now == nil {
		h.now = time.Now
	}
	return h, nil
}

// String names the task.
func (h *Hook) String() string { return "webhook to " + h.host }

// Run delivers until ctx ends, and returns nil then. It fails only when the vault does.
func (h *Hook) Run(ctx context.Context) error {
	at, err := h.begin()
	if err != nil {
		return err
	}
	wait := hookFirstWait
	for {
		changed := h.till.Changed() // before the read: a commit in between closes it
		body, last, err := h.next(ctx, at)
		if err == nil && body == nil {
			select {
			case <-ctx.Done():
				return nil
			case <-changed:
				continue
			}
		}
		if err == nil {
			err = h.deliver(ctx, body)
		}
		if err == nil {
			// Dying before this line delivers the same events once more; the receiver takes each seq once.
			if err := h.vault.Put(hookKey+"cursor", strconv.AppendUint(nil, last, 10)); err != nil {
				return fmt.Errorf("remember what the webhook delivered: %w", err)
			}
			at, wait = last, hookFirstWait
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		h.log.Warn("webhook not delivered", "host", h.host, "after", at, "again_in", wait, "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, hookLongWait)
	}
}

// begin says after which event to go on: on the very first start, the newest there is.
func (h *Hook) begin() (uint64, error) {
	b, found, err := h.vault.Get(hookKey + "cursor")
	if err != nil {
		return 0, fmt.Errorf("read what the webhook delivered: %w", err)
	}
	newest := h.till.Health().Seq
	if !found {
		return newest, h.vault.Put(hookKey+"cursor", strconv.AppendUint(nil, newest, 10))
	}
	at, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read what the webhook delivered: %w", err)
	}
	return min(at, newest), nil // a store that was replaced counts anew
}

// next makes the message for the events after at, or nil when there are none.
func (h *Hook) next(ctx context.Context, at uint64) (body []byte, last uint64, err error) {
	frames, err := h.feed.after(ctx, at)
	if err != nil || len(frames) == 0 {
		return nil, 0, err
	}
	m := wire.Delivery{Events: make([]json.RawMessage, len(frames))}
	for i, f := range frames {
		m.Events[i] = f.body()
		last = f.seq
	}
	body, err = json.Marshal(m)
	return body, last, err
}

func (h *Hook) deliver(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Galla-Signature", sign(h.secret, h.now(), body))
	resp, err := h.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, whose path may be a secret
		}
		return err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)) // lets the connection be used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("the receiver answered %d", resp.StatusCode)
	}
	return nil
}

func sign(secret []byte, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
