package razorpay

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"galla/gateway"
)

// DefaultBaseURL serves test and live keys alike: the key decides (R1).
const DefaultBaseURL = "https://api.razorpay.com"

// posterHosts are where a QR's image_url may lead: Razorpay's short links and its own hosts (R3, R12).
var posterHosts = []string{"rzp.io", ".rzp.io", "razorpay.com", ".razorpay.com"}

// Config is one Razorpay account.
type Config struct {
	Name      string // empty: "razorpay"
	BaseURL   string // empty: DefaultBaseURL; a trailing /v1, as the vendor prints it, is allowed
	KeyID     string // rzp_live_… or rzp_test_…
	KeySecret string // never logged
	// Capture takes the money of an authorised payment; off: it goes back to the customer after 3 days
	CaptureLate   bool
	AllowTestKeys bool     // demo mode: QR codes of test keys are handed out, marked TestMode
	PosterHosts   []string // further hosts a poster may come from, such as "example.in" or ".example.in"

	Transport http.RoundTripper // nil: gateway's own
	Log       *slog.Logger      // nil: nothing is logged
	Observe   gateway.Observer  // told of every call; nil: nobody is
	Budget    *gateway.Budget   // nil: one of its own
	Now       func() time.Time  // nil: time.Now
}

// Client is one Razorpay account. Safe for concurrent use.
type Client struct {
	given       Config // as New was given it
	caller      *gateway.Caller
	auth        string
	testMode    bool
	allowTest   bool
	captureLate bool
	hosts       []string
	now         func() time.Time
	hooks       atomic.Pointer[Hooks] // see Listen
	payees      gateway.Payees
	codes       gateway.Memory[code]
	together    *together
	found       atomic.Pointer[func(reference string)] // see Found
	unnoted     unnoted
}

var _ gateway.Gateway = (*Client)(nil)

// New checks the config and opens no connection.
func New(cfg Config) (*Client, error) {
	given := cfg
	if cfg.Name == "" {
		cfg.Name = "razorpay"
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.KeyID == "" || cfg.KeySecret == "" || strings.ContainsAny(cfg.KeyID, ": \t\r\n") {
		return nil, fmt.Errorf("gateway %q: a key id like rzp_live_… and its secret are needed: create a pair in "+
			"Razorpay's dashboard under API keys", cfg.Name)
	}
	caller, err := gateway.NewCaller(gateway.CallerOptions{
		Name: cfg.Name, BaseURL: strings.TrimSuffix(strings.TrimRight(cfg.BaseURL, "/"), "/v1"),
		Transport: cfg.Transport, Log: cfg.Log, Budget: cfg.Budget, Now: cfg.Now, Observe: cfg.Observe,
	})
	if err != nil {
		return nil, err
	}
	return &Client{
		given:  given,
		caller: caller,
		// The scheme word must be exactly "Basic" (R2).
		auth:        "Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.KeyID+":"+cfg.KeySecret)),
		testMode:    strings.HasPrefix(cfg.KeyID, "rzp_test_"),
		allowTest:   cfg.AllowTestKeys,
		captureLate: cfg.CaptureLate,
		hosts:       append(append([]string(nil), posterHosts...), cfg.PosterHosts...),
		now:         cfg.Now,
		together: &together{
			members: map[string]*member{},
			sheets:  map[gateway.Lane]sheet{},
			asking:  map[gateway.Lane]chan struct{}{},
		},
		payees: gateway.Payees{PerCode: true}, // rzr.qr…@icic
	}, nil
}

// Listen ties the account's webhooks to its client, so that an examination can say whether they come while payments do.
func (c *Client) Listen(h *Hooks) { c.hooks.Store(h) }

// Name is the configured name of this account.
func (c *Client) Name() string { return c.caller.Name() }

// Warm opens a connection ahead of the next sale; see gateway.Caller.
func (c *Client) Warm(ctx context.Context) error {
	if c.caller.Warmed() {
		return nil
	}
	return c.caller.Warm(ctx)
}

// Skew is Razorpay's clock minus ours; false before the first answer.
func (c *Client) Skew() (time.Duration, bool) { return c.caller.Skew() }

// read, write and urgent make the three kinds of calls; a write is always urgent, because a person waits for it.
func read(op, path string, q url.Values) gateway.Call {
	return gateway.Call{Op: op, Method: http.MethodGet, Path: path, Query: q}
}

func urgent(call gateway.Call) gateway.Call { call.Urgent = true; return call }

func write(op, method, path string, body any) gateway.Call {
	call := gateway.Call{Op: op, Method: method, Path: path, Write: true, Urgent: true}
	if body != nil {
		call.Body, _ = json.Marshal(body) // structs and maps of texts and numbers: there is nothing to fail on
	}
	return call
}

// do sends call and decodes a 2xx answer into out. Every error is a *gateway.Error.
func (c *Client) do(ctx context.Context, call gateway.Call, out any) error {
	if call.Header == nil {
		call.Header = http.Header{}
	}
	call.Header.Set("Authorization", c.auth)
	a, err := c.caller.Do(ctx, call)
	if err != nil {
		return err
	}
	if a.Status < 200 || a.Status > 299 {
		return c.refusal(call, a)
	}
	if err := json.Unmarshal(a.Body, out); err != nil {
		return c.caller.Unreadable(call, a, err)
	}
	if v, ok := out.(interface{ validate() error }); ok {
		if err := v.validate(); err != nil {
			return c.caller.Unreadable(call, a, err)
		}
	}
	return nil
}

// refuse is a no of our own, before anything was sent.
func (c *Client) refuse(op string, class gateway.Class, cashier, operator string, err error) error {
	e := c.caller.Failed(gateway.Call{Op: op}, gateway.Answer{}, class, "", "", cashier, operator)
	e.Err = err
	return e
}

// theirTime and ourTime translate between this box's clock and Razorpay's, by the Date of its last answer.
func (c *Client) theirTime(t time.Time) int64 {
	skew, _ := c.caller.Skew()
	return t.Add(skew).Unix()
}

func (c *Client) ourTime(unix int64) time.Time {
	skew, _ := c.caller.Skew()
	return time.Unix(unix, 0).Add(-skew)
}

// rejected says whether err is a clear no from Razorpay.
func rejected(err error) (*gateway.Error, bool) {
	e, ok := errors.AsType[*gateway.Error](err)
	return e, ok && e.Class == gateway.ClassRejected
}
