package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"galla/internal/segment"
	"galla/internal/signature"
	"galla/state/chain"
)

// errRefused says that the office will never take a segment.
var errRefused = errors.New("the office refuses what this box sends")

// heads asks where the office's branches end.
func (u *Uplink) heads(ctx context.Context) ([]segment.Place, error) {
	var m segment.Heads
	err := u.call(ctx, http.MethodGet, segment.PathHeads, "", nil, &m)
	return m.Heads, err
}

// ask asks for the newest of our places that the office has; nil for none.
func (u *Uplink) ask(ctx context.Context, named []segment.Place) (*segment.Place, error) {
	body, err := json.Marshal(segment.Places{Places: named})
	if err != nil {
		return nil, err
	}
	var m segment.Located
	err = u.call(ctx, http.MethodPost, segment.PathLocate, "application/json", body, &m)
	return m.Place, err
}

// send sends a segment; nil says that it is committed at the office.
func (u *Uplink) send(ctx context.Context, g *segment.Segment) error {
	var m segment.Taken
	err := u.call(ctx, http.MethodPost, segment.PathSegments, segment.Type, g.Bytes(), &m)
	if no, ok := errors.AsType[*answerError](err); ok {
		switch no.status {
		case http.StatusConflict:
			return errMoved
		case http.StatusUnprocessableEntity:
			return fmt.Errorf("%w: places %d to %d: %.200q: update gallad, or join the office again",
				errRefused, g.After+1, g.Last, no.reason)
		}
	}
	if err != nil {
		return err
	}
	switch m.Verdict {
	case segment.Append, segment.Duplicate, segment.Fork, segment.Hole:
		return nil
	}
	return fmt.Errorf("the office says 200 and %.40q, which is no taking of a segment", m.Verdict)
}

// errChain says that our own chain can't be read.
var errChain = errors.New("this box can't read its own events")

// stretch reads our chain.
func (u *Uplink) stretch(after uint64, max int) (chain.Stretch, error) {
	s, err := u.o.Chain.Stretch(after, max)
	if err != nil {
		err = fmt.Errorf("%w: %w", errChain, err)
	}
	return s, err
}

// answerError is an office's no.
type answerError struct {
	status int
	reason string
	state  string // of segment.Waiting
	clock  bool   // it refused the time that we signed by; the next call goes by its own
}

func (e *answerError) Error() string {
	switch {
	case e.clock:
		return "the office's clock is another than this box's: the next call is signed by the office's"
	case e.state == segment.StateWaiting:
		return "the owner has not confirmed this box at the office yet: confirm it on the office's page"
	case e.unknown():
		return fmt.Sprintf("the office answered %d: it knows no terminal of this box's key, or has ended it: look at "+
			"the office's page", e.status)
	}
	return said(e.status, e.reason)
}

// said names an answer, with the reason in it, which may be anything.
func said(status int, reason string) string {
	if reason == "" {
		return fmt.Sprintf("the office answered %d", status)
	}
	return fmt.Sprintf("the office answered %d: %.200q", status, reason)
}

// unknown reports whether the office has no terminal of our key.
func (e *answerError) unknown() bool {
	if e.clock {
		return false
	}
	return e.status == http.StatusForbidden && e.state != segment.StateWaiting || e.status == http.StatusGone
}

// troubleOf sorts what went wrong.
func troubleOf(err error) Trouble {
	no, answered := errors.AsType[*answerError](err)
	switch {
	case answered && no.state == segment.StateWaiting:
		return Waiting
	case answered && no.unknown():
		return Unknown
	case errors.Is(err, errRefused):
		return Refuses
	case errors.Is(err, errChain):
		return Ours
	}
	return Away
}

// call makes one call and reads its answer into m.
func (u *Uplink) call(ctx context.Context, method, path, kind string, body []byte, m any) error {
	u.mu.Lock()
	at := u.o.Wall().Add(u.offset)
	u.mu.Unlock()
	resp, answer, err := u.exchange(ctx, method, path, kind, body, &signer{u.id, u.o.Key, at})
	if err != nil && resp == nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		no := noOf(resp, answer, err)
		no.clock = u.told(resp)
		return no
	}
	if err == nil {
		err = segment.Decode(answer, m)
	}
	if err != nil {
		return fmt.Errorf("the office's answer: %w", err)
	}
	u.mu.Lock()
	u.status.Heard = u.o.Wall()
	u.mu.Unlock()
	return nil
}

// told takes from a no how long to wait, and what time it is there; clock says that it is another than we signed by.
func (u *Uplink) told(resp *http.Response) (clock bool) {
	now := u.o.Wall()
	off, said := theirClock(resp, now)
	u.mu.Lock()
	defer u.mu.Unlock()
	if said {
		clock = (off - u.offset).Abs() > signature.Skew/2
		u.offset = off
	}
	if wait := retryAfter(resp.Header.Get("Retry-After"), now.Add(u.offset)); wait > 0 {
		u.until = time.Now().Add(wait)
	}
	return clock
}

// retryAfter reads RFC 9110 §10.2.3: seconds, or a date.
func retryAfter(v string, now time.Time) time.Duration {
	v = strings.TrimSpace(v)
	if n, err := strconv.ParseUint(v, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
		return min(time.Duration(n)*time.Second, maxAsked)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), maxAsked)
	}
	return 0
}
