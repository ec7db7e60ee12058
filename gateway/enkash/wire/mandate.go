package wire

import (
	"encoding/json"
	"regexp"
	"strings"
)

// MandatePayer is whom the mandate debits.
type MandatePayer struct {
	Name              string `json:"name"`
	VPA               string `json:"vpa"`
	Account           string `json:"account"`
	AccountValidation bool   `json:"accountValidation"`
}

// Recurrence is how often. The values of period and rule aren't documented; what an operator enters goes out as it is.
type Recurrence struct {
	Period string `json:"period"`
	Rule   string `json:"rule"`
	Value  int    `json:"value"`
}

// MandateRequest asks for a mandate (docs.enkash.com/api-13730808).
type MandateRequest struct {
	ReferenceID     string       `json:"referenceId"`
	Amount          int64        `json:"amount"`
	AmountRule      string       `json:"amountRule"`
	Currency        string       `json:"currency"`
	Payer           MandatePayer `json:"payer"`
	Name            string       `json:"mandateName"`
	Expiry          string       `json:"expiry"`
	BlockFund       bool         `json:"blockFund"`
	Recurrence      Recurrence   `json:"recurrence"`
	Validity        Validity     `json:"validity"`
	UPIReferenceURL string       `json:"upiReferenceUrl,omitempty"`
	Description     string       `json:"description,omitempty"`
}

// Validity is from when to when a mandate may be debited, as Instant writes it.
type Validity struct {
	StartAt string `json:"startAt"`
	EndAt   string `json:"endAt"`
}

// MandateResponse is EnKash's record of a mandate.
type MandateResponse struct {
	UMN         Text  `json:"umn"`
	ReferenceID Text  `json:"referenceId"`
	MandateID   Text  `json:"mandateId"`
	Amount      Text  `json:"amount"`
	AmountRule  Text  `json:"amountRule"`
	Currency    Text  `json:"currency"`
	Name        Text  `json:"name"`
	Expiry      Text  `json:"expiry"`
	MCC         Text  `json:"mcc"`
	BlockFund   YesNo `json:"blockFund"`
	URL         Text  `json:"upiReferenceUrl"`
	Purpose     Text  `json:"upiPurposeCode"`
	Payer       struct {
		Name       Text  `json:"name"`
		VPA        Text  `json:"vpa"`
		Account    Text  `json:"account"`
		Validation YesNo `json:"accountValidation"`
	} `json:"payer"`
	Recurrence struct {
		Period Text `json:"period"`
		Rule   Text `json:"rule"`
		Value  Text `json:"value"`
	} `json:"recurrence"`
	Validity struct {
		StartAt Text `json:"startAt"`
		EndAt   Text `json:"endAt"`
	} `json:"validity"`
	PausePeriod struct {
		StartAt Text `json:"startAt"`
		EndAt   Text `json:"endAt"`
	} `json:"pausePeriod"`
	Description  Text `json:"description"`
	ResponseCode Text `json:"upiResponseCode"`
	Status       Text `json:"status"`
	Transaction  Text `json:"transactionId"` // [I] as in the debit's callback
	CreatedOn    Text `json:"createdOn"`
}

// UMNPattern is the network's own number of a mandate: 32 characters and the app's handle after an @, which is no
// person's address and is kept whole.
var UMNPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}(@[A-Za-z0-9.-]{1,32})?$`)

// BareRefusal finds the error in a bare answer that came with 200: a mandate by address may be refused so since UPI
// ended collect requests (reference/upi-rules.md). An answer that names a mandate is none.
func BareRefusal(body []byte) string {
	var r struct {
		ReferenceID Text            `json:"referenceId"`
		MandateID   Text            `json:"mandateId"`
		Error       json.RawMessage `json:"error"`
		ErrorCode   Text            `json:"errorCode"`
		ResponseKey Text            `json:"responseKey"`
		Message     Text            `json:"message"`
	}
	if Decode(body, &r) != nil || r.MandateID != "" {
		return ""
	}
	words := string(r.ErrorCode) + " " + string(r.ResponseKey) + " " + string(r.Message)
	if e := string(r.Error); e != "" && e != "null" && e != "false" {
		words += " " + e
	} else if r.ErrorCode == "" && !strings.HasPrefix(string(r.ResponseKey), "error") {
		return ""
	}
	return strings.TrimSpace(words)
}
