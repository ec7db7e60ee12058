package gatewaytest

import (
	"encoding/json"
	"regexp"
	"time"

	"galla/internal/money"
)

// enkashRefund is POST /api/v0/payment/{transactionId}/refund (E13). The sample sends amount as the string "100", so
// both spellings are taken.
func (s *Sim) enkashRefund(c *call) answer {
	var in struct {
		Amount    json.Number `json:"amount"`
		RequestID string      `json:"requestId"`
		Remarks   string      `json:"remarks"`
	}
	no := func(text string) answer { return enkashNo(c, 400, codeValidation, text) }
	if text := strict(c.body, &in); text != "" {
		return no(text)
	}
	amount, err := money.ParseNumber(in.Amount.String())
	if err != nil || amount < 1 {
		return no("amount is required and must be above 0")
	}
	if in.RequestID == "" {
		return no("requestId is required")
	}

	o, p := s.byTransaction(c.r.PathValue("id"))
	if p == nil {
		return enkashNotFound(c, "Transaction")
	}
	c.about = o
	if old := s.byKey(EnKash, in.RequestID); old != nil {
		switch c.knobs.DuplicateRefund {
		case "refuse":
			return no("Duplicate requestId")
		case "same":
			return enkashOK(enkashRefunded(c, old))
		}
	}

	switch {
	case p.state != captured:
		return enkashNo(c, 400, codeFailed, "Refund is allowed for successful transactions only")
	case p.refunded(c.now) >= p.amount:
		return enkashNo(c, 400, codeFailed, "The payment has been fully refunded already")
	case amount < money.Paise(c.knobs.MinRefund):
		return enkashNo(
			c,
			400,
			codeFailed,
			"Refund amount is below the minimum amount of "+money.Paise(c.knobs.MinRefund).Decimal(),
		)
	case p.refunded(c.now)+amount > p.amount:
		return enkashNo(c, 400, codeFailed, "Refund amount is greater than the refundable amount")
	}

	r := &refund{
		api:     EnKash,
		id:      refundID(EnKash, c.dice),
		key:     in.RequestID,
		payment: p,
		amount:  amount,
		created: c.now,
		done:    c.now.Add(time.Duration(c.knobs.RefundTime)),
		fails:   c.dice.hit(c.knobs.RefundFails, "refund_fails"),
		rrn:     c.dice.text("rrn", digits, 12),
	}

	p.refunds, p.modified = append(p.refunds, r), c.now
	return enkashOK(enkashRefunded(c, r))
}

// byKey finds a refund by the merchant's key.
func (s *Sim) byKey(api API, key string) *refund {
	for _, o := range s.orders {
		for _, p := range o.payments {
			for _, r := range p.refunds {
				if r.api == api && r.key == key && key != "" {
					return r
				}
			}
		}
	}
	return nil
}

// enkashRefunded is a refund as the refund call answers it. Its statuses are not documented beyond the sample's
// CREATED; the simulator goes on with the payment's words.
func enkashRefunded(c *call, r *refund) any {
	status := map[string]string{"pending": "CREATED", "processed": "SUCCESS", "failed": "FAILED"}[r.status(c.now)]
	return map[string]any{
		"amount": json.Number(r.amount.Decimal()), "paymentMode": "UPI", "bankCode": "UPI", "bankName": "UPI",
		"currency": "INR", "status": status,
		"transactionId": r.id, "txnMsg": "Refund " + status, "txnDate": enkashTime(r.created),
		"uniqueTransactionId": r.key, "bankTransactionId": r.rrn,
	}
}

func (s *Sim) enkashRefundStatus(c *call) answer {
	var in struct {
		RequestID     string `json:"requestId"`
		TransactionID string `json:"transactionId"`
	}
	if text := strict(c.body, &in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	r := s.byKey(EnKash, in.RequestID)
	if r == nil {
		return enkashNotFound(c, "Refund")
	}
	c.about = r.payment.order
	return enkashOK(enkashRefunded(c, r))
}

var vpaShape = regexp.MustCompile(`^[A-Za-z0-9.\-_]{2,255}@[A-Za-z][A-Za-z0-9.\-]{1,63}$`)

// enkashVerifyVPA is POST /pay/charge/verify-vpa (E24); its answer's schema is not visible.
func (s *Sim) enkashVerifyVPA(c *call) answer {
	var in struct {
		MerchantOrderID       string `json:"merchantOrderId"`
		MerchantIdentifierKey string `json:"merchantIdentifierKey"`
		VPA                   string `json:"vpa"`
	}
	if text := strict(c.body, &in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	if in.MerchantOrderID == "" || in.MerchantIdentifierKey != EnKashAccessKey {
		return enkashNo(c, 400, codeValidation, "merchantOrderId and merchantIdentifierKey are required")
	}
	if !vpaShape.MatchString(in.VPA) {
		return enkashNo(c, 400, codeFailed, "Invalid VPA")
	}
	return enkashOK(map[string]any{"vpa": in.VPA, "valid": true, "name": "GAURAV KUMAR"})
}
