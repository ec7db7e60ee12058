package state

import (
	"errors"
	"time"

	"galla/internal/money"
	"galla/state/journal"
)

// Phase is where a sale stands. The words are the API's and never change.
type Phase string

const (
	PhaseOpened   Phase = "opened"   // on disk, nothing asked of anyone
	PhaseQuoting  Phase = "quoting"  // an order is asked of a gateway; the answer may be unknown
	PhaseAwaiting Phase = "awaiting" // its QR may be shown
	PhasePaying   Phase = "paying"   // the gateway has seen the customer start: do not pay again
	PhaseClosing  Phase = "closing"  // cancel or expiry is asked; not yet certain
	PhasePaid     Phase = "paid"     // final; refunds hang off it
	PhaseClosed   Phase = "closed"   // final, unpaid; watched for late money
)

// Final reports whether no more money is expected.
func (p Phase) Final() bool { return p == PhasePaid || p == PhaseClosed }

// Tender says how the money that came compares with the money asked. It is recomputed from the payments.
type Tender string

const (
	TenderNone      Tender = "none"
	TenderExact     Tender = "exact"
	TenderUnder     Tender = "under"     // less than asked
	TenderOver      Tender = "over"      // more than asked, in one payment or in odd ones
	TenderLate      Tender = "late"      // after the sale was closed
	TenderDuplicate Tender = "duplicate" // the amount was paid more than once
)

// SaleKind says how a sale came about.
type SaleKind string

const (
	KindCounter  SaleKind = ""         // an amount asked of one customer
	KindMandate  SaleKind = "mandate"  // a debit under a mandate, never shown
	KindStanding SaleKind = "standing" // a payment that came on a standing QR
)

// CloseReason says why a sale was closed unpaid.
type CloseReason string

const (
	CloseCancelled   CloseReason = "cancelled"    // by a person
	CloseExpired     CloseReason = "expired"      // its time ran out, or the gateway closed the order itself
	CloseFailed      CloseReason = "failed"       // no gateway gave a QR
	CloseOtherTender CloseReason = "other_tender" // paid in another way, says a person
)

