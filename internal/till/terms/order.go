package terms

import (
	"cmp"
	"fmt"

	"galla/gateway"
	"galla/state"
)

// fromQuote is an order's QR as a sale keeps it.
func fromQuote(q gateway.Quote) *state.Quote {
	return &state.Quote{
		OrderID:        q.ID,
		TransactionIDs: q.TransactionIDs,
		Payload:        q.Payload,
		PayeeVPA:       q.PayeeVPA,
		PayeeName:      q.PayeeName,
		ValidUntil:     q.ValidUntil,
		TestMode:       q.TestMode,
	}
}

// ToOrder names an attempt's order for the calls that come after its Open. The attempt has a quote.
func ToOrder(s *state.Sale, a *state.Attempt) gateway.Order {
	return gateway.Order{
		Reference:      a.Ref,
		ID:             a.Quote.OrderID,
		TransactionIDs: a.Quote.TransactionIDs,
		Amount:         s.Amount,
		OpenedAt:       a.AskedAt,
	}
}

// ToRefundRequest is what a gateway is asked for a sale's refund with our key, and the gateway's name. The refund, or
// its payment, may be missing in the sale: that is an error.
func ToRefundRequest(s *state.Sale, key string) (name string, req gateway.RefundRequest, err error) {
	r := s.Refund(key)
	if r == nil {
		return "", req, fmt.Errorf("sale %s has no refund %.40q", s.Name(), key)
	}
	p := s.Payment(r.PaymentID)
	if p == nil {
		return "", req, fmt.Errorf("payment %q is not in sale %s", r.PaymentID, s.ID)
	}
	req = gateway.RefundRequest{
		Key:       r.Key,
		PaymentID: cmp.Or(p.GatewayID, p.ID),
		RefundID:  r.ID,
		Amount:    r.Amount,
		Reason:    r.Reason,
	}
	if a := s.Attempt(p.Attempt); a != nil && a.Quote != nil {
		req.OrderID = a.Quote.OrderID
	}
	for _, other := range s.Refunds {
		if other.PaymentID == r.PaymentID && other.Key != r.Key && other.Reserved() {
			req.Others = append(req.Others, other.Key)
		}
	}
	return p.Gateway, req, nil
}
