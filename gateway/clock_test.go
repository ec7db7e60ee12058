package gateway

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestClockBehind: a box that believes it is before the certificate's time says that its clock is the trouble; a
// certificate that has run out is the gateway's, or anybody's.
func TestClockBehind(t *testing.T) {
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		from, to time.Duration // of the certificate, seen from now
		behind   bool
		cashier  string
		operator string
	}{
		"not yet valid": {10 * 365 * day, 11 * 365 * day, true, CashierClock, "network time"},
		"run out":       {-2 * day, -day, false, CashierOffline, "check the box's clock first"},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			template := &x509.Certificate{
				SerialNumber:          big.NewInt(1),
				DNSNames:              []string{"localhost"},
				NotBefore:             time.Now().Add(tc.from),
				NotAfter:              time.Now().Add(tc.to),
				IsCA:                  true,
				BasicConstraintsValid: true,
			}
			der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
			if err != nil {
				t.Fatal(err)
			}
			s := httptest.NewUnstartedServer(
				http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request got through") }),
			)
			s.Config.ErrorLog = log.New(io.Discard, "", 0) // the refused handshake
			s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
			s.StartTLS()
			defer s.Close()
			known, err := x509.ParseCertificate(der)
			if err != nil {
				t.Fatal(err)
			}
			tr := transport()
			tr.TLSClientConfig.RootCAs = x509.NewCertPool()
			tr.TLSClientConfig.RootCAs.AddCert(known)
			c := open(
				t,
				strings.Replace(s.URL, "127.0.0.1", "localhost", 1),
				func(o *CallerOptions) { o.Transport = tr },
			)

			err = c.Warm(t.Context())
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Class != ClassUnavailable || e.Cashier != tc.cashier ||
				!strings.Contains(e.Operator, tc.operator) {
				t.Fatalf("%+v", err)
			}
			if got := ClockBehind(err); got != tc.behind {
				t.Errorf("ClockBehind is %v", got)
			}
		})
	}
}
