package gateway

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// ReadTimeout bounds one read from the first byte sent to the last byte received.
	ReadTimeout = 10 * time.Second
	// WriteTimeout bounds one write. It is longer than a read's: giving up on a write costs a look-up.
	WriteTimeout = 25 * time.Second
	// MaxAnswer is the most of an answer's body that is read, in bytes, after decompression. The largest honest
	// ones are lists of a hundred QR objects and base64 pictures, each well under 1 MiB.
	MaxAnswer = 4 << 20

	userAgent = "galla/1"
)

// CallerOptions says how one gateway account is reached.
type CallerOptions struct {
	Name      string            // configured name; goes into errors and logs
	BaseURL   string            // https://host[/prefix]; http:// only for a loopback host
	Transport http.RoundTripper // nil: the tuned default, which every till in production uses
	Log       *slog.Logger      // nil: nothing is logged
	Budget    *Budget           // nil: NewBudget(BudgetOptions{}); accounts at one gateway may share one
	Now       func() time.Time  // nil: time.Now
	Observe   Observer          // told of every call; nil: nobody is
}

// Observer is told how a call went, by its Op and its class ("" when it was answered), and how long it took with its
// wait for the budget. It is called by the goroutine that makes the call.
type Observer func(op string, class Class, took time.Duration)

// Caller sends HTTP requests to one gateway account and sorts what can go wrong below the provider's own
// vocabulary into classes. It never sends a call twice. Safe for concurrent use.
type Caller struct {
	name   string
	base   *url.URL
	client *http.Client
	log    *slog.Logger
	budget *Budget
	now    func() time.Time
	seen   Observer

	skew  atomic.Int64 // nanoseconds; valid when known
	known atomic.Bool
	http2 atomic.Bool               // the last answer came over HTTP/2
	heard atomic.Pointer[time.Time] // when the last answer came, by the process's own clock
}

// Call is one request. Path is relative to the base URL and already escaped (use url.PathEscape for ids).
type Call struct {
	Op     string // in words, such as "create order": for errors and logs
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	// Write says that the call changes something at the gateway, whatever its method: EnKash's GET of a QR mints a
	// transaction. A write without a clear answer is ClassUnknown.
	Write bool
	// Urgent says that somebody stands at the counter and waits for the call: where ctx has no Errand it waits in
	// LaneCounter, and any other in LaneSale.
	Urgent bool

	connect bool // only the connection is wanted: any answer will do
}

// Answer is what the gateway said: any status but 3xx, 429 and 5xx, with a whole and bounded body.
// What a 4xx means is the provider's to say.
type Answer struct {
	Status    int
	Header    http.Header
	Body      []byte
	RequestID string // the gateway's own id of the request, else the one we sent: for a support ticket
}

