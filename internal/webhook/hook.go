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
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"galla/state"
)

// Till is where the events are.
type Till interface {
	// Seq is the newest event's number on disk, also before the till is ready.
	Seq() (uint64, error)
	// Events returns up to limit events after since, in order.
	Events(ctx context.Context, since uint64, limit int) ([]state.Event, error)
	// Changed returns a channel that is closed at the next commit.
	Changed() <-chan struct{}
}

// Vault is where the number of the last delivered event is kept. Put has reached the disk when it returns nil.
type Vault interface {
	Get(key string) (value []byte, found bool, err error)
	Put(key string, value []byte) error
}

// Options says where events go.
type Options struct {
	Till   Till
	Vault  Vault
	Log    *slog.Logger
	Encode func(ctx context.Context, events []state.Event) ([]byte, error) // the body of a message
	URL    string                                                          // https, or http to this box
	Secret []byte                                                          // signs every message; at least 16 bytes
	HTTP   http.RoundTripper                                               // nil means http.DefaultTransport
	Now    func() time.Time                                                // nil means time.Now
}

// Hook tells a shop's billing software what happens: every event, in order, at least once. The event log is the outbox:
// what was delivered last is remembered, and a receiver that is away gets everything when it is back.
//
// A message is POST {"events":[…]} with the events of /v1/events, and the header
//
//	Galla-Signature: t=UNIXTIME,v1=HEX
//
// where HEX is HMAC-SHA-256 under the secret of UNIXTIME, a point, and the body. The receiver answers 2xx once it has
// them; it compares the signature, refuses what is older than a few minutes, and takes each seq once.
type Hook struct {
	till   Till
	vault  Vault
	log    *slog.Logger
	encode func(ctx context.Context, events []state.Event) ([]byte, error)
	url    string
	host   string
	secret []byte
	http   *http.Client
	now    func() time.Time
}

const (
	cursorKey = "hook/cursor"
	batch     = 256 // events in a message, at most
	maxAnswer = 16 << 10

	hookTimeout   = 10 * time.Second
	stopGrace     = 2 * time.Second // what a delivery under way is given when gallad stops
	hookFirstWait = time.Second
	hookLongWait  = 5 * time.Minute
)

// New checks the options.
func New(o Options) (*Hook, error) {
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
	if len(o.Secret) < 16 {
		return nil, fmt.Errorf("the webhook's secret has %d bytes: give at least 16 random ones", len(o.Secret))
	}
	h := &Hook{
		till:   o.Till,
		vault:  o.Vault,
		log:    o.Log,
		url:    o.URL,
		host:   u.Host,
		secret: o.Secret,
		encode: o.Encode,
		now:    o.Now,
		http: &http.Client{
			Transport:     o.HTTP,
			Timeout:       hookTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	} // signed bodies go to nobody else
	if h.now == nil {
		h.now = time.Now
	}
	return h, nil
}

// Run delivers until ctx ends, and returns nil then. It fails only when the vault does.
func (h *Hook) Run(ctx context.Context) error {
	at, err := h.begin()
	if err != nil {
		return err
	}
	wait := hookFirstWait
	for ctx.Err() == nil {
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
			if err := h.vault.Put(cursorKey, strconv.AppendUint(nil, last, 10)); err != nil {
				return fmt.Errorf("remember what the webhook delivered: %w", err)
			}
			at, wait = last, hookFirstWait
			continue
		}
		if ctx.Err() != nil {
			break
		}
		h.log.Warn("webhook not delivered", "host", h.host, "after", at, "again_in", wait, "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = min(2*wait, hookLongWait)
	}
	return nil
}

// begin says after which event to go on: when the hook is switched on, the newest there is.
func (h *Hook) begin() (uint64, error) {
	b, found, err := h.vault.Get(cursorKey)
	if err != nil {
		return 0, fmt.Errorf("read what the webhook delivered: %w", err)
	}
	newest, err := h.till.Seq()
	if err != nil {
		return 0, fmt.Errorf("read where the webhook begins: %w", err)
	}
	if !found {
		// Dying before this line leaves no cursor, and the next start begins at its own moment; after it, nothing is
		// lost any more.
		if err := h.vault.Put(cursorKey, strconv.AppendUint(nil, newest, 10)); err != nil {
			return 0, fmt.Errorf("remember where the webhook began: %w", err)
		}
		return newest, nil
	}
	at, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read what the webhook delivered: %w", err)
	}
	return min(at, newest), nil // a store that was replaced counts anew
}

// next makes the message for the events after at, or nil when there are none.
func (h *Hook) next(ctx context.Context, at uint64) (body []byte, last uint64, err error) {
	events, err := h.till.Events(ctx, at, batch)
	if err != nil || len(events) == 0 {
		return nil, 0, err
	}
	body, err = h.encode(ctx, events)
	return body, events[len(events)-1].Seq, err
}

// deliver posts a message. When gallad stops, a message under way still gets its answer if that comes soon: cut off, it
// would go out again at the next start.
func (h *Hook) deliver(stop context.Context, body []byte) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(stop))
	defer cancel()
	defer context.AfterFunc(stop, func() { time.AfterFunc(stopGrace, cancel) })()

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
	io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // lets the connection be used again
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
