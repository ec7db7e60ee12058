package counter

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"galla/internal/books"
	"galla/internal/counter/console"
	"galla/internal/counter/feed"
	"galla/internal/counter/problem"
	"galla/internal/counter/query"
	"galla/internal/counter/salename"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/history"
	"galla/internal/operations"
	"galla/internal/people"
	"galla/internal/quota"
	"galla/internal/till"
)

// Options is what a Counter is made of.
type Options struct {
	Till       Till         // required
	Operations Operations   // required
	Settings   Settings     // required
	Log        *slog.Logger // required; gets ids, paths, statuses and names of people, never bodies
	Version    string       // of gallad, for /v1/health

	// Users names the people behind Unix user ids and their roles (see people.Options).
	Users map[uint32]Person

	// Idle is how long a manager or owner stays signed in on a device without doing anything; zero means people's
	// default.
	Idle time.Duration

	// Login is the login name of a Unix user id (see people.Options); nil means the box's own list.
	Login func(uid uint32) string

	// PINCost is what hashing a PIN takes; zero means people's production cost.
	PINCost people.Cost

	// Hosts are the names under which a network client may call us, beside "localhost" and IP addresses.
	Hosts []string

	// OpenSales is how many open sales one caller may have, and SalesAMinute how many it may open in a minute, both
	// over the API; 0 means OpenSales and SalesAMinute, the constants.
	OpenSales, SalesAMinute int

	// Origins are those of pages elsewhere that may call the API with a token, as a browser writes them:
	// "https://pos.example.com".
	Origins []string

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

	// Head is the end of the chain of events as it was last committed, at the price of a read of memory; nil: health
	// tells the newest event's number alone.
	Head func() wire.Head

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

	Standing Standing // must be given where a call about standing QRs may come

	Office Office // must be given where a call about the head office may come

	Hooks []Hook // the webhooks, in the order of the settings

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
	settings    Settings
	log         *slog.Logger
	version     string
	hosts       map[string]bool
	origins     map[string]bool
	heartbeat   time.Duration
	dayCut      time.Duration
	now         func() time.Time
	born        string // of this process alone, for the tags of answers
	showCode    func(till.PairingCode)
	address     func() string
	fingerprint string
	certificate []byte
	printer     Printer
	standing    Standing
	hooks       []Hook
	doctor      Doctor
	metrics     http.Handler
	head        func() wire.Head
	office      Office

	journal journal
	feed    *feed.Feed
	people  *people.Directory
	books   *books.Books
	history *history.History
	names   *salename.Finder
	routes  []route

	examinations examinations

	// What one caller may take.
	feeds     quota.Count
	rate      *quota.Rate // of sales, by caller
	writes    *quota.Rate // of all else, by caller
	slips     *quota.Rate // asked for, by caller
	turns     *quota.Turns
	openSales int
	lines     *quota.Lines
	refusals  *quota.Rate // of strangers, by source
}

// What one caller may take of the till, where Options says nothing else.
const (
	OpenSales    = 50
	SalesAMinute = 60

	writesAMinute = 240 // others, or four for each sale where that is more
	slipsAMinute  = 20  // or one for three sales: a slow printer needs 3 s for one
)

