package webhook

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Trust is how a receiver proves itself that no public authority knows: a PC in the shop's network. The zero value
// trusts what the machine trusts.
type Trust struct {
	CA []byte // PEM: certificates of authorities that are trusted, and no others
	// SHA-256 of the receiver's own certificate, in hex with or without colons; its names and dates don't matter
	Fingerprint string
}

// transport makes the receiver's line.
func (t Trust) transport(u *url.URL) (http.RoundTripper, error) {
	line := http.DefaultTransport.(*http.Transport).Clone()
	if t.CA == nil && t.Fingerprint == "" {
		return line, nil
	}
	if u.Scheme != "https" {
		return nil, fmt.Errorf("the webhook's url has the scheme %q, where ca and fingerprint mean nothing: use https",
			u.Scheme)
	}
	line.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA != nil {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(t.CA) {
			return nil, errors.New("the webhook's ca has no certificate in it: give a PEM file, as " +
				"openssl x509 writes it")
		}
		line.TLSClientConfig.RootCAs = pool
	}
	if t.Fingerprint == "" {
		return line, nil
	}

	want, err := hex.DecodeString(strings.ReplaceAll(t.Fingerprint, ":", ""))
	if err != nil || len(want) != sha256.Size {
		return nil, fmt.Errorf("the webhook's fingerprint %.100q is not 64 hex digits: "+
			"openssl x509 -noout -fingerprint -sha256 -in CERT.pem prints it", t.Fingerprint)
	}
	line.TLSClientConfig.InsecureSkipVerify = t.CA == nil // VerifyConnection is what proves it
	line.TLSClientConfig.VerifyConnection = func(s tls.ConnectionState) error {
		if got := sha256.Sum256(s.PeerCertificates[0].Raw); !bytes.Equal(got[:], want) {
			return fmt.Errorf("the receiver's certificate has the fingerprint %x, not the one in the settings", got)
		}
		return nil
	}
	return line, nil
}
