package alerts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"net/smtp"
	"strings"
	"time"

	"galla/internal/day"
)

const (
	mailTime  = 30 * time.Second // for one mail, its log-in included
	lineBytes = 57               // of a line of base64: 76 letters (RFC 2045 section 6.8)
)

// Sending says where mail goes.
type Sending struct {
	Server   string   // host and port; TLS by STARTTLS
	Implicit bool     // TLS begins at once instead (RFC 8314 section 3.3)
	From     string   // an address
	To       []string // addresses
	User     string   // empty: no log-in
	Password string
	CA       []byte           // PEM: authorities that are trusted, and no others; nil: what the machine trusts
	Plain    bool             // no TLS: only to this machine
	Address  string           // of the office, for the reader
	Now      func() time.Time // nil: time.Now
}

// Mail sends alerts by mail.
type Mail struct {
	o    Sending
	host string
	tls  *tls.Config
	from *mail.Address
	to   []*mail.Address
}

// NewMail checks the options.
func NewMail(o Sending) (m *Mail, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	m = &Mail{o: o}
	if m.host, _, err = net.SplitHostPort(o.Server); err != nil {
		return nil, fmt.Errorf("the mail server %q must be a host with a port: %w", o.Server, err)
	}
	if ip := net.ParseIP(m.host); o.Plain && m.host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the mail server %q is not this machine: it needs TLS", m.host)
	}
	if m.from, err = mail.ParseAddress(o.From); err != nil {
		return nil, fmt.Errorf("the sender %q is no mail address: %w", o.From, err)
	}
	for _, text := range o.To {
		to, err := mail.ParseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("the recipient %q is no mail address: %w", text, err)
		}
		m.to = append(m.to, to)
	}
	if len(m.to) == 0 {
		return nil, errors.New("the mail has no recipient")
	}
	if o.User != "" && o.Password == "" {
		return nil, fmt.Errorf("the mail server's user %q has no password: it is the credential smtp-password", o.User)
	}

	m.tls = &tls.Config{ServerName: m.host, MinVersion: tls.VersionTLS12}
	if o.CA != nil {
		m.tls.RootCAs = x509.NewCertPool()
		if !m.tls.RootCAs.AppendCertsFromPEM(o.CA) {
			return nil, errors.New("the mail server's ca has no certificate in it: give a PEM file, as " +
				"openssl x509 writes it")
		}
	}
	return m, nil
}

// Wait is Way's.
func (m *Mail) Wait(error) time.Duration { return 0 }

// Send is Way's: one mail of all of them.
func (m *Mail) Send(ctx context.Context, all []Alert) error {
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.o.Server)
	if err != nil {
		return fmt.Errorf("the mail server can't be reached: %w", err)
	}
	defer conn.Close()
	until, _ := ctx.Deadline()
	if err := conn.SetDeadline(until); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := m.talk(conn, all); err != nil {
		return fmt.Errorf("the mail server %s: %w", m.o.Server, err)
	}
	return nil
}

// talk hands the mail over (RFC 5321). What a server says after the mail was taken changes nothing.
func (m *Mail) talk(conn net.Conn, all []Alert) error {
	if m.o.Implicit {
		conn = tls.Client(conn, m.tls)
	}
	c, err := smtp.NewClient(conn, m.host)
	if err != nil {
		return err
	}
	if _, secure := conn.(*tls.Conn); !secure && !m.o.Plain {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return errors.New("it offers no STARTTLS: use a port where it does, or 465, where TLS begins at once")
		}
		if err := c.StartTLS(m.tls); err != nil {
			return err
		}
	}
	if m.o.User != "" {
		if err := c.Auth(smtp.PlainAuth("", m.o.User, m.o.Password, m.host)); err != nil {
			return fmt.Errorf("the log-in of %q: %w", m.o.User, err)
		}
	}
	if err := c.Mail(m.from.Address); err != nil {
		return err
	}
	for _, to := range m.to {
		if err := c.Rcpt(to.Address); err != nil {
			return fmt.Errorf("recipient %s: %w", to.Address, err)
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(m.message(all)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit()
	return nil
}

// message is the mail (RFC 5322), its text in UTF-8.
func (m *Mail) message(all []Alert) []byte {
	subject := "Galla: " + Sentence(all[0])
	if len(all) > 1 {
		subject += fmt.Sprintf(", and %d more", len(all)-1)
	}
	var text strings.Builder
	for _, a := range all {
		fmt.Fprintf(&text, "%s  %s\n", a.At().In(day.IST).Format("2 Jan 15:04 IST"), Sentence(a))
	}
	fmt.Fprintf(&text, "\n%s\n", m.o.Address)

	var to []string
	for _, one := range m.to {
		to = append(to, one.String())
	}
	// The same alerts have the same id: a mail that is sent again can be known by it.
	id := sha256.New()
	for _, a := range all {
		fmt.Fprintf(id, "%s %s\n", a.ID, a.What)
	}
	domain := m.from.Address[strings.LastIndexByte(m.from.Address, '@')+1:]
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", m.from.String()},
		{"To", strings.Join(to, ", ")},
		{"Subject", mime.QEncoding.Encode("utf-8", subject)},
		{"Date", m.o.Now().UTC().Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<%x@%s>", id.Sum(nil)[:16], domain)},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: nobody's absence is answered to it
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "base64"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	for raw := []byte(text.String()); len(raw) > 0; raw = raw[min(lineBytes, len(raw)):] {
		b.WriteString(base64.StdEncoding.EncodeToString(raw[:min(lineBytes, len(raw))]) + "\r\n")
	}
	return b.Bytes()
}
