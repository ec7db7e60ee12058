package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/till"
	"galla/internal/till/terms"
	"galla/state"
	"galla/state/statement"
)

// Statement lists what a gateway recorded in a span of time. It only reads. Errors are *till.RequestError and
// *GatewayError; of a gateway that keeps no list, an error that is gateway.ErrUnsupported.
func (o *Operations) Statement(ctx context.Context, name string, from, to time.Time) (statement.Statement, error) {
	gw, err := o.lister(name)
	if err != nil {
		return statement.Statement{}, err
	}
	s, err := gw.Statement(ctx, from, to)
	if err != nil {
		return statement.Statement{}, asGatewayError(name, err)
	}

	var out statement.Statement
	for _, p := range s.Payments {
		out.Payments = append(out.Payments, terms.FromRecord(p.Payment, p.Origin))
	}
	for _, r := range s.Refunds {
		back := terms.FromRefundRecord(r.Refund)
		back.Key, back.PaymentID, back.CreatedAt = r.Key, r.PaymentID, r.CreatedAt
		out.Refunds = append(out.Refunds, back)
	}
	return out, nil
}

// Ours says whose order a payment came through, and, of ours, which sale asked for it: nil when the sales file has no
// such sale. The box's id decides; an order that names none, of a version before it or of a gateway without room, goes
// by the terminal's name, which two boxes may bear. What its sale does not have of it becomes part of the sale by the
// till's own look, which this hastens; a payment at a standing QR becomes a sale by the look that Missed hastens.
func (o *Operations) Ours(ctx context.Context, name string, p statement.Payment) (statement.Whose, *state.Sale, error) {
	gw, err := o.lister(name)
	if err != nil {
		return "", nil, err
	}
	from := p.Origin
	if from.Reference == "" && from.Standing == "" {
		var found gateway.Origin
		if found, err = gw.Origin(ctx, p.ID); errors.Is(err, gateway.ErrNotFound) {
			return statement.Elsewhere, nil, nil
		}
		from = statement.Origin(found)
	}
	if err != nil {
		return "", nil, asGatewayError(name, err)
	}
	if whose := o.whose(from); whose != statement.Ours {
		return whose, nil, nil
	}
	if from.Standing != "" {
		if o.missed != nil {
			o.missed(name, from.Standing, p.CreatedAt)
		}
		return statement.Ours, nil, nil
	}

	s, err := o.saleOf(name, from.Reference)
	if s != nil && !has(s, p) {
		o.till.Hint(name, from.Reference)
	}
	return statement.Ours, s, err
}

func (o *Operations) whose(from statement.Origin) statement.Whose {
	switch {
	case from.Box != "" && o.box != "" && from.Box == o.box: // under whichever name it went then
		return statement.Ours
	case from.Terminal != o.terminal:
		return statement.Elsewhere
	case from.Box != "" && o.box != "":
		return statement.Sibling
	}
	return statement.Ours
}

// saleOf finds the sale one of whose attempts at a gateway has the reference; nil: there is none.
func (o *Operations) saleOf(gw, ref string) (*state.Sale, error) {
	id, ok := terms.SaleIn(ref)
	if !ok {
		return nil, nil
	}
	s, found, err := o.store.Sale(id)
	if err != nil || !found {
		return nil, err
	}
	if a := s.Attempt(ref); a == nil || a.Gateway != gw {
		return nil, nil // another box's: ids differ by chance alone
	}
	return &s, nil
}

func (o *Operations) lister(name string) (gateway.HasStatement, error) {
	gw := o.gateways[name]
	if gw == nil {
		return nil, wrongGateway("no gateway is named %.40q: see galla doctor gateway", name)
	}
	l, ok := gw.(gateway.HasStatement)
	if !ok {
		return nil, asGatewayError(name, gateway.ErrUnsupported)
	}
	return l, nil
}

// Reread asks a gateway what it has recorded of one attempt of a sale. It changes nothing; what is new there becomes
// part of the sale by the till's own look, which this hastens where there is news. Errors are *till.RequestError and
// *GatewayError.
func (o *Operations) Reread(ctx context.Context, s state.Sale, ref string) ([]statement.Payment, error) {
	a := s.Attempt(ref)
	if a == nil || a.Quote == nil {
		return nil, &till.RequestError{
			Field: "attempt",
			Why:   fmt.Sprintf("attempt %.40q of sale %s never had an order", ref, s.Name()),
		}
	}
	gw := o.gateways[a.Gateway]
	if gw == nil {
		return nil, wrongGateway("gateway %.40q is no longer configured", a.Gateway)
	}
	r, err := till.ReadOrder(ctx, gw, &s, a)
	if err != nil {
		return nil, asGatewayError(a.Gateway, err)
	}

	var out []statement.Payment
	news := false
	for _, p := range r.Payments {
		got := terms.FromRecord(p, gateway.Origin{})
		news = news || !has(&s, got)
		out = append(out, got)
	}
	if news {
		o.till.Hint(a.Gateway, ref)
	}
	return out, nil
}

// RereadRefund asks a gateway what became of a refund of a sale. It changes nothing. That the gateway knows no such
// refund is an answer: the zero statement.Refund. Errors are as Reread's.
func (o *Operations) RereadRefund(ctx context.Context, s state.Sale, key string) (statement.Refund, error) {
	name, req, err := terms.ToRefundRequest(&s, key)
	if err != nil {
		return statement.Refund{}, &till.RequestError{Field: "refund", Why: err.Error()}
	}
	gw := o.gateways[name]
	if gw == nil {
		return statement.Refund{}, wrongGateway("gateway %.40q is no longer configured", name)
	}
	r, err := gw.ReadRefund(ctx, req)
	if err != nil && !errors.Is(err, gateway.ErrNotFound) {
		return statement.Refund{}, asGatewayError(name, err)
	}
	return terms.FromRefundRecord(r), nil
}

// has says whether a sale has a payment already as its gateway tells it: the id, with the same status.
func has(s *state.Sale, p statement.Payment) bool {
	return slices.ContainsFunc(s.Payments, func(q state.Payment) bool {
		return q.ID == p.ID && q.Status == p.Status
	})
}
