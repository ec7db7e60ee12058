package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"galla/internal/counter/wire"
)

// ErrStop, returned by a Follow callback, ends Follow without an error.
var ErrStop = errors.New("stop following")

// silence is how long a feed may be quiet, heartbeats included, before it counts as dead.
const silence = 30 * time.Second

// maxLine bounds one line of the feed: an event with its sale.
const maxLine = 4 << 20

// Follow calls each for every event after since, in order and once, until ctx ends or each returns an error. When the
// feed breaks it tells lost (which may be nil) once, and goes on from the last event as soon as gallad is back. A
// problem document, such as "you have seen more than there is", ends it.
func (c *Client) Follow(ctx context.Context, since uint64, each func(wire.Event) error, lost func(error)) error {
	pause, told := 100*time.Millisecond, false
	for {
		last, err := c.stream(ctx, since, each)
		var p *wire.Problem
		switch {
		case errors.Is(err, ErrStop):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &p) && p.Status != http.StatusServiceUnavailable:
			return p
		case errors.As(err, new(*callbackError)):
			return errors.Unwrap(err)
		}
		if last > since {
			since, pause, told = last, 100*time.Millisecond, false
		}
		if lost != nil && !told {
			lost(err)
			told = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, 2*time.Second)
	}
}

type callbackError struct{ error }

func (e *callbackError) Unwrap() error { return e.error }

// stream reads one connection's feed until it ends; it answers the last event that each took.
func (c *Client) stream(ctx context.Context, since uint64, each func(wire.Event) error) (uint64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	resp, err := c.send(ctx, http.MethodGet, "/v1/events?since="+strconv.FormatUint(since, 10), "", nil, nil)
	if err != nil {
		return since, err
	}
	defer resp.Body.Close()
	in := bufio.NewScanner(resp.Body)
	in.Buffer(make([]byte, 64<<10), maxLine)
	if resp.StatusCode != http.StatusOK {
		in.Split(bufio.ScanBytes)
		var b []byte
		for len(b) < maxBodyOfProblem && in.Scan() {
			b = append(b, in.Bytes()...)
		}
		return since, asProblem(resp, b)
	}

	var hello bool
	for in.Scan() {
		quiet.Reset(silence)
		line := in.Bytes()
		if kind, ok := bytes.CutPrefix(line, []byte("event: ")); ok {
			hello = string(kind) == "hello"
		}
		data, ok := bytes.CutPrefix(line, []byte("data: "))
		if !ok || hello {
			continue
		}
		var e wire.Event
		if err := json.Unmarshal(data, &e); err != nil {
			return since, fmt.Errorf("gallad's feed can't be read: %w; are gallad and galla of the same version?", err)
		}
		if e.Seq <= since {
			continue
		}
		if err := each(e); err != nil {
			if errors.Is(err, ErrStop) {
				return e.Seq, ErrStop
			}
			return e.Seq, &callbackError{err}
		}
		since = e.Seq
	}

	if err := in.Err(); err != nil {
		return since, &LostError{err}
	}
	return since, &LostError{errors.New("the feed ended")}
}

const maxBodyOfProblem = 64 << 10
