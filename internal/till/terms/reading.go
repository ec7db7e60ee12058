package terms

import (
	"galla/gateway"
	"galla/state"
	"galla/state/statement"
)

// FromReading turns a gateway's record of an order into the sale's words. Statuses of payments have the same values on
// both sides, "unknown" too. asked is what onDisk was before the gateway was asked.
func FromReading(r gateway.Reading, asked uint64) *state.Reading {
	out := &state.Reading{Order: string(r.Status), Asked: asked, Notes: r.Notes}
	for _, p := range r.Payments {
		out.Payments = append(out.Payments, fromPayment(p))
	}
	return out
}

func fromPayment(p gateway.Payment) state.Payment {
	return state.Payment{
		ID:          p.ID,
		GatewayID:   p.GatewayID,
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
		Note:        p.Note,
	}
}

// FromRefund is what a gateway says of the refund with our key. A status we don't know is a refund that is not over: it
// is pending, so it is followed.
func FromRefund(key string, r gateway.Refund) *state.Refund {
	status := state.RefundStatus(r.Status)
	if r.Status == gateway.RefundUnknown {
		status = state.RefundPending
	}
	return &state.Refund{Key: key, ID: r.ID, RRN: r.RRN, Status: status, ByRecord: r.ByRecord}
}

// FromRecord is a payment as its gateway has it, to be looked at by the books and not kept.
func FromRecord(p gateway.Payment, o gateway.Origin) statement.Payment {
	return statement.Payment{
		ID:        p.ID,
		OrderID:   p.OrderID,
		Amount:    p.Amount,
		Refunded:  p.Refunded,
		PartBack:  p.RefundedUnnamed,
		Status:    state.PaymentStatus(p.Status),
		RRN:       p.RRN,
		CreatedAt: p.CreatedAt,
		Origin:    statement.Origin(o),
	}
}

// FromRefundRecord is the same of a refund. A status we don't know stays unknown here: nobody follows it.
func FromRefundRecord(r gateway.Refund) statement.Refund {
	return statement.Refund{ID: r.ID, Amount: r.Amount, Status: state.RefundStatus(r.Status), RRN: r.RRN}
}
