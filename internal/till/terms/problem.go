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
	return &state.Problem{Class: string(gateway.ClassUnknown), Text: err.Error(), Cashier: "The payment company could not be reached. Check the internet connection."}
}

// Existing names the order that is there although its QR could not be had or must not be shown.
func Existing(err error) string {
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		return e.Order
	}
	return ""
}
