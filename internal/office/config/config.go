package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"galla/internal/spelling"
)

// Config is the file.
type Config struct {
	Listen      string `toml:"listen"`       // default 0.0.0.0 at address's port; behind a proxy "127.0.0.1:8480"
	Address     string `toml:"address"`      // as boxes and people call it: "https://office.example"; required
	BehindProxy string `toml:"behind_proxy"` // the IP address of the reverse proxy that does TLS; default none
	Metrics     string `toml:"metrics"`      // where /metrics is served, such as "127.0.0.1:9480"; default nowhere
	// a PostgreSQL connection string; default: the server of this machine, as the user who runs this
	Database string `toml:"database"`

	TLS    TLS    `toml:"tls"`
	Alerts Alerts `toml:"alerts"`
}

// TLS is the certificate that is shown, unless a proxy does that.
type TLS struct {
	Certificate string `toml:"certificate"` // PEM file, the office's own first
	Key         string `toml:"key"`         // PEM file
}

// Alerts is who is told what begins and ends.
type Alerts struct {
	Webhook Webhook `toml:"webhook"`
	SMTP    SMTP    `toml:"smtp"`
}

// Webhook is told each finding. Its secret is the credential "alert-secret".
type Webhook struct {
	URL         string `toml:"url"` // https, or http on this machine; without one it is off
	CA          string `toml:"ca"`
	Fingerprint string `toml:"fingerprint"`
}

// SMTP is told them by mail. The password is the credential "smtp-password".
type SMTP struct {
	Server string   `toml:"server"` // host and port, such as "smtp.example:587"; without one it is off
	From   string   `toml:"from"`
	To     []string `toml:"to"`
	User   string   `toml:"user"`  // default: no log-in
	CA     string   `toml:"ca"`    // PEM file with the authority of a server in the chain's network
	Plain  bool     `toml:"plain"` // without TLS; only for a server on this machine
}

const (
	maxConfig = 1 << 20

	// Path is where the file lies.
	Path = "/etc/galla/office.toml"

	defaultDatabase = "host=/var/run/postgresql dbname=galla-office"
	mostRecipients  = 20
)

// Read reads and checks a file.
func Read(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("config: %w; give the file with --config", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, fmt.Errorf("config %s: %w", path, err)
	}
	return Parse(path, raw)
}

// Parse reads and checks a config; path is for its errors.
func Parse(path string, raw []byte) (*Config, error) {
	if len(raw) > maxConfig {
		return nil, fmt.Errorf("config %s is larger than %d bytes: it is not an office's config", path, maxConfig)
	}
	var c Config
	if err := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(&c); err != nil {
		return nil, explain(path, err)
	}
	if err := c.complete(); err != nil {
		return nil, fmt.Errorf("config %s: %w", path, err)
	}
	return &c, nil
}

// Prefix is the path of the office's address, "" for none.
func (c *Config) Prefix() string {
	u, err := url.Parse(c.Address)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(u.Path, "/")
}

// complete fills in defaults and checks meaning.
func (c *Config) complete() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }

	u, err := url.Parse(c.Address)
	switch {
	case c.Listen != "":
	case c.BehindProxy != "":
		c.Listen = "127.0.0.1:8480"
	case err == nil:
		c.Listen = net.JoinHostPort("0.0.0.0", cmp.Or(u.Port(), "443"))
	}
	c.Database = cmp.Or(c.Database, defaultDatabase)
	if _, _, err := net.SplitHostPort(c.Listen); c.Listen != "" && err != nil {
		bad("listen %q must be an address with a port, like \"0.0.0.0:443\"", c.Listen)
	}
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		bad("address %q is not how boxes and people call this office: write it like \"https://office.example\"",
			c.Address)
	}

	switch ip, err := netip.ParseAddr(c.BehindProxy); {
	case c.BehindProxy != "" && (err != nil || ip.IsUnspecified() || ip.IsMulticast()):
		bad("behind_proxy %q is no IP address of one machine", c.BehindProxy)
	case c.BehindProxy != "" && c.TLS != (TLS{}):
		bad("behind_proxy and [tls] exclude each other: the proxy shows its own certificate")
	case c.BehindProxy == "" && (c.TLS.Certificate == "" || c.TLS.Key == ""):
		bad("[tls] needs certificate and key: name the PEM files, or set behind_proxy to the address of the reverse " +
			"proxy that does TLS")
	case c.BehindProxy == "" && (!filepath.IsAbs(c.TLS.Certificate) || !filepath.IsAbs(c.TLS.Key)):
		bad("tls.certificate %q and tls.key %q must be absolute paths", c.TLS.Certificate, c.TLS.Key)
	}
	if c.Metrics != "" {
		host, _, err := net.SplitHostPort(c.Metrics)
		if ip := net.ParseIP(host); err != nil || ip == nil {
			bad("metrics %q must be an IP address with a port, like \"127.0.0.1:9480\"", c.Metrics)
		}
	}

	c.Alerts.check(bad)
	return errors.Join(errs...)
}

