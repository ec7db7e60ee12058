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
	// ReadAhead says which rows are about to be read: a store may read them at once. It changes nothing.
	ReadAhead(a Ahead) error
	Terminal(id string) (t Terminal, found bool, err error)
	// Segment is the stored segment that holds a place of a branch itself.
	Segment(terminal string, branch int, seq uint64) (g segment.Segment, found bool, err error)
	Sale(terminal string, branch int, id string) (s Sale, found bool, err error)
	Operation(terminal string, branch int, id string) (o state.Operation, found bool, err error)
	Payment(gateway, id string) (p Payment, found bool, err error)
	Refund(gateway, key string) (r Refund, found bool, err error)
	Day(terminal, day string) (d Day, found bool, err error)
	Z(terminal, operation string) (z Z, found bool, err error)
	// Zs are a terminal's Z reports without their bytes, in the order of their numbers, then of their operations.
	Zs(terminal string) ([]Z, error)
	// Wanted are the operations of at most so many Z reports of a terminal that are ZWanted, the newest first.
	Wanted(terminal string, most int) ([]string, error)
	// Days are a terminal's days behind one, in their order.
	Days(terminal, behind string) ([]Day, error)
	// Standing are a terminal's findings of some kinds that have not ended.
	Standing(terminal string, kinds []string) ([]Finding, error)
	// Terminals are the ids of all terminals, those that have left too, in their order.
	Terminals() ([]string, error)

	// PutBranch makes a branch, or moves its head.
	PutBranch(terminal string, b segment.Branch) error
	// PutSegment adds a segment to a branch, whose places From+1 to Last are new there.
	PutSegment(branch int, from uint64, g *segment.Segment, received time.Time) error
	PutSale(terminal string, branch int, s Sale) error
	PutOperation(terminal string, branch int, o state.Operation) error
	PutPayment(p Payment) error
	PutRefund(r Refund) error
	PutDay(d Day) error
	PutZ(z Z) error
	// AddFinding adds a finding. Where one of its kind, terminal, branch and seq has not ended, that one is found again
	// instead, with these values.
	AddFinding(f Finding) error
	// EndFinding ends the finding of this kind, terminal, branch and seq, if there is one that has not ended.
	EndFinding(f Finding) error
	// Forget removes a terminal's sales, operations, payments, refunds and days. Its segments, branches, Z reports and
	// findings stay.
	Forget(terminal string) error
}

// Terminal is one box's key, and the chains it has sent.
type Terminal struct {
	ID       string
	Key      ed25519.PublicKey
	LeftAt   time.Time // zero: it has not left
	Replaces string    // the terminal whose place it took, which sends nothing any more; empty: none
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

// Sum is of money that gateways had captured, in paise. Received = Kept + Surplus + Gone, and Gone is what is promised,
// Refunded and Reversed.
type Sum struct {
	Payments int         `json:"payments"`
	Received money.Paise `json:"received_paise"`
	Kept     money.Paise `json:"kept_paise"`     // price, and what persons accepted
	Surplus  money.Paise `json:"surplus_paise"`  // what nobody has said what for
	Gone     money.Paise `json:"gone_paise"`     // promised to a customer, or went back
	Refunded money.Paise `json:"refunded_paise"` // of that, by refunds of the shop's that were done
	Reversed money.Paise `json:"reversed_paise"` // of that, by others: a bank, somebody at the gateway's dashboard
}

func (s Sum) plus(o Sum) Sum {
	return Sum{
		s.Payments + o.Payments,
		s.Received + o.Received,
		s.Kept + o.Kept,
		s.Surplus + o.Surplus,
		s.Gone + o.Gone,
		s.Refunded + o.Refunded,
		s.Reversed + o.Reversed,
	}
}

func (s Sum) minus(o Sum) Sum {
	return Sum{
		s.Payments - o.Payments,
		s.Received - o.Received,
		s.Kept - o.Kept,
		s.Surplus - o.Surplus,
		s.Gone - o.Gone,
		s.Refunded - o.Refunded,
		s.Reversed - o.Reversed,
	}
}

// Counts are of a terminal's sales, each once, as the newest branch that has it says. What they say of money is asked
// for, or was paid in another way: what came is in Sum.
type Counts struct {
	Sales     int         `json:"sales"` // opened
	Asked     money.Paise `json:"asked_paise"`
	Paid      int         `json:"paid"`
	Cancelled int         `json:"cancelled"` // closed unpaid, by a person
	Expired   int         `json:"expired"`
	Failed    int         `json:"failed"` // no gateway gave a QR
	Elsewise  int         `json:"other_tender"`
	Other     money.Paise `json:"other_tender_paise"` // of sales closed so, and what paid sales lacked
}

func (c Counts) plus(o Counts) Counts {
	return Counts{
		c.Sales + o.Sales,
		c.Asked + o.Asked,
		c.Paid + o.Paid,
		c.Cancelled + o.Cancelled,
		c.Expired + o.Expired,
		c.Failed + o.Failed,
		c.Elsewise + o.Elsewise,
		c.Other + o.Other,
	}
}

func (c Counts) minus(o Counts) Counts {
	return Counts{
		c.Sales - o.Sales,
		c.Asked - o.Asked,
		c.Paid - o.Paid,
		c.Cancelled - o.Cancelled,
		c.Expired - o.Expired,
		c.Failed - o.Failed,
		c.Elsewise - o.Elsewise,
		c.Other - o.Other,
	}
}

// Hours are Received by the hour of IST in which it came: of 14:00 to 14:59 on the day's own date in Hours[14]. The
// last one has what came later, too, and the first what came before.
type Hours [24]money.Paise

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

// Refund is money of a payment that goes back or went back. Its key is gateway and key, over all terminals.
type Refund struct {
	Gateway  string
	Key      string // of the shop's own: state.Refund.Key; else ByOthers and the payment's id
	Others   bool   // a bank sent it, or somebody at the gateway's dashboard: all that went so of one payment
	Terminal string
	Branch   int // the newest that knows it
	Sale     string
	Number   int    // of the sale, within its day
	Day      string // business day of the sale
	Payment  string
	Amount   money.Paise // 0 of what others sent and came again
	Status   state.RefundStatus
	Reason   string
	RRN      string
	By       string // none of what others sent
	Approver string
	AskedAt  time.Time // of what others sent: when the box saw it
	DoneAt   time.Time
}

// ByOthers begins the key of what others sent back.
const ByOthers = "others/"

// Day is what a terminal did on a business day, as the sale's is: what comes late, and what goes back, counts for the
// day of its sale.
type Day struct {
	Terminal string
	Day      string
	Sum
	Counts
	Hours Hours
}
