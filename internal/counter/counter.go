package counter

import (
	"log/slog"
	"net/http"
	"time"
)

// Options is what a Counter is made of.
type Options struct {
	Till    Till         // required
	Log     *slog.Logger // required; gets ids, paths, statuses and names of people, never bodies
	Version string       // of gallad, for /v1/health

	// Users names the people behind Unix user ids and their roles. The super-user and the user gallad runs as are owners
	// unless listed; everyone else whom the socket's permissions let in is a cashier.
	Users map[uint32]Person

	// Hosts are the names under which a network client may call us, beside "localhost" and IP addresses.
	Hosts []string

	// Heartbeat is how often a silent feed sends a comment; 0 means 10 s.
	Heartbeat time.Duration
}

// Counter serves the API. Its methods may be called from any goroutine.
type Counter struct {
	till      Till
	log       *slog.Logger
	version   string
	users     map[uint32]Person
	hosts     map[string]bool
	heartbeat time.Duration
	feed      *feed
	routes    []route
}

// New returns a Counter over a till.
func New(o Options) *Counter {
	c := &Counter{till: o.Till, log: o.Log, version: o.Version, users: o.Users, heartbeat: o.Heartbeat, hosts: map[string]bool{"localhost": true}}
	for _, h := range o.Hosts {
		c.hosts[h] = true
	}
	if c.heartbeat == 0 {
		c.heartbeat = 10 * time.Second
	}
	c.feed = newFeed(o.Till)
	c.routes = c.table()
	return c
}

// route is one call of the API: who may make it, and what it does. Rights are stated here and nowhere else; what needs
// more than a role (an approver's PIN) is asked for by the handler itself.
type route struct {
	pattern string // of http.ServeMux
	need    Role
	handle  func(w http.ResponseWriter, r *http.Request, who Caller) error
}

func (c *Counter) table() []route {
	return []route{
		{"POST /v1/sales", Cashier, c.openSale},
		{"GET /v1/sales", Cashier, c.listSales},
		{"GET /v1/sales/{id}", Cashier, c.showSale},
		{"POST /v1/sales/{id}/cancel", Cashier, c.cancelSale},
		{"POST /v1/sales/{id}/refunds", Cashier, c.refundSale},
		{"POST /v1/sales/{id}/print", Cashier, c.printSale},
		{"POST /v1/sales/{id}/resolve", Cashier, c.resolveSale},
		{"GET /v1/events", Cashier, c.events},
		{"GET /v1/health", Cashier, c.health},
	}
}

// Handler returns the API behind a door.
func (c *Counter) Handler(d Door) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range c.routes {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, d, rt) })
	}
	mux.HandleFunc("GET /problems/{name}", explainProblem)
	return c.guard(d, c.unrouted(mux))
}

func (c *Counter) serve(w http.ResponseWriter, r *http.Request, d Door, rt route) {
	who, err := c.identify(r, d)
	if err == nil && !who.Role.may(rt.need) {
		err = notAllowed(who, rt.need)
	}
	if err == nil {
		err = rt.handle(w, r, who)
	}
	if err != nil {
		c.refuse(w, r, who, err)
	}
}
