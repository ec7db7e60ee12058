package operations

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"galla/gateway"
	"galla/internal/till"
)

// Account is what a configured gateway can do beside sales. Statement: it lists what it recorded.
type Account struct {
	till.GatewayHealth
	CounterQRs, Mandates, Examination, Recording, Statement bool
}

func counterQRs(gw gateway.Gateway) gateway.CounterQRs {
	return gw.(gateway.HasCounterQRs).CounterQRs()
}
func mandates(gw gateway.Gateway) gateway.Mandates { return gw.(gateway.HasMandates).Mandates() }

func hasCounterQRs(gw gateway.Gateway) bool { _, ok := gw.(gateway.HasCounterQRs); return ok }
func hasMandates(gw gateway.Gateway) bool   { _, ok := gw.(gateway.HasMandates); return ok }

// able finds the gateway of a name that can do a kind of operation; without a name, the only one that can.
func (o *Operations) able(name, kind string) (found gateway.Gateway, err error) {
	for _, gw := range o.configured {
		n := gw.Name()
		switch {
		case name != "" && n != name || !can(gw, kind):
		case found != nil:
			return nil, wrongGateway("%q and %q can both do this: name one", found.Name(), n)
		default:
			found = gw
		}
	}
	switch {
	case found != nil:
		return found, nil
	case name != "" && o.gateways[name] == nil:
		return nil, wrongGateway("no gateway is named %.40q: see galla doctor gateway", name)
	case name != "":
		return nil, wrongGateway("the gateway %q can't do %q", name, kind)
	}
	return nil, wrongGateway("no configured gateway can do %q", kind)
}

func wrongGateway(why string, values ...any) error {
	return &till.RequestError{Field: "gateway", Why: fmt.Sprintf(why, values...)}
}

// Gateways lists the configured gateways in the order they are asked for sales.
func (o *Operations) Gateways() []Account {
	var out []Account
	for _, h := range o.till.Health().Gateways {
		gw := o.gateways[h.Name]
		if gw == nil { // of sales still watched, and no longer configured
			continue
		}
		_, examined := gw.(gateway.HasExamination)
		_, lists := gw.(gateway.HasStatement)
		out = append(out, Account{
			GatewayHealth: h,
			CounterQRs:    hasCounterQRs(gw),
			Mandates:      hasMandates(gw),
			Examination:   examined,
			Recording:     can(gw, GatewayRecord),
			Statement:     lists,
		})
	}
	return out
}

// CounterQR reads one counter QR from its gateway. Errors are *till.RequestError and *GatewayError.
func (o *Operations) CounterQR(ctx context.Context, name, id string) (gateway.CounterQR, error) {
	gw, err := o.able(name, QRCreate)
	if err != nil {
		return gateway.CounterQR{}, err
	}
	if !couldBeID(id) {
		return gateway.CounterQR{}, asGatewayError(gw.Name(), gateway.ErrNotFound)
	}
	q, err := counterQRs(gw).Show(ctx, id)
	return q, asGatewayError(gw.Name(), err)
}

// couldBeID says that a gateway may have something under an id: of what is none, it would say that it refuses the
// request, or nothing that is understood.
func couldBeID(id string) bool {
	return id != "" && len(id) <= 64 && !strings.ContainsFunc(id, func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.:", r)
	})
}

// CounterQRs lists counter QRs.
func (o *Operations) CounterQRs(
	ctx context.Context,
	name string,
	s gateway.CounterQRSearch,
) ([]gateway.CounterQR, error) {
	gw, err := o.able(name, QRCreate)
	if err != nil {
		return nil, err
	}
	found, err := counterQRs(gw).Search(ctx, s)
	return found, asGatewayError(gw.Name(), err)
}

// Examine looks a gateway's account over without changing anything there.
func (o *Operations) Examine(ctx context.Context, name string) ([]gateway.Finding, error) {
	gw := o.gateways[name]
	if gw == nil {
		return nil, wrongGateway("no gateway is named %.40q: see galla doctor gateway", name)
	}
	e, ok := gw.(gateway.HasExamination)
	if !ok {
		return nil, wrongGateway("the gateway %q can't be looked over", name)
	}
	return e.Examine(ctx), nil
}
