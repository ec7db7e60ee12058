package gateway

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Class says what may be true at the gateway after a call failed, and so what to do next.
type Class string

const (
	// ClassRejected: the gateway said no (a 4xx). Nothing happened; the same request will be refused again.
	ClassRejected Class = "rejected"
	// ClassUnavailable: nothing was changed: the request was not sent, or a read failed (5xx, 429, timeout). Try again
	// later.
	ClassUnavailable Class = "unavailable"
	// ClassUnknown: a write was sent and its outcome isn't known. Look it up by our reference; never repeat it blindly.
	ClassUnknown Class = "unknown"
	// ClassBusy: this box held the call back, because its own budget is used up or the gateway asked for quiet. Nothing
	// was sent, and nothing is known of the gateway: it is no failure of it.
	ClassBusy Class = "busy"
	// ClassMisconfigured: keys, feature or settings are wrong. Nothing happened; a person must change something.
	ClassMisconfigured Class = "misconfigured"
)

// Later says that nothing was changed and the same call may succeed later: ClassUnavailable, ClassBusy.
func (c Class) Later() bool { return c == ClassUnavailable || c == ClassBusy }

// Error is a failed call to a gateway. Its text holds no secret, token or full VPA.
type Error struct {
	Class      Class
	Gateway    string        // configured name
	Op         string        // what was asked, in words: "create order"
	HTTPStatus int           // 0 when no answer came
	Code       string        // the gateway's own code, such as "BAD_REQUEST_ERROR" or "117"
	Text       string        // the gateway's own words, shortened
	RetryAfter time.Duration // from Retry-After; 0 when not given
	Cashier    string        // one sentence with a next step, one of Sentences; CashierCode is its code
	Operator   string        // what an operator should check; empty when nothing is known
	// the gateway's id of an order that exists all the same: nobody was shown it; close it and watch it
	Order string
	Err   error // the cause below, such as a timeout; may be nil
}

// Error says what failed, for logs and operators.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s", e.Gateway, e.Op, e.Class)
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, ": http %d", e.HTTPStatus)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " code %s", e.Code)
	}
	if e.Text != "" {
		fmt.Fprintf(&b, " %q", e.Text)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Operator != "" {
		fmt.Fprintf(&b, " (%s)", e.Operator)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of err. An error that is no *Error is ClassUnknown: the safest reading.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return ClassUnknown
}

// Existing notes in err, an answer without a QR, the order that exists all the same. An unknown outcome is left as it
// is: it is looked up.
func Existing(order string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Class != ClassUnknown {
		e.Order = order
	}
	return err
}
