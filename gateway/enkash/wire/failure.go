package wire

import (
	"slices"
	"strings"

	"galla/gateway"
)

// Failure is a refusal that we can explain. EnKash publishes no list of its gateway's response codes, so most are known
// by words; what isn't known is a plain refusal with the gateway's own text.
type Failure struct {
	Codes    []string
	Words    []string // any of them, lower case
	Class    gateway.Class
	Cashier  string
	Operator string
	Cause    error // what errors.Is finds in the error; nil for most
}

// NotEnabled is what an account may not do yet.
var NotEnabled = Failure{Codes: []string{"403"}, Words: []string{"not enabled", "not activated", "not active",
	"not allowed for merchant", "access denied", "forbidden", "permission"},
	Class: gateway.ClassMisconfigured, Operator: "the account may not do this yet: ask EnKash to enable it (UPI, " +
		"dynamic QR, refunds and mandates are separate)"}

// Failures are looked through in this order: the first that matches counts.
var Failures = []Failure{
	{Codes: []string{"500", "502", "503", "504"}, Words: []string{"internal server", "internal error",
		"something went wrong", "timeout", "timed out", "try again", "temporarily", "exception", "unavailable"},
		Class: gateway.ClassUnknown}, // of a read, package enkash makes it unavailable
	{Codes: []string{"409"}, Words: []string{"duplicate", "already exist", "already been used", "already in use"},
		Class: gateway.ClassUnknown, Operator: "EnKash already has something under this id: it is looked " +
			"up, never sent again"},
	{Words: []string{"service_deprecated", "deprecated", "collect request", "collect is not", "discontinued",
		"no longer supported"},
		Class: gateway.ClassRejected, Cashier: gateway.CashierCollectEnded,
		Operator: "UPI ended requests by address for merchants on 28 Feb 2026 (NPCI OC 220): ask EnKash how this " +
			"account asks for mandates now"},
	{Words: []string{"mandate is not", "mandate not active"},
		Class: gateway.ClassRejected, Cashier: gateway.CashierMandateState},
	NotEnabled,
	{Words: []string{"merchant not found", "invalid merchant", "merchant is invalid", "access key", "accesskey"},
		Class: gateway.ClassMisconfigured, Operator: "compare the access key with EnKash's dashboard and the base " +
			"URL (test and production keys differ)"},
	{Words: []string{"signature", "ip not whitelisted", "ip is not"},
		Class: gateway.ClassMisconfigured, Operator: "EnKash doesn't accept calls from this address: ask " +
			"them which allow-list applies"},
	{Words: []string{"already refunded", "fully refunded", "already been refunded"},
		Class: gateway.ClassRejected, Cashier: gateway.CashierNothingLeft, Cause: gateway.ErrNothingLeft},
	// [I] Only words that name the payment's own sum: "exceeds" alone may speak of a limit, "balance" of the shop's
	// account.
	{Words: []string{"refundable amount", "refundable balance", "than the transaction amount",
		"than transaction amount", "exceeds the transaction amount",
		"exceeds transaction amount", "than the payment amount", "exceeds the payment amount",
		"than the remaining amount", "exceeds the remaining amount"},
		Class: gateway.ClassRejected, Cashier: gateway.CashierTooMuchBack, Cause: gateway.ErrLessLeft,
		Operator: "compare the payment's refunds in EnKash's dashboard: others may have sent a part of it back"},
	{Words: []string{"exceeds", "more than", "greater than", "insufficient balance", "low balance"},
		Class: gateway.ClassRejected, Cashier: gateway.CashierNoWayBack,
		Operator: "compare the payment's refunds and the account's balance in EnKash's dashboard"},
	{Codes: []string{"156", "158"}, Words: []string{"invalid amount", "amount is invalid", "minimum amount",
		"maximum amount", "limit exceeded"},
		Class: gateway.ClassRejected, Cashier: gateway.CashierAmount,
		Operator: "compare the amount with the account's limits at EnKash"},
	{Words: []string{"mandate not found", "qr not found", "qr code not found", "qrcode not found"},
		Class: gateway.ClassRejected, Cashier: gateway.CashierNothingThere},
	{Words: []string{"expired", "cancelled", "canceled"},
		Class: gateway.ClassRejected, Cashier: gateway.CashierNotOpen},
}

// FailureOf finds the failure of an answer's code and words, which are never an account's keys.
func FailureOf(code, words string) (Failure, bool) {
	words = strings.ToLower(words)
	for _, f := range Failures {
		if slices.Contains(f.Codes, code) || slices.ContainsFunc(f.Words, func(w string) bool {
			return strings.Contains(words, w)
		}) {
			return f, true
		}
	}

	return Failure{}, false
}
