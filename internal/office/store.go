package office

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"galla/internal/money"
	"galla/internal/segment"
	"galla/state"
)

// ErrEither says that a commit was not answered: all of it is there, or nothing. Who needs to know looks.
var ErrEither = errors.New("the database did not say whether it has it: all of it may be there, or nothing")

// Store is where an office keeps what it has. Office processes share one.
type Store interface {
	// Update runs do in one transaction that has locked the terminals, which are named in rising order. It may run do
	// again. All that do wrote is there when it returns nil, and nothing with an error that is not ErrEither.
	Update(ctx context.Context, terminals []string, do func(Tx) error) error
	// View runs do in one transaction that writes nothing and locks nothing.
	View(ctx context.Context, do func(Tx) error) error
}

// Tx is one transaction. It sees what it wrote. Keys have at most MaxKey bytes, times are of whole microseconds.
type Tx interface {
	Terminal(id string) (t Terminal, found bool, err error)
	// Segment is the stored segment that holds a place of a branch itself.
	Segment(terminal string, branch int, seq uint64) (g segment.Segment, found bool, err error)
	Sale(terminal string, branch int, id string) (s Sale, found bool, err error)
	Operation(terminal string, branch int, id string) (o state.Operation, found bool, err error)
	Payment(gateway, id string) (p Payment, found bool, err error)
	Day(terminal, day string) (d Day, found bool, err error)

	// PutBranch makes a branch, or moves its head.
	PutBranch(terminal string, b segment.Branch) error
	// PutSegment adds a segment to a branch, whose places From+1 to Last are new there.
	PutSegment(branch int, from uint64, g *segment.Segment, received time.Time) error
	PutSale(terminal string, branch int, s Sale) error
	PutOperation(terminal string, branch int, o state.Operation) error
	PutPayment(p Payment) error
	PutDay(d Day) error
	AddFinding(f Finding) error
	// Forget removes a terminal's sales, operations, payments and days. Its segments, branches and findings stay.
	Forget(terminal string) error
}

// Terminal is one box's key, and the chains it has sent.
type Terminal struct {
	ID       string
	Key      ed25519.PublicKey
	LeftAt   time.Time // zero: it has not left
	Branches []segment.Branch
}

// Trouble is why a sale's row is not what its events say.
type Trouble string

const (
	TroubleHole    Trouble = "hole"    // events before this one were pruned or lost before they came here
	TroubleNewer   Trouble = "newer"   // its box is newer than this office: update, and rebuild
	TroubleRefused Trouble = "refused" // state refuses an event of it: a bug, or a hand
)

// Sale is a sale as a branch has it. With Trouble it is as it was before the event that made the trouble.
type Sale struct {
	state.Sale
	Trouble Trouble `json:"trouble,omitempty"`
}

// Sum is of money, in paise. Received = Kept + Surplus + Gone.
type Sum struct {
	Payments int         `json:"payments"`
	Received money.Paise `json:"received_paise"`
	Kept     money.Paise `json:"kept_paise"`    // price, and what persons accepted
	Surplus  money.Paise `json:"surplus_paise"` // what nobody has said what for
	Gone     money.Paise `json:"gone_paise"`    // promised to a customer, or went back
}

func (s Sum) plus(o Sum) Sum {
	return Sum{
		s.Payments + o.Payments,
		s.Received + o.Received,
		s.Kept + o.Kept,
		s.Surplus + o.Surplus,
		s.Gone + o.Gone,
	}
}

func (s Sum) minus(o Sum) Sum {
	return Sum{
		s.Payments - o.Payments,
		s.Received - o.Received,
		s.Kept - o.Kept,
		s.Surplus - o.Surplus,
		s.Gone - o.Gone,
	}
}

// Payment is a payment that a gateway had captured. Its key is gateway and id, over all terminals.
type Payment struct {
	Gateway    string
	ID         string
	Terminal   string
	Branch     int // the newest that knows it
	Sale       string
	Day        string // business day of the sale
	RRN        string
	CapturedAt time.Time
	Late       bool
	Sum
}

// Day is what a terminal's payments of a business day come to.
type Day struct {
	Terminal string
	Day      string
	Sum
	// Hours is what was received by the hour of its capture, in IST: of 14:00 to 14:59 on the day's own date in
	// Hours[14]. The last one has what came later, too, and the first what came before.
	Hours [24]money.Paise
}

// Finding is something that a person should know of a terminal.
type Finding struct {
	Kind     string // refused, fork, hole, event, sale, payment
	Terminal string
	Branch   int
	Seq      uint64
	Text     string
	At       time.Time
}
