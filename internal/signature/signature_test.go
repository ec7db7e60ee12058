package signature

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

var (
	key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	now = time.Unix(1796040000, 0)
)

const id = "ipmuourvjkuepsfq"

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// TestBase: what is signed, letter by letter as RFC 9421 §2.5 says; the digest is sha256sum's.
func TestBase(t *testing.T) {
	h := http.Header{}
	Sign(h, "POST", "/v1/terminals/me/segments", []byte("abc"), id, key, now)
	const digest = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"
	const params = `("@method" "@path" "content-digest");created=1796040000;keyid="ipmuourvjkuepsfq";alg="ed25519"`
	if h.Get("Content-Digest") != digest || h.Get("Signature-Input") != "galla="+params {
		t.Errorf("%v", h)
	}
	signed, err := base64.StdEncoding.DecodeString(strings.Trim(strings.TrimPrefix(h.Get("Signature"), "galla="), ":"))
	want := "\"@method\": POST\n\"@path\": /v1/terminals/me/segments\n\"content-digest\": " + digest +
		"\n\"@signature-params\": " + params
	if err != nil || !ed25519.Verify(public(key), []byte(want), signed) {
		t.Errorf("something else was signed: %v", err)
	}
	if got, err := KeyID(h); err != nil || got != id {
		t.Errorf("%q %v", got, err)
	}
}

// TestVerify: a row for everything that can be wrong with a request.
func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		change func(h http.Header, method, path *string, body *[]byte, k *ed25519.PublicKey, at *time.Time)
		want   error
	}{
		"as it was signed": {nil, nil},
		"a little later": {func(_ http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, at *time.Time) {
			*at = at.Add(Skew)
		}, nil},
		"too late": {func(_ http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, at *time.Time) {
			*at = at.Add(Skew + time.Second)
		}, ErrClock},
		"a day early": {func(_ http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, at *time.Time) {
			*at = at.AddDate(0, 0, -1)
		}, ErrClock},
		"another method": {func(_ http.Header, m, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			*m = "GET"
		}, ErrSignature},
		"another path": {func(_ http.Header, _, p *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			*p = "/v1/terminals/me/heads"
		}, ErrSignature},
		"another body": {func(_ http.Header, _, _ *string, b *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			*b = []byte("abd")
		}, ErrSignature},
		"another body and its digest": {func(h http.Header, _, _ *string, b *[]byte,
			_ *ed25519.PublicKey, _ *time.Time) {
			*b = []byte("abd")
			h.Set("Content-Digest", digestOf(*b))
		}, ErrSignature},
		"another key": {func(_ http.Header, _, _ *string, _ *[]byte, k *ed25519.PublicKey, _ *time.Time) {
			*k = public(ed25519.NewKeyFromSeed(make([]byte, 32)))
		}, ErrSignature},
		"no key": {func(_ http.Header, _, _ *string, _ *[]byte, k *ed25519.PublicKey, _ *time.Time) {
			*k = nil
		}, ErrSignature},
		"another name": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Set("Signature-Input", strings.Replace(h.Get("Signature-Input"), id, "aaaaaaaaaaaaaaaa", 1))
		}, ErrSignature},
		"another time": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Set("Signature-Input", strings.Replace(h.Get("Signature-Input"), "1796040000", "1796040001", 1))
		}, ErrSignature},
		"fewer components": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Set("Signature-Input", strings.Replace(h.Get("Signature-Input"), ` "content-digest"`, "", 1))
		}, ErrSignature},
		"another parameter": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Set("Signature-Input", h.Get("Signature-Input")+`;tag="x"`)
		}, ErrSignature},
		"two inputs": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Add("Signature-Input", h.Get("Signature-Input"))
		}, ErrSignature},
		"two signatures": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Add("Signature", h.Get("Signature"))
		}, ErrSignature},
		"no signature": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Del("Signature")
		}, ErrSignature},
		"no digest": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Del("Content-Digest")
		}, ErrSignature},
		"a signature that is none": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Set("Signature", "galla=::")
		}, ErrSignature},
		"a signature cut off": {func(h http.Header, _, _ *string, _ *[]byte, _ *ed25519.PublicKey, _ *time.Time) {
			h.Set("Signature", "galla=:")
		}, ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			h, method, path, body, k, at := http.Header{}, "POST", "/v1/x", []byte("abc"), public(key), now
			Sign(h, method, path, body, id, key, now)
			if c.change != nil {
				c.change(h, &method, &path, &body, &k, &at)
			}
			signed, err := Verify(h, method, path, body, k, at)
			if !errors.Is(err, c.want) || c.want == nil && (err != nil || !signed.Equal(now)) {
				t.Errorf("signed at %v: %v, want %v", signed, err, c.want)
			}
		})
	}
}

// FuzzParse feeds headers: whatever they hold, the answer is yes only to what Sign writes.
func FuzzParse(f *testing.F) {
	h := http.Header{}
	Sign(h, "GET", "/v1/x", nil, id, key, now)
	f.Add(h.Get("Signature-Input"), h.Get("Signature"), h.Get("Content-Digest"))
	f.Add("", "", "")
	f.Add(h.Get("Signature-Input")+" ", h.Get("Signature"), "sha-256=::")
	f.Fuzz(func(t *testing.T, in, signature, digest string) {
		got := http.Header{"Signature-Input": {in}, "Signature": {signature}, "Content-Digest": {digest}}
		if _, err := Verify(got, "GET", "/v1/x", nil, public(key), now); err == nil &&
			(in != h.Get("Signature-Input") || signature != h.Get("Signature") || digest != h.Get("Content-Digest")) {
			t.Errorf("taken: %q %q %q", in, signature, digest)
		}
	})
}
