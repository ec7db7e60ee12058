package till

import (
	"context"
	"errors"
	"fmt"

	"galla/gateway"
)

// The gateway's records as the counter shows them.
type (
	CounterQR       = gateway.CounterQR
	CounterQRSearch = gateway.CounterQRSearch
	CounterQRSpec   = gateway.CounterQRSpec
	Mandate         = gateway.Mandate
	MandateSpec     = gateway.MandateSpec
	MandatePayer    = gateway.MandatePayer
	MandateChange   = gateway.MandateChange
	MandateDebit    = gateway.MandateDebit
	Finding         = gateway.Finding
)

// GatewayInfo is what a configured gateway can do beside sales.
type GatewayInfo struct {
	GatewayHealth
	CounterQRs, Mandates, Examination, Recording, Statement bool
}

// GatewayError is a look at a gateway that failed. Its text is for people.
type GatewayError struct {
	Gateway string
	Missing bool   // the gateway answered and has no such thing
	Why     string // a sentence
	Next    string // for the operator; may be empty
	Err     error
}

func (e *GatewayError) Error() string { return e.Why }

// Unwrap returns the cause.
func (e *GatewayError) Unwrap() error { return e.Err }

func gatewayError(name string, err error) error {
	if err == nil {
		return nil
	}
	out := &GatewayError{Gateway: name, Missing: errors.Is(err, gateway.ErrNotFound), Why: problem(err).Cashier, Err: err}
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		out.Next = e.Operator
	}
	switch {
	case out.Missing:
		out.Why = fmt.Sprintf("the gateway %q has nothing under this id", name)
	case errors.Is(err, gateway.ErrUnsupported):
		out.Why = fmt.Sprintf("the gateway %q can't do this", name)
	}
	return out
}

func counterQRs(gw gateway.Gateway) gateway.CounterQRs {
	return gw.(gateway.HasCounterQRs).CounterQRs()
}
func mandates(gw gateway.Gateway) gateway.Mandates { return gw.(gateway.HasMandates).Mandates() }

// can says whether a gateway can do a kind of operation.
func can(gw gateway.Gateway, kind string) (ok bool) {
	switch kind {
	case QRCreate, QRCancel:
		_, ok = gw.(gateway.HasCounterQRs)
	case MandateCreate, MandateUpdate, MandateRevoke, MandateNotify, MandateExecute:
		_, ok = gw.(gateway.HasMandates)
	case GatewayRecord:
		_, ok = gw.(gateway.Recordable)
	}
	return ok
}

// able finds the gateway of a name that can do a kind of operation; without a name, the only one that can.
func (t *Till) able(name, kind string) (found gateway.Gateway, err error) {
	for _, n := range t.names {
		gw := t.gateways[n]
		switch {
		case name != "" && n != name || !can(gw, kind):
		case found != nil:
			return nil, &RequestError{Field: "gateway", Why: fmt.Sprintf("%q and %q can both do this: name one", found.Name(), n)}
		default:
			found = gw
		}
	}
	switch {
	case found != nil:
		return found, nil
	case name != "" && t.gateways[name] == nil:
		return nil, &RequestError{Field: "gateway", Why: fmt.Sprintf("no gateway is named %.40q: see galla doctor gateway", name)}
	case name != "":
		return nil, &RequestError{Field: "gateway", Why: fmt.Sprintf("the gateway %q can't do %q", name, kind)}
	}
	return nil, &RequestError{Field: "gateway", Why: fmt.Sprintf("no configured gateway can do %q", kind)}
}

// Gateways lists the configured gateways in the order they are asked for sales.
func (t *Till) Gateways() []GatewayInfo {
	var out []GatewayInfo
	for _, h := range t.Health().Gateways {
		gw := t.gateways[h.Name]
		if gw == nil { // of sales still watched, and no longer configured
			continue
		}
		_, examined := gw.(gateway.HasExamination)
		_, lists := gw.(gateway.HasStatement)
		out = append(out, GatewayInfo{GatewayHealth: h, CounterQRs: can(gw, QRCreate), Mandates: can(gw, MandateCreate),
			Examination: examined, Recording: can(gw, GatewayRecord), Statement: lists})
	}
	return out
}

// CounterQR reads one counter QR from its gateway. Errors are *RequestError and *GatewayError.
func (t *Till) CounterQR(ctx context.Context, name, id string) (CounterQR, error) {
	gw, err := t.able(name, QRCreate)
	if err != nil {
		return CounterQR{}, err
	}
	q, err := counterQRs(gw).Show(ctx, id)
	return q, gatewayError(gw.Name(), err)
}

// CounterQRs lists counter QRs.
func (t *Till) CounterQRs(ctx context.Context, name string, s CounterQRSearch) ([]CounterQR, error) {
	gw, err := t.able(name, QRCreate)
	if err != nil {
		return nil, err
	}
	found, err := counterQRs(gw).Search(ctx, s)
	return found, gatewayError(gw.Name(), err)
}

// Mandate reads one mandate.
func (t *Till) Mandate(ctx context.Context, name, id string) (Mandate, error) {
	gw, err := t.able(name, MandateCreate)
	if err != nil {
		return Mandate{}, err
	}
	m, err := mandates(gw).Show(ctx, id)
	return m, gatewayError(gw.Name(), err)
}

// Examine looks a gateway's account over without changing anything there.
func (t *Till) Examine(ctx context.Context, name string) ([]Finding, error) {
	gw := t.gateways[name]
	if gw == nil {
		return nil, &RequestError{Field: "gateway", Why: fmt.Sprintf("no gateway is named %.40q: see galla doctor gateway", name)}
	}
	e, ok := gw.(gateway.HasExamination)
	if !ok {
		return nil, &RequestError{Field: "gateway", Why: fmt.Sprintf("the gateway %q can't be looked over", name)}
	}
	return e.Examine(ctx), nil
}
