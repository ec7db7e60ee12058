package books

import (
	"context"
	"sync"
	"time"

	"galla/state"
)

// Till is what the books read. Sales of a Query come as the store lists them; a sale that isn't there is state.ErrNoSale.
type Till interface {
	// Seq is the newest event's number on disk.
	Seq() (uint64, error)
	// Events returns up to limit events after since, in order.
	Events(ctx context.Context, since uint64, limit int) ([]state.Event, error)
	Sale(ctx context.Context, id string) (state.Sale, error)
	Sales(ctx context.Context, q state.Query) ([]state.Sale, error)
	// Find lists the sales that have a value, newest first, over the whole history; before is a sale id to page back from.
	Find(ctx context.Context, f state.Field, value, before string, limit int) ([]state.Sale, error)
	// Days lists the business days that have sales, newest first; an empty end is open.
	Days(ctx context.Context, from, to string) ([]string, error)

	// What a gateway recorded. These ask the gateway, and only read.
	Statement(ctx context.Context, gateway string, from, to time.Time) (state.Statement, error)
	// Ours says whether a payment came through an order of this box, and which sale asked for that order; nil: there is none.
	Ours(ctx context.Context, gateway string, p state.Recorded) (bool, *state.Sale, error)
	Reread(ctx context.Context, s state.Sale, ref string) ([]state.Recorded, error)
	RereadRefund(ctx context.Context, s state.Sale, key string) (state.RecordedRefund, error)
}

// Vault is where Z reports are kept. Put has reached the disk when it returns nil.
type Vault interface {
	Get(key string) (value []byte, found bool, err error)
	Put(key string, value []byte) error
	List(prefix string) (keys []string, err error)
}

// Gateway is a configured gateway.
type Gateway struct {
	Name  string
	Lists bool // it can list what it recorded in a span of time; others are asked order by order
}

// Options is what Books are made of. All of them are required, but for Anchor.
type Options struct {
	Till     Till
	Vault    Vault
	Record   func(a state.Act, do func() error) error // writes down who does what, and does it
	Gateways func() []Gateway                         // in the order in which they are shown
	Explain  func(error) string                       // what a person is told of a gateway's error
	Anchor   func() (string, error)                   // the end of the chain of events, "SEQ:HASH", which a Z writes down; nil: it writes none
	Cut      time.Duration                            // how long after midnight IST the business day begins
	Now      func() time.Time                         // the wall clock
}

// Books are the shop's. Their methods may be called from any goroutine.
//
// They know which moments of which sales lie after the last Z report. A fact of a sale (paid at, captured at, closed at) bears the
// time of the event that made it, so a fact is in the report when its sale has an event of that time after the last Z. Counting by
// events and not by the clock, nothing is counted twice or never, whatever the clock does.
type Books struct {
	o Options

	weather    forecast
	reconciled reconciliations

	mu    sync.Mutex
	z     []Z    // all, oldest first
	after uint64 // last event of the last Z
	upto  uint64 // events read so far
	times map[string]map[int64]bool
}

// New reads the Z reports from the vault. It fails when one of them can't be read or is missing.
func New(o Options) (*Books, error) {
	b := &Books{o: o, times: map[string]map[int64]bool{}}
	return b, b.load()
}
