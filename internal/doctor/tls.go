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

	"galla/internal/counter/wire"
	"galla/internal/day"
)

// human is how a moment is written for people, in the shop's time.
const human = "Monday 2 January 2006, 15:04"

// tls proves the line to a gateway. A wrong clock shows here first, because a certificate has a first and a last day.
func (d *Doctor) tls(ctx context.Context, base string) wire.Check {
	u, err := url.Parse(base)
	if err != nil {
		return bad("tls", "Correct base_url in gallad.toml.", "the address %q can't be read", base)
	}
	port := u.Port()
	switch {
	case u.Scheme == "http" && port == "":
		port = "80"
	case port == "":
		port = "443"
	}
	if u.Scheme == "https" && d.unset() {
		return bad("tls", setClock, "this box believes it is %s, so no certificate can be proven", d.o.Now().In(day.IST).Format(human))
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := d.o.Dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return unreached(u.Hostname(), err)
	}
	defer conn.Close()
	if u.Scheme != "https" {
		return ok("tls", "%s is on this machine and needs no TLS", u.Host)
	}
	line := tls.Client(conn, &tls.Config{ServerName: u.Hostname(), RootCAs: d.o.Roots, MinVersion: tls.VersionTLS12, Time: d.o.Now})
	if err := line.HandshakeContext(ctx); err != nil {
		return d.unproven(u.Hostname(), err)
	}
	return ok("tls", "%s proves who it is, and its certificate is good until %s", u.Hostname(), line.ConnectionState().PeerCertificates[0].NotAfter.In(day.IST).Format("2 January 2006"))
}

const (
	// Not timedatectl: it refuses while network time is on, which it is, and takes the time for the box's own zone.
	setClock = "Connect the box to the internet and wait a minute: it sets its clock by itself. Else set it by hand: sudo date -s '2026-11-22 17:30 +0530' (today's date and time)."
	portal   = "Open a web page on a phone in the same network: a Wi-Fi with a login page has to be signed in to. If there is none, switch off what filters the shop's internet, and update the box (sudo apt upgrade)."
)

// unreached explains a connection that was not made.
func unreached(host string, err error) wire.Check {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return bad("tls", "Wait a few minutes and look again; if it stays so, ask the gateway's support, and check base_url in gallad.toml.", "%s refuses the connection", host)
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return bad("tls", "Switch the shop's router off and on, and wait two minutes. If other devices in the shop have no internet either, call the provider.", "there is no way from this shop's network to %s", host)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return bad("tls", "Open any web page on a phone in the same network: if that doesn't work either, call the internet provider; else ask who runs the shop's firewall to let "+host+" through.", "%s did not answer within %v", host, dialTime)
	}
	return bad("tls", "Switch the shop's router off and on, and look again.", "the connection to %s fails (%s)", host, cause(err))
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// unproven explains a handshake that failed.
func (d *Doctor) unproven(host string, err error) wire.Check {
	now := d.o.Now().In(day.IST)
	if e, isInvalid := errors.AsType[x509.CertificateInvalidError](err); isInvalid && e.Reason == x509.Expired && e.Cert != nil {
		switch {
		case now.Before(e.Cert.NotBefore):
			return bad("tls", setClock, "this box believes it is %s, which is before the certificate of %s begins: its clock is wrong", now.Format(human), host)
		case d.synchronised():
			return bad("tls", "Nothing can be done here: tell the gateway's support. Another gateway, if one is set up, goes on working.", "the certificate of %s ran out on %s", host, e.Cert.NotAfter.In(day.IST).Format("2 January 2006"))
		}
		return bad("tls", "Compare this date with a phone's. If it is wrong: "+setClock+" If it is right, tell the gateway's support.",
			"this box believes it is %s, and the certificate of %s ran out on %s: either the clock or the certificate is wrong", now.Format(human), host, e.Cert.NotAfter.In(day.IST).Format("2 January 2006"))
	}
	if _, is := errors.AsType[x509.UnknownAuthorityError](err); is {
		return bad("tls", portal, "what answers as %s can't prove that it is: something in this network sits between", host)
	}
	if _, is := errors.AsType[x509.HostnameError](err); is {
		return bad("tls", portal, "what answers as %s is something else: its certificate has another name", host)
	}
	if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		return bad("tls", "Look again in a minute. If it stays so, the internet line is too slow or loses data: switch the router off and on.", "%s took the connection and then said nothing", host)
	}
	return bad("tls", portal, "the line to %s can't be secured (%s)", host, cause(err))
}

// client is how a gateway is spoken to without keys.
func (d *Doctor) client() *tls.Config {
	return &tls.Config{RootCAs: d.o.Roots, MinVersion: tls.VersionTLS12, Time: d.o.Now}
}
