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

// ErrNothingLeft joins a refusal of a refund because everything of its payment went back already, by whoever's hand: the
// refund did not happen, and what it was to bring about has. Read the payment.
var ErrNothingLeft = errors.New("everything of this payment went back already")
