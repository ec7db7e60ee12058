package counter

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"galla/internal/books"
	"galla/internal/counter/console"
	"galla/internal/operations"
	"galla/internal/people"
	"galla/internal/till"
)

// Options is what a Counter is made of.
type Options struct {
	Till       Till         // required
	Operations Operations   // required
	Vault      Vault        // required
	Log        *slog.Logger // required; gets ids, paths, statuses and names of people, never bodies
	Version    string       // of gallad, for /v1/health

	// Users names the people behind Unix user ids and their roles (see people.Options).
	Users map[uint32]Person

	// PINCost is what hashing a PIN takes; zero means people's production cost.
	PINCost people.Cost

	// Hosts are the names under which a network client may call us, beside "localhost" and IP addresses.
	Hosts []string

	// DayCut is how long after midnight IST the business day begins; the till's.
	DayCut time.Duration
	// Demo: the till takes no real money.
	Demo bool

	// ShowCode puts a pairing code on the customer's screen, or takes it away; nil: there is no screen.
	ShowCode func(till.PairingCode)

	// Address is where a device of the shop reaches the console, like "https://192.168.1.7:7417"; asked for with each
	// pairing code, because the box may have moved. nil, or an empty answer: over the network nobody can.
	Address func() string

	// Anchor is the end of the chain of events, "SEQ:HASH", which a Z report writes down; nil: it writes none.
	Anchor func() (string, error)

	// Totals is where the sums of reports stay over a restart; nil: nowhere.
	Totals books.Totals

	// Printer prints what belongs to no sale; nil: there is none, and whoever asks for it is told how to set one up.
	Printer Printer

	// Metrics answers /metrics on the Unix socket and on loopback; nil: nowhere.
	Metrics http.Handler

	// Doctor answers /v1/doctor, and checkup in /v1/health; nil: there is none.
	Doctor Doctor

	// Fingerprint is that of the certificate network clients see, for pairing (see Fingerprint).
	Fingerprint string

	// Certificate is it, DER-encoded, for phones that install it to take the console for an app; nil: there is none.
	Certificate []byte

	Now func() time.Time // the wall clock; nil means time.Now

	// Heartbeat is how often a silent feed sends a comment; 0 means 10 s.
	Heartbeat time.Duration
}

// Counter serves the API. Its methods may be called from any goroutine.
type Counter struct {
	till        Till
	operations  Operations
	vault       Vault
	log         *slog.Logger
	version     string
	hosts       map[string]bool
	heartbeat   time.Duration
	dayCut      time.Duration
	now         func() time.Time
	showCode    func(till.PairingCode)
	address     func() string
	fingerprint string
	certificate []byte
	printer     Printer
	doctor      Doctor
	metrics     http.Handler

	journal journal
	feed    *feed
	people  *people.Directory
	books   *books.Books
	routes  []route

	examinations examinations
}