// New returns a Counter over a till. It reads people, devices and the last day closing from the settings.
func New(o Options) (*Counter, error) {
	c := &Counter{till: o.Till, operations: o.Operations, settings: o.Settings, log: o.Log, version: o.Version,
		heartbeat: o.Heartbeat, dayCut: o.DayCut,
		hosts: map[string]bool{"localhost": true}, now: o.Now, showCode: o.ShowCode, address: o.Address,
		fingerprint: o.Fingerprint, certificate: o.Certificate, printer: o.Printer, standing: o.Standing,
		hooks: o.Hooks, doctor: o.Doctor, metrics: o.Metrics, head: o.Head,
		office: o.Office}
	for _, h := range o.Hosts {
		c.hosts[fold(h)] = true
	}
	c.origins = map[string]bool{}
	for _, o := range o.Origins {
		c.origins[o] = true
	}
	if c.heartbeat == 0 {
		c.heartbeat = 10 * time.Second
	}

	if c.now == nil {
		c.now = time.Now
	}
	sales := cmp.Or(o.SalesAMinute, SalesAMinute)
	c.openSales, c.rate, c.lines = cmp.Or(o.OpenSales, OpenSales), quota.NewRate(sales), quota.NewLines(o.Log)
	c.writes, c.slips = quota.NewRate(max(writesAMinute, 4*sales)), quota.NewRate(max(slipsAMinute, sales/3))
	c.refusals, c.turns = quota.NewRate(strangerRefusals), quota.NewTurns(readsAtOnce)
	c.journal = o.Operations.Audit
	var err error
	if c.people, err = people.Load(people.Options{Settings: o.Settings, Record: c.journal, Users: o.Users,
		Login: o.Login, Idle: o.Idle, Now: c.now, Cost: o.PINCost}); err != nil {
		return nil, err
	}
	if c.books, err = books.New(books.Options{Till: o.Till, Statements: o.Operations, Settings: o.Settings,
		Record: c.journal, Gateways: c.bookedGateways, Anchor: o.Anchor,
		Totals: o.Totals, Cut: o.DayCut, Demo: o.Demo, Now: c.now,
		Explain: func(err error) string { return asProblem(err).Detail }}); err != nil {
		return nil, err
	}

	c.feed, c.born = feed.New(o.Till), rand.Text()
	c.history = &history.History{Till: o.Till, Now: c.now, Cut: o.DayCut}
	c.names = &salename.Finder{Till: o.Till, Today: func() string { return day.Business(c.now(), c.dayCut) }}
	c.routes = c.table()
	return c, nil
}

// Warm reads what the first X would read, so that nobody waits for it. It returns when that is done.
func (c *Counter) Warm(ctx context.Context) { c.books.Warm(ctx) }

// Z is the stored bytes of the Z report whose day an operation closed, for a head office; nil: there is none.
func (c *Counter) Z(_ context.Context, operation string) ([]byte, error) {
	o, err := c.operations.Operation(operation)
	if errors.Is(err, operations.ErrNoOperation) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	stored, _ := c.books.Stored(o)
	return stored, nil
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
		{"GET /v1/sales/{id}/qr.svg", Cashier, c.drawQR},
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

		{"GET /v1/hooks", Manager, c.listHooks},
		{"POST /v1/hooks/{name}/test", Manager, c.testHook},
		{"POST /v1/hooks/{name}/redelivery", Manager, c.redeliver},

		{"GET /v1/office", Manager, c.showOffice},
		{"POST /v1/office/look", Owner, c.lookAtOffice},
		{"POST /v1/office/join", Owner, c.joinOffice},
		{"POST /v1/office/leave", Owner, c.leaveOffice},
		{"GET /v1/office/segments", Owner, c.exportForOffice},

		{"GET /v1/gateways", Manager, c.listGateways},
		{"GET /v1/gateways/{name}/examination", Manager, c.examine},
		{"POST /v1/gateways/{name}/recording", Manager, c.nothing(operations.GatewayRecord)},
		{"POST /v1/gateways/{name}/qrs", Manager, c.createQR},
		{"GET /v1/gateways/{name}/qrs", Manager, c.listQRs},
		{"GET /v1/gateways/{name}/qrs/{id}", Manager, c.showQR},
		{"GET /v1/gateways/{name}/qrs/{id}/stand.png", Manager, c.drawStand},
		{"POST /v1/gateways/{name}/qrs/{id}/print", Manager, c.printStand},
		{"GET /v1/standing", Cashier, c.listStanding},
		{"POST /v1/gateways/{name}/qrs/{id}/cancel", Manager, c.nothing(operations.QRCancel)},
		{"POST /v1/gateways/{name}/mandates", Manager, c.createMandate},
		{"GET /v1/gateways/{name}/mandates/{id}", Manager, c.showMandate},
		{"POST /v1/gateways/{name}/mandates/{id}/update", Manager, c.updateMandate},
		{"POST /v1/gateways/{name}/mandates/{id}/revoke", Manager, c.revokeMandate},
		{"POST /v1/gateways/{name}/mandates/{id}/notify", Manager, c.notifyDebit},
		{"POST /v1/gateways/{name}/mandates/{id}/execute", Manager, c.executeDebit}, // and a manager's approval
		{"POST /v1/gateways/{name}/mandates/{id}/plan", Owner, c.planMandate},
		{"GET /v1/mandates", Manager, c.listMandates},
		{"GET /v1/operations", Manager, c.listOperations},
		{"GET /v1/operations/{id}", Manager, c.showOperation},
		{"POST /v1/operations/{id}/settle", Manager, c.settleOperation}, // and a manager's approval

		{"POST /v1/devices", Anyone, c.pairDevice}, // who knows the code
		{"GET /v1/me", Nobody, c.me},
		{"GET /v1/people", Nobody, c.listPeople},
		{"POST /v1/session", Nobody, c.signIn},
		{"POST /v1/session/end", Nobody, c.signOut},
		{"POST /v1/people", Nobody, c.addPerson}, // an owner with their PIN, or the first
		{"POST /v1/people/{name}/pin", Owner, c.setPIN},
		{"POST /v1/people/{name}/remove", Owner, c.removePerson},
		{"POST /v1/pairing", Owner, c.offerPairing},
		{"GET /v1/devices", Manager, c.listDevices},
		{"POST /v1/devices/{id}/let-in", Manager, c.letIn}, // software: an owner
		{"POST /v1/devices/{id}/revoke", Owner, c.revokeDevice},
		{"GET /v1/guesses", Manager, c.listGuesses},
	}
}

