package gateway

import (
	"context"
	"io"
	"time"

	"galla/internal/money"
)

// What an account can do beside sales. Each is asked for with a type assertion; most accounts have none of them.
type (
	// HasCounterQRs is an account that keeps codes to print and stand on the counter.
	HasCounterQRs interface{ CounterQRs() CounterQRs }
	// HasMandates is an account that keeps standing permissions to debit a payer.
	HasMandates interface{ Mandates() Mandates }
	// Recordable is an account of which a second client can be made whose traffic is written down. The second client
	// shares the account's budget; the Recorder's Err must be looked at afterwards.
	Recordable interface {
		Recording(w io.Writer) (Gateway, *Recorder, error)
	}
)

// CounterQRs makes, shows and cancels counter QRs. A write of ClassUnknown may have happened: look with Show or Search.
type CounterQRs interface {
	Create(ctx context.Context, s CounterQRSpec) (CounterQR, error)
	Show(ctx context.Context, id string) (CounterQR, error)
	Search(ctx context.Context, s CounterQRSearch) ([]CounterQR, error)
	Cancel(ctx context.Context, id string) (CounterQR, error)
}

// CounterQRSpec asks for a counter QR.
type CounterQRSpec struct {
	Name        string      `json:"name"`
	Amount      money.Paise `json:"amount_paise,omitempty"` // 0: the customer types it
	MultipleUse bool        `json:"multiple_use,omitempty"`
	Description string      `json:"description,omitempty"`
	Expiry      string      `json:"expiry,omitempty"`    // passed on as it is: its format is the gateway's
	Reference   string      `json:"reference,omitempty"` // ours, made before the call
	// This box's name and id, carried as metadata where the gateway has room.
	Terminal string `json:"terminal,omitempty"`
	Box      string `json:"box,omitempty"`
}

// The statuses of a CounterQR that a shop acts on.
const (
	CounterQRActive    = "active"
	CounterQRCancelled = "cancelled"
)

// CounterQR is the gateway's record of one. By what it was paid HasStandingPayments says, where the account has that.
type CounterQR struct {
	ID          string      `json:"id"`
	Name        string      `json:"name,omitempty"`
	Amount      money.Paise `json:"amount_paise,omitempty"`
	MultipleUse bool        `json:"multiple_use,omitempty"`
	Description string      `json:"description,omitempty"`
	Expiry      string      `json:"expiry,omitempty"`
	Reference   string      `json:"reference,omitempty"`
	Status      string      `json:"status"` // CounterQRActive, CounterQRCancelled, or the gateway's own word
	CreatedAt   time.Time   `json:"created_at,omitzero"`
	// the gateway's string, checked; empty when it must not be printed
	Payload string `json:"payload,omitempty"`
	Problem string `json:"problem,omitempty"` // why it must not
}

// CounterQRSearch filters; zero values don't.
type CounterQRSearch struct {
	Status    string // CounterQRActive or CounterQRCancelled
	Reference string
	Since     time.Time // our clock: a gateway that lists by time alone looks no further back
	Offset    int
	Limit     int
}

// Mandates keeps standing permissions to debit. Every write that carries a Reference was stored with it before the
// call.
type Mandates interface {
	Create(ctx context.Context, s MandateSpec) (Mandate, error)
	Show(ctx context.Context, id string) (Mandate, error)
	// Find looks a mandate up by the reference it was made with. ErrUnsupported: this account can't.
	Find(ctx context.Context, reference string) (Mandate, error)
	Update(ctx context.Context, id string, c MandateChange) (Mandate, error)
	Revoke(ctx context.Context, id, remarks string) (Mandate, error)
	// Notify tells the payer of a debit to come; Execute takes it, and its answer is about that debit: amount, payer
	// and reference were compared. A debit that failed is an answer and no error. An Execute of ClassUnknown may have
	// moved money; any other class did not.
	Notify(ctx context.Context, d MandateDebit) (Mandate, error)
	Execute(ctx context.Context, d MandateDebit) (Debit, error)
	// ReadDebit reads what became of a debit, by its reference. ErrNotFound proves nothing: the gateway answered and
	// shows no such debit. ErrUnsupported: this account can't look a debit up.
	ReadDebit(ctx context.Context, d MandateDebit) (Debit, error)
	// Know tells which references a mandate was made or changed with, of an id that this process has not seen yet: some
	// accounts read a mandate by its reference only.
	Know(id string, references ...string)
}

