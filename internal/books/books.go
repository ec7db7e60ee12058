package books

import (
	"context"
	"sync"
	"time"

	"galla/state"
	"galla/state/statement"
)

// Till is what the books read. Sales of a Query come as the store lists them; a sale that isn't there is
// state.ErrNoSale.
type Till interface {
	// Seq is the newest event's number on disk.
	Seq() (uint64, error)
	// Events returns up to limit events after since, in order.
	Events(ctx context.Context, since uint64, limit int) ([]state.Event, error)
	Sale(ctx context.Context, id string) (state.Sale, error)
	Sales(ctx context.Context, q state.Query) ([]state.Sale, error)
	// Days lists the business days that have sales, newest first; an empty end is open.
	Days(ctx context.Context, from, to string) ([]string, error)
}

// Statements are what gateways recorded. Its calls ask the gateway, and only read.
type Statements interface {
	Statement(ctx context.Context, gateway string, from, to time.Time) (statement.Statement, error)
	// Ours says whether a payment came through an order of this box, and which sale asked for that order; nil: there is
	// none.
	Ours(ctx context.Context, gateway string, p statement.Payment) (statement.Whose, *state.Sale, error)
	Reread(ctx context.Context, s state.Sale, ref string) ([]statement.Payment, error)
	RereadRefund(ctx context.Context, s state.Sale, key string) (statement.Refund, error)
}

// Settings is where Z reports are kept. Put has reached the disk when it returns nil.
type Settings interface {
	Get(key string) (value []byte, found bool, err error)
	Put(key string, value []byte) error
	List(prefix string) (keys []string, err error)
}

// Totals is a place for sums that the events can give again. Write puts rows, and removes those whose value is nil, all
// in one or nothing.
type Totals interface {
	Read(show func(name string, value []byte) error) error
	Write(rows map[string][]byte) error
}

// Gateway is a configured gateway.
type Gateway struct {
	Name  string
	Lists bool // it can list what it recorded in a span of time; others are asked order by order
}

// Options is what Books are made of. All of them are required, but for Anchor and Totals.
type Options struct {
	Till     Till
	Settings Settings
	Record   func(a state.Act, do func() error) error // writes down who does what, and does it
	Gateways func() []Gateway                         // in the order in which they are shown
	Explain  func(error) string                       // what a person is told of a gateway's error
	// the end of the chain of events, "SEQ:HASH", which a Z writes down; nil: it writes none
	Anchor func() (string, error)
	Totals Totals           // where sums stay over a restart; nil: nowhere, and a start reads on from the last Z
	Cut    time.Duration    // how long after midnight IST the business day begins from now on
	Demo   bool             // a box that takes no real money: each report says so, with sales or without
	Now    func() time.Time // the wall clock

	Statements Statements // what the gateways recorded
}

// Books are the shop's. Their methods may be called from any goroutine.
//
// They add up what no Z report holds yet from the events since, and know what each Z report holds by the number of its
// last event. Counting by events and not by the clock, nothing is counted twice or never, whatever the clock does.
type Books struct {
	o Options

	upiHealth  upiHealthCache
	reconciled reconciliations

	reading chan struct{} // who holds its one place may read on, and close days
	stream  *stream       // nil: not begun
	present *present      // of the X reports that are asked while the stream is behind
	most    uint64        // keepMost,
	rest    uint64        // keepRest, and
	waits   time.Duration // patience, but in tests

	cuts    cuts // set by New alone
	cutsNew bool // the last of them is not in the settings yet; of New, and of who holds the stream

	mu      sync.Mutex
	fetched [][]byte // the Z reports as they lie in the settings, until they are first needed
	zs      []Z      // all, oldest first
	unread  error    // what of them can't be read
}

// New reads the Z reports' bytes from the settings, and when its business days began. It fails when one of them can't
// be read or is missing.
func New(o Options) (*Books, error) {
	b := &Books{
		o:          o,
		reading:    make(chan struct{}, 1),
		reconciled: reconciliations{one: make(chan struct{}, 1)},
		most:       keepMost,
		rest:       keepRest,
		waits:      patience,
	}
	if err := b.fetch(); err != nil {
		return b, err
	}
	return b, b.loadCuts()
}
