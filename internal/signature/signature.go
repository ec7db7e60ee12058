package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// Skew is how far a signer's clock may be from ours.
const Skew = 5 * time.Minute

var (
	// ErrSignature says that a request is not of whom it says, or not as it was signed.
	ErrSignature = errors.New("the request's signature is wrong")
	// ErrClock says that a request was signed more than Skew from now: the signer may ask for our time and try again.
	ErrClock = errors.New("the request was signed at another time")
)

// input is the one form of Signature-Input there is here; RFC 9421 §2.3 makes it the end of what is signed too.
var input = regexp.MustCompile(
	`^galla=(\("@method" "@path" "content-digest"\);created=([0-9]{1,12});keyid="([a-z]{16})";alg="ed25519")$`,
)

// Sign adds the three headers. path is the escaped path, id 16 small letters that name the key.
func Sign(h http.Header, method, path string, body []byte, id string, key ed25519.PrivateKey, at time.Time) {
	digest := digestOf(body)
	params := fmt.Sprintf(`("@method" "@path" "content-digest");created=%d;keyid="%s";alg="ed25519"`, at.Unix(), id)
	h.Set("Content-Digest", digest)
	h.Set("Signature-Input", "galla="+params)
	signed := ed25519.Sign(key, base(method, path, digest, params))
	h.Set("Signature", "galla=:"+base64.StdEncoding.EncodeToString(signed)+":")
}

// KeyID is whose key a request says it was signed with, for the caller to look up. Nothing is proved by it.
func KeyID(h http.Header) (string, error) {
	_, _, id, err := parse(h)
	return id, err
}

// Verify holds a request against a key, and returns when it was signed. The error is an ErrSignature or an ErrClock.
func Verify(
	h http.Header,
	method, path string,
	body []byte,
	key ed25519.PublicKey,
	now time.Time,
) (at time.Time, err error) {
	params, at, _, err := parse(h)
	if err != nil {
		return at, err
	}
	digest, err := only(h, "Content-Digest")
	if err != nil {
		return at, err
	}
	if want := digestOf(body); digest != want {
		return at, fmt.Errorf("%w: its body has digest %s, and it says %.80q", ErrSignature, want, digest)
	}
	text, err := only(h, "Signature")
	if err != nil {
		return at, err
	}
	text, ok := between(text, "galla=:", ":")
	signed, err := base64.StdEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(key) != ed25519.PublicKeySize ||
		!ed25519.Verify(key, base(method, path, digest, params), signed) {
		return at, fmt.Errorf("%w: it was not made with this key over %s %s", ErrSignature, method, path)
	}
	if off := at.Sub(now); off.Abs() > Skew {
		return at, fmt.Errorf("%w: %s from now, more than %s: set the clock", ErrClock, off.Round(time.Second), Skew)
	}
	return at, nil
}

// parse reads Signature-Input.
func parse(h http.Header) (params string, at time.Time, id string, err error) {
	text, err := only(h, "Signature-Input")
	if err != nil {
		return "", at, "", err
	}
	m := input.FindStringSubmatch(text)
	if m == nil {
		return "", at, "", fmt.Errorf("%w: its Signature-Input %.120q is not as a box writes it", ErrSignature, text)
	}
	created, err := strconv.ParseInt(m[2], 10, 64)
	if err != nil {
		return "", at, "", fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return m[1], time.Unix(created, 0), m[3], nil
}

// only is a header that must be there once.
func only(h http.Header, name string) (string, error) {
	if v := h.Values(name); len(v) == 1 {
		return v[0], nil
	}
	return "", fmt.Errorf("%w: it has %d headers %s, and must have one", ErrSignature, len(h.Values(name)), name)
}

func between(text, before, after string) (string, bool) {
	if len(text) < len(before)+len(after) || text[:len(before)] != before || text[len(text)-len(after):] != after {
		return "", false
	}
	return text[len(before) : len(text)-len(after)], true
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// base is what is signed (RFC 9421 §2.5).
func base(method, path, digest, params string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\"@method\": %s\n", method)
	fmt.Fprintf(&b, "\"@path\": %s\n", path)
	fmt.Fprintf(&b, "\"content-digest\": %s\n", digest)
	fmt.Fprintf(&b, "\"@signature-params\": %s", params)
	return b.Bytes()
}
