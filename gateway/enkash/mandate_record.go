package enkash

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/internal/money"
)

// State is what the status word means.
func (m Mandate) State() gateway.MandateState { return gateway.MandateStateOf(m.Status) }

// lastFour is what may be kept of an account number.
func lastFour(s string) string {
	r := []rune(gateway.Text(s, 40))
	if len(r) <= 4 {
		return ""
	}
	return string(r[len(r)-4:])
}

// Mandate is EnKash's record of one. Its status is a free word whose values aren't documented: it is shown as it
// stands, and State says what it is taken for.
type Mandate struct {
	ID           string
	UMN          string // the network's own mandate number
	Reference    string
	Units        int64       // the amount as it stood on the wire
	Amount       money.Paise // Units in paise; meaningful if HasAmount
	HasAmount    bool        // Config.MandateUnit says what the units are
	Rule         string
	PayerName    string
	PayerVPA     string // masked
	PayerAccount string // its last four characters
	// AccountValidated says that the bank was to make sure that the account is the payer's.
	AccountValidated bool
	MCC              string // the shop's category
	BlockFund        bool   // the money is set aside at approval
	ReferenceURL     string
	PurposeCode      string // upiPurposeCode, such as "14"
	Name             string
	Expiry           time.Time
	Start, End       time.Time
	PausedFrom       time.Time
	PausedUntil      time.Time
	Recurrence       wire.Recurrence
	Description      string
	Status           string
	TransactionID    string // of a debit, where the answer names it
	ResponseCode     string // upiResponseCode, such as "00"
	CreatedAt        time.Time
}

// readMandate reads a mandate from an answer. A time that can't be read is zero: no decision hangs on it.
func (c *Client) readMandate(body []byte) (Mandate, error) {
	var r wire.MandateResponse
	if err := wire.Decode(body, &r); err != nil {
		return Mandate{}, err
	}
	if !mandateIDPattern.MatchString(string(r.MandateID)) && !mandateIDPattern.MatchString(string(r.ReferenceID)) {
		return Mandate{}, errors.New("it names no mandate")
	}
	if r.Currency != "" && r.Currency != "INR" {
		return Mandate{}, fmt.Errorf("its currency is %q", gateway.Shorten(string(r.Currency), 10))
	}
	m := Mandate{ID: string(r.MandateID), UMN: wire.UMNPattern.FindString(string(r.UMN)),
		Reference: string(r.ReferenceID), Rule: string(r.AmountRule),
		PayerName: gateway.Shorten(string(r.Payer.Name), 80), PayerVPA: gateway.MaskVPA(string(r.Payer.VPA)),
		Name:   gateway.Shorten(string(r.Name), 80),
		Expiry: wire.Moment(string(r.Expiry)), Start: wire.Moment(string(r.Validity.StartAt)),
		End:        wire.Moment(string(r.Validity.EndAt)),
		PausedFrom: wire.Moment(string(r.PausePeriod.StartAt)), PausedUntil: wire.Moment(string(r.PausePeriod.EndAt)),
		Description: gateway.Shorten(string(r.Description), 200), Status: gateway.Shorten(string(r.Status), 40),
		ResponseCode: gateway.Shorten(string(r.ResponseCode), 20), CreatedAt: wire.Moment(string(r.CreatedOn)),
		PayerAccount: lastFour(string(r.Payer.Account)), AccountValidated: r.Payer.Validation.Yes,
		MCC: gateway.Text(string(r.MCC), 8), BlockFund: r.BlockFund.Yes,
		ReferenceURL: gateway.Text(string(r.URL), 200), PurposeCode: gateway.Text(string(r.Purpose), 8),
		Recurrence: wire.Recurrence{Period: gateway.Shorten(string(r.Recurrence.Period), 20),
			Rule: gateway.Shorten(string(r.Recurrence.Rule), 20)}}

	m.Recurrence.Value, _ = strconv.Atoi(string(r.Recurrence.Value)) // 0 when not told
	if gateway.ID("transaction id", string(r.Transaction)) == nil {
		m.TransactionID = string(r.Transaction)
	}
	if r.Amount == "" {
		return m, nil
	}
	whole, err := money.ParseNumber(string(r.Amount))
	if err != nil || whole%100 != 0 {
		return Mandate{}, fmt.Errorf("its amount %q is no integer", gateway.Shorten(string(r.Amount), 20))
	}
	m.Units = int64(whole / 100)
	switch c.cfg.MandateUnit {
	case "paise":
		m.Amount, m.HasAmount = money.Paise(m.Units), true
	case "rupees":
		m.Amount, m.HasAmount = whole, true
	}

	return m, nil
}
