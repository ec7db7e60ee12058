package doctor

import (
	"context"
	"crypto/x509"
	"net"
	"sync"
	"time"

	"galla/gateway"
	"galla/internal/counter/wire"
)

// Account is a configured gateway.
type Account struct {
	Name    string
	BaseURL string
	// Examine looks the account over with its keys; nil: they can't be read here, and WhyNot says why.
	Examine func(context.Context) []gateway.Finding
	WhyNot  string
	// Live says how the last call of a sale went, and when; a zero time: there was none. nil: nobody knows.
	Live func() (ok bool, problem string, at time.Time)
	// Skew is the gateway's clock minus ours, by its last answer; nil: not known.
	Skew func() (off time.Duration, known bool)
}

// Place is a folder on a disk that gallad writes to.
type Place struct {
	What  string // "the sales file", "the backup"
	Dir   string
	Tight func() bool // the store has met a full disk; nil: not known
	// Slow is how long the slowest write of late took, 0 if none took long; nil: not known.
	Slow func() time.Duration
}

// Backup is the copy of the sales file.
type Backup struct{ Path string }

// Options say what there is to look at. What is nil or empty isn't there, or can't be known.
type Options struct {
	Self     func() wire.Check // the link "gallad"; nil: all is well with whoever asks
	Accounts []Account
	Gone     func() []string // gateways that are no longer set up, with orders still open or watched; nil: not known
	Printer  func() wire.Printer
	// NoPrinter is why there is no Printer to ask: it isn't set up, or only gallad knows.
	NoPrinter string
	Display   func() string // "connected", "none", or what is wrong, as till.Health says it
	NoDisplay string
	Presenter func() string // what puts the pictures on the monitor, and why that; "" or nil: not known
	LeftOut   string        // letters of the shop's name that the screen leaves out: no font has them
	// Office is how the head office of the chain takes what happens here; nil: only gallad knows.
	Office func() wire.Office
	Busy   func() bool // sales are under way: Run waits, so as not to take their turn at the gateways
	Places []Place
	Backup *Backup

	Root     string // "/"; a test has its own /proc, /sys and /run
	Resolver Resolver
	Dial     func(ctx context.Context, network, address string) (net.Conn, error)
	Roots    *x509.CertPool // nil: the system's
	Disk     Disk           // nil: the real one
	Now      func() time.Time
	Built    time.Time // when this program was made: no clock that is right shows less
}

// Resolver finds the addresses of a name.
type Resolver interface {
	LookupHost(ctx context.Context, host string) ([]string, error)
}

// Doctor looks at one till.
type Doctor struct {
	o    Options
	look sync.Mutex // one look at a time

	mu      sync.Mutex
	outside []wire.Check // of the last look
	at      time.Time    // of it, by the wall clock
	looked  time.Time    // of it, for durations
	weak    bool         // the board has had too little voltage since this program runs
}

// fresh is how old a look may be and still answer whoever asks for one.
const fresh = 10 * time.Second

// New fills in what the real world is.
func New(o Options) *Doctor {
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: dialTime}).DialContext
	}
	if o.Disk == nil {
		o.Disk = RealDisk{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Doctor{o: o}
}

// Look walks the whole chain now. Whoever asks while a look is under way, or within ten seconds after one, gets that
// one's answer about the outside: a gateway is not asked again and again.
func (d *Doctor) Look(ctx context.Context) wire.Checkup {
	d.look.Lock()
	defer d.look.Unlock()
	d.mu.Lock()
	looked := d.looked
	d.mu.Unlock()
	if looked.IsZero() || time.Since(looked) >= fresh {
		found := d.lookOutside(ctx)
		d.mu.Lock()
		d.outside, d.at, d.looked = found, d.o.Now(), time.Now()
		d.mu.Unlock()
	}
	return d.checkup(true)
}

// Snapshot says how things are without asking the outside anew.
func (d *Doctor) Snapshot() wire.Checkup { return d.checkup(false) }

// checkup joins what is known of the outside with how the box is at this moment.
func (d *Doctor) checkup(write bool) wire.Checkup {
	d.mu.Lock()
	outside, at := d.outside, d.at
	d.mu.Unlock()
	w := &walk{now: d.o.Now()}
	w.add(d.self())
	w.add(d.link())
	for _, a := range d.o.Accounts {
		w.add(d.known(a, outside, at)...)
	}
	w.add(d.gone()...)
	w.add(d.paper()...)
	w.add(d.display())
	w.add(d.outputs()...)
	w.add(d.disk(write))
	w.add(d.stick()...)
	w.add(d.power()...)
	w.add(d.memory()...)
	w.add(d.clock(outside))
	w.add(d.office()...)
	if d.image() {
		w.onCard()
	}
	return w.checkup()
}

func (d *Doctor) self() wire.Check {
	if d.o.Self == nil {
		return ok("gallad", "runs", nil)
	}
	return d.o.Self()
}
