package enkash

import (
	"errors"
	"net/http"
	"strings"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// known is one failure we can explain. EnKash publishes no list of its gateway's response codes, so most are known by
// words; what isn't known is a plain refusal with the gateway's own text.
type known struct {
	codes    []string
	words    []string // any of them, lower case
	class    gateway.Class
	cashier  string
	operator string
	cause    error // what errors.Is finds in the error; nil for most
}

var notEnabled = known{codes: []string{"403"}, words: []string{"not enabled", "not activated", "not active", "not allowed for merchant", "access denied", "forbidden", "permission"},
	class: gateway.ClassMisconfigured, operator: "the account may not do this yet: ask EnKash to enable it (UPI, dynamic QR, refunds and mandates are separate)"}

var failures = []known{
	{codes: []string{"500", "502", "503", "504"}, words: []string{"internal server", "internal error", "something went wrong", "timeout", "timed out", "try again", "temporarily", "exception", "unavailable"},
		class: gateway.ClassUnknown}, // of a read, refusal makes it unavailable
	{codes: []string{"409"}, words: []string{"duplicate", "already exist", "already been used", "already in use"},
		class: gateway.ClassUnknown, operator: "EnKash already has something under this id: it is looked up, never sent again"},
	{words: []string{"service_deprecated", "deprecated", "collect request", "collect is not", "discontinued", "no longer supported"},
		class: gateway.ClassRejected, cashier: gateway.CashierCollectEnded, operator: "UPI ended requests by address for merchants on 28 Feb 2026 (NPCI OC 220): ask EnKash how this account asks for mandates now"},
	{words: []string{"mandate is not", "mandate not active"},
		class: gateway.ClassRejected, cashier: gateway.CashierMandateState},
	notEnabled,
	{words: []string{"merchant not found", "invalid merchant", "merchant is invalid", "access key", "accesskey"},
		class: gateway.ClassMisconfigured, operator: "compare the access key with EnKash's dashboard and the base URL (test and production keys differ)"},
	{words: []string{"signature", "ip not whitelisted", "ip is not"},
		class: gateway.ClassMisconfigured, operator: "EnKash doesn't accept calls from this address: ask them which allow-list applies"},
	{words: []string{"already refunded", "fully refunded", "already been refunded"},
		class: gateway.ClassRejected, cashier: gateway.CashierNothingLeft, cause: gateway.ErrNothingLeft},
	// [I] Only words that name the payment's own sum: "exceeds" alone may speak of a limit, "balance" of the shop's
	// account.
	{words: []string{"refundable amount", "refundable balance", "than the transaction amount", "than transaction amount", "exceeds the transaction amount",
		"exceeds transaction amount", "than the payment amount", "exceeds the payment amount", "than the remaining amount", "exceeds the remaining amount"},
		class: gateway.ClassRejected, cashier: gateway.CashierTooMuchBack, cause: gateway.ErrLessLeft,
		operator: "compare the payment's refunds in EnKash's dashboard: others may have sent a part of it back"},
	{words: []string{"exceeds", "more than", "greater than", "insufficient balance", "low balance"},
		class: gateway.ClassRejected, cashier: gateway.CashierNoWayBack,
		operator: "compare the payment's refunds and the account's balance in EnKash's dashboard"},
	{codes: []string{"156", "158"}, words: []string{"invalid amount", "amount is invalid", "minimum amount", "maximum amount", "limit exceeded"},
		class: gateway.ClassRejected, cashier: gateway.CashierAmount,
		operator: "compare the amount with the account's limits at EnKash"},
	{words: []string{"mandate not found", "qr not found", "qr code not found", "qrcode not found"},
		class: gateway.ClassRejected, cashier: gateway.CashierNothingThere},
	{words: []string{"expired", "cancelled", "canceled"},
		class: gateway.ClassRejected, cashier: gateway.CashierNotOpen},
}

// refusal turns an answer in which the gateway said no into an error.
func (c *Client) refusal(call gateway.Call, a gateway.Answer, env wire.Envelope) *gateway.Error {
	code, words := env.Code(), c.redact(env.Words())
	k := known{class: gateway.ClassRejected}
	switch {
	case a.Status == http.StatusForbidden:
		k = notEnabled
	case noSuchPath(a, env):
		k = known{class: gateway.ClassMisconfigured, operator: "this address does not exist at EnKash: check the base URL and, for " + call.Op + ", the path in the config"}
		if strings.HasPrefix(call.Path, c.mandateBase()) {
			k.operator = "this address does not exist at EnKash: try the other mandate_paths (middle, newer) in the config"
		}
	default:
		for _, f := range failures {
			if f.matches(code, words) {
				k = f
				break
			}
		}
	}
	if k.class == gateway.ClassUnknown && !call.Write {
		k.class = gateway.ClassUnavailable
	}
	e := c.caller.Failed(call, a, k.class, code, words, k.cashier, k.operator)
	e.Err = k.cause
	return e
}

func (k known) matches(code, words string) bool {
	for _, c := range k.codes {
		if c == code {
			return true
		}
	}
	words = strings.ToLower(words)
	for _, w := range k.words {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}

// noSuchPath says that the address itself isn't served: a 404 or 405 without the gateway's envelope.
func noSuchPath(a gateway.Answer, env wire.Envelope) bool {
	return env.Code() == "" && (a.Status == http.StatusNotFound || a.Status == http.StatusMethodNotAllowed || a.Status == http.StatusNotImplemented)
}

// absent says that err is the gateway's own answer that it has no such thing.
func absent(err error) bool {
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || e.Class != gateway.ClassRejected || e.Code == "" {
		return false
	}
	words := strings.ToLower(e.Text)
	for _, w := range []string{"not found", "no order", "no such", "does not exist", "doesn't exist", "no record", "no data", "invalid order", "no transaction", "no refund"} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return e.HTTPStatus == http.StatusNotFound
}

// unserved says that the account has no such call: the path is a guess and the guess was wrong. Some front-ends answer
// an unknown address with 401 or 403; wrong keys show in the token call already.
func unserved(err error) bool {
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || e.Class != gateway.ClassMisconfigured || e.Code != "" || e.Op == opToken {
		return false
	}
	switch e.HTTPStatus {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusUnauthorized, http.StatusForbidden:
		return true
	}
	return false
}
