package gateway

import (
	"crypto/x509"
	"errors"
	"time"
)

// ClockBehind says whether err is a certificate that begins after this box's time. A box without a clock chip starts in
// the past until the network tells it the time, and until then no gateway can be proven to be itself. A certificate
// that has run out is not this: then it is as likely the gateway's fault.
func ClockBehind(err error) bool {
	e, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && e.Reason == x509.Expired && e.Cert != nil && e.Cert.NotBefore.After(time.Now())
}