// MandateSpec asks a payer for a standing permission.
type MandateSpec struct {
	Reference   string       `json:"reference,omitempty"`
	Name        string       `json:"name"`
	Amount      money.Paise  `json:"amount_paise"`
	Rule        string       `json:"rule"` // "exact" or "max"
	Payer       MandatePayer `json:"payer"`
	Period      string       `json:"period"`      // how often, in the gateway's words: they go out as they are
	DebitRule   string       `json:"debit_rule"`  // when within the period, likewise
	DebitValue  int          `json:"debit_value"` // and its number
	Expiry      time.Time    `json:"expiry"`      // until when the payer may approve
	Start       time.Time    `json:"start"`
	End         time.Time    `json:"end"`
	BlockFund   bool         `json:"block_fund,omitempty"`
	URL         string       `json:"url,omitempty"`
	Description string       `json:"description,omitempty"`
}

// MandatePayer is whom a mandate debits. Address and account are for the gateway only: what is kept is masked.
type MandatePayer struct {
	Name            string `json:"name"`
	VPA             string `json:"vpa"`
	Account         string `json:"account"`
	ValidateAccount bool   `json:"validate_account,omitempty"`
	CheckVPA        bool   `json:"check_vpa,omitempty"` // ask the gateway first whether the address exists
}

// MandateChange is what can be changed of a mandate.
type MandateChange struct {
	Reference   string      `json:"reference,omitempty"` // of this change
	Amount      money.Paise `json:"amount_paise"`
	Description string      `json:"description,omitempty"`
}

// MandateDebit is one debit under a mandate.
type MandateDebit struct {
	MandateID string `json:"mandate_id,omitempty"`
	// of this debit, never reused; notify and execute of one debit share it
	Reference   string      `json:"reference,omitempty"`
	Amount      money.Paise `json:"amount_paise"`
	On          time.Time   `json:"on,omitzero"` // the day of the debit
	Description string      `json:"description,omitempty"`
	PayerVPA    string      `json:"payer_vpa,omitempty"` // masked: whom the answer must be about; empty: not known
}

// Mandate is the gateway's record of one. Its status is the gateway's word, shown and not judged.
type Mandate struct {
	ID          string      `json:"id"`
	UMN         string      `json:"umn,omitempty"` // the network's own number
	Reference   string      `json:"reference,omitempty"`
	Name        string      `json:"name,omitempty"`
	Amount      money.Paise `json:"amount_paise,omitempty"`
	Rule        string      `json:"rule,omitempty"`
	Period      string      `json:"period,omitempty"`
	DebitRule   string      `json:"debit_rule,omitempty"`
	DebitValue  int         `json:"debit_value,omitempty"`
	PausedFrom  time.Time   `json:"paused_from,omitzero"`
	PausedUntil time.Time   `json:"paused_until,omitzero"`
	PayerName   string      `json:"payer_name,omitempty"`
	PayerVPA    string      `json:"payer_vpa,omitempty"` // masked
	Status      string      `json:"status,omitempty"`
	Code        string      `json:"code,omitempty"` // the network's answer, such as "00"
	Description string      `json:"description,omitempty"`
	Expiry      time.Time   `json:"expiry,omitzero"`
	Start       time.Time   `json:"start,omitzero"`
	End         time.Time   `json:"end,omitzero"`
	CreatedAt   time.Time   `json:"created_at,omitzero"`
}
