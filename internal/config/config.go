package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"galla/display"
	"galla/internal/money"
	"galla/internal/people"
	"galla/printer"
	"galla/printer/port"
)

// Config is gallad.toml. Each key's comment is its manual; packaging/gallad.toml shows all of them.
type Config struct {
	Shop     Shop      `toml:"shop"`
	Till     Till      `toml:"till"`
	Listen   Listen    `toml:"listen"`
	Gateways []Gateway `toml:"gateway"`
	Printer  Printer   `toml:"printer"`
	Keypad   Keypad    `toml:"keypad"`
	Hooks    []Hook    `toml:"hook"`
}

// Shop is who sells.
type Shop struct {
	Name    string   `toml:"name"`    // on the screen and every slip; required
	Address []string `toml:"address"` // lines of the slip's head
	Phone   string   `toml:"phone"`
	GSTIN   string   `toml:"gstin"`
	Header  []string `toml:"header"` // more lines above
	Footer  []string `toml:"footer"` // and below
	Logo    string   `toml:"logo"`   // a PNG for slips
}

// Till is how sales go.
type Till struct {
	Terminal string `toml:"terminal"` // this box's name at the gateway and on slips; default "T1"
	// the sales file; default /var/lib/galla/sales.db. Losing it loses the history of sales
	Database string `toml:"database"`
	// a second place for an hourly copy of the sales file, on another disk; default none
	Backup string `toml:"backup"`
	// sales older than this may be removed, never one that needs a decision; at least 400; default: all are kept
	KeepDays int      `toml:"keep_days"`
	Life     Duration `toml:"life"` // how long a customer has to pay; 1m to 1h, default 5m
	// how often each gateway is asked for one sale's QR; 1 to 5, default 2
	Tries int `toml:"tries"`
	// the most one sale may be, in rupees, however it is opened; default "1,00,000"
	Limit string `toml:"limit"`
	// how many open sales one caller of the API may have; 1 to 1000, default 50
	OpenSales int `toml:"open_sales"`
	// how many it may open in a minute, a sixth of them at once; 1 to 6000, default 60
	SalesAMinute int `toml:"sales_a_minute"`
	// the business day begins so long after midnight IST; 0 to 12h, default 0
	DayCut Duration `toml:"day_cut"`
	// of the customer's screen, one or two of en hi ta bn te mr gu kn ml pa or; default ["en", "hi"]
	Languages    []string `toml:"languages"`
	PrintOrder   bool     `toml:"print_order"`   // print the QR of every sale
	PrintReceipt bool     `toml:"print_receipt"` // print a receipt for every paid sale
	Demo         bool     `toml:"demo"`          // not real money: test keys are allowed, and screen and slips say DEMO
}

// Listen is where gallad can be reached.
type Listen struct {
	Socket  string `toml:"socket"`  // the counter's API; default /run/galla/gallad.sock
	Display string `toml:"display"` // the customer's screen; default /run/galla/display.sock
	TCP     string `toml:"tcp"`     // console and API on this machine, such as "127.0.0.1:8086"; default off
	// TCPRole is who anyone on this machine is over tcp without pairing: "cashier", "manager" or "owner"; default:
	// pairing is needed.
	TCPRole string `toml:"tcp_role"`
	// Network serves console and API to paired devices of the shop's network over TLS, such as "0.0.0.0:7417"; default
	// off.
	Network string `toml:"network"`
	// Idle is after how long without an act a manager or owner is signed out of a console; 1m to 8h, default 15m.
	Idle Duration `toml:"idle"`
	// Hints takes what gateways post, for the proxy that brings it here, such as "127.0.0.1:8087"; default off.
	Hints string   `toml:"hints"`
	Hosts []string `toml:"hosts"` // names under which devices may call, beside IP addresses: "galla.local"
	// Origins are pages elsewhere that may call the API, with a token only: "https://pos.example.com"; default none.
	Origins []string `toml:"origins"`
	// Proxy is the IP address of a reverse proxy that is trusted in what it says of scheme and sender; default none.
	Proxy string `toml:"proxy"`
}

