package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"os"
	"syscall"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/day"
)

// tls proves the line to a gateway. A wrong clock shows here first, because a certificate has a first and a last day.
func (d *Doctor) tls(ctx context.Context, base string) wire.Check {
	u, err := url.Parse(base)
	if err != nil {
		return bad("tls", "address", values{"address": base})
	}
	port := u.Port()
	switch {
	case u.Scheme == "http" && port == "":
		port = "80"
	case port == "":
		port = "443"
	}
	if u.Scheme == "https" && d.unset() {
		return bad("tls", "clock", values{"now_at": moment(d.o.Now())})
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := d.o.Dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return unreached(u.Hostname(), err)
	}
	defer conn.Close()
	if u.Scheme != "https" {
		return ok("tls", "local", values{"host": u.Host})
	}
	line := tls.Client(
		conn,
		&tls.Config{ServerName: u.Hostname(), RootCAs: d.o.Roots, MinVersion: tls.VersionTLS12, Time: d.o.Now},
	)
	if err := line.HandshakeContext(ctx); err != nil {
		return d.unproven(u.Hostname(), err)
	}
	return ok(
		"tls",
		"proven",
		values{"host": u.Hostname(), "until_day": date(line.ConnectionState().PeerCertificates[0].NotAfter)},
	)
}

// date is how a value holds a day: the one in India.
func date(t time.Time) string { return t.In(day.IST).Format(time.DateOnly) }

// unreached explains a connection that was not made.
func unreached(host string, err error) wire.Check {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return bad("tls", "refused", values{"host": host})
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return bad("tls", "noway", values{"host": host})
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return bad("tls", "silent", values{"host": host, "span": dialTime.String()})
	}
	return bad("tls", "broken", values{"host": host, "why": cause(err)})
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// unproven explains a handshake that failed.
func (d *Doctor) unproven(host string, err error) wire.Check {
	now := d.o.Now().In(day.IST)
	if e, isInvalid := errors.AsType[x509.CertificateInvalidError](err); isInvalid && e.Reason == x509.Expired &&
		e.Cert != nil {
		switch {
		case now.Before(e.Cert.NotBefore):
			return bad("tls", "early", values{"host": host, "now_at": moment(now)})
		case d.synchronised():
			return bad("tls", "expired", values{"host": host, "until_day": date(e.Cert.NotAfter)})
		}
		return bad("tls", "either", values{"host": host, "now_at": moment(now), "until_day": date(e.Cert.NotAfter)})
	}
	if _, is := errors.AsType[x509.UnknownAuthorityError](err); is {
		return bad("tls", "between", values{"host": host})
	}
	if _, is := errors.AsType[x509.HostnameError](err); is {
		return bad("tls", "other", values{"host": host})
	}
	if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		return bad("tls", "mute", values{"host": host})
	}
	return bad("tls", "fails", values{"host": host, "why": cause(err)})
}

// client is how a gateway is spoken to without keys.
func (d *Doctor) client() *tls.Config {
	return &tls.Config{RootCAs: d.o.Roots, MinVersion: tls.VersionTLS12, Time: d.o.Now}
}
