package request

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"galla/internal/money"
	"galla/internal/typed"
	"galla/state"
)

// Check says what is wrong with the request, whatever the sales are; limit is the most one sale may be. Its error is an
// *Error.
func (r Open) Check(limit money.Paise) error {
	switch {
	case r.Amount <= 0:
		return &Error{
			Field: "amount_paise",
			Why:   fmt.Sprintf("amount_paise is %d: a sale needs an amount above zero, in paise", int64(r.Amount)),
		}
	case r.Amount > limit:
		return &Error{
			Field: "amount_paise",
			Why: fmt.Sprintf("%s is above the limit of %s for one sale: "+
				"check the amount; the owner raises limit under [till] in gallad.toml", r.Amount, limit),
		}
	case utf8.RuneCountInString(r.Reference) > 64 || !typed.Printable(r.Reference):
		return &Error{Field: "reference", Why: "reference must be at most 64 printable characters"}
	}
	if err := Written("note", r.Note); err != nil {
		return err
	}
	if i := r.Invoice; i != nil {
		field, err := i.Check(r.Amount)
		if err == nil && (utf8.RuneCountInString(i.CustomerName) > 80 || !typed.Printable(i.CustomerName)) {
			field, err = "customer_name", errors.New("customer_name must be at most 80 printable characters")
		}
		if err != nil {
			return &Error{Field: "invoice." + field, Why: err.Error()}
		}
	}
	return nil
}

// Check is as of Open.
func (r Cancel) Check() error {
	if r.Reason != state.CloseCancelled && r.Reason != state.CloseOtherTender {
		return &Error{
			Field: "reason",
			Why:   fmt.Sprintf("reason %q is not one of \"cancelled\" and \"other_tender\"", r.Reason),
		}
	}
	return nil
}

// Check is as of Open.
func (r Refund) Check() error {
	switch {
	case r.All && r.Amount != 0:
		return &Error{
			Field: "amount_paise",
			Why:   fmt.Sprintf("a refund is of all that is left, or of %s: ask for one of them", r.Amount),
		}
	case !r.All && r.Amount <= 0:
		return &Error{
			Field: "amount_paise",
			Why: fmt.Sprintf("amount_paise is %d: a refund needs an amount above zero; "+
				"leave it out to refund all that is left", int64(r.Amount)),
		}
	}
	return Written("reason", r.Reason)
}

// Written refuses what a person wrote that is too long, or that changes what is seen around it: it stands on screens,
// paper and terminals.
func Written(field, text string) error {
	if utf8.RuneCountInString(text) > 256 || !typed.Printable(text) {
		return &Error{Field: field, Why: field + " must be at most 256 printable characters"}
	}
	return nil
}