// Keypad is the number pad on the box.
type Keypad struct {
	// digits fill from the right: 1 2 5 0 0 is 125.00; default: rupees first, with a decimal key
	PaiseFill bool `toml:"paise_fill"`
	// the most one sale may be, such as "10,000"; default: that of [till]; the lower of the two counts
	Limit string `toml:"limit"`
}

// Hook tells the shop's software what happens. Its secret is the credential "hook-secret", or "hook-NAME" of one with a
// name.
type Hook struct {
	Name string `toml:"name"` // default none; only one hook may have none
	URL  string `toml:"url"`  // https, or http on this machine; without one the hook is off
	// of events and milestones that it wants, such as "sale.paid"; default all
	Kinds       []string `toml:"kinds"`
	CA          string   `toml:"ca"`          // PEM file with the authority of a receiver in the shop's network
	Fingerprint string   `toml:"fingerprint"` // SHA-256 of such a receiver's own certificate
}

// Credential is the name of the hook's secret.
func (h Hook) Credential() string { return "hook-" + cmp.Or(h.Name, "secret") }

// Gateway is one account at a payment gateway. They are asked in the order they stand in the file.
// Its keys are not here: they are in the credential "gateway-NAME" (see secrets.go).
type Gateway struct {
	Name     string `toml:"name"`     // default: the provider's name
	Provider string `toml:"provider"` // "enkash" or "razorpay"; required
	// default: the provider's own; a stand-in for tests must be on this machine or https
	BaseURL string `toml:"base_url"`
	// calls a second, all sales together; 1 to 100, default 4 (gateway/budget.go has the arithmetic)
	Rate int `toml:"rate"`
	// EnKash
	TokenPrefix string `toml:"token_prefix"` // "Bearer" (default) or "raw"
	// use EnKash's undocumented order cancel; default off: sales end by our clock and are watched
	CancelOrders bool   `toml:"cancel_orders"`
	Test         bool   `toml:"test"`          // these are test keys (Razorpay's say so themselves)
	MandatePaths string `toml:"mandate_paths"` // "middle" (default) or "newer"
	MandateUnit  string `toml:"mandate_unit"`  // "paise" or "rupees"; must be asked of EnKash before mandates are used
	Paths        Paths  `toml:"paths"`         // addresses of EnKash that its public pages don't show; recovery only
	// where EnKash posts payment notifications, https; needs listen.hints; default off
	NotifyURL string `toml:"notify_url"`
	// Razorpay
	// Razorpay posts webhooks; needs listen.hints and webhook_secrets beside the keys; default off
	Webhooks bool `toml:"webhooks"`
	// take the money of an authorised payment that wasn't captured; default off
	CaptureLate bool     `toml:"capture_late"`
	PosterHosts []string `toml:"poster_hosts"` // further hosts a QR poster may come from
}

// Paths are the addresses of EnKash that its public pages name and don't show. "galla doctor gateway" says which of
// them answer. Empty is the likeliest guess (gateway/enkash/README.md); "-" says that the account has no such call.
type Paths struct {
	OrderByReference string `toml:"order_by_reference"` // GET; "{id}" stands for our order id
	SearchOrders     string `toml:"search_orders"`      // POST
	RefundStatus     string `toml:"refund_status"`      // POST
}

// Printer is the thermal printer; without a port there is none.
type Printer struct {
	// "/dev/serial/by-id/…", "usb:VID:PID[:SERIAL]", "usb:/dev/usb/lp0" or "tcp:HOST[:9100]"
	Port    string `toml:"port"`
	Profile string `toml:"profile"` // one of "galla printer profiles"; default generic58
	Baud    int    `toml:"baud"`    // default: the profile's
	Flow    string `toml:"flow"`    // "none", "xonxoff" or "rtscts"; default: the profile's
	// Language of the slips' fixed words, "en" or "hi"; default "en". Names are printed in whatever script they are.
	Language string `toml:"language"`
	// Drawer is when the cash drawer on the printer opens: "never" (default), "other_tender" (a sale was paid in
	// another way) or "paid" (that, and every sale paid by UPI).
	Drawer string `toml:"drawer"`
	// DrawerPin is where the drawer's coil is on the printer's connector, 2 (default) or 5; DrawerPulse how long it is
	// under current, "100ms" by default.
	DrawerPin   int      `toml:"drawer_pin"`
	DrawerPulse Duration `toml:"drawer_pulse"`
	// Custom replaces single values of the profile: dots, font, qr, cut, rupee, heat, …
	Custom *printer.Profile `toml:"custom"`
}

