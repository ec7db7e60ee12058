package wire

import (
	"time"

	"galla/internal/money"
)

// CreateMandate is the body of POST /v1/gateways/{name}/mandates.
type CreateMandate struct {
	Name        string       `json:"name"`
	AmountPaise Amount       `json:"amount_paise"`
	Rule        string       `json:"rule"` // "exact" or "max"
	Payer       MandatePayer `json:"payer"`
	Period      string       `json:"period"`     // how often: ONETIME, DAILY, WEEKLY, …, YEARLY, ASPRESENTED
	DebitRule   string       `json:"debit_rule"` // ON, BEFORE or AFTER the day of debit_value
	DebitValue  int          `json:"debit_value,omitempty"`
	Expiry      time.Time    `json:"expiry"` // until when the payer may approve
	Start       time.Time    `json:"start"`
	End         time.Time    `json:"end"`
	BlockFund   bool         `json:"block_fund,omitempty"`
	URL         string       `json:"url,omitempty"`
	Description string       `json:"description,omitempty"`
	Reference   string       `json:"reference,omitempty"`
}

// MandatePayer is whom a mandate debits; address and account go to the gateway and are kept masked.
type MandatePayer struct {
	Name            string `json:"name"`
	VPA             string `json:"vpa"`
	Account         string `json:"account"`
	ValidateAccount bool   `json:"validate_account,omitempty"`
	CheckVPA        bool   `json:"check_vpa,omitempty"` // ask the gateway first whether the address exists
}

// UpdateMandate is the body of POST /v1/gateways/{name}/mandates/{id}/update.
type UpdateMandate struct {
	AmountPaise Amount `json:"amount_paise"`
	Description string `json:"description,omitempty"`
	Reference   string `json:"reference,omitempty"`
}

// RevokeMandate is the body of POST /v1/gateways/{name}/mandates/{id}/revoke.
type RevokeMandate struct {
	Remarks string `json:"remarks"`
}

// PlanMandate is the body of POST /v1/gateways/{name}/mandates/{id}/plan: what the owner says about its debits. It
// replaces what was said before.
type PlanMandate struct {
	// of each debit; left out: an exact mandate's own, else a person says it each time
	AmountPaise Amount `json:"amount_paise,omitempty"`
	Auto        bool   `json:"auto,omitempty"` // due debits are asked without a person
	Acting
}

// DebitMandate is the body of …/notify and …/execute of a mandate.
type DebitMandate struct {
	AmountPaise Amount `json:"amount_paise,omitempty"` // of execute, left out: the notice's
	// the day of the debit; of notify, left out: the mandate's next; of execute: today, and no other is taken
	On          time.Time `json:"on,omitzero"`
	Description string    `json:"description,omitempty"`
	Reference   string    `json:"reference,omitempty"` // of the debit; notify and execute share it
	Approval
}

// SettleOperation is the body of POST /v1/operations/{id}/settle: a person's word on one whose end is not known.
type SettleOperation struct {
	Done bool `json:"done"` // it was done; false: it was not
	Approval
}

// Mandate is the gateway's record of one. Its status is the gateway's own word.
type Mandate struct {
	ID          string      `json:"id"`
	UMN         string      `json:"umn,omitempty"`
	Reference   string      `json:"reference,omitempty"`
	Name        string      `json:"name,omitempty"`
	AmountPaise money.Paise `json:"amount_paise,omitempty"`
	Rule        string      `json:"rule,omitempty"`
	Period      string      `json:"period,omitempty"`
	DebitRule   string      `json:"debit_rule,omitempty"`
	DebitValue  int         `json:"debit_value,omitempty"`
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

// Mandates is the body of GET /v1/mandates: those that the box knows, newest first. No gateway is asked for it.
type Mandates struct {
	Mandates []KnownMandate `json:"mandates"`
	// of mandates, whose end nobody knows: a person says how each ended
	Unsure []Operation `json:"unsure,omitempty"`
}

// KnownMandate is a mandate as the box knows it: how it stands, what comes next, and what became of its last debits.
type KnownMandate struct {
	Gateway string    `json:"gateway"`
	Mandate Mandate   `json:"mandate"`
	Names   []string  `json:"names"` // every id it ever had; each call of the API takes any of them
	State   string    `json:"state"` // created, active, paused, revoked, expired, halted, failed or unknown
	Message string    `json:"message"`
	Code    string    `json:"message_code"`
	By      string    `json:"by,omitempty"`
	AskedAt time.Time `json:"asked_at,omitzero"`

	AmountPaise money.Paise `json:"plan_amount_paise,omitempty"` // as PlanMandate's
	Auto        bool        `json:"auto,omitempty"`

	Next   *NextDebit `json:"next,omitempty"`      // absent: there is none
	Lost   *Said      `json:"lost,omitempty"`      // periods that went by without a debit; absent: none did
	Retry  string     `json:"retry_day,omitempty"` // when a debit that failed may be tried again in its period
	Debits []Sale     `json:"debits"`              // the last twelve, newest first
}

// NextDebit is what comes next under a mandate.
type NextDebit struct {
	Step          string      `json:"step"` // later, notice_due, notice_unknown, notice_sent, debit_due or debit_barred
	Day           string      `json:"day,omitempty"`
	AmountPaise   money.Paise `json:"amount_paise,omitempty"` // absent: a person says it
	Reference     string      `json:"reference,omitempty"`    // of the notice that was sent
	From          time.Time   `json:"from,omitzero"`          // when the step may be taken; absent: now
	Message       string      `json:"message"`
	MessageCode   string      `json:"message_code"`
	MessageValues Values      `json:"message_values,omitempty"`
}

// FromNext gives a next debit its sentence.
func FromNext(n NextDebit, pin bool) *NextDebit {
	n.MessageCode = "mandate_" + n.Step
	n.MessageValues = Values{"amount_paise": n.AmountPaise, "on_day": n.Day}
	switch {
	case n.Step == "notice_due" && n.AmountPaise == 0:
		n.MessageCode = "mandate_amount_due"
	case n.Step == "debit_due" && pin:
		n.MessageCode = "mandate_debit_due_pin"
	case n.Step == "notice_sent":
		n.MessageValues["from_at"] = n.From.Format(time.RFC3339)
	}
	n.Message = whole(n.MessageCode, n.MessageValues)
	n.From = stamp(n.From)
	return &n
}

// SayLost is the sentence of periods that went by without a debit; the days are those of the last one.
func SayLost(count int, from, until string) *Said {
	v := Values{"periods_count": count, "from_day": from, "until_day": until}
	return &Said{whole("mandate_lost", v), "mandate_lost", v}
}

// SayMandate is the sentence of a mandate's state, in one text.
func SayMandate(code string) string { return whole(code, nil) }
