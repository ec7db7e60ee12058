package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"galla/internal/counter/wire"
)

// Client talks to one gallad. Its methods may be called from any goroutine.
type Client struct {
	base   string // "http://galla"
	where  string // for people: the socket's path or the address
	token  string
	as     *url.Userinfo // name and PIN of the person whose request it is, over the socket
	http   *http.Client
	resend time.Duration // pause before a lost write is sent again
}

// UnreachableError says that gallad could not be talked to. Nothing was done.
type UnreachableError struct {
	Where string
	Err   error
}

func (e *UnreachableError) Error() string {
	switch {
	case errors.Is(e.Err, fs.ErrNotExist), errors.Is(e.Err, syscall.ECONNREFUSED):
		return "gallad is not running: " + e.Seen()
	case errors.Is(e.Err, fs.ErrPermission):
		return fmt.Sprintf("you may not use gallad's socket %s", e.Where)
	}
	return "gallad can't be reached " + e.Seen()
}

// Seen is what was seen where gallad should answer.
func (e *UnreachableError) Seen() string {
	switch {
	case errors.Is(e.Err, fs.ErrNotExist):
		return "there is no socket " + e.Where
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "nobody answers at " + e.Where
	}
	return fmt.Sprintf("at %s: %v", e.Where, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// LostError says that the connection broke before an answer came: what was asked may or may not be done.
type LostError struct{ Err error }

func (e *LostError) Error() string {
	return fmt.Sprintf("gallad's answer got lost: %v", e.Err)
}

func (e *LostError) Unwrap() error { return e.Err }

// New returns a client of the gallad behind a Unix socket.
func New(socket string) *Client {
	var d net.Dialer
	return &Client{base: "http://galla", where: socket, resend: 500 * time.Millisecond,
		http: &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return d.DialContext(ctx, "unix", socket)
			},
		}}}
}

// NewHTTP returns a client of the gallad at a base URL, such as "http://127.0.0.1:7417", with a device's token if it
// takes one.
func NewHTTP(base, token string, h *http.Client) *Client {
	return &Client{base: base, where: base, token: token, resend: 500 * time.Millisecond, http: h}
}

// As says whose requests these are from now on, where several people share one login on the box. The PIN goes with each
// request.
func (c *Client) As(name, pin string) { c.as = url.UserPassword(name, pin) }

// Key makes a new idempotency key.
func Key() string { return rand.Text() }

// Open asks for a sale.
func (c *Client) Open(ctx context.Context, key string, b wire.OpenSale) (wire.Sale, error) {
	return post[wire.Sale](ctx, c, "/v1/sales", key, b)
}

// Cancel asks to end a sale unpaid. Writes take a sale's id and nothing else: see Named.
func (c *Client) Cancel(ctx context.Context, key, id string, b wire.CancelSale) (wire.Sale, error) {
	return post[wire.Sale](ctx, c, salePath(id, "/cancel"), key, b)
}

// Refund asks to send money of a sale back.
func (c *Client) Refund(ctx context.Context, key, id string, b wire.RefundSale) (wire.Sale, error) {
	return post[wire.Sale](ctx, c, salePath(id, "/refunds"), key, b)
}

// Print asks for a slip.
func (c *Client) Print(ctx context.Context, key, id string, b wire.PrintSale) (wire.Sale, error) {
	return post[wire.Sale](ctx, c, salePath(id, "/print"), key, b)
}

// Resolve decides about attention items.
func (c *Client) Resolve(ctx context.Context, key, id string, b wire.ResolveSale) (wire.Sale, error) {
	return post[wire.Sale](ctx, c, salePath(id, "/resolve"), key, b)
}

// Named reads a sale by what people call it: "1129-2", "2026-11-29/2", or "2", which means today's. Where there is none
// the problem lists the nearest.
func (c *Client) Named(ctx context.Context, name string) (wire.Sale, error) {
	page, err := get[wire.Sales](ctx, c, "/v1/sales?"+url.Values{"name": {name}}.Encode())
	if err != nil {
		return wire.Sale{}, err
	}
	if len(page.Sales) != 1 {
		return wire.Sale{}, fmt.Errorf(
			"gallad answered the name %q with %d sales: are gallad and galla of the same version?",
			name,
			len(page.Sales),
		)
	}
	return page.Sales[0], nil
}