// Duration is a time span in Go's notation: "90s", "5m", "1h30m".
type Duration struct{ time.Duration }

// UnmarshalText reads a Duration.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a time span: write it like \"90s\" or \"5m\"", b)
	}
	d.Duration = v
	return nil
}

const (
	maxConfig       = 1 << 20
	defaultDatabase = "/var/lib/galla/sales.db"
	defaultSocket   = "/run/galla/gallad.sock"
)

// Read reads and checks a config file. Every error names the file, and the line where one is to blame.
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

// oneHook is the table of a file from before there could be several webhooks.
var oneHook = regexp.MustCompile(`(?m)^[ \t]*\[hook\]`)

// Parse reads and checks a config; path is for its errors.
func Parse(path string, raw []byte) (*Config, error) {
	if len(raw) > maxConfig {
		return nil, fmt.Errorf("config %s is larger than %d bytes: it is not gallad's config", path, maxConfig)
	}
	var c Config
	raw = oneHook.ReplaceAll(raw, []byte("[[hook]]"))
	dec := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return nil, explain(path, err)
	}
	if err := c.Printer.customise(raw); err != nil {
		return nil, fmt.Errorf("config %s: printer: %w", path, err)
	}
	if err := c.complete(); err != nil {
		return nil, fmt.Errorf("config %s: %w", path, err)
	}
	return &c, nil
}

// explain turns the decoder's error into one a person can act on.
func explain(path string, err error) error {
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		var all []error
		for _, e := range strict.Errors {
			row, _ := e.Position()
			key := e.Key()
			msg := fmt.Sprintf("%s:%d: there is no key %q", path, row, strings.Join(key, "."))
			if near := nearest(key); near != "" {
				msg += fmt.Sprintf("; did you mean %q?", near)
			}
			all = append(all, errors.New(msg))
		}
		return errors.Join(all...)
	}
	if d, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, col := d.Position()
		return fmt.Errorf("%s:%d:%d: %s", path, row, col, strings.TrimPrefix(d.Error(), "toml: "))
	}
	return fmt.Errorf("%s: %w", path, err)
}

var (
	nameRule     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	terminalRule = regexp.MustCompile(`^[A-Za-z0-9-]{1,16}$`)
)

