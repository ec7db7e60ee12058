package enkash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"galla/gateway"
)

// ProductionURL and TestURL are EnKash's hosts. The test host stands on every page of the portal
// (docs.enkash.com/payment-gateway/authorization); the production host was only seen in public code, so it is a
// setting and an operator compares it with what EnKash wrote to them.
const (
	ProductionURL = "https://olympus-pg.enkash.in"
	TestURL       = "https://olympus-pg-uat.enkash.in"
)

// Config is one EnKash account. AccessKey, SecretKey and APIKey never leave the two headers and the one body they
// belong to.
type Config struct {
	Name      string // the account's name in Galla, such as "enkash"
	BaseURL   string
	AccessKey string
	SecretKey string
	APIKey    string // sent with the token request when not empty; the guide lists it, the reference page does not
	// TokenPrefix is how the token stands in the Authorization header: "Bearer" (documented; the default) or "raw"
	// (what one public integrator needed). The other one is tried once when a fresh token is refused.
	TokenPrefix string
	// NotifyURL is passed with each order when not empty. Notifications are hints; nothing depends on them.
	NotifyURL string
	// CancelOrders allows PATCH /pay/charge/order/cancel, which only EnKash's browser SDK uses. Off: Close is
	// ErrUnsupported, and a sale ends by our own clock and is watched.
	CancelOrders bool
	// MandatePaths is the generation of mandate addresses: "middle" (/api/v0/upi-autopay/mandates, the default) or
	// "newer" (/api/v0/upi-mandate). EnKash's portal changed them; an account has one or the other.
	MandatePaths string
	// MandateUnit is what a mandate's integer amount counts: "paise" or "rupees". EnKash's pages don't say, and a
	// guess could be wrong a hundredfold, so calls that carry a mandate amount are refused until it is set.
	MandateUnit string
	Paths       Paths
	Test        bool // test keys, which no customer can pay with; a test host says so by itself
	// AllowTestKeys is demo mode: QRs of test keys are handed out, marked TestMode. Off: Open and Find refuse before
	// anything is sent.
	AllowTestKeys bool

	Transport http.RoundTripper // nil: the tuned default
	Log       *slog.Logger
	Observe   gateway.Observer // told of every call; nil: nobody is
	Budget    *gateway.Budget
	Now       func() time.Time
}

// Paths are the addresses that EnKash's public pages name but don't show. They serve recovery after a crash only.
// "{id}" stands for our own order id. Empty means the default; "-" means the account has no such call.
type Paths struct {
	OrderByReference string // GET, "Get Order By Merchant Order Id" (docs.enkash.com/api-15938532)
	SearchOrders     string // POST, "Search Order" (docs.enkash.com/api-23490722)
	// POST, "Refund Enquiry" (docs.enkash.com/api-23490608; the captured page is cut at "/refun")
	RefundStatus   string
	CreateCustomer string // POST, "Create Customer"
}

// DefaultPaths are the likeliest addresses, by the pattern of the visible ones.
var DefaultPaths = Paths{
	OrderByReference: "/api/v0/orders/merchant-order/{id}",
	SearchOrders:     "/api/v0/orders/search",
	RefundStatus:     "/api/v0/refund/status",
	CreateCustomer:   "/api/v0/customer",
}

// Client is one account at EnKash. Safe for concurrent use.
type Client struct {
	given  Config // as New was given it
	cfg    Config
	caller *gateway.Caller
	log    *slog.Logger
	now    func() time.Time
	test   bool
	tokens tokens
	made   gateway.Memory[remembered]
	payees gateway.Payees
	ways   ways
	orders gateway.Memory[noted]
	// enquiry: the refund enquiry has found a refund by our key, so that its "not found" can be believed.
	enquiry atomic.Bool
	// references has the reference of each mandate made or read, by EnKash's id: a manager's doing, and few.
	references sync.Map
}

var _ gateway.Gateway = (*Client)(nil)