// Sale is one amount asked of one customer: facts first, and below them what follows from the facts.
// A Sale is a value: Apply copies before it changes, and nobody else changes one.
type Sale struct {
	ID string `json:"id"`
	// of the event that last changed it; a client that has seen Seq has seen this
	Seq       uint64         `json:"seq"`
	Number    int            `json:"number"` // counts from 1 within the business day: what people call the sale
	Day       string         `json:"day"`    // business day, "2026-11-22"
	Amount    money.Paise    `json:"amount_paise"`
	Reference string         `json:"reference,omitempty"` // the shop's bill number
	Note      string         `json:"note,omitempty"`
	By        string         `json:"by,omitempty"` // who opened it
	Terminal  string         `json:"terminal,omitempty"`
	Invoice   *money.Invoice `json:"invoice,omitempty"`

	Rules int      `json:"rules,omitempty"` // the rules its events are folded by; absent: 1
	Kind  SaleKind `json:"kind,omitempty"`  // absent: asked of a customer at the counter
	Debit *Debit   `json:"debit,omitempty"` // of KindMandate
	Box   string   `json:"box,omitempty"`   // the box that opened it
	// Reference was in use, and a person opened it knowingly (a split bill)
	Again      bool `json:"again,omitempty"`
	PrintAsked bool `json:"print_asked,omitempty"` // its order slip is to be printed once there is a QR

	// Kept for what comes later, so that the rows need no other step.
	Bill     string      `json:"bill,omitempty"`            // one bill over several sales
	Cash     money.Paise `json:"cash_paise,omitempty"`      // of the bill, paid in cash
	RoundOff money.Paise `json:"round_off_paise,omitempty"` // by which the bill was rounded; may be negative

	Standing *Standing `json:"standing,omitempty"` // of KindStanding: the QR it was paid at

	Route []string      `json:"route"` // gateways to ask, in order; a name may stand twice
	Life  time.Duration `json:"life"`  // how long the customer has, from the first QR, in ns
	// how much of Life had run at the last event, by the monotonic clock
	Elapsed  time.Duration `json:"elapsed"`
	Demo     bool          `json:"demo,omitempty"`     // not real money
	ShownAt  time.Time     `json:"shown_at,omitzero"`  // its QR was first on the customer's screen
	PaidAt   time.Time     `json:"paid_at,omitzero"`   // when we learned that the money covers the amount
	Watched  int           `json:"watched,omitempty"`  // the last step of the watch that is done (NextStep)
	Closing  *Closing      `json:"closing,omitempty"`  // set once someone asked for an end
	Unseen   *Unseen       `json:"unseen,omitempty"`   // its orders can't be read; nil: they can, as far as we know
	ClosedAt time.Time     `json:"closed_at,omitzero"` // when the end without payment became certain

	Attempts    []Attempt       `json:"attempts,omitempty"`
	Payments    []Payment       `json:"payments,omitempty"`
	Journal     journal.Journal `json:"journal,omitempty"` // of rules 2: whose each paisa is
	Refunds     []Refund        `json:"refunds,omitempty"`
	Prints      []Print         `json:"prints,omitempty"`
	Resolutions []Resolution    `json:"resolutions,omitempty"`
	SetAside    []SetAside      `json:"set_aside,omitempty"`

	OpenedAt  time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`

	// What follows from the facts above; recomputed after every event, stored for readers.
	Phase     Phase       `json:"phase"`
	Tender    Tender      `json:"tender"`
	Attention []Attention `json:"attention,omitempty"`

	account *Sale // what books answers, where Translated was called
}

// Brief is the sale without its attempts, its money, its slips and what persons said of it.
func (s Sale) Brief() Sale {
	s.Attempts, s.Payments, s.Journal, s.Refunds, s.Prints = nil, nil, nil, nil, nil
	s.Resolutions, s.SetAside, s.Attention = nil, nil, nil
	return s
}

// Closing is the wish to end a sale unpaid.
type Closing struct {
	Reason CloseReason `json:"reason"`
	By     string      `json:"by,omitempty"`
	At     time.Time   `json:"at"`
}

// Unseen is a time in which a sale's payments can't be seen: the customer may have paid. A reading ends it.
type Unseen struct {
	Since   time.Time `json:"since"`             // when they could last be seen, or the first code came; wall clock
	Problem *Problem  `json:"problem,omitempty"` // why, as the look that failed has it
}

// AttemptState says how far one attempt got.
type AttemptState string

const (
	AttemptAsked  AttemptState = "asked"  // written down; the gateway may or may not have it
	AttemptQuoted AttemptState = "quoted" // the gateway answered with a QR
	AttemptFailed AttemptState = "failed" // certain: no order of this reference can be paid
	AttemptLost   AttemptState = "lost"   // no certainty could be had; never shown, and still looked for
	AttemptOrphan AttemptState = "orphan" // was lost, then found, or was found without a QR: never shown, to be closed
)

// Attempt is one order opened, or tried, at one gateway.
type Attempt struct {
	Ref     string       `json:"ref"` // ours, made before the call, never reused
	Gateway string       `json:"gateway"`
	State   AttemptState `json:"state"`
	AskedAt time.Time    `json:"asked_at"`
	Problem *Problem     `json:"problem,omitempty"`

	Quote    *Quote    `json:"quote,omitempty"`
	QuotedAt time.Time `json:"quoted_at,omitzero"`
	// the gateway's last word on the order: open, closed, paid, unknown
	Order string `json:"order_status,omitempty"`

	// CloseDone: the gateway was told to close it, or can't be told; payments were read after that and none was
	// captured. That is as certain as a gateway lets us be.
	CloseDone bool `json:"close_done,omitempty"`
}

// Live reports whether money may still come in for the attempt, as far as we know.
func (a Attempt) Live() bool {
	return (a.State == AttemptQuoted || a.State == AttemptOrphan) && !a.CloseDone
}

// Quote is the gateway's answer to an attempt.
type Quote struct {
	OrderID        string    `json:"order_id"`
	TransactionIDs []string  `json:"transaction_ids,omitempty"` // added to, never replaced
	Payload        string    `json:"payload"`                   // the QR string, byte for byte
	PayeeVPA       string    `json:"payee_vpa,omitempty"`       // the merchant's own
	PayeeName      string    `json:"payee_name,omitempty"`
	ValidUntil     time.Time `json:"valid_until,omitzero"`
	TestMode       bool      `json:"test_mode,omitempty"`
}

// Problem is why something at a gateway or printer did not work.
type Problem struct {
	Class   string `json:"class"`             // rejected, unavailable, unknown, misconfigured
	Text    string `json:"text"`              // for logs and operators
	Cashier string `json:"cashier,omitempty"` // one sentence with a next step
	Code    string `json:"code,omitempty"`    // of Cashier, in the catalogue of sentences
}

// PaymentStatus mirrors the gateway's word for a payment.
type PaymentStatus string

const (
	PaymentStarted    PaymentStatus = "started"
	PaymentProcessing PaymentStatus = "processing"
	PaymentCaptured   PaymentStatus = "captured"
	PaymentFailed     PaymentStatus = "failed"
	PaymentRefunded   PaymentStatus = "refunded"
	PaymentUnknown    PaymentStatus = "unknown"
)

// Payment is one payment the gateway recorded for one of the sale's attempts.
type Payment struct {
	ID       string        `json:"id"`
	Gateway  string        `json:"gateway"`
	Attempt  string        `json:"attempt"` // the attempt's Ref
	Amount   money.Paise   `json:"amount_paise"`
	Refunded money.Paise   `json:"refunded_paise,omitempty"` // what the gateway says went back
	Status   PaymentStatus `json:"status"`
	VPA      string        `json:"vpa,omitempty"` // masked
	RRN      string        `json:"rrn,omitempty"`
	UPITxnID string        `json:"upi_txn_id,omitempty"`
	Reason   string        `json:"reason,omitempty"` // of a failure, the gateway's code
	At       time.Time     `json:"at"`               // when we first saw it

	// the payer's: bank account, credit card or wallet, the gateway's word
	AccountType string      `json:"account_type,omitempty"`
	Fee         money.Paise `json:"fee_paise,omitempty"` // what the gateway keeps, Tax included
	Tax         money.Paise `json:"tax_paise,omitempty"`
	Note        string      `json:"note,omitempty"`
	GatewayID   string      `json:"gateway_id,omitempty"` // of a debit, what the gateway calls the payment
	DecidedBy   string      `json:"decided_by,omitempty"` // of a debit, who said that it went where no gateway could

	// PartBack: the gateway says that a part went back and names no sum. Unnamed: others sent some of it, as none of
	// our refunds explained it or the gateway refused one because less was left, and nobody has stated the sum since.
	// Parted: it was Unnamed once, and nobody ever stated the sum: how much of it never left is not known.
	PartBack bool `json:"part_back,omitempty"`
	Unnamed  bool `json:"unnamed,omitempty"`
	Parted   bool `json:"parted,omitempty"`

	// Doubt is what of its price and accepted money others took, by one reading that no second one has confirmed; since
	// DoubtedAt.
	Doubt     money.Paise `json:"doubt_paise,omitempty"`
	DoubtedAt time.Time   `json:"doubted_at,omitzero"`

	// TakenStep is the step of the watch (Watched) when others last sent something of it back, or that came again, or a
	// refund ended ByRecord.
	TakenStep int `json:"taken_step,omitempty"`

	// Changed is the sequence number of the last reading that changed this payment: one asked before it is stale.
	Changed uint64 `json:"changed,omitempty"`

	// What failed refunds brought back to price and to accepted, and nobody has answered yet.
	FellToPrice    money.Paise `json:"fell_to_price_paise,omitempty"`
	FellToAccepted money.Paise `json:"fell_to_accepted_paise,omitempty"`
	FellAt         time.Time   `json:"fell_at,omitzero"`

	// CapturedAt is when we first saw it captured, and Late whether the sale was already closed then.
	CapturedAt time.Time `json:"captured_at,omitzero"`
	Late       bool      `json:"late,omitempty"`
}

// Received reports whether the gateway had the money, even if it went back since.
func (p Payment) Received() bool {
	return p.Status == PaymentCaptured || p.Status == PaymentRefunded
}

// RefundStatus is where a refund stands.
type RefundStatus string

const (
	RefundAsked     RefundStatus = "asked"     // written down; the gateway may or may not have it
	RefundPending   RefundStatus = "pending"   // the gateway accepted it
	RefundProcessed RefundStatus = "processed" // done
	RefundFailed    RefundStatus = "failed"    // did not happen
	RefundUnknown   RefundStatus = "unknown"   // the outcome can't be learned; the amount stays reserved
)

// Refund is money going back for one payment. Its amount stays reserved until it is certain that it failed.
type Refund struct {
	Key       string       `json:"key"` // idempotency key, made before the first send
	ID        string       `json:"id,omitempty"`
	PaymentID string       `json:"payment_id"`
	Amount    money.Paise  `json:"amount_paise"`
	Status    RefundStatus `json:"status"`
	Reason    string       `json:"reason,omitempty"`
	RRN       string       `json:"rrn,omitempty"`
	By        string       `json:"by,omitempty"`
	Approver  string       `json:"approver,omitempty"`
	Problem   *Problem     `json:"problem,omitempty"`
	Answers   string       `json:"answers,omitempty"`   // the attention item it was asked for
	Goods     bool         `json:"goods,omitempty"`     // goods came back: the price goes first
	Confirmed bool         `json:"confirmed,omitempty"` // asked though another payment of the sale was reversed
	// it failed because less than its amount was left: others were there first
	TooMuch bool `json:"too_much,omitempty"`
	// processed, says the payment's own record and nothing else: its bank may yet fail it
	ByRecord  bool      `json:"by_record,omitempty"`
	DecidedBy string    `json:"decided_by,omitempty"` // who said how it ended, where no gateway could
	AskedAt   time.Time `json:"asked_at"`
	UpdatedAt time.Time `json:"updated_at"`
	DoneAt    time.Time `json:"done_at,omitzero"` // when its end became certain
}

// Reserved reports whether the refund's amount can't be refunded again.
func (r Refund) Reserved() bool { return r.Status != RefundFailed }

// PrintStatus is how a print job ended; empty while it waits.
type PrintStatus string

// PrintStage says how far a job got that has not ended; empty of one that was asked before stages were written down.
type PrintStage string

const (
	PrintWaiting PrintStage = "waiting" // no byte of it was sent
	PrintBegun   PrintStage = "begun"   // some of it may be on paper
)

// The copies of a sale that a slip can be: its QR, the customer's receipt, and the merchant's receipt.
const (
	CopyOrder    = "order"
	CopyReceipt  = "receipt"
	CopyMerchant = "merchant"
)

// Print is one slip asked of the printer.
type Print struct {
	Key    string      `json:"key"`
	Copy   string      `json:"copy"`             // CopyOrder, CopyReceipt or CopyMerchant
	N      int         `json:"n"`                // 0 the first of its kind, above that a duplicate
	Status PrintStatus `json:"status,omitempty"` // printed, sent, failed, unknown
	Detail string      `json:"detail,omitempty"`
	Stage  PrintStage  `json:"stage,omitempty"` // kept when the job has ended
	By     string      `json:"by,omitempty"`
	At     time.Time   `json:"at"`
}

// SetAside is an effect that could not be carried out and is no longer tried, with its reason.
type SetAside struct {
	Key    string    `json:"key"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Name is what people call the sale: month, day and number, "1129-2". It is unique within a year.
func (s *Sale) Name() string {
	if len(s.Day) != len("2026-11-29") {
		return itoa(s.Number)
	}
	return s.Day[5:7] + s.Day[8:] + "-" + itoa(s.Number)
}

// Attempt returns the attempt with the reference, or nil.
func (s *Sale) Attempt(ref string) *Attempt {
	for i := range s.Attempts {
		if s.Attempts[i].Ref == ref {
			return &s.Attempts[i]
		}
	}
	return nil
}

// Refund returns the refund with the key, or nil.
func (s *Sale) Refund(key string) *Refund {
	for i := range s.Refunds {
		if s.Refunds[i].Key == key {
			return &s.Refunds[i]
		}
	}
	return nil
}

// Shown returns the attempt whose QR the customer may be shown: the newest quoted one.
func (s *Sale) Shown() *Attempt {
	for i := len(s.Attempts) - 1; i >= 0; i-- {
		if s.Attempts[i].State == AttemptQuoted {
			return &s.Attempts[i]
		}
	}
	return nil
}

// Offered returns the attempt whose QR a customer may still pay: the shown one, until money of it was captured. One QR
// pays once, and for the whole amount: what is missing then comes in another way.
func (s *Sale) Offered() *Attempt {
	a := s.Shown()
	if a == nil || s.Kind == KindMandate {
		return nil
	}
	for i := range s.Payments {
		if p := &s.Payments[i]; p.Attempt == a.Ref && p.Received() {
			return nil
		}
	}
	return a
}

// Via names the gateway a person is told of: that of the payment that settled the sale, else that of the QR shown, else
// the last asked.
func (s *Sale) Via() string {
	if p := s.PaidBy(); p != nil {
		return p.Gateway
	}
	if a := s.Shown(); a != nil {
		return a.Gateway
	}
	if n := len(s.Attempts); n > 0 {
		return s.Attempts[n-1].Gateway
	}
	return ""
}

// CloseReason is why the sale was closed or is closing; "" of one that is paid.
func (s *Sale) CloseReason() CloseReason {
	if s.Closing == nil || s.Phase == PhasePaid {
		return ""
	}
	return s.Closing.Reason
}

// ErrNoSale says that there is no sale with the id asked for.
var ErrNoSale = errors.New("there is no sale with this id")