// NewCaller checks the options. It opens no connection.
func NewCaller(o CallerOptions) (*Caller, error) {
	base, err := parseBaseURL(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("gateway %q: %w", o.Name, err)
	}
	if o.Name == "" {
		return nil, fmt.Errorf("the gateway at %s has no name: give it one, such as \"enkash\"", base.Host)
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	if t, ok := o.Transport.(*http.Transport); ok && t.TLSClientConfig != nil && t.TLSClientConfig.InsecureSkipVerify {
		return nil, fmt.Errorf("gateway %q: its transport skips certificate checks, which would let anyone on the "+
			"shop's network say \"paid\"", o.Name)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Budget == nil {
		o.Budget = NewBudget(BudgetOptions{})
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Observe == nil {
		o.Observe = func(string, Class, time.Duration) {}
	}
	return &Caller{
		name: o.Name, base: base, log: o.Log.With("gateway", o.Name), budget: o.Budget, now: o.Now, seen: o.Observe,
		client: &http.Client{
			Transport: o.Transport,
			// A redirect is handed back as an answer: following one would send keys to another address.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// CheckBaseURL says what is wrong with the address of a gateway, such as one without TLS.
func CheckBaseURL(s string) error {
	_, err := parseBaseURL(s)
	return err
}

// parseBaseURL accepts https anywhere, and http for a loopback host, where simulators and tests live.
func parseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("base URL %.100q is not of the form https://host", s)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf(
			"base URL for %s has a user, query or fragment: give only https://host and, where needed, a path", u.Host)
	}
	switch u.Scheme {
	case "https":
	case "http":
		ip := net.ParseIP(u.Hostname())
		if u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, fmt.Errorf(
				"base URL %q is not encrypted: use https (http is allowed for 127.0.0.1, [::1] and localhost only)", s)
		}
	default:
		return nil, fmt.Errorf("base URL %q has scheme %q: use https", s, u.Scheme)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

// Name is the configured name.
func (c *Caller) Name() string { return c.name }

// Crowded reports whether calls wait for this box's budget, so that one that can be left out makes room.
func (c *Caller) Crowded() bool { return c.budget.waiting() >= crowd }

// Do sends call once and returns the answer. Every error is an *Error:
//
//	it waited for this box's own budget until ctx ended, or would   ClassBusy
//	no byte left this box (DNS, connect, TLS, ctx)                  ClassUnavailable
//	read:  no answer, 429, 5xx, cut off, too large, empty, a page   ClassUnavailable
//	write: the same                                                 ClassUnknown
//	3xx (but 303 to a write, which is ClassUnknown)                 ClassMisconfigured
//
// The timeouts above start after the wait for the budget, and so does the limit of an Errand; any other deadline of ctx
// counts it.
func (c *Caller) Do(ctx context.Context, call Call) (Answer, error) {
	u := *c.base
	target := u.String() + call.Path
	if len(call.Query) > 0 {
		target += "?" + call.Query.Encode()
	}
	return c.do(ctx, c.client, call, target)
}

func (c *Caller) do(ctx context.Context, client *http.Client, call Call, target string) (Answer, error) {
	id := rand.Text()[:16]
	start := c.now()
	lane := LaneSale
	if call.Urgent {
		lane = LaneCounter
	}
	if wait, err := c.budget.Wait(ctx, lane); err != nil {
		if !errors.Is(err, ErrBudget) { // the caller had gone before
			return Answer{}, c.report(call, id, start, c.notSent(call, err))
		}
		return Answer{}, c.report(call, id, start, c.heldBack(call, wait, err))
	}

	timeout := ReadTimeout
	if call.Write {
		timeout = WriteTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer within %s", timeout))
	defer cancel()

	var dialing, connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { dialing.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	as := asRead
	if call.Write {
		as = asWrite
	}
	req, err := c.request(withAsked(ctx, as), call, target, id)
	if err != nil {
		return Answer{}, c.report(call, id, start, c.notSent(call, err))
	}
	sent := c.now()
	resp, err := client.Do(req)
	if err != nil {
		err = plainCause(ctx, err)
		// A transport that reports dialing but no connection has sent nothing. One that reports neither may have.
		if dialing.Load() && !connected.Load() {
			return Answer{}, c.report(call, id, start, c.notSent(call, err))
		}
		return Answer{}, c.report(call, id, start, c.noAnswer(call, Answer{}, err))
	}

	defer resp.Body.Close()
	c.http2.Store(resp.ProtoMajor >= 2)
	heard := time.Now()
	c.heard.Store(&heard)
	c.learnSkew(resp.Header.Get("Date"), sent, c.now())
	a := Answer{Status: resp.StatusCode, Header: resp.Header, RequestID: answerID(resp.Header, id)}
	a.Body, err = io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	if err != nil {
		err = fmt.Errorf("the answer was cut off after %d bytes: %w", len(a.Body), plainCause(ctx, err))
	}
	if e := c.judge(call, a, err); e != nil {
		return Answer{}, c.report(call, a.RequestID, start, e)
	}
	c.budget.answered()
	c.seen(call.Op, "", c.now().Sub(start))
	c.log.LogAttrs(
		ctx,
		slog.LevelDebug,
		"gateway call",
		slog.String("op", call.Op),
		slog.String("request", a.RequestID),
		slog.Int("status", a.Status),
		slog.Duration("took", c.now().Sub(start)),
	)

	return a, nil
}

// request builds the HTTP request so that net/http sends it at most once where that matters.
func (c *Caller) request(ctx context.Context, call Call, target, id string) (*http.Request, error) {
	var body io.Reader
	if call.Body != nil {
		body = bytes.NewReader(call.Body)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, target, body)
	if err != nil {
		return nil, fmt.Errorf("the request for %q cannot be built: %w", call.Path, err)
	}
	for k, v := range call.Header {
		req.Header[k] = v
	}
	if call.Body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("X-Request-Id", id)
	// net/http repeats a request by itself when a kept-alive HTTP/1 connection dies before the first byte of the
	// answer and the request "is replayable": a GET without body, or anything with an Idempotency-Key header
	// (Request.isReplayable, go1.26 net/http/request.go). The first of the two may have been carried out. A body it
	// cannot rewind forbids that; an empty one adds nothing to the wire of HTTP/1. HTTP/2 repeats only what the
	// server says it never began (RFC 9113 8.7), and there an empty body would cost a DATA frame that some
	// front-ends refuse on a GET, so it is left alone.
	if call.Write && !c.http2.Load() {
		if req.Body == nil || req.Body == http.NoBody {
			req.Body = io.NopCloser(strings.NewReader(""))
		}
		req.GetBody = nil
	}
	return req, nil
}

// Warm opens a connection to the gateway, or finds it open, so that the next sale pays no TLS handshake; it also
// learns the clock skew. Call it when the counter opens and, while sales are likely, every WarmEvery.
// It is a HEAD of the base URL, whose status doesn't matter.
func (c *Caller) Warm(ctx context.Context) error {
	_, err := c.Do(ctx, Call{Op: "warm up", Method: http.MethodHead, Path: "/", connect: true})
	if e, ok := errors.AsType[*Error](err); ok && e.HTTPStatus != 0 {
		return nil // answered: the connection stands
	}
	return err
}

// Warmed says whether Warm would find what an answer has just shown: a connection that stays open until the next Warm
// is due, and the clock's skew. With HTTP/2 that is one connection for everything.
func (c *Caller) Warmed() bool {
	heard := c.heard.Load()
	return heard != nil && c.http2.Load() && c.known.Load() && time.Since(*heard) < idleTimeout-WarmEvery
}

// WarmPair is Warm for a provider that asks two things at once: without HTTP/2 that takes two connections, and both are
// kept.
func (c *Caller) WarmPair(ctx context.Context) error {
	if c.http2.Load() || !c.known.Load() {
		if err := c.Warm(ctx); err != nil || c.http2.Load() {
			return err
		}
	}
	// The second asks while the first holds its connection and hasn't used it yet, so it takes or makes another one.
	var second error
	var once sync.Once // a read may be asked twice
	first := c.Warm(
		httptrace.WithClientTrace(
			ctx,
			&httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { once.Do(func() { second = c.Warm(ctx) }) }},
		),
	)
	return errors.Join(first, second)
}

// Skew is the gateway's clock minus ours, to about a second, by the Date header of the last answer; false when
// no answer has come yet. A till without a clock chip starts with a wrong time, and a gateway refuses a closing
// time in the past.
func (c *Caller) Skew() (time.Duration, bool) {
	return time.Duration(c.skew.Load()), c.known.Load()
}

// learnSkew compares Date, which is cut to whole seconds, with the middle of the exchange.
func (c *Caller) learnSkew(date string, sent, received time.Time) {
	t, err := http.ParseTime(date)
	if err != nil || received.Before(sent) || Instant(t).IsZero() {
		return
	}
	middle := sent.Add(received.Sub(sent) / 2)
	c.skew.Store(int64(t.Add(time.Second / 2).Sub(middle)))
	c.known.Store(true)
}

// answerID finds the gateway's own request id: what its support asks for first.
func answerID(h http.Header, ours string) string {
	for _, k := range []string{"X-Razorpay-Request-Id", "Request-Id", "X-Request-Id", "X-Amzn-Requestid", "Cf-Ray"} {
		v := h.Get(k)
		if v != "" && len(v) <= 64 && !strings.ContainsFunc(v, func(r rune) bool { return r < '!' || r > '~' }) {
			return v
		}
	}
	return ours
}