// New checks the settings and asks nothing of EnKash.
func New(cfg Config) (*Client, error) {
	given := cfg
	if cfg.Name == "" {
		cfg.Name = "enkash"
	}
	caller, err := gateway.NewCaller(gateway.CallerOptions{Name: cfg.Name, BaseURL: cfg.BaseURL,
		Transport: cfg.Transport,
		Log:       cfg.Log, Budget: cfg.Budget, Now: cfg.Now, Observe: cfg.Observe})
	if err != nil {
		return nil, err
	}
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("gateway %q: %w", cfg.Name, err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	u, _ := url.Parse(cfg.BaseURL) // NewCaller has parsed it
	c := &Client{given: given, cfg: cfg, caller: caller, log: cfg.Log.With("gateway", cfg.Name), now: cfg.Now,
		test: cfg.Test || strings.Contains(u.Host, "-uat.") || strings.Contains(u.Host, "-dev.")}
	c.tokens.raw = cfg.TokenPrefix == "raw"
	return c, nil
}

func (cfg *Config) check() error {
	for name, v := range map[string]string{"access key": cfg.AccessKey, "secret key": cfg.SecretKey} {
		if v == "" {
			return fmt.Errorf("the %s is missing: it stands in EnKash's dashboard under developer settings", name)
		}
	}
	for name, v := range map[string]string{"access key": cfg.AccessKey, "secret key": cfg.SecretKey,
		"API key": cfg.APIKey} {
		if strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fmt.Errorf("the %s has a space, a line end or a letter that keys don't have: copy it again", name)
		}
	}

	oneOf := func(what, v string, allowed ...string) error {
		for _, a := range allowed {
			if v == a {
				return nil
			}
		}
		return fmt.Errorf("%s is %q: it must be %s", what, v, strings.Join(allowed[1:], " or "))
	}

	for _, p := range []struct {
		path *string
		std  string
	}{{&cfg.Paths.OrderByReference, DefaultPaths.OrderByReference},
		{&cfg.Paths.SearchOrders, DefaultPaths.SearchOrders}, {&cfg.Paths.RefundStatus, DefaultPaths.RefundStatus},
		{&cfg.Paths.CreateCustomer, DefaultPaths.CreateCustomer}} {
		switch {
		case *p.path == "":
			*p.path = p.std
		case *p.path == "-":
			*p.path = ""
		case !strings.HasPrefix(*p.path, "/") || strings.ContainsAny(*p.path, "?# "):
			return fmt.Errorf("path %q must begin with / and hold no query: give it as on EnKash's page, such as %s",
				*p.path, p.std)
		}
	}

	if p := cfg.Paths.OrderByReference; p != "" && !strings.Contains(p, "{id}") {
		return fmt.Errorf("path %q must hold {id} where our order id belongs, such as %s", p,
			DefaultPaths.OrderByReference)
	}
	if cfg.NotifyURL != "" {
		if u, err := url.Parse(cfg.NotifyURL); err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("notify URL %.100q is not of the form https://host/path: EnKash must be able to reach it",
				cfg.NotifyURL)
		}
	}

	return errors.Join(oneOf("token prefix", cfg.TokenPrefix, "", "Bearer", "raw"),
		oneOf("mandate paths", cfg.MandatePaths, "", "middle", "newer"),
		oneOf("mandate unit", cfg.MandateUnit, "", "paise", "rupees"))
}

// Name is the configured name of this account.
func (c *Client) Name() string { return c.cfg.Name }

// Limits are what EnKash documents: an order over one paisa (docs.enkash.com/api-8990249), no least refund.
func (c *Client) Limits() gateway.Limits { return gateway.Limits{LeastCharge: 1} }

// Warm opens the connections a sale needs and gets a token, so that the next sale pays for neither.
func (c *Client) Warm(ctx context.Context) error {
	if !c.caller.Warmed() {
		if err := c.caller.WarmPair(ctx); err != nil { // an order's QR and its checkout detail are asked at once
			return err
		}
	}
	_, err := c.tokens.get(ctx, c)
	return err
}

// Skew is EnKash's clock minus ours; false when it hasn't answered yet.
func (c *Client) Skew() (time.Duration, bool) { return c.caller.Skew() }

// remembered is what this process keeps of the order that a reference of ours got, so that a lost QR answer doesn't
// depend on the undocumented look-ups. What must survive a crash is on the till's disk, not here.
type remembered struct {
	orderID        string
	transactionIDs []string // never written again: a Quote holds it
}

// noteMade keeps the order of a reference, and one more transaction of it unless that is empty.
func (c *Client) noteMade(reference, orderID, transactionID string) {
	c.made.Note(reference, func(r *remembered) {
		r.orderID = orderID
		if transactionID != "" {
			r.transactionIDs = append(slices.Clip(r.transactionIDs), transactionID)
		}
	})
}