// complete fills in defaults and checks meaning.
func (c *Config) complete() error {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&c.Till.Terminal, "T1")
	def(&c.Till.Database, defaultDatabase)
	def(&c.Listen.Socket, defaultSocket)
	def(&c.Listen.Display, "/run/galla/display.sock")
	if c.Till.Life.Duration == 0 {
		c.Till.Life.Duration = 5 * time.Minute
	}
	if c.Till.Tries == 0 {
		c.Till.Tries = 2
	}

	if c.Till.Languages == nil {
		c.Till.Languages = []string{"en", "hi"}
	}
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Shop.Name == "" {
		bad("shop.name is missing: it stands on the customer's screen and every slip")
	}
	if c.Shop.GSTIN != "" {
		if err := money.CheckGSTIN(c.Shop.GSTIN); err != nil {
			bad("shop.gstin: %w", err)
		}
	}
	if !terminalRule.MatchString(c.Till.Terminal) {
		bad("till.terminal %q must be 1 to 16 letters, digits or dashes", c.Till.Terminal)
	}

	if !filepath.IsAbs(c.Till.Database) {
		bad("till.database %q must be an absolute path", c.Till.Database)
	}
	if c.Till.Backup != "" && !filepath.IsAbs(c.Till.Backup) {
		bad("till.backup %q must be an absolute path", c.Till.Backup)
	}
	if n := c.Till.KeepDays; n != 0 && n < 400 {
		bad(
			"till.keep_days is %d: books are kept for more than a year, so give at least 400, or leave it "+
				"out to keep all",
			n,
		)
	}

	if d := c.Till.Life.Duration; d < time.Minute || d > time.Hour {
		bad("till.life is %v: give 1m to 1h", d)
	}
	if n := c.Till.OpenSales; n < 0 || n > 1000 {
		bad("till.open_sales is %d: give 1 to 1000, or leave it out for 50", n)
	}
	if n := c.Till.SalesAMinute; n < 0 || n > 6000 {
		bad("till.sales_a_minute is %d: give 1 to 6000, or leave it out for 60", n)
	}
	if n := c.Till.Tries; n < 1 || n > 5 {
		bad("till.tries is %d: give 1 to 5", n)
	}
	if d := c.Till.DayCut.Duration; d < 0 || d > 12*time.Hour {
		bad("till.day_cut is %v: give 0h to 12h", d)
	}

	languages, _ := display.Languages()
	if n := len(c.Till.Languages); n < 1 || n > 2 {
		bad("till.languages has %d entries: give one or two of %s", n, strings.Join(languages, " "))
	}
	for _, l := range c.Till.Languages {
		if !slices.Contains(languages, l) {
			bad("till.languages: %q is not one of %s", l, strings.Join(languages, " "))
		}
	}
	if c.Listen.TCP != "" {
		host, _, err := net.SplitHostPort(c.Listen.TCP)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			bad(
				"listen.tcp %q must be a loopback address with a port, like \"127.0.0.1:8086\": other "+
					"machines are not served",
				c.Listen.TCP,
			)
		}
	}

	for _, o := range c.Listen.Origins {
		if !isOrigin(o) {
			bad(
				"listen.origins: %q is not an origin as a browser writes it, like \"https://pos.example.com\": "+
					"scheme and host, and a port that is not the scheme's",
				o,
			)
		}
	}

	if c.Listen.Proxy != "" {
		if ip, err := netip.ParseAddr(c.Listen.Proxy); err != nil || ip.IsUnspecified() || ip.IsMulticast() {
			bad("listen.proxy %q is no IP address of one machine", c.Listen.Proxy)
		}
	}
	if c.Listen.TCPRole != "" {
		if _, err := people.ParseRole(c.Listen.TCPRole); err != nil {
			bad("listen.tcp_role: %w", err)
		}
	}
	if d := c.Listen.Idle.Duration; d != 0 && (d < time.Minute || d > 8*time.Hour) {
		bad("listen.idle is %v: give 1m to 8h", d)
	}
	if c.Listen.Network != "" {
		if _, _, err := net.SplitHostPort(c.Listen.Network); err != nil {
			bad("listen.network %q must be an address with a port, like \"0.0.0.0:7417\"", c.Listen.Network)
		}
	}

	for name, limit := range map[string]string{"till.limit": c.Till.Limit, "keypad.limit": c.Keypad.Limit} {
		if p, err := money.Parse(limit); limit != "" && err != nil {
			bad("%s: %w", name, err)
		} else if limit != "" && p == 0 {
			bad("%s is %q: give an amount above zero, such as \"1,00,000\"", name, limit)
		}
	}

	if c.Listen.Hints != "" {
		host, _, err := net.SplitHostPort(c.Listen.Hints)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			bad(
				"listen.hints %q must be a loopback address with a port, like \"127.0.0.1:8087\": a reverse proxy "+
					"brings the gateways' requests to it",
				c.Listen.Hints,
			)
		}
	}

	hooks := map[string]bool{}
	for i, h := range c.Hooks {
		switch {
		case h.Name != "" && !nameRule.MatchString(h.Name):
			bad(
				"hook %d: name %q must be 1 to 32 small letters, digits or dashes, and begin with a letter",
				i+1,
				h.Name,
			)
		case h.Name == "main" || h.Name == "secret":
			bad("hook %d: the name %q stands for a hook without one: take another", i+1, h.Name)
		case hooks[h.Name]:
			bad("two hooks are named %q: give each its own name", h.Name)
		case h.Name != "" && h.URL == "":
			bad("hook %d: %q has no url: give it one, or take the table out", i+1, h.Name)
		case h.CA != "" && !filepath.IsAbs(h.CA):
			bad("hook %d: ca %q must be an absolute path", i+1, h.CA)
		}
		hooks[h.Name] = true
	}

	if len(c.Gateways) == 0 {
		bad("there is no [[gateway]]: add one, with provider = \"enkash\" or \"razorpay\"")
	}
	seen := map[string]bool{}
	for i := range c.Gateways {
		g := &c.Gateways[i]
		def(&g.Name, g.Provider)
		if g.Provider != "enkash" && g.Provider != "razorpay" {
			bad("gateway %d: provider %q is not one of \"enkash\" and \"razorpay\"", i+1, g.Provider)
			continue
		}
		if !nameRule.MatchString(g.Name) {
			bad(
				"gateway %d: name %q must be 1 to 32 small letters, digits or dashes, and begin with a letter",
				i+1,
				g.Name,
			)
		}
		if seen[g.Name] {
			bad("two gateways are named %q: give each its own name", g.Name)
		}
		seen[g.Name] = true
		if g.Webhooks && g.Provider != "razorpay" {
			bad("gateway %q: webhooks are Razorpay's; EnKash has notify_url", g.Name)
		}
		if g.NotifyURL != "" && g.Provider != "enkash" {
			bad("gateway %q: notify_url is EnKash's; Razorpay has webhooks", g.Name)
		}
		if (g.Webhooks || g.NotifyURL != "") && c.Listen.Hints == "" {
			bad(
				"gateway %q: to take what the gateway posts, set listen.hints, such as \"127.0.0.1:8087\", and "+
					"point a reverse proxy at it",
				g.Name,
			)
		}
		if g.Rate < 0 || g.Rate > 100 {
			bad("gateway %q: rate is %d: give 1 to 100 calls a second", g.Name, g.Rate)
		}
		if u, err := url.Parse(g.BaseURL); g.BaseURL != "" && (err != nil || u.Host == "") {
			bad("gateway %q: base_url %q is not a web address", g.Name, g.BaseURL)
		}
	}

	if c.Printer.Port != "" {
		if _, err := port.Parse(c.Printer.Port); err != nil {
			bad("printer.port: %w", err)
		} else if _, err := c.Printer.Chosen(); err != nil {
			bad("printer: %w", err)
		}
		if err := c.Printer.Kicks().Check(); err != nil {
			bad("printer.drawer_pin, drawer_pulse: %w", err)
		}
		if d := c.Printer.Drawer; !slices.Contains([]string{"", "never", "other_tender", "paid"}, d) {
			bad("printer.drawer %q: give \"never\", \"other_tender\" or \"paid\"", d)
		}
		if l := c.Printer.Language; l != "" && l != "en" && l != "hi" {
			bad("printer.language %q: slips are in \"en\" or \"hi\"", l)
		}
	} else if c.Till.PrintOrder || c.Till.PrintReceipt {
		bad("till.print_order and till.print_receipt need a [printer] with a port")
	}

	return errors.Join(errs...)
}

// isOrigin reports whether a text is an origin as a browser sends it (WHATWG HTML, 7.1.1): another never matches one.
func isOrigin(o string) bool {
	u, err := url.Parse(o)
	if err != nil || u.Scheme == "" || u.Hostname() == "" || u.Scheme+"://"+u.Host != o ||
		strings.ToLower(o) != o || strings.ContainsAny(o, "* ") {
		return false
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	usual := map[string]uint64{"http": 80, "https": 443}[u.Scheme]
	return !strings.HasSuffix(o, ":") && (u.Port() == "" || err == nil && port != usual && port > 0)
}