// unattended are the calls that a console makes by itself: they keep nobody signed in.
var unattended = map[string]bool{
	"GET /v1/events": true, "GET /v1/health": true, "GET /v1/me": true,
	"GET /v1/standing": true, "GET /v1/devices": true, "GET /v1/mandates": true, "GET /v1/office": true,
}

// reading are the calls that read much, by what they wait for: a caller's reads are served two at a time, and its
// exports, which take as long as they are read, beside them.
var reading = map[string]string{
	"GET /v1/sales": "read", "GET /v1/reports/x": "read",
	"GET /v1/reports/z": "read", "GET /v1/reports/picture": "read",
	"GET /v1/reports/picture.svg": "read", "GET /v1/operations": "read",
	"GET /v1/mandates": "read", "GET /v1/export": "export", "GET /v1/office/segments": "export",
}

// asking are the calls that take values behind the "?" of their address; each handler names its own. To the others
// nothing there is known: a day or an amount that is passed over would be answered with another one's.
var asking = map[string]bool{
	"GET /v1/sales":                              true,
	"GET /v1/events":                             true,
	"GET /v1/export":                             true,
	"GET /v1/reports/picture":                    true,
	"GET /v1/reports/picture.svg":                true,
	"GET /v1/reports/reconciliation":             true,
	"GET /v1/gateways/{name}/qrs":                true,
	"GET /v1/gateways/{name}/qrs/{id}/stand.png": true,
	"GET /v1/operations":                         true,
}

// Handler returns the API behind a listener.
func (c *Counter) Handler(d Listener) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range c.routes {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) { c.serve(w, r, d, rt) })
	}
	mux.HandleFunc("GET /problems/{name}", problem.Explain)
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

func (c *Counter) serve(w http.ResponseWriter, r *http.Request, d Listener, rt route) {
	who, err := c.identify(r, d)
	if err == nil {
		err = c.known(r, who)
	}
	// the body may take requestTime: who lost their power meanwhile is asked again
	if err == nil && who.Device != "" && r.ContentLength != 0 {
		sent, _ := io.ReadAll(io.LimitReader(r.Body, maxBody+1)) // what ended it stands behind it still
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(sent), r.Body))
		who, err = c.identify(r, d)
	}
	if rt.need == Anyone {
		err = nil
	}
	if err == nil && !who.Role.May(rt.need) {
		err = people.NotAllowed(who, rt.need)
	}
	if err == nil && !asking[rt.pattern] {
		_, err = query.Of(r)
	}
	if err == nil && !unattended[rt.pattern] {
		c.people.Used(who)
	}
	if err == nil {
		err = c.inTurn(r, rt, who, func() error { return rt.handle(w, r, who) })
	}
	if err != nil {
		c.refuse(w, r, who, err)
	}
}
