package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"galla/gateway/gatewaytest"
)

// The two gateways' addresses.
const (
	enkashHost   = "127.0.0.1:1"
	razorpayHost = "127.0.0.1:2"
)

// line is how the network to one gateway is.
type line string

const (
	lineUp      line = "up"
	lineRefused line = "refused"   // nobody answers the call to connect: certainly not sent
	lineDead    line = "dead"      // what is sent is swallowed
	lineDeaf    line = "one way"   // what is sent arrives, and no answer comes back
	lineStale   line = "stale"     // a proxy answers reads of payments with what it answered before
	stalest          = time.Minute // how old such an answer may be
)

var lines = []line{lineRefused, lineDead, lineDeaf, lineStale}

// wire carries requests to the simulator's handlers without sockets, as a network that fails would.
type wire struct {
	w     *world
	hosts map[string]http.Handler
	inner http.RoundTripper // net/http, for runs that talk it

	jobs  chan job       // to a goroutine that has served before, if one is idle: its stack has its size
	serve sync.WaitGroup // those goroutines

	mu    sync.Mutex
	lines map[string]line
	last  map[string]kept // answers to reads, for lineStale
}

type job struct {
	req  *http.Request
	done chan *response
}

type kept struct {
	at       time.Time
	response response
}

// response is what a handler wrote.
type response struct {
	status  int
	header  http.Header
	body    bytes.Buffer
	aborted bool // it broke off here
}

func (r *response) Header() http.Header { return r.header }
func (r *response) WriteHeader(s int) {
	if r.status == 0 {
		r.status = s
	}
}
func (r *response) Write(b []byte) (int, error) { r.WriteHeader(http.StatusOK); return r.body.Write(b) }
func (r *response) Flush()                      {}

func newWire(w *world) *wire {
	x := &wire{
		w:     w,
		jobs:  make(chan job),
		lines: map[string]line{},
		last:  map[string]kept{},
		hosts: map[string]http.Handler{
			enkashHost: w.sim.EnKash(), razorpayHost: w.sim.Razorpay()},
	}
	if w.plan.http {
		n := gatewaytest.NewNetwork()
		for host, h := range x.hosts {
			n.Serve(host, h)
		}
		x.inner = n.Transport()
		w.atEnd = append(w.atEnd, func() { n.Close() })
	}
	w.atEnd = append(w.atEnd, func() { close(x.jobs) }, x.serve.Wait)
	return x
}

func (x *wire) set(host string, l line) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lines[host] = l
}

var errCut = errors.New("connection reset by peer")

// RoundTrip carries one request.
func (x *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, host := req.Context(), req.URL.Host
	if ctx.Err() != nil { // as net/http: what was given up before it was sent is not sent
		return nil, context.Cause(ctx)
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(host)
	}
	x.mu.Lock()
	l := x.lines[host]
	x.mu.Unlock()
	if l != lineUp && l != "" {
		x.w.met("network " + string(l))
	}
	if l == lineRefused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("network is unreachable")}
	}
	if x.inner != nil && l != lineDead && l != lineDeaf {
		return x.inner.RoundTrip(req)
	}
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if l == lineDead {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	read := req.Method == http.MethodGet && strings.HasSuffix(req.URL.Path, "/payments")
	if old, ok := x.kept(req.URL.String()); ok && read && l == lineStale {
		x.w.bank.stale()
		return old.answer(req), nil
	}
	done := make(chan *response, 1)
	select {
	case x.jobs <- job{req, done}:
	default:
		x.serve.Go(func() {
			done <- x.handle(req)
			for j := range x.jobs {
				j.done <- x.handle(j.req)
			}
		})
	}
	if l == lineDeaf {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case r := <-done:
		if r.status == 0 {
			return nil, errCut
		}
		if read && r.status == http.StatusOK && !r.aborted {
			x.keep(req.URL.String(), *r)
		}
		return r.answer(req), nil
	}
}

func (x *wire) kept(url string) (response, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	k, ok := x.last[url]
	return k.response, ok && time.Since(k.at) < stalest
}

func (x *wire) keep(url string, r response) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.last[url] = kept{time.Now(), r}
}

// handle runs the handler as a server does: it goes on when the client has gone.
func (x *wire) handle(req *http.Request) (r *response) {
	r = &response{header: http.Header{}}
	in := req.WithContext(context.Background())
	in.Host, in.RemoteAddr = req.URL.Host, "192.0.2.1:1"
	in.Header = make(http.Header, len(req.Header))
	for k, v := range req.Header { // a server canonicalises what it reads
		in.Header[http.CanonicalHeaderKey(k)] = v
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if x.w.plan.round && strings.HasSuffix(in.URL.Path, "/execute") {
		body, err := io.ReadAll(in.Body)
		if err != nil {
			return r // the client has gone
		}
		x.w.bank.arriving(in, body)
		in.Body = io.NopCloser(bytes.NewReader(body))
	}
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			r.aborted = true
		default:
			x.w.failf("the simulator panicked: %v", p)
		}
	}()
	x.hosts[req.URL.Host].ServeHTTP(r, in)
	return r
}

// answer is the response as a client gets it.
func (r *response) answer(req *http.Request) *http.Response {
	var body io.Reader = bytes.NewReader(r.body.Bytes())
	if r.aborted {
		body = io.MultiReader(body, broken{})
	}
	return &http.Response{
		Status:        fmt.Sprint(r.status),
		StatusCode:    r.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        r.header,
		Body:          io.NopCloser(body),
		ContentLength: -1,
		Request:       req,
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
