package owner

import (
	"context"
	"encoding/json"
	"time"

	"galla/internal/money"
	"galla/state"
)

// Store is what the pages read, of all shops. A list begins with the newest row, behind its mark, and has at most limit
// rows.
type Store interface {
	// Stands are all counters by their shops and in their order, each with the box that stands there and the figures of
	// the days, which are at most three.
	Stands(ctx context.Context, days []string) ([]Stand, error)

	// Findings are those that have not ended; of a terminal, or of all where it is empty.
	Findings(ctx context.Context, terminal string, behind Mark, limit int) ([]Finding, error)
	// Open is how many findings have not ended, by kind.
	Open(ctx context.Context) (map[string]int, error)
	// Undecided are sales with items that need a decision, and how many there are in all.
	Undecided(ctx context.Context, terminal string, behind Mark, limit int) (sales []Sale, all int, err error)

	// Refunds are what was asked to go back, or went, from one business day of the asking to another, IST.
	Refunds(ctx context.Context, s Span, behind Mark, limit int) ([]Refund, error)
	// Cancels are how many sales each person opened, and how many of those were cancelled, by terminal.
	Cancels(ctx context.Context, s Span) ([]Cancels, error)
	// Acts are what people did at the boxes, of these kinds.
	Acts(ctx context.Context, kinds []string, behind Mark, limit int) ([]Act, error)

	// Zs are closed days, and the days until due, IST, with sales or money that nobody closed: those have the state and
	// the operation "missing" and no number.
	Zs(ctx context.Context, s Span, due string, behind Mark, limit int) ([]Z, error)
	// Days are the days of boxes that had sales or money.
	Days(ctx context.Context, s Span, behind Mark, limit int) ([]Day, error)
	// Invoices are the sums of paid sales that carry an invoice. What went back of them is among the refunds.
	Invoices(ctx context.Context, s Span) ([]Invoices, error)
	// Sales are those of the days, newest day first.
	Sales(ctx context.Context, s Span, behind Mark, limit int) ([]Sale, error)
	// Find are sales by what a person has in hand.
	Find(ctx context.Context, q Query, behind Mark, limit int) ([]Sale, error)

	// Branches are a terminal's chains.
	Branches(ctx context.Context, terminal string) ([]Branch, error)
	// Beat is the last that a terminal said of itself; found is false where it never did.
	Beat(ctx context.Context, terminal string) (b Beat, found bool, err error)
}

// Mark is where a page ended: of the row's moment, and its key. The zero one is before the newest row.
type Mark struct {
	At  time.Time
	Key string
}

// Span is business days from From to To, both included, and of one terminal unless it is empty.
type Span struct {
	From, To string
	Terminal string
}

// Where says whose a row is.
type Where struct {
	Shop     string `json:"shop"` // its id, empty where the box stands nowhere
	ShopName string `json:"shop_name"`
	Counter  string `json:"counter"`
	Label    string `json:"label"` // of the counter
	Terminal string `json:"terminal"`
}

// Figures are of business days.
type Figures struct {
	Received money.Paise `json:"received_paise"`
	Kept     money.Paise `json:"kept_paise"`
	Surplus  money.Paise `json:"surplus_paise"` // nobody has said what for
	Gone     money.Paise `json:"gone_paise"`    // went back, or is promised
	Payments int         `json:"payments"`
	Sales    int         `json:"sales"` // that were paid
}

// Stand is a counter, who stands there, and its days.
type Stand struct {
	Where
	GSTIN  string
	Opens  string // "09:00", or empty
	Closes string
	Heard  time.Time // of the box; zero: never, or nobody stands there
	Behind bool      // it says that it has more than it sent
	Days   map[string]Day
}

// Day is a box's business day.
type Day struct {
	Where
	GSTIN string
	Day   string
	Figures
	Hours [24]money.Paise // received, by the hour of its own date in IST; the last one with what came later
	Asked Counts
}

// Counts are of sales, each once.
type Counts struct {
	Opened, Paid, Cancelled, Expired, Failed, Elsewise int
	Other                                              money.Paise // paid in another way
}

// Finding is something that a person should know of a box.
type Finding struct {
	Where
	ID     int64             `json:"id"`
	Kind   string            `json:"kind"`
	Seq    uint64            `json:"seq,omitempty"`
	Branch int               `json:"branch,omitempty"`
	Values map[string]string `json:"values,omitempty"`
	First  time.Time         `json:"first"`
	Last   time.Time         `json:"last"`
	Times  int               `json:"times"`
	Says   string            `json:"says,omitempty"` // of the code among its values, in English
}

// Sale is a sale as its newest branch has it.
type Sale struct {
	Where
	Branch    int
	ID        string
	Day       string
	Number    int
	Amount    money.Paise
	Phase     string
	Tender    string
	Reason    string
	By        string
	Reference string
	Gateway   string
	RRNs      []string
	OpenedAt  time.Time
	Received  money.Paise
	Kept      money.Paise
	Gone      money.Paise
	Items     []state.Attention // that a person must decide
	Trouble   string            // why the row is not what its events say
	Invoice   *money.Invoice
}

// Refund is money that went back, or is asked to.
type Refund struct {
	Where
	Key      string
	Sale     string
	Day      string // of the sale
	Number   int
	Gateway  string
	Payment  string
	Amount   money.Paise
	Status   state.RefundStatus
	Reason   string
	RRN      string
	By       string
	Approver string
	Others   bool // a bank sent it, or somebody at the gateway's dashboard
	AskedAt  time.Time
	DoneAt   time.Time
}

// Cancels are one person's sales at one terminal.
type Cancels struct {
	Where
	By        string
	Sales     int
	Cancelled int
	Amount    money.Paise // of the cancelled ones
}

// Act is what somebody did at a box.
type Act struct {
	Where
	ID       string
	Kind     string
	Target   string
	By       string
	Approver string
	Status   string
	At       time.Time
}

// Z is a closed day as its box wrote it.
type Z struct {
	Where
	Operation string
	Number    int
	Day       string
	At        time.Time
	State     string // proved, recomputed, differs, missing, or what else the office knows of it
	Net       money.Paise
	Known     bool // Net is: the bytes are here
}

// Invoices are sums of invoices of one GSTIN.
type Invoices struct {
	GSTIN      string      `json:"gstin"`
	Month      string      `json:"month"` // of the business day, 2026-11
	Interstate bool        `json:"interstate"`
	Count      int         `json:"invoices"`
	Amount     money.Paise `json:"amount_paise"` // with tax
	GST        money.Paise `json:"gst_paise"`
	Cess       money.Paise `json:"cess_paise"`
}

// Query is what a person looks for: each one that is set must fit.
type Query struct {
	Day       string // business day
	Number    int
	Amount    money.Paise
	RRN       string
	Reference string
	Terminal  string
}

// Branch is one chain of a terminal.
type Branch struct {
	N         int       `json:"n"`
	Parent    int       `json:"parent"`
	From      uint64    `json:"from"`
	Head      uint64    `json:"head"`
	Received  time.Time `json:"received,omitzero"` // the newest segment
	Beginning time.Time `json:"beginning,omitzero"`
}

// Beat is what a box said of itself.
type Beat struct {
	At       time.Time // by its own clock
	Received time.Time
	Head     uint64
	Skew     time.Duration
	Health   json.RawMessage
}
