package upiqr

import (
	"errors"
	"fmt"
	"regexp"

	"galla/internal/money"
)

// Check is the one judge of a code, for the till that keeps it, the screen that shows it and the paper that bears it:
// the same payload and amount have the same answer everywhere. It says whether a gateway's payload may be shown for a
// sale of want: its payee is present and well-formed, its currency is INR, its amount equals want as a number, and
// nothing else in it changes what the customer pays. A payload without an amount is refused: the customer could type
// any. For a QR that is open by design, use CheckPayee.
func Check(payload string, want money.Paise) (Intent, error) {
	in, err := CheckPayee(payload)
	if err != nil {
		return Intent{}, err
	}
	switch {
	case !in.HasAmount:
		return Intent{}, fmt.Errorf(
			"the gateway's QR names no amount, the sale is %s: it must not be shown for a fixed amount", want)
	case in.Amount != want:
		return Intent{}, fmt.Errorf("the gateway's QR asks for %s, the sale is %s: it must not be shown",
			in.Amount, want)
	case in.HasMinimum && in.Minimum != in.Amount:
		return Intent{}, fmt.Errorf(
			"the gateway's QR allows a minimum of %s beside its amount of %s: the customer could pay another sum",
			in.Minimum,
			in.Amount,
		)
	case in.Tip != "":
		return Intent{}, fmt.Errorf(
			"the gateway's QR adds a tip or fee (%s) to its amount of %s: the customer would pay another sum",
			in.Tip,
			in.Amount,
		)
	}
	return in, nil
}

// CheckPayee checks payee and currency, and that it asks for no more than one payment. It is for a QR with an open
// amount, such as one printed for the counter, and for a caller who compares the amount himself.
func CheckPayee(payload string) (Intent, error) {
	in, err := Parse(payload)
	if err != nil {
		return Intent{}, err
	}
	if in.PA == "" {
		return Intent{}, errors.New("the gateway's QR names no payee: it can't be paid")
	}
	// The address itself stays out of the error: errors reach logs.
	if len(in.PA) > 255 || !address.MatchString(in.PA) {
		return Intent{}, fmt.Errorf(
			"the gateway's QR names a payee that is no UPI address (%d characters): want name@handle",
			len([]rune(in.PA)),
		)
	}
	if in.Currency != "INR" {
		return Intent{}, fmt.Errorf("the gateway's QR is in %.10q: UPI pays in INR only", in.Currency)
	}
	if in.Standing != "" {
		return Intent{}, fmt.Errorf(
			"the gateway's QR asks for a standing permission (%s): the customer would allow further debits",
			in.Standing,
		)
	}
	return in, nil
}

// address is name@handle; a handle may have dots, as in account@HDFC0000001.ifsc.npci.
var address = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*@[A-Za-z][A-Za-z0-9]*([.-][A-Za-z0-9]+)*$`)
