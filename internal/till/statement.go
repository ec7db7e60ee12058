package till

import (
	"context"
	"errors"
	"fmt"
	"time"

	"galla/gateway"
	"galla/state"
)

// Statement lists what a gateway recorded in a span of time. It only reads. Errors are *RequestError and *GatewayError; of a
// gateway that keeps no list, an error that is gateway.ErrUnsupported.
func (t *Till) Statement(ctx context.Context, name string, from, to time.Time) (state.Statement, error) {
	gw, err := t.lister(name)
	if err != nil {
		return state.Statement{}, err
	}
	s, err := gw.Statement(ctx, from, to)
	if err != nil {
		return state.Statement{}, AsGatewayError(name, err)
	}
	var out state.Statement
	for _, p := range s.Payments {
		out.Payments = append(out.Payments, fromRecord(p.Payment, p.Origin))
	}
	for _, r := range s.Refunds {
		back := fromRefundRecord(r.Refund)
		back.Key, back.PaymentID, back.CreatedAt = r.Key, r.PaymentID, r.CreatedAt
		out.Refunds = append(out.Refunds, back)
	}
	return out, nil
}

// Ours says whether a payment came through an order of this terminal, and which sale asked for that order: nil when the sales
// file has no such sale. A payment of another counter, of the shop's website, or of an order the gateway no longer knows is
// not. What its sale does not have of it becomes part of the sale by the till's own look, which this hastens.
func (t *Till) Ours(ctx context.Context, name string, p state.Recorded) (bool, *state.Sale, error) {
	gw, err := t.lister(name)
	if err != nil {
		return false, nil, err
	}
	o := p.Origin
	if o.Reference == "" {
		var found gateway.Origin
		if found, err = gw.Origin(ctx, p.ID); errors.Is(err, gateway.ErrNotFound) {
			return false, nil, nil
		}
		o = state.Origin(found)
	}
	if err != nil || o.Terminal != t.o.Terminal {
		return false, nil, AsGatewayError(name, err)
	}
	s, err := t.saleOf(name, o.Reference)
	if s != nil && !has(s, p) {
		t.Hint(name, o.Reference)
	}
	return true, s, err
}

// saleOf finds the sale one of whose attempts at a gateway has the reference; nil: there is none.
func (t *Till) saleOf(gw, ref string) (*state.Sale, error) {
	id, ok := saleIn(ref)
	if !ok {
		return nil, nil
	}
	s, found, err := t.o.Store.Sale(id)
	if err != nil || !found {
		return nil, err
	}
	if a := s.Attempt(ref); a == nil || a.Gateway != gw {
		return nil, nil // another box's: ids differ by chance alone
	}
	return &s, nil
}

func (t *Till) lister(name string) (gateway.HasStatement, error) {
	gw := t.gateways[name]
	if gw == nil {
		return nil, &RequestError{Field: "gateway", Why: fmt.Sprintf("no gateway is named %.40q: see galla doctor gateway", name)}
	}
	l, ok := gw.(gateway.HasStatement)
	if !ok {
		return nil, AsGatewayError(name, gateway.ErrUnsupported)
	}
	return l, nil
}

// Reread asks a gateway what it has recorded of one attempt of a sale. It changes nothing; what is new there becomes part of
// the sale by the till's own look, which this hastens where there is news.
func (t *Till) Reread(ctx context.Context, s state.Sale, ref string) ([]state.Recorded, error) {
	a := s.Attempt(ref)
	if a == nil || a.Quote == nil {
		return nil, &RequestError{Field: "attempt", Why: fmt.Sprintf("attempt %.40q of sale %s never had an order", ref, s.Name())}
	}
	gw := t.gateways[a.Gateway]
	if gw == nil {
		return nil, &RequestError{Field: "gateway", Why: fmt.Sprintf("gateway %.40q is no longer configured", a.Gateway)}
	}
	r, err := gw.Read(ctx, order(&s, a))
	if err != nil {
		return nil, AsGatewayError(a.Gateway, err)
	}
	var out []state.Recorded
	news := false
	for _, p := range r.Payments {
		got := fromRecord(p, gateway.Origin{})
		news = news || !has(&s, got)
		out = append(out, got)
	}
	if news {
		t.Hint(a.Gateway, ref)
	}
	return out, nil
}

// RereadRefund asks a gateway what became of a refund of a sale. It changes nothing. That the gateway knows no such refund is an
// answer: the zero RecordedRefund.
func (t *Till) RereadRefund(ctx context.Context, s state.Sale, key string) (state.RecordedRefund, error) {
	if s.Refund(key) == nil {
		return state.RecordedRefund{}, &RequestError{Field: "refund", Why: fmt.Sprintf("sale %s has no refund %.40q", s.Name(), key)}
	}
	gw, req, err := t.refundRequest(&s, key)
	if err != nil {
		return state.RecordedRefund{}, err
	}
	r, err := gw.ReadRefund(ctx, req)
	if err != nil && !errors.Is(err, gateway.ErrNotFound) {
		return state.RecordedRefund{}, AsGatewayError(gw.Name(), err)
	}
	return fromRefundRecord(r), nil
}
