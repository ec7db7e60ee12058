package uplink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"galla/internal/segment"
	"galla/internal/signature"
)

// callTimeout is how long an office has for an answer, its last byte included.
const callTimeout = 30 * time.Second

// errRefused says that the office will never take a segment.
var errRefused = errors.New("the office refuses what this box sends")

// transport trusts one certificate, or what the machine trusts.
func transport(fingerprint string) (http.RoundTripper, error) {
	line := http.DefaultTransport.(*http.Transport).Clone()
	line.MaxResponseHeaderBytes = segment.MaxMessage
	line.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if fingerprint == "" {
		return line, nil
	}
	want, err := hex.DecodeString(strings.ReplaceAll(fingerprint, ":", ""))
	if err != nil || len(want) != sha256.Size {
		return nil, fmt.Errorf(
			"the office's fingerprint %.100q is not 64 hex digits: copy it from the office's page \"Add a box\"",
			fingerprint,
		)
	}
	line.TLSClientConfig.InsecureSkipVerify = true // VerifyConnection is what proves it
	line.TLSClientConfig.VerifyConnection = func(s tls.ConnectionState) error {
		if got := sha256.Sum256(s.PeerCertificates[0].Raw); !bytes.Equal(got[:], want) {
			return fmt.Errorf("the office's certificate has the fingerprint %x, not the one this box joined with", got)
		}
		return nil
	}
	return line, nil
}

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

// answerError is an office's no.
type answerError struct {
	status int
	reason string
}

func (e *answerError) Error() string { return fmt.Sprintf("the office answered %d", e.status) }

// call makes one call and reads its answer into m.
func (u *Uplink) call(ctx context.Context, method, path, kind string, body []byte, m any) error {
	to := u.url.JoinPath(path)
	req, err := http.NewRequestWithContext(ctx, method, to.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	u.mu.Lock()
	at := u.o.Wall().Add(u.offset)
	u.mu.Unlock()
	signature.Sign(req.Header, method, to.EscapedPath(), body, u.id, u.o.Key, at)

	resp, err := u.http.Do(req)
	if err != nil {
		if line, ok := errors.AsType[*url.Error](err); ok {
			err = line.Err // the address stands beside it
		}
		return fmt.Errorf("the office can't be reached: %w", err)
	}

	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		u.told(resp)
	}
	if resp.StatusCode < 200 { // its "body" is the connection itself, which no time limit ends
		return &answerError{resp.StatusCode, ""}
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, segment.MaxMessage+1))
	if resp.StatusCode != http.StatusOK {
		var no segment.Taken
		if err == nil {
			_ = segment.Decode(answer, &no) // a reason is a help, and any page may stand there instead
		}
		return &answerError{resp.StatusCode, no.Reason}
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

// told takes from a no how long to wait, and what time it is there.
func (u *Uplink) told(resp *http.Response) {
	now := u.o.Wall()
	there, err := http.ParseTime(resp.Header.Get("Date"))
	off := there.Sub(now)
	u.mu.Lock()
	defer u.mu.Unlock()
	if resp.StatusCode == http.StatusUnauthorized && err == nil {
		u.offset = 0
		if off.Abs() > signature.Skew/2 {
			u.offset = off
		}
	}
	if wait := retryAfter(resp.Header.Get("Retry-After"), now.Add(u.offset)); wait > 0 {
		u.until = time.Now().Add(wait)
	}
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
