package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// hedgeAfter is how long a read may be silent before it is asked once more on a connection of its own. An answer
	// takes tens to hundreds of milliseconds, so this is a dead line far more often than a slow gateway.
	hedgeAfter = 1500 * time.Millisecond
	// hedgeRest is how long nothing is asked twice after a second question that wasn't answered sooner: the gateway is
	// slow, not the line.
	hedgeRest = 30 * time.Second
	// provenFor is how long an answer vouches for a connection. An urgent write after a longer silence first asks for a
	// HEAD: one round trip before the first write of a sale after a quiet time, and none while its calls follow each
	// other.
	provenFor = 2 * time.Second
	// proveWithin is how long that HEAD may take before the write goes over a fresh connection.
	proveWithin = 1200 * time.Millisecond
	// maxUnproven is after how many of them in vain none is asked any more.
	maxUnproven = 3
)

// lines is a pool of connections that is replaced as a whole when it goes silent. Wi-Fi, routers and NATs let
// connections die without a word: each of the pool would then cost a timeout of its own (gateways.md 17). Safe for
// concurrent use.
type lines struct {
	make func() *http.Transport
	fast time.Duration // a test's: how many times shorter the times above are; 0 is 1

	mu      sync.Mutex
	current *http.Transport
	heard   time.Time // when the present pool last brought an answer
	rest    time.Time // no second question before this

	unproven atomic.Int32 // HEADs in a row that had no answer
}

// askedAs says in a request's context how it may be treated. Only Caller sets it; anything else goes through untouched.
type askedAs int

const (
	asRead  askedAs = iota + 1 // may be asked twice
	asWrite                    // is sent once, and over a line that is proven
)

type askedKey struct{}

func withAsked(ctx context.Context, as askedAs) context.Context {
	return context.WithValue(ctx, askedKey{}, as)
}

// RoundTrip sends a read, and once more when it stays silent; it sends a write once, over a line that has answered just
// now or is new.
func (l *lines) RoundTrip(req *http.Request) (*http.Response, error) {
	as, _ := req.Context().Value(askedKey{}).(askedAs)
	switch as {
	case asRead:
		return l.hedged(req)
	case asWrite:
		if err := l.prove(req); err != nil {
			return nil, err
		}
		pool := l.pool()
		resp, err := pool.RoundTrip(req)
		if err == nil {
			l.answered(pool)
		} else if req.Context().Err() != nil {
			l.drop(pool) // silent until its time was over
		}
		return resp, err
	}
	pool := l.pool()
	resp, err := pool.RoundTrip(req)
	if err == nil {
		l.answered(pool)
	}
	return resp, err
}

func (l *lines) pace(d time.Duration) time.Duration { return d / max(1, l.fast) }

// CloseIdleConnections is http.Client's.
func (l *lines) CloseIdleConnections() { l.pool().CloseIdleConnections() }

func (l *lines) pool() *http.Transport {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil {
		l.current = l.make()
	}
	return l.current
}

func (l *lines) answered(pool *http.Transport) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if pool == l.current {
		l.heard = time.Now()
	}
}

// drop replaces a pool that went silent, unless somebody did already. What is under way in it goes on; its idle
// connections are closed.
func (l *lines) drop(pool *http.Transport) {
	l.mu.Lock()
	if pool == l.current {
		l.current, l.heard = l.make(), time.Time{}
	}
	l.mu.Unlock()
	pool.CloseIdleConnections()
}

