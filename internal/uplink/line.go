package uplink

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"galla/internal/segment"
	"galla/internal/signature"
)

// callTimeout is how long an office has for an answer, its last byte included.
const callTimeout = 30 * time.Second

// line reaches one office.
type line struct {
	url  *url.URL
	http *http.Client
}

// newLine checks an office's address and fingerprint. over is nil for TLS as the fingerprint says.
func newLine(office, fingerprint string, over http.RoundTripper) (l line, err error) {
	l.url, err = url.Parse(office)
	if u := l.url; err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		u.Fragment != "" {
		return l, fmt.Errorf("the office's address %.200q is not https://HOST: give it as the office shows it", office)
	}
	l.url.Path = strings.TrimSuffix(l.url.Path, "/")
	if over == nil {
		if over, err = transport(fingerprint); err != nil {
			return l, err
		}
	}
	l.http = &http.Client{
		Transport:     over,
		Timeout:       callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return l, nil
}

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
			return fmt.Errorf("%w: it has the fingerprint %x, not the one that was given", ErrTrust, got)
		}
		return nil
	}
	return line, nil
}

// ErrTrust says that the office's certificate is not one that is trusted.
var ErrTrust = errors.New("the certificate is not trusted")

// signer is who signs a request.
type signer struct {
	id  string
	key ed25519.PrivateKey
	at  time.Time
}

// exchange makes one call. An error without a response says that none came; one with it, that its body did not.
func (l *line) exchange(
	ctx context.Context,
	method, path, kind string,
	body []byte,
	by *signer,
) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, l.url.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if by != nil { // the request's own path: JoinPath leaves out the first slash of an office without a path
		signature.Sign(req.Header, method, req.URL.EscapedPath(), body, by.id, by.key, by.at)
	}
	resp, err := l.http.Do(req)
	if err != nil {
		if line, ok := errors.AsType[*url.Error](err); ok {
			err = line.Err // the address stands beside it
		}
		if errors.As(err, new(*tls.CertificateVerificationError)) {
			err = fmt.Errorf("%w: %w", ErrTrust, err)
		}
		return nil, nil, fmt.Errorf("no answer: %w", err)
	}

	defer resp.Body.Close()
	if resp.StatusCode < 200 { // its "body" is the connection itself, which no time limit ends
		return resp, nil, nil
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, segment.MaxMessage+1))
	return resp, answer, err
}

// noOf is an answer that is no 200. Its reason is a help, and any page may stand there instead.
func noOf(resp *http.Response, answer []byte, err error) *answerError {
	no := &answerError{status: resp.StatusCode}
	var says struct {
		segment.Taken
		segment.Waiting
	}
	if err == nil && segment.Decode(answer, &says) == nil {
		no.reason = says.Reason
		if resp.StatusCode == http.StatusForbidden {
			no.state = says.State
		}
	}
	return no
}

// theirClock is how far the clock of an office that refused our time is from ours, 0 within what it takes; said is
// false for another answer.
func theirClock(resp *http.Response, now time.Time) (off time.Duration, said bool) {
	there, err := http.ParseTime(resp.Header.Get("Date"))
	if resp.StatusCode != http.StatusUnauthorized || err != nil {
		return 0, false
	}
	if off = there.Sub(now); off.Abs() <= signature.Skew/2 {
		off = 0
	}
	return off, true
}