// Sale reads a sale by id, or by its number today.
func (c *Client) Sale(ctx context.Context, id string) (wire.Sale, error) {
	return get[wire.Sale](ctx, c, salePath(id, ""))
}

// Sales reads a page of sales; v takes name, or since, limit, before, day, attention and open, or a search.
func (c *Client) Sales(ctx context.Context, v url.Values) (wire.Sales, error) {
	return get[wire.Sales](ctx, c, "/v1/sales?"+v.Encode())
}

// Health reads how the till is.
func (c *Client) Health(ctx context.Context) (wire.Health, error) {
	return get[wire.Health](ctx, c, "/v1/health")
}

// Doctor has gallad look for what is wrong now, which takes seconds.
func (c *Client) Doctor(ctx context.Context) (wire.Checkup, error) {
	return get[wire.Checkup](ctx, c, "/v1/doctor")
}

func salePath(id, rest string) string { return "/v1/sales/" + url.PathEscape(id) + rest }

// get sends a read, and once more when its answer got lost: gallad died over it, and systemd starts it again.
func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var out T
	err := c.do(ctx, http.MethodGet, path, "", nil, &out)
	if _, lost := errors.AsType[*LostError](err); lost && ctx.Err() == nil {
		err = c.do(ctx, http.MethodGet, path, "", nil, &out)
	}
	return out, err
}

// post sends a write, and sends it again with the same key while its outcome is unknown and ctx lasts.
func post[T any](ctx context.Context, c *Client, path, key string, body any) (T, error) {
	var out T
	b, err := json.Marshal(body)
	if err != nil {
		return out, err
	}
	sent := false
	for {
		err := c.do(ctx, http.MethodPost, path, key, b, &out)
		var lost *LostError
		var away *UnreachableError
		switch {
		case errors.As(err, &lost):
			sent = true
		case errors.As(err, &away) && sent: // it went away after we had sent: it may have our request
			err = &LostError{away.Err}
		default:
			return out, err
		}
		select {
		case <-ctx.Done():
			return out, err
		case <-time.After(c.resend):
		}
	}
}

const maxAnswer = 32 << 20 // a page of 1000 sales with all their payments is far below

func (c *Client) do(ctx context.Context, method, path, key string, body []byte, out any) error {
	resp, err := c.send(ctx, method, path, key, body, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return &LostError{err}
	}
	if resp.StatusCode >= 300 {
		return asProblem(resp, b)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("gallad's answer to %s %s can't be read: %w; are gallad and galla of the same version?",
			method, path, err)
	}
	return nil
}

func (c *Client) send(
	ctx context.Context,
	method, path, key string,
	body []byte,
	head http.Header,
) (*http.Response, error) {
	if p := noName(path); p != nil {
		return nil, p
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for k, v := range head {
		req.Header[k] = v
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		// net/http sends a request with an Idempotency-Key again by itself when a kept connection dies under it, and an
		// error of that second try would hide that the first may have been carried out. A body it can't rewind forbids
		// it.
		req.GetBody = nil
	}

	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.as != nil {
		pin, _ := c.as.Password()
		req.SetBasicAuth(c.as.Username(), pin)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return nil, &UnreachableError{c.where, op.Err}
		}
		return nil, &LostError{err}
	}

	return resp, nil
}

// noName refuses a path with a name that is "", "." or "..": HTTP takes such a part for a way to another path.
func noName(path string) error {
	path, _, _ = strings.Cut(path, "?")
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if part == "" || part == "." || part == ".." {
			return &wire.Problem{
				Type:   "/problems/no-such-thing",
				Title:  "No such thing",
				Status: http.StatusNotFound,
				Detail: fmt.Sprintf("nothing and nobody here is called %q", part),
				Next:   "Give the name as the list has it.",
			}
		}
	}
	return nil
}

func asProblem(resp *http.Response, b []byte) error {
	p := &wire.Problem{}
	if json.Unmarshal(b, p) != nil || p.Detail == "" {
		return fmt.Errorf("gallad answered %s without a problem document: is something else listening there?",
			strconv.Itoa(resp.StatusCode))
	}
	p.Status = resp.StatusCode
	return p
}
