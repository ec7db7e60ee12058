package gateway

import (
	"context"
	"errors"
	"time"
)

// ErrLong is a list with more entries than a client reads of one: ask for less time.
var ErrLong = errors.New("the list is longer than what is read of one")

// Odd says what of a payment's record is not understood.
type Odd struct {
	Code string // one of the following; empty: nothing
	Word string // the gateway's own, shortened; may be empty
}

const (
	OddCurrency = "currency" // it is not in rupees, but in Word
	OddStatus   = "status"   // its status is Word, which nobody knows
	OddRecord   = "record"   // it has no id, no amount that can be, or contradicts itself
)

// HasStandingPayments is an account that says by whom its counter QRs were paid. Both calls only read.
type HasStandingPayments interface {
	// StandingPayments lists the payments of a counter QR that were begun from from to to, our clock, both seconds
	// included, whatever became of them; where two were begun in one second, the earlier first if the gateway says
	// which. A record that can't be read is a PaymentUnknown that is Odd, with or without an id, and hides no other. Of
	// a list too long to be read nothing is given but ErrLong: half a list would hide the other half.
	StandingPayments(ctx context.Context, qr string, from, to time.Time) ([]Payment, error)
	// StandingPayment reads one of them. ErrNotFound: the gateway answered and has none.
	StandingPayment(ctx context.Context, qr, payment string) (Payment, error)
}

// ListsStanding says whether a counter QR of gw that takes many payments says by what it was paid.
func ListsStanding(gw Gateway) bool {
	l, ok := gw.(HasStandingPayments)
	if !ok {
		return false
	}
	if some, asks := l.(interface{ ListsStanding() bool }); asks {
		return some.ListsStanding()
	}
	return true
}

// ReadStanding reads some payments of a counter QR, and nothing of what others paid there. The order has no status of
// its own.
func ReadStanding(ctx context.Context, gw Gateway, qr string, payments ...string) (Reading, error) {
	l, ok := gw.(HasStandingPayments)
	if !ok {
		return Reading{}, ErrUnsupported
	}
	var r Reading
	for _, id := range payments {
		p, err := l.StandingPayment(ctx, qr, id)
		if err != nil {
			return Reading{}, err
		}
		r.Payments = append(r.Payments, p)
	}
	return r, nil
}
