package wire

import (
	"time"

	"galla/internal/money"
	"galla/state"
)

// Operation is something asked of a gateway beside sales. It is on disk before the gateway hears of it; its status says
// how it ended.
type Operation struct {
	ID        string                `json:"id"`
	Seq       uint64                `json:"seq"`
	Kind      string                `json:"kind"`
	Gateway   string                `json:"gateway"`
	Target    string                `json:"target,omitempty"`
	Reference string                `json:"reference,omitempty"`
	Status    state.OperationStatus `json:"status"`
	Message   string                `json:"message"`           // how it stands and what to do next
	Problem   string                `json:"problem,omitempty"` // for the operator
	By        string                `json:"by,omitempty"`
	Approver  string                `json:"approver,omitempty"`
	AskedAt   time.Time             `json:"asked_at"`
	DoneAt    time.Time             `json:"done_at,omitzero"`

	QR        *CounterQR `json:"qr,omitempty"`        // as the gateway has it, of a qr operation
	Mandate   *Mandate   `json:"mandate,omitempty"`   // likewise
	Recording *Recording `json:"recording,omitempty"` // of a recording

	Debit *ToldDebit `json:"debit,omitempty"` // of a notice: the debit that the payer is told of
}

// ToldDebit is a debit to come.
type ToldDebit struct {
	AmountPaise money.Paise `json:"amount_paise"`
	Day         string      `json:"day"`
}

// Operations is a page of operations, newest first.
type Operations struct {
	Operations []Operation `json:"operations"`
	// More says that another page follows: ask again with before=Next.
	More bool   `json:"has_more"`
	Next string `json:"next,omitempty"`
}

// Recording is a walk over an account: what was done, and the redacted transcript, a JSON object each.
type Recording struct {
	Steps      []string `json:"steps"`
	Transcript []string `json:"transcript"`
}

// FromOperation projects an operation onto the wire, but for the gateway's record of what it was about.
func FromOperation(o state.Operation) Operation {
	w := Operation{
		ID:        o.ID,
		Seq:       o.Seq,
		Kind:      o.Kind,
		Gateway:   o.Gateway,
		Target:    o.Target,
		Reference: o.Reference,
		Status:    o.Status,
		By:        o.By,
		Approver:  o.Approver,
		AskedAt:   stamp(o.AskedAt),
		DoneAt:    stamp(o.DoneAt),
	}
	switch o.Status {
	case state.OperationAsked:
		w.Message = "The gateway has not answered yet. Look again with \"galla operation show\"; do not ask again."
	case state.OperationDone:
		w.Message = "Done."
	default:
		w.Message = "The gateway refused it: nothing was changed."
	}
	if o.Problem != nil {
		w.Problem = o.Problem.Text
		if o.Problem.Cashier != "" {
			w.Message = o.Problem.Cashier
		}
	}
	return w
}

// CreateQR is the body of POST /v1/gateways/{name}/qrs.
type CreateQR struct {
	Name        string `json:"name"`
	AmountPaise Amount `json:"amount_paise,omitempty"` // left out: the customer types it
	MultipleUse bool   `json:"multiple_use,omitempty"`
	Description string `json:"description,omitempty"`
	Expiry      string `json:"expiry,omitempty"` // in the gateway's own notation
	Reference   string `json:"reference,omitempty"`
}

// CounterQR is a code to print and stand on the counter.
type CounterQR struct {
	ID          string      `json:"id"`
	Gateway     string      `json:"gateway,omitempty"` // absent in an operation, which says it itself
	Name        string      `json:"name,omitempty"`
	AmountPaise money.Paise `json:"amount_paise,omitempty"`
	MultipleUse bool        `json:"multiple_use,omitempty"`
	Description string      `json:"description,omitempty"`
	Expiry      string      `json:"expiry,omitempty"`
	Reference   string      `json:"reference,omitempty"`
	Status      string      `json:"status"`
	CreatedAt   time.Time   `json:"created_at,omitzero"`
	Payload     string      `json:"payload,omitempty"` // what the code says; empty when it must not be printed
	Problem     string      `json:"problem,omitempty"` // why it must not
}

// CounterQRs is a page of counter QRs.
type CounterQRs struct {
	QRs []CounterQR `json:"qrs"`
}

// Account is one configured gateway and what it can do beside sales.
type Account struct {
	Name      string `json:"name"`
	OK        bool   `json:"ok"`
	Problem   string `json:"problem,omitempty"`
	QRs       bool   `json:"qrs"`
	Mandates  bool   `json:"mandates"`
	Examine   bool   `json:"examine"`
	Recording bool   `json:"recording"`
}

// Accounts lists the configured gateways in the order they are asked for sales.
type Accounts struct {
	Gateways []Account `json:"gateways"`
}

// Finding is what one check of a gateway found.
type Finding struct {
	Check string `json:"check"`
	Level string `json:"level"` // "ok", "note" or "bad"
	Says  string `json:"says"`
	Next  string `json:"next,omitempty"`
}

// Examination is the body of GET /v1/gateways/{name}/examination: the root cause first.
type Examination struct {
	Gateway  string    `json:"gateway"`
	OK       bool      `json:"ok"` // nothing bad was found
	Findings []Finding `json:"findings"`
}
