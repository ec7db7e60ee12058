package terms

import (
	"errors"

	"galla/gateway"
	"galla/state"
)

// Problem says what went wrong in words that may be stored and shown.
func Problem(err error) *state.Problem {
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		return &state.Problem{Class: string(e.Class), Text: e.Error(), Cashier: e.Cashier, Code: e.CashierCode()}
	}
	return Said(gateway.ClassUnknown, err.Error(), gateway.CashierOffline)
}

// Said is a problem of our own wording: text for the operator, and one of gateway's sentences for the cashier.
func Said(class gateway.Class, text, cashier string) *state.Problem {
	return &state.Problem{Class: string(class), Text: text, Cashier: cashier, Code: gateway.SentenceCode(cashier)}
}

// Existing names the order that is there although its QR could not be had or must not be shown.
func Existing(err error) string {
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		return e.Order
	}
	return ""
}
