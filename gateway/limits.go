package gateway

import (
	"errors"

	"galla/internal/money"
)

// HasLimits is an account whose gateway documents bounds of amounts, so that a request outside them is refused before
// anything is written or sent.
type HasLimits interface{ Limits() Limits }

// Limits are a gateway's documented bounds, in paise. Zero means none is documented.
type Limits struct {
	LeastCharge money.Paise
	LeastRefund money.Paise
}

// ErrByRecord joins ErrNotFound where no look-up of refunds answered, and the payment's own record says that nothing of
// it went back. A refund that is under way may not be in that record yet, so it counts only some time after the refund
// was sent.
var ErrByRecord = errors.New("the payment's own record says that nothing of it went back")

// ErrNothingLeft joins a refusal of a refund because everything of its payment went back already, by whoever's hand:
// the refund did not happen, and what it was to bring about has. Read the payment.
var ErrNothingLeft = errors.New("everything of this payment went back already")

// ErrLessLeft joins a refusal of a refund because less than its amount is left of its payment: the refund did not
// happen, and others were there first where our own refunds don't explain it.
var ErrLessLeft = errors.New("less than this amount is left of the payment")
