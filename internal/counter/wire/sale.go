package wire

import (
	"slices"
	"time"

	"galla/internal/money"
	"galla/state"
)

// Sale is a sale as the API shows it.
type Sale struct {
	ID          string            `json:"id"`
	Seq         uint64            `json:"seq"` // of the newest event in it
	Number      int               `json:"number"`
	Day         string            `json:"day"`
	Name        string            `json:"name"` // what people call it: "1129-2"
	AmountPaise money.Paise       `json:"amount_paise"`
	Phase       state.Phase       `json:"phase"`
	Tender      state.Tender      `json:"tender"`
	CloseReason state.CloseReason `json:"close_reason,omitempty"`
	Reference   string            `json:"reference,omitempty"`
	Note        string            `json:"note,omitempty"`
	By          string            `json:"by,omitempty"`
	Gateway     string            `json:"gateway,omitempty"`
	Kind        state.SaleKind    `json:"kind,omitempty"`     // absent: asked of a customer at the counter
	Standing    *AtStanding       `json:"standing,omitempty"` // of kind standing
	Debit       *Debit            `json:"debit,omitempty"`    // of kind mandate
	QR          *QR               `json:"qr,omitempty"`
	Payments    []Payment         `json:"payments"`
	RRN         string            `json:"rrn,omitempty"`
	Refunds     []Refund          `json:"refunds"`
	Attention   []Attention       `json:"attention"`
	Prints      []Print           `json:"prints,omitempty"`
	Demo        bool              `json:"demo,omitempty"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
	PaidAt      time.Time         `json:"paid_at,omitzero"`
	ShownAt     time.Time         `json:"shown_at,omitzero"` // its QR was first on the customer's screen
	ClosedAt    time.Time         `json:"closed_at,omitzero"`
	Message     string            `json:"message"` // how it stands and what to do next, for the cashier

	// of the sale's money: the price and what a person kept, less what left it
	KeptPaise    money.Paise `json:"kept_paise,omitempty"`
	SurplusPaise money.Paise `json:"surplus_paise,omitempty"` // what lies there and is neither
	MissingPaise money.Paise `json:"missing_paise,omitempty"` // what a sale that waits lacks of its amount
	// of the amount, what was paid in another way than by UPI
	OtherPaise money.Paise `json:"other_tender_paise,omitempty"`

	MessageCode   string `json:"message_code,omitempty"` // of the catalogue; absent of words that an old event holds
	MessageValues Values `json:"message_values,omitempty"`
}

// Debit is which debit under which mandate a sale is.
type Debit struct {
	Mandate   string `json:"mandate"` // the gateway's id of it
	Payer     string `json:"payer,omitempty"`
	PayerVPA  string `json:"payer_vpa,omitempty"` // masked
	Day       string `json:"day"`
	Reference string `json:"reference"` // its notice had the same
	Approver  string `json:"approver,omitempty"`
}

// QR is what the customer scans, while it may be scanned.
type QR struct {
	Payload    string    `json:"payload"` // byte for byte the gateway's
	ValidUntil time.Time `json:"valid_until,omitzero"`
}

// Payment is one payment the gateway recorded.
type Payment struct {
	ID          string              `json:"id"`
	AmountPaise money.Paise         `json:"amount_paise"`
	Status      state.PaymentStatus `json:"status"`
	VPA         string              `json:"vpa,omitempty"` // masked
	RRN         string              `json:"rrn,omitempty"`
	Gateway     string              `json:"gateway,omitempty"`
	Late        bool                `json:"late,omitempty"`
	Note        string              `json:"note,omitempty"` // what the payer wrote, where the gateway hands it on
	Refundable  money.Paise         `json:"refundable_paise,omitempty"`
	At          time.Time           `json:"at"`
}

// Refund is money going back.
type Refund struct {
	ID          string             `json:"id"` // our key; stable from the first moment
	PaymentID   string             `json:"payment_id"`
	AmountPaise money.Paise        `json:"amount_paise"`
	Status      state.RefundStatus `json:"status"`
	Reason      string             `json:"reason,omitempty"`
	RRN         string             `json:"rrn,omitempty"`
	By          string             `json:"by,omitempty"`
	Approver    string             `json:"approver,omitempty"`
	Goods       bool               `json:"goods,omitempty"` // asked because goods came back
	Problem     string             `json:"problem,omitempty"`
	At          time.Time          `json:"at"`
	DoneAt      time.Time          `json:"done_at,omitzero"`

	ProblemCode   string `json:"problem_code,omitempty"` // of Problem, among the gateways' sentences
	Message       string `json:"message"`
	MessageCode   string `json:"message_code"`
	MessageValues Values `json:"message_values,omitempty"`
}

// Attention is one item a person must resolve.
type Attention struct {
	ID          string              `json:"id"`
	Kind        state.AttentionKind `json:"kind"`
	PaymentID   string              `json:"payment_id,omitempty"`
	AmountPaise money.Paise         `json:"amount_paise,omitempty"`
	At          time.Time           `json:"at"`
	Message     string              `json:"message"`

	MissingPaise  money.Paise    `json:"missing_paise,omitempty"` // of short: what is not there yet
	Answers       []state.Action `json:"answers"`                 // what a person may say to it
	MessageCode   string         `json:"message_code"`
	MessageValues Values         `json:"message_values,omitempty"`
}

// Print is one slip asked of the printer.
type Print struct {
	Copy   string            `json:"copy"`
	Status state.PrintStatus `json:"status,omitempty"` // empty while it waits
	Detail string            `json:"detail,omitempty"`
	At     time.Time         `json:"at"`
}

// Sales is a page of sales.
type Sales struct {
	Sales []Sale `json:"sales"`
	// Seq is the newest event when the page was read: following /v1/events?since=Seq from here misses nothing.
	Seq uint64 `json:"seq"`
	// More says that another page follows: ask again with before=Next, or with the last sale's Seq where since was
	// asked for.
	More bool   `json:"has_more"`
	Next string `json:"next,omitempty"`
	// Looked is how many sales were read one by one for this page of a search, and Back the business day of the oldest
	// of them. Left out: an index answered for the whole history.
	Looked int    `json:"looked,omitempty"`
	Back   string `json:"looked_back_to,omitempty"`
}

// FromSale projects a sale onto the wire.
func FromSale(s state.Sale) Sale {
	s = s.Translated()
	w := Sale{
		ID:          s.ID,
		Seq:         s.Seq,
		Number:      s.Number,
		Day:         s.Day,
		Name:        s.Name(),
		AmountPaise: s.Amount,
		Phase:       s.Phase,
		Tender:      s.Tender,
		CloseReason: s.CloseReason(),
		Gateway:     s.Via(),
		Kind:        s.Kind,
		Standing:    fromStanding(s.Standing),
		Reference:   s.Reference,
		Note:        s.Note,
		By:          s.By,
		Demo:        s.Demo,
		Payments:    []Payment{},
		Refunds:     []Refund{},
		Attention:   []Attention{},
		CreatedAt:   stamp(s.OpenedAt),
		UpdatedAt:   stamp(s.UpdatedAt),
		ShownAt:     stamp(s.ShownAt),
		PaidAt:      stamp(s.PaidAt),
		ClosedAt:    stamp(s.ClosedAt),
	}

	if shown := s.Offered(); s.Phase == state.PhaseAwaiting && shown != nil && shown.Quote != nil {
		w.QR = &QR{Payload: shown.Quote.Payload, ValidUntil: stamp(validUntil(s, shown.Quote.ValidUntil))}
	}
	for _, p := range s.Payments {
		w.Payments = append(
			w.Payments,
			Payment{ID: p.ID, AmountPaise: p.Amount, Status: p.Status, VPA: p.VPA, RRN: p.RRN,
				Gateway: p.Gateway, Late: p.Late, Note: p.Note, Refundable: s.Refundable(p.ID), At: stamp(p.At)},
		)
	}

	if d := s.Debit; d != nil && len(s.Attempts) > 0 {
		w.Debit = &Debit{
			Mandate:   d.Mandate,
			Payer:     d.Payer,
			PayerVPA:  d.PayerVPA,
			Day:       d.Day,
			Reference: s.Attempts[0].Ref,
			Approver:  d.Approver,
		}
	}

	if p := s.PaidBy(); p != nil {
		w.RRN = p.RRN
	}
	for _, r := range s.Refunds {
		w.Refunds = append(w.Refunds, fromRefund(r))
	}
	for _, a := range s.Attention {
		code, v := itemSentence(s, a)
		w.Attention = append(
			w.Attention,
			Attention{ID: a.ID, Kind: a.Kind, PaymentID: a.PaymentID, AmountPaise: a.Amount, MissingPaise: a.Missing,
				At: stamp(a.At), Answers: answers(s, a), Message: whole(code, v), MessageCode: code, MessageValues: v},
		)
	}

	for _, p := range s.Prints {
		w.Prints = append(w.Prints, Print{Copy: p.Copy, Status: p.Status, Detail: p.Detail, At: stamp(p.At)})
	}
	w.KeptPaise, w.SurplusPaise, w.MissingPaise, w.OtherPaise = s.Kept(), s.Surplus(), s.Missing(), s.OtherTender()
	w.Message, w.MessageCode, w.MessageValues = message(s)
	return w
}

// answers is what a person may say to an item. Nothing can take the place of money that others sent back where the sale
// has no other that is nobody's yet. A short sale that is being closed is waited for.
func answers(s state.Sale, a state.Attention) []state.Action {
	if a.Kind == state.AttentionShort && s.Phase == state.PhaseClosing {
		return []state.Action{}
	}
	return slices.DeleteFunc(
		a.Answers(),
		func(answer state.Action) bool { return answer == state.ActionKeep && s.Surplus() == 0 },
	)
}

func fromRefund(r state.Refund) Refund {
	w := Refund{
		ID:          r.Key,
		PaymentID:   r.PaymentID,
		AmountPaise: r.Amount,
		Status:      r.Status,
		Reason:      r.Reason,
		RRN:         r.RRN,
		By:          r.By,
		Approver:    r.Approver,
		Goods:       r.Goods,
		At:          stamp(r.AskedAt),
		DoneAt:      stamp(r.DoneAt),
	}
	if r.Problem != nil {
		w.Problem, w.ProblemCode = r.Problem.Cashier, r.Problem.Code
	}
	w.MessageCode, w.MessageValues = refundSentence(r)
	w.Message = whole(w.MessageCode, w.MessageValues)
	return w
}

// validUntil is when the customer's time ends, as a wall-clock moment for people to read; the till itself counts Life
// by the monotonic clock. The gateway's own limit counts when it is sooner.
func validUntil(s state.Sale, gateway time.Time) time.Time {
	if s.Life <= 0 {
		return gateway
	}
	own := s.UpdatedAt.Add(s.Life - s.Elapsed)
	if !gateway.IsZero() && gateway.Before(own) {
		return gateway
	}
	return own
}

func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Millisecond)
}
