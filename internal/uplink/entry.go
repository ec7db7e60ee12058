package uplink

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"galla/internal/segment"
)

// Entry is how a box becomes a terminal of an office, and ends to be one. Its calls may be made from any goroutine.
// It keeps nothing, and no code or key of it is in an error.
type Entry struct {
	line
	wall func() time.Time
}

// EntryError is an office's no: it was asked, and did not do it.
type EntryError struct {
	Status int           // of its answer: 404 and 410 are of a code, 429 of tries
	Reason string        // in its words, which may be anything; often empty
	Wait   time.Duration // that it asks for, before another try

	ended bool // it knows no terminal of the key
}

// Error names the answer.
func (e *EntryError) Error() string { return said(e.Status, e.Reason) }

// NewEntry checks an address and a fingerprint as New does. over and wall are nil for the real ones.
func NewEntry(office, fingerprint string, over http.RoundTripper, wall func() time.Time) (*Entry, error) {
	l, err := newLine(office, fingerprint, over)
	if wall == nil {
		wall = time.Now
	}
	return &Entry{l, wall}, err
}

// Host is the office's.
func (e *Entry) Host() string { return e.url.Host }

// Look asks what a code is for, and changes nothing at the office.
func (e *Entry) Look(ctx context.Context, code string) (m segment.Looked, err error) {
	err = e.post(ctx, segment.PathLook, segment.Look{Code: code}, nil, http.StatusOK, &m)
	return m, err
}

// Join makes a key the office's terminal. An error that is no *EntryError leaves open whether it did: the same again is
// answered the same.
func (e *Entry) Join(ctx context.Context, key ed25519.PrivateKey, m segment.Join) (is segment.Joined, err error) {
	if err = e.post(ctx, segment.PathJoin, m, key, http.StatusOK, &is); err != nil {
		return segment.Joined{}, err
	}
	id := segment.TerminalID(key.Public().(ed25519.PublicKey))
	if is.Terminal != id || is.State != segment.StateWaiting && is.State != segment.StateJoined {
		return segment.Joined{}, fmt.Errorf("the office answers for terminal %.40q and state %.40q, asked was %s",
			is.Terminal, is.State, id)
	}
	return is, nil
}

// Leave ends a terminal. An error that is no *EntryError leaves open whether it did; of a terminal that the office does
// not know, or has ended before, it is nil.
func (e *Entry) Leave(ctx context.Context, key ed25519.PrivateKey) error {
	err := e.post(ctx, segment.PathLeave, nil, key, http.StatusNoContent, nil)
	if no, ok := errors.AsType[*EntryError](err); ok && no.ended {
		return nil
	}
	return err
}

// post makes one call, and once more by the office's clock where it refuses our time.
func (e *Entry) post(ctx context.Context, path string, m any, key ed25519.PrivateKey, want int, into any) error {
	body, kind := []byte(nil), ""
	if m != nil {
		var err error
		if body, err = json.Marshal(m); err != nil {
			return err
		}
		kind = "application/json"
	}
	var by *signer
	if key != nil {
		by = &signer{segment.TerminalID(key.Public().(ed25519.PublicKey)), key, e.wall()}
	}
	resp, answer, err := e.exchange(ctx, http.MethodPost, path, kind, body, by)
	if by != nil && resp != nil {
		if off, said := theirClock(resp, by.at); said && off != 0 {
			by.at = by.at.Add(off)
			resp, answer, err = e.exchange(ctx, http.MethodPost, path, kind, body, by)
		}
	}

	switch {
	case err != nil && resp == nil:
		return err
	case resp.StatusCode >= 400 && resp.StatusCode < 500 && resp.StatusCode != http.StatusRequestTimeout:
		no := noOf(resp, answer, err)
		return &EntryError{
			Status: no.status,
			Reason: no.reason,
			Wait:   retryAfter(resp.Header.Get("Retry-After"), e.wall()),
			ended:  no.unknown(),
		}
	case resp.StatusCode != want:
		return fmt.Errorf("the answer %d is not of a head office of Galla", resp.StatusCode)
	case err == nil && into != nil:
		err = segment.Decode(answer, into)
	}
	if err != nil {
		return fmt.Errorf("the office's answer: %w", err)
	}
	return nil
}
