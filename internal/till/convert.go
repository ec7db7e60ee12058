package till

import (
	"fmt"

	"galla/gateway"
	"galla/state"
)

// This file is the one place where payments and refunds change hands between the gateway's words and the sale's. What the
// books look at and no sale keeps is turned in operations/statement.go, which asks in the words of ToOrder and ToRefundRequest.

// fromReading turns a gateway's record of an order into the sale's words. Statuses of payments have the same values on
// both sides, "unknown" too. asked is what onDisk was before the gateway was asked.
func fromReading(r gateway.Reading, asked uint64) *state.Reading {
	out := &state.Reading{Order: string(r.Status), Asked: asked, Notes: r.Notes}
	for _, p := range r.Payments {
		out.Payments = append(out.Payments, fromPayment(p))
	}
	return out
}

func fromPayment(p gateway.Payment) state.Payment {
	return state.Payment{
		ID:          p.ID,
		Amount:      p.Amount,
		Refunded:    p.Refunded,
		PartBack:    p.RefundedUnnamed,
		Status:      state.PaymentStatus(p.Status),
		VPA:         p.VPA,
		RRN:         p.RRN,
		UPITxnID:    p.UPITxnID,
		Reason:      p.Reason,
		AccountType: p.AccountType,
		Fee:         p.Fee,
		Tax:         p.Tax,
	}
}

// fromRefund is what a gateway says of the refund with our key. A status we don't know is a refund that is not over: it
// is pending, so it is followed.
func fromRefund(key string, r gateway.Refund) *state.Refund {
	status := state.RefundStatus(r.Status)
	if r.Status == gateway.RefundUnknown {
		status = state.RefundPending
	}
	return &state.Refund{Key: key, ID: r.ID, RRN: r.RRN, Status: status}
}

// ToOrder names an attempt's order for the calls that come after its Open. The attempt has a quote.
func ToOrder(s *state.Sale, a *state.Attempt) gateway.Order {
	return gateway.Order{Reference: a.Ref, ID: a.Quote.OrderID, TransactionIDs: a.Quote.TransactionIDs, Amount: s.Amount, OpenedAt: a.AskedAt}
}

// ToRefundRequest is what a gateway is asked for a sale's refund with our key, and the gateway's name. A refund that the
// sale doesn't have is a *RequestError.
func ToRefundRequest(s *state.Sale, key string) (name string, req gateway.RefundRequest, err error) {
	r := s.Refund(key)
	if r == nil {
		return "", req, &RequestError{Field: "refund", Why: fmt.Sprintf("sale %s has no refund %.40q", s.Name(), key)}
	}
	p := s.Payment(r.PaymentID)
	if p == nil {
		return "", req, fmt.Errorf("payment %q is not in sale %s", r.PaymentID, s.ID)
	}
	req = gateway.RefundRequest{Key: r.Key, PaymentID: p.ID, RefundID: r.ID, Amount: r.Amount, Reason: r.Reason}
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
