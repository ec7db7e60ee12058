package till

import (
	"slices"

	"galla/gateway"
	"galla/state"
)

// This file is the one place where payments and refunds change hands between the gateway's words and the sale's.

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

// has says whether a sale has a payment already as its gateway tells it: the id, with the same status.
func has(s *state.Sale, p state.Recorded) bool {
	return slices.ContainsFunc(s.Payments, func(q state.Payment) bool {
		return q.ID == p.ID && q.Status == p.Status
	})
}

// fromRecord is a payment as its gateway has it, to be looked at and not kept.
func fromRecord(p gateway.Payment, o gateway.Origin) state.Recorded {
	return state.Recorded{
		ID:        p.ID,
		OrderID:   p.OrderID,
		Amount:    p.Amount,
		Refunded:  p.Refunded,
		Status:    state.PaymentStatus(p.Status),
		RRN:       p.RRN,
		CreatedAt: p.CreatedAt,
		Origin:    state.Origin(o),
	}
}

// fromRefundRecord is the same of a refund. A status we don't know stays unknown here: nobody follows it.
func fromRefundRecord(r gateway.Refund) state.RecordedRefund {
	return state.RecordedRefund{ID: r.ID, Amount: r.Amount, Status: state.RefundStatus(r.Status), RRN: r.RRN}
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

// toRefundRequest is what a gateway is asked for a refund r of a sale's payment p.
func toRefundRequest(s *state.Sale, p *state.Payment, r *state.Refund) gateway.RefundRequest {
	req := gateway.RefundRequest{Key: r.Key, PaymentID: p.ID, RefundID: r.ID, Amount: r.Amount, Reason: r.Reason}
	if a := s.Attempt(p.Attempt); a != nil && a.Quote != nil {
		req.OrderID = a.Quote.OrderID
	}
	for _, other := range s.Refunds {
		if other.PaymentID == r.PaymentID && other.Key != r.Key && other.Reserved() {
			req.Others = append(req.Others, other.Key)
		}
	}
	return req
}

// paymentOf finds a payment by the name that refunds and items give it: its id, or "gateway/id" where two gateways gave
// the same id. Nil: there is none.
func paymentOf(s *state.Sale, name string) *state.Payment {
	i := slices.IndexFunc(s.Payments, func(p state.Payment) bool { return p.ID == name })
	if i < 0 {
		i = slices.IndexFunc(s.Payments, func(p state.Payment) bool { return p.Gateway+"/"+p.ID == name })
	}
	if i < 0 {
		return nil
	}
	return &s.Payments[i]
}
