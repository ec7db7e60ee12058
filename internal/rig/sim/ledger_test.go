package sim

import (
	"galla/gateway/gatewaytest"
)

// ledger is the banks' book, in which every sale has an order of its own. The payment of a debit has the id that the
// box gives it, which is the debit's reference: whoever first speaks of that money may not know the gateway's. Of a
// standing QR each payment is an order, whose reference is the payment's id; and the QR itself is one, which has none.
func (w *world) ledger() gatewaytest.Ledger {
	l := w.sim.Ledger()
	if !w.plan.round && !w.plan.stand {
		return l
	}
	debits, stands, names := map[string]string{}, map[string]bool{}, map[string]string{}
	for _, o := range l.Orders {
		if o.Mandate != "" {
			debits[o.ID] = o.References[0]
		}
		stands[o.ID] = o.MultipleUse
	}
	for i := range l.Payments {
		p := &l.Payments[i]
		switch {
		case debits[p.OrderID] != "":
			names[p.ID] = debits[p.OrderID]
			p.ID = debits[p.OrderID]
		case stands[p.OrderID]:
			l.Orders = append(l.Orders, gatewaytest.LedgerOrder{
				API:         p.API,
				ID:          p.ID,
				References:  []string{p.ID},
				Amount:      p.Amount,
				Status:      "paid",
				CreatedAt:   p.CreatedAt,
				MultipleUse: true,
			})
			p.OrderID = p.ID
		}
	}
	for i := range l.Refunds {
		if id := names[l.Refunds[i].PaymentID]; id != "" {
			l.Refunds[i].PaymentID = id
		}
	}
	return l
}