// prove makes sure that a write doesn't leave over a line that has died: its outcome would be unknown for half a
// minute.
func (l *lines) prove(req *http.Request) error {
	pool := l.pool()
	l.mu.Lock()
	silent := time.Since(l.heard)
	used := !l.heard.IsZero()
	l.mu.Unlock()
	if !used || silent < l.pace(provenFor) || silent > idleTimeout {
		// nothing has been opened yet, or it answered just now, or it was closed since: a new one proves itself by its
		// handshake
		return nil
	}
	if l.unproven.Load() >= maxUnproven {
		l.drop(pool) // this gateway answers no HEAD in time: a handshake proves a line too
		return nil
	}
	// Nothing of the write's context: its trace would take this connection for the write's own.
	ctx, cancel := context.WithTimeout(context.Background(), l.pace(proveWithin))
	defer cancel()
	head, err := http.NewRequestWithContext(ctx, http.MethodHead, req.URL.Scheme+"://"+req.URL.Host+"/", nil)
	if err != nil {
		return err
	}
	head.Header.Set("User-Agent", userAgent)
	resp, err := pool.RoundTrip(head)
	if err != nil {
		l.unproven.Add(1)
		l.drop(pool)
		return req.Context().Err()
	}
	l.unproven.Store(0)
	l.answered(pool)
	return resp.Body.Close()
}

// outcome is how one of two questions ended.
type outcome struct {
	resp   *http.Response
	err    error
	pool   *http.Transport
	second bool
}

// hedged asks once, and when nothing came after hedgeAfter once more over a fresh pool, which is the one in use from
// then on. The first whole answer counts.
func (l *lines) hedged(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	replies := make(chan outcome, 2)
	var moved atomic.Int64 // when the first question's answer last moved, in nanoseconds since begun
	begun := time.Now()
	ask := func(pool *http.Transport, second bool) {
		progress := func() {}
		if !second {
			progress = func() { moved.Store(int64(time.Since(begun))) }
		}
		resp, err := askOnce(ctx, pool, req, progress)
		replies <- outcome{resp, err, pool, second}
	}

	first := l.pool()
	go ask(first, false)
	asked := 1
	silent := time.NewTimer(l.pace(hedgeAfter))
	defer silent.Stop()
	defer cancel()
	for {
		select {
		case <-silent.C:
			if !l.mayAskTwice() {
				continue
			}
			if still := l.pace(hedgeAfter) - (time.Since(begun) - time.Duration(moved.Load())); still > 0 {
				silent.Reset(still) // a large answer over a thin line is no dead line
				continue
			}
			l.drop(first)
			go ask(l.pool(), true)
			asked++
		case r := <-replies:
			if asked--; r.err != nil && asked > 0 {
				continue // the other one may still answer
			}
			if r.err == nil {
				l.answered(r.pool)
				if !r.second && silentOver(silent) {
					l.slow()
				}
			}
			return r.resp, r.err
		}
	}
}

// askOnce sends a copy of the request, with a body of its own.
func askOnce(ctx context.Context, pool *http.Transport, req *http.Request, progress func()) (*http.Response, error) {
	question := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		question.Body = body
	}
	resp, err := pool.RoundTrip(question)
	if err != nil {
		return nil, err
	}
	progress()
	return whole(resp, progress)
}

// silentOver says whether the timer had fired: the first question was answered after all.
func silentOver(t *time.Timer) bool { return !t.Stop() }

func (l *lines) mayAskTwice() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !time.Now().Before(l.rest)
}

// slow notes that the gateway answers late by itself.
func (l *lines) slow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = time.Now().Add(hedgeRest)
}

// whole reads an answer to its end, up to a byte more than Caller takes: one that stops in its middle is as silent as
// one that never began. What was read before an error comes with it.
func whole(resp *http.Response, progress func()) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(&watched{resp.Body, progress}, MaxAnswer+1))
	_ = resp.Body.Close()
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	resp.Body = io.NopCloser(&cutBody{bytes.NewReader(body), err})
	return resp, nil
}

// watched tells of each piece that is read.
type watched struct {
	io.Reader
	progress func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.progress()
	}
	return n, err
}

// cutBody is a body that was read, and how its reading ended.
type cutBody struct {
	*bytes.Reader
	err error
}

func (c *cutBody) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err == io.EOF && c.err != nil {
		err = c.err
	}
	return n, err
}