func (a *Alerts) check(bad func(string, ...any)) {
	if w := a.Webhook; w.CA != "" && !filepath.IsAbs(w.CA) {
		bad("alerts.webhook.ca %q must be an absolute path", w.CA)
	} else if w.URL == "" && w != (Webhook{}) {
		bad("alerts.webhook has no url: give it one, or take the table out")
	}

	s := a.SMTP
	if s.Server == "" {
		if s.From != "" || len(s.To) > 0 || s.User != "" {
			bad("alerts.smtp has no server: give it one like \"smtp.example:587\", or take the table out")
		}
		return
	}
	host, _, err := net.SplitHostPort(s.Server)
	if err != nil || host == "" {
		bad("alerts.smtp.server %q must be a host with a port, like \"smtp.example:587\"", s.Server)
	}
	if ip := net.ParseIP(host); s.Plain && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		bad("alerts.smtp.plain is for a server on this machine, and %q is none: leave it out", host)
	}
	if s.Plain && s.User != "" {
		bad("alerts.smtp.user needs TLS: leave plain out")
	}
	if _, err := mail.ParseAddress(s.From); err != nil {
		bad("alerts.smtp.from %q is no mail address", s.From)
	}
	if len(s.To) == 0 || len(s.To) > mostRecipients {
		bad("alerts.smtp.to has %d addresses: give 1 to %d", len(s.To), mostRecipients)
	}
	for _, to := range s.To {
		if _, err := mail.ParseAddress(to); err != nil {
			bad("alerts.smtp.to: %q is no mail address", to)
		}
	}
	if s.CA != "" && !filepath.IsAbs(s.CA) {
		bad("alerts.smtp.ca %q must be an absolute path", s.CA)
	}
}

// explain turns the decoder's error into one a person can act on.
func explain(path string, err error) error {
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		var all []error
		for _, e := range strict.Errors {
			row, _ := e.Position()
			key := strings.Join(e.Key(), ".")
			says := fmt.Sprintf("%s:%d: there is no key %q", path, row, key)
			if near := nearest(key); near != "" {
				says += fmt.Sprintf("; did you mean %q?", near)
			}
			all = append(all, errors.New(says))
		}
		return errors.Join(all...)
	}
	if d, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, col := d.Position()
		return fmt.Errorf("%s:%d:%d: %s", path, row, col, strings.TrimPrefix(d.Error(), "toml: "))
	}
	return fmt.Errorf("%s: %w", path, err)
}

// nearest is the known key most like an unknown one, or "".
func nearest(key string) (best string) {
	cost := len(key)/2 + 1
	for _, known := range keys("", reflect.TypeFor[Config]()) {
		if c := spelling.Distance(key, known); c < cost {
			best, cost = known, c
		}
		if _, last, _ := cutLast(known); last == key { // the right key in the wrong table
			return known
		}
	}
	return best
}

func cutLast(key string) (table, last string, found bool) {
	i := strings.LastIndexByte(key, '.')
	return key[:max(i, 0)], key[i+1:], i >= 0
}

func keys(prefix string, t reflect.Type) (all []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name := prefix + f.Tag.Get("toml")
		all = append(all, name)
		if f.Type.Kind() == reflect.Struct {
			all = append(all, keys(name+".", f.Type)...)
		}
	}
	return all
}