// New returns a Counter over a till. It reads people, devices and the last day closing from the vault.
func New(o Options) (*Counter, error) {
	c := &Counter{till: o.Till, operations: o.Operations, vault: o.Vault, log: o.Log, version: o.Version, heartbeat: o.Heartbeat, dayCut: o.DayCut,
		hosts: map[string]bool{"localhost": true}, now: o.Now, showCode: o.ShowCode, address: o.Address, fingerprint: o.Fingerprint, certificate: o.Certificate, printer: o.Printer, doctor: o.Doctor, metrics: o.Metrics}
	for _, h := range o.Hosts {
		c.hosts[fold(h)] = true
	}
	if c.heartbeat == 0 {
		c.heartbeat = 10 * time.Second
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.journal = o.Operations.Audit
	var err error
	if c.people, err = people.Load(people.Options{Vault: o.Vault, Record: c.journal, Users: o.Users, Now: c.now, Cost: o.PINCost}); err != nil {
		return nil, err
	}
	if c.books, err = books.New(books.Options{Till: o.Till, Statements: o.Operations, Vault: o.Vault, Record: c.journal, Gateways: c.bookedGateways, Anchor: o.Anchor, Totals: o.Totals, Cut: o.DayCut, Demo: o.Demo, Now: c.now,
		Explain: func(err error) string { return asProblem(err).Detail }}); err != nil {
		return nil, err
	}
	c.feed = newFeed(o.Till)
	c.routes = c.table()
	return c, nil
}

// Warm reads what the first X would read, so that nobody waits for it. It returns when that is done.
func (c *Counter) Warm(ctx context.Context) { c.books.Warm(ctx) }

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
		{"GET /v1/doctor", Cashier, c.lookAll},
		{"PUT /v1/typing", Cashier, c.typing},

		{"GET /v1/reports/x", Cashier, c.reportX},
		{"POST /v1/reports/z", Cashier, c.reportZ}, // and a manager's approval
		{"GET /v1/reports/z", Manager, c.listZ},
		{"GET /v1/reports/z/{number}", Manager, c.showZ},
		{"POST /v1/reports/x/print", Cashier, c.printX},
		{"POST /v1/reports/z/{number}/print", Manager, c.printZ},
		{"GET /v1/reports/picture", Cashier, c.showPicture},
		{"GET /v1/reports/picture.svg", Cashier, c.drawPicture},
		{"GET /v1/reports/reconciliation", Manager, c.showReconciliation},
		{"POST /v1/reports/reconciliation/print", Manager, c.printReconciliation},
		{"GET /v1/printer", Cashier, c.showPrinter},
		{"POST /v1/printer/test", Manager, c.testPrinter},
		{"GET /v1/export", Manager, c.export},

		{"GET /v1/gateways", Manager, c.listGateways},
		{"GET /v1/gateways/{name}/examination", Manager, c.examine},
		{"POST /v1/gateways/{name}/recording", Manager, c.nothing(operations.GatewayRecord)},
		{"POST /v1/gateways/{name}/qrs", Manager, c.createQR},
		{"GET /v1/gateways/{name}/qrs", Manager, c.listQRs},
		{"GET /v1/gateways/{name}/qrs/{id}", Manager, c.showQR},
		{"POST /v1/gateways/{name}/qrs/{id}/cancel", Manager, c.nothing(operations.QRCancel)},
		{"POST /v1/gateways/{name}/mandates", Manager, c.createMandate},
		{"GET /v1/gateways/{name}/mandates/{id}", Manager, c.showMandate},
		{"POST /v1/gateways/{name}/mandates/{id}/update", Manager, c.updateMandate},
		{"POST /v1/gateways/{name}/mandates/{id}/revoke", Manager, c.revokeMandate},
		{"POST /v1/gateways/{name}/mandates/{id}/notify", Manager, c.debitMandate(operations.MandateNotify)},
		{"POST /v1/gateways/{name}/mandates/{id}/execute", Manager, c.debitMandate(operations.MandateExecute)}, // and a manager's approval
		{"GET /v1/operations", Manager, c.listOperations},
		{"GET /v1/operations/{id}", Manager, c.showOperation},

		{"POST /v1/devices", Anyone, c.pairDevice}, // who knows the code
		{"GET /v1/me", Nobody, c.me},
		{"GET /v1/people", Nobody, c.listPeople},
		{"POST /v1/session", Nobody, c.signIn},
		{"POST /v1/session/end", Nobody, c.signOut},
		{"POST /v1/people", Nobody, c.addPerson}, // an owner, or the first
		{"POST /v1/people/{name}/pin", Owner, c.setPIN},
		{"POST /v1/people/{name}/remove", Owner, c.removePerson},
		{"POST /v1/pairing", Owner, c.offerPairing},
		{"GET /v1/devices", Owner, c.listDevices},
		{"POST /v1/devices/{id}/revoke", Owner, c.revokeDevice},
	}
}

// Handler returns the API behind a door.
func (c *Counter) Handler(d Door) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range c.routes {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, d, rt) })
	}
	mux.HandleFunc("GET /problems/{name}", explainProblem)
	mux.HandleFunc("GET /v1/openapi.json", describe)
	if c.metrics != nil && d.TLS == nil { // the network is no business of a scrape
		mux.Handle("GET /metrics", c.metrics)
	}
	if !d.Kernel { // no browser is at the other end of a Unix socket
		pages := console.Handler()
		mux.Handle("GET /{$}", pages)
		mux.Handle("GET /sw.js", pages)
		mux.Handle("GET /console/", pages)
		if c.certificate != nil {
			mux.HandleFunc("GET /galla.crt", c.sendCertificate)
		}
	}
	return c.guard(d, c.unrouted(mux))
}

func (c *Counter) serve(w http.ResponseWriter, r *http.Request, d Door, rt route) {
	who, err := c.identify(r, d)
	if rt.need == Anyone {
		err = nil
	}
	if err == nil && !who.Role.May(rt.need) {
		err = people.NotAllowed(who, rt.need)
	}
	if err == nil {
		err = rt.handle(w, r, who)
	}
	if err != nil {
		c.refuse(w, r, who, err)
	}
}
