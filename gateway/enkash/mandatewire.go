package enkash

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

type mandateRequest struct {
	ReferenceID     string       `json:"referenceId"`
	Amount          int64        `json:"amount"`
	AmountRule      string       `json:"amountRule"`
	Currency        string       `json:"currency"`
	Payer           MandatePayer `json:"payer"`
	Name            string       `json:"mandateName"`
	Expiry          string       `json:"expiry"`
	BlockFund       bool         `json:"blockFund"`
	Recurrence      Recurrence   `json:"recurrence"`
	Validity        validity     `json:"validity"`
	UPIReferenceURL string       `json:"upiReferenceUrl,omitempty"`
	Description     string       `json:"description,omitempty"`
}

type validity struct {
	StartAt string `json:"startAt"`
	EndAt   string `json:"endAt"`
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

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

// Mandate is EnKash's record of one. Its status is a free word whose values aren't documented: it is shown as it stands, and State says what it is taken for.
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
	Recurrence       Recurrence
	Description      string
	Status           string
	ResponseCode     string // upiResponseCode, such as "00"
	CreatedAt        time.Time
}

type mandateResponse struct {
	UMN         text  `json:"umn"`
	ReferenceID text  `json:"referenceId"`
	MandateID   text  `json:"mandateId"`
	Amount      text  `json:"amount"`
	AmountRule  text  `json:"amountRule"`
	Currency    text  `json:"currency"`
	Name        text  `json:"name"`
	Expiry      text  `json:"expiry"`
	MCC         text  `json:"mcc"`
	BlockFund   yesNo `json:"blockFund"`
	URL         text  `json:"upiReferenceUrl"`
	Purpose     text  `json:"upiPurposeCode"`
	Payer       struct {
		Name       text  `json:"name"`
		VPA        text  `json:"vpa"`
		Account    text  `json:"account"`
		Validation yesNo `json:"accountValidation"`
	} `json:"payer"`
	Recurrence struct {
		Period text `json:"period"`
		Rule   text `json:"rule"`
		Value  text `json:"value"`
	} `json:"recurrence"`
	Validity struct {
		StartAt text `json:"startAt"`
		EndAt   text `json:"endAt"`
	} `json:"validity"`
	PausePeriod struct {
		StartAt text `json:"startAt"`
		EndAt   text `json:"endAt"`
	} `json:"pausePeriod"`
	Description  text `json:"description"`
	ResponseCode text `json:"upiResponseCode"`
	Status       text `json:"status"`
	CreatedOn    text `json:"createdOn"`
}

// umnPattern: 32 characters and the app's handle after an @, which is no person's address and is kept whole.
var umnPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}(@[A-Za-z0-9.-]{1,32})?$`)

// readMandate reads a mandate from an answer. A time that can't be read is zero: no decision hangs on it.
func (c *Client) readMandate(body []byte) (Mandate, error) {
	var r mandateResponse
	if err := decode(body, &r); err != nil {
		return Mandate{}, err
	}
	if !mandateIDPattern.MatchString(string(r.MandateID)) && !mandateIDPattern.MatchString(string(r.ReferenceID)) {
		return Mandate{}, errors.New("it names no mandate")
	}
	if r.Currency != "" && r.Currency != "INR" {
		return Mandate{}, fmt.Errorf("its currency is %q", gateway.Shorten(string(r.Currency), 10))
	}
	m := Mandate{ID: string(r.MandateID), UMN: umnPattern.FindString(string(r.UMN)), Reference: string(r.ReferenceID), Rule: string(r.AmountRule),
		PayerName: gateway.Shorten(string(r.Payer.Name), 80), PayerVPA: gateway.MaskVPA(string(r.Payer.VPA)), Name: gateway.Shorten(string(r.Name), 80),
		Expiry: moment(string(r.Expiry)), Start: moment(string(r.Validity.StartAt)), End: moment(string(r.Validity.EndAt)),
		PausedFrom: moment(string(r.PausePeriod.StartAt)), PausedUntil: moment(string(r.PausePeriod.EndAt)),
		Description: gateway.Shorten(string(r.Description), 200), Status: gateway.Shorten(string(r.Status), 40),
		ResponseCode: gateway.Shorten(string(r.ResponseCode), 20), CreatedAt: moment(string(r.CreatedOn)),
		PayerAccount: lastFour(string(r.Payer.Account)), AccountValidated: r.Payer.Validation.v, MCC: gateway.Text(string(r.MCC), 8), BlockFund: r.BlockFund.v,
		ReferenceURL: gateway.Text(string(r.URL), 200), PurposeCode: gateway.Text(string(r.Purpose), 8),
		Recurrence: Recurrence{Period: gateway.Shorten(string(r.Recurrence.Period), 20), Rule: gateway.Shorten(string(r.Recurrence.Rule), 20)}}
	m.Recurrence.Value, _ = strconv.Atoi(string(r.Recurrence.Value)) // 0 when not told
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
