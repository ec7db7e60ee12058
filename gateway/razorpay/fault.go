package razorpay

import (
	"encoding/json"
	"net/http"
	"strings"

	"galla/gateway"
)

// fault is the body of a refusal (R19). Missing members are usual.
type fault struct {
	Error struct {
		Code        text `json:"code"`
		Description text `json:"description"`
		Field       text `json:"field"`
		Reason      text `json:"reason"`
	} `json:"error"`
}

// documented maps the texts Razorpay documents to what they mean for a till. The status decides first (the same
// text stands on a 400 and on a 500, R5); the text only refines it. Order matters: the first hit counts.
var documented = []struct {
	text     string // part of the description, lower case; " … " stands for anything between two parts
	class    gateway.Class
	cashier  string
	operator string
}{
	{
		"requested url was not found",
		gateway.ClassMisconfigured,
		gateway.CashierNoQR,
		"QR codes are switched on per account by Razorpay's support, and a base URL that isn't Razorpay's answers " +
			"the same: ask for the feature, then check base_url",
	},
	{"key provided is invalid", gateway.ClassMisconfigured, "", hintKeys},
	{"secret provided is invalid", gateway.ClassMisconfigured, "", hintKeys},
	{"key/secret", gateway.ClassMisconfigured, "", hintKeys},
	{"authentication failed", gateway.ClassMisconfigured, "", hintKeys},
	{
		"id provided does not exist",
		gateway.ClassMisconfigured,
		"",
		"this id belongs to another key pair: were the keys changed between test and live, or for another merchant, " +
			"while sales were open?",
	},
	{"is not a valid id", gateway.ClassRejected, "", "an id in our records is damaged: look at the sale's history"},
	{
		"should not be sent",
		gateway.ClassRejected,
		"",
		"this account refuses a field that Galla sends: report it with this text",
	},
	{"payment amount must be at least", gateway.ClassRejected, gateway.CashierTooSmall, ""},
	{"maximum amount", gateway.ClassRejected, gateway.CashierTooLarge, "see the payment limits of the account"},
	{"amount must be at least", gateway.ClassRejected, gateway.CashierTooFewBack, ""},
	{"fully refunded already", gateway.ClassRejected, gateway.CashierNothingLeft, ""},
	{"amount … greater than", gateway.ClassRejected, gateway.CashierTooMuchBack, ""},
	{"6 months", gateway.ClassRejected, gateway.CashierTooOld, ""},
	{"six months", gateway.ClassRejected, gateway.CashierTooOld, ""},
	{"balance", gateway.ClassRejected, gateway.CashierLowBalance,
		"add funds to the Razorpay account, or wait for the next captures"},
	{
		"idempotency key has already been processed",
		gateway.ClassUnknown,
		"",
		"the same refund key was sent with another body: a refund under this key exists, look it " +
			"up before anything else",
	},
	{
		"still in progress",
		gateway.ClassUnknown,
		"",
		"the first request of this refund still runs: wait and ask for the refund with the same key",
	},
	{"idempotency", gateway.ClassRejected, "", "the refund key must be 10 or more of A-Z a-z 0-9 _ -"},
	{"already been captured", gateway.ClassRejected, "", "the payment was captured meanwhile: read it"},
}

const (
	hintKeys = "the key id or its secret is wrong or was replaced: make a new pair in Razorpay's dashboard and " +
		"store it as the gateway's credentials"
)

// refusal turns a 4xx into an error.
func (c *Client) refusal(call gateway.Call, a gateway.Answer) error {
	var f fault
	readable := json.Unmarshal(a.Body, &f) == nil && (f.Error.Code != "" || f.Error.Description != "")
	class, cashier, operator := gateway.ClassRejected, "", ""
	switch {
	case a.Status == http.StatusUnauthorized:
		class, operator = gateway.ClassMisconfigured, hintKeys
	case a.Status == http.StatusConflict:
		// Never a no (gateway-troubles.md A15): something under this key exists or is on its way.
		class = gateway.ClassUnknown
	case !readable:
		class, operator = gateway.ClassMisconfigured, "the answer isn't Razorpay's: check base_url, and for a proxy "+
			"or firewall in between"
	case a.Status == http.StatusForbidden:
		class, operator = gateway.ClassMisconfigured, "the account may not do this: check its permissions, "+
			"activation and IP allow-list in Razorpay's dashboard"
	case a.Status == http.StatusNotFound:
		class, operator = gateway.ClassMisconfigured, "Razorpay has nothing at this address: check base_url"
	}

	description := strings.ToLower(string(f.Error.Description))
	for _, d := range documented {
		first, rest, _ := strings.Cut(d.text, " … ")
		if !strings.Contains(description, first) || !strings.Contains(description, rest) {
			continue
		}
		if a.Status != http.StatusConflict { // whose class is fixed
			class = d.class
		}
		cashier, operator = d.cashier, d.operator
		if cashier == gateway.CashierNoQR && !strings.HasPrefix(call.Path, qrPath) {
			cashier = ""
		}
		break
	}

	// A code that blames Razorpay's own side or the bank says nothing about what happened to a write.
	switch f.Error.Code {
	case "GATEWAY_ERROR", "SERVER_ERROR", "SERVICE_UNAVAILABLE":
		if class == gateway.ClassRejected {
			class, cashier = gateway.ClassUnavailable, ""
			if call.Write {
				class = gateway.ClassUnknown
			}
		}
	}

	if operator == "" && f.Error.Field != "" {
		operator = "field " + gateway.Shorten(string(f.Error.Field), 40)
	}
	e := c.caller.Failed(call, a, class, string(f.Error.Code), string(f.Error.Description), cashier, operator)
	switch cashier {
	case gateway.CashierNothingLeft:
		e.Err = gateway.ErrNothingLeft
	case gateway.CashierTooMuchBack:
		e.Err = gateway.ErrLessLeft
	}

	return e
}

// reasons are Razorpay's words for a failed UPI payment (R18, R18b) in words for the counter.
var reasons = map[string]string{
	"bank_technical_error":                 "the customer's bank has a technical problem",
	"credit_failed":                        "the shop's bank did not accept the money; the customer's bank returns it",
	"gateway_technical_error":              "the payment service has a technical problem",
	"insufficient_funds":                   "the customer's account has too little money",
	"invalid_vpa":                          "the customer's UPI address is not valid",
	"payment_cancelled":                    "the customer cancelled",
	"payment_collect_request_expired":      "the customer did not confirm in time",
	"payment_declined":                     "the customer's bank declined",
	"payment_pending":                      "the bank has not decided yet; do not charge again",
	"payment_timed_out":                    "the customer's bank did not answer in time; the money may still arrive",
	"transaction_frequency_limit_exceeded": "the customer has made too many UPI payments today",
	"transaction_on_vpa_restricted":        "the customer's bank does not allow this payment",
	"vpa_resolution_failed":                "the customer's UPI address could not be found",
}
