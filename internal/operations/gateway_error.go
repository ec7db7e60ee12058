package operations

import (
	"errors"
	"fmt"

	"galla/gateway"
	"galla/internal/till/terms"
)

// GatewayError is a look at a gateway that failed. Its text is for people.
type GatewayError struct {
	Gateway string
	Missing bool   // the gateway answered and has no such thing
	Refused bool   // it answered, and refuses what was asked: asked again it refuses again
	Why     string // a sentence
	Next    string // for the operator; may be empty
	Err     error
}

func (e *GatewayError) Error() string { return e.Why }

// Unwrap returns the cause.
func (e *GatewayError) Unwrap() error { return e.Err }

// asGatewayError makes a *GatewayError of what a look at a gateway returned; nil stays nil.
func asGatewayError(name string, err error) error {
	if err == nil {
		return nil
	}
	out := &GatewayError{
		Gateway: name,
		Missing: errors.Is(err, gateway.ErrNotFound),
		Why:     terms.Problem(err).Cashier,
		Err:     err,
	}
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		out.Next, out.Refused = e.Operator, e.Class == gateway.ClassRejected && !out.Missing
	}
	switch {
	case out.Missing:
		out.Why = fmt.Sprintf("the gateway %q has nothing under this id", name)
	case errors.Is(err, gateway.ErrUnsupported):
		out.Why, out.Refused = fmt.Sprintf("the gateway %q can't do this", name), true
	}
	return out
}
