package gatewaytest

import (
	"encoding/base64"
	"encoding/json"
)

// enkashQR is GET /pay/checkout/qrcode/{orderId} (S1): each call mints another transaction, the ekPayId. The id in the
// path is the order's, or the order's transaction id as EnKash's own SDK passes it (Q3).
func (s *Sim) enkashQR(c *call) answer {
	o, _ := s.byTransaction(c.r.PathValue("id"))
	switch {
	case o == nil:
		return enkashNotFound(c, "Order")
	case o.over(c.now):
		return enkashNo(c, 400, codeFailed, "Order is not in a payable state: "+s.enkashStatus(c, o))
	}

	p := &payment{
		api:      EnKash,
		id:       ekID(c.dice),
		order:    o,
		amount:   o.amount,
		state:    minted,
		created:  c.now,
		modified: c.now,
	}

	amount := asked(o, c.knobs, c.dice) + o.surcharge
	k := &code{tr: p.id, order: o, txn: p, at: c.now, amount: amount}
	am := rupees(amount, c.dice.hit(c.knobs.OtherShapes, "am"))
	k.payload = upiString(
		"ver",
		"01",
		"mode",
		"15",
		"pa",
		enkashVPA,
		"pn",
		payeeName,
		"mc",
		payeeMCC,
		"tr",
		k.tr,
		"tn",
		"Order "+o.ref,
		"am",
		am,
		"cu",
		currency(c.knobs),
		"qrMedium",
		"06",
	)

	k.payload = odd(c.knobs, k.payload, enkashVPA, am)
	o.payments, o.codes, o.modified = append(o.payments, p), append(o.codes, k), c.now
	p.amount = amount
	s.issue(k)
	c.about = o
	e := map[string]any{"ekPayId": p.id}
	if !c.dice.hit(c.knobs.NoQRURL, "no_qr_url") {
		e["qrUrl"] = k.payload
	}
	if e["qrUrl"] == nil || !s.noPictures {
		picture := base64.StdEncoding.EncodeToString(qrPNG(k.payload))
		if c.dice.hit(c.knobs.DataURI, "data_uri") {
			picture = "data:image/png;base64," + picture
		}
		e["qrCode"] = picture
	}

	return enkashOK(e)
}

// enkashIntent is GET /pay/checkout/upi-detail/{id}; the schema is not visible, the simulator names the apps it would
// open.
func (s *Sim) enkashIntent(c *call) answer {
	o, _ := s.byTransaction(c.r.PathValue("id"))
	if o == nil {
		return enkashNotFound(c, "Order")
	}
	return enkashOK(map[string]any{"transactionId": o.txn, "apps": []string{"GPAY", "PHONEPE", "PAYTM"}})
}

// enkashUPIStatus is GET /pay/checkout/status/upi/{transactionId} (E10). The id may be the merchant's order id too
// (E10b).
func (s *Sim) enkashUPIStatus(c *call) answer {
	id := c.r.PathValue("id")
	o, p := s.byTransaction(id)
	if o == nil {
		o = s.byRef(id)
	}
	if o == nil {
		return enkashNotFound(c, "Transaction")
	}
	if p == nil {
		for _, q := range o.payments {
			if p == nil || q.state == captured || p.state != captured && q.state != minted {
				p = q
			}
		}
	}
	c.about = o
	status, text := "PROCESS", "Transaction is in process"
	if p != nil {
		status = enkashUPI(c, p)
		if p.reason != "" {
			text = p.reason
		}
	}
	return enkashOK(map[string]any{"status": status, "transactionMessage": text, "orderId": o.id})
}

func enkashUPI(c *call, p *payment) string {
	switch {
	case p.state == captured && !c.now.Before(p.hidden):
		return "SUCCESS"
	case p.state == failed, p.state == withdrawn:
		return "FAILED"
	case c.dice.hit(c.knobs.UnknownStatus, "upi_status"):
		return pick(c.dice, "which", "", "QUEUED", "DEEMED")
	case p.state == pending:
		return "PENDING_WITH_BANK"
	case p.state == authorized:
		return "AUTHORIZED"
	}
	return "PROCESS"
}

// enkashPaid is the status of a transaction as the payment pages name it (E9).
func enkashPaid(c *call, p *payment) string {
	back := p.counted(c.knobs, c.now)
	switch {
	case p.state == captured && c.now.Before(p.hidden):
		return "CREATED"
	case p.state == captured && back >= p.amount:
		return "REFUNDED"
	case p.state == captured && back > 0:
		return "PARTIALLY_REFUNDED"
	case p.state == captured:
		return "SUCCESS"
	case p.state == failed:
		return "FAILED"
	case p.state == withdrawn:
		return "CANCELLED"
	case c.dice.hit(c.knobs.UnknownStatus, "payment_status"):
		return pick(c.dice, "which", "DEEMED", "ON_HOLD")
	case p.state == pending:
		return "PENDING_WITH_BANK"
	case p.state == authorized:
		return "AUTHORIZED"
	}
	return "CREATED"
}

// enkashPayment is GET /api/v0/payment/{transactionId} (E11).
func (s *Sim) enkashPayment(c *call) answer {
	o, p := s.byTransaction(c.r.PathValue("id"))
	if p == nil {
		return enkashNotFound(c, "Transaction")
	}
	c.about = o
	amount := any(json.Number(p.amount.Decimal()))
	if c.dice.hit(c.knobs.RecordInPaise, "record_in_paise "+p.id) {
		amount = map[string]any{"value": int64(p.amount), "currency": "INR"}
	}
	e := map[string]any{
		"transactionId":       p.id,
		"orderId":             o.id,
		"uniqueTransactionId": o.id,
		"created":             enkashTime(p.created),
		"lastModified":        enkashTime(p.modified),
		"status":              enkashPaid(c, p),
		"amount":              amount,
		"currency":            "INR",
		"paymentMode":         "UPI",
		"txnMsg":              p.reason,
		"bankTransactionId":   "",
	}
	if p.state == captured && !c.now.Before(p.hidden) {
		e["bankTransactionId"] = p.rrn // the only candidate for the RRN (§1.11)
	}
	return enkashOK(e)
}

// enkashMinimal is GET /api/v0/transactions/{id}/minimal (E20).
func (s *Sim) enkashMinimal(c *call) answer {
	o, p := s.byTransaction(c.r.PathValue("id"))
	if o == nil {
		return enkashNotFound(c, "Transaction")
	}
	c.about = o
	e := map[string]any{
		"orderStatus":         s.enkashStatus(c, o),
		"paymentAttemptLeft":  !o.over(c.now),
		"uniqueTransactionId": o.id,
		"transactionId":       o.txn,
		"amount":              json.Number(o.amount.Decimal()),
		"finalAmount":         json.Number((o.amount + o.surcharge).Decimal()),
		"currency":            "INR",
		"paymentMode":         "UPI",
		"checksum":            "",
		"customParameters":    o.notes,
	}
	if p != nil {
		e["transactionId"], e["transactionStatus"] = p.id, enkashPaid(c, p)
	}
	return answer{status: 200, body: envelope{0, "Success", e}}
}

// enkashExpire is PATCH /pay/charge/expire and /pay/charge/cancel: one transaction takes no payment any more. Money
// that is on its way is not stopped.
func (s *Sim) enkashExpire(c *call) answer {
	var in struct {
		TransactionID string `json:"transactionId"`
		Remark        string `json:"remark"`
	}
	return s.enkashStop(c, &in, func() (answer, bool) {
		_, p := s.byTransaction(in.TransactionID)
		if p == nil {
			return enkashNotFound(c, "Transaction"), false
		}
		if p.state == minted || p.state == started {
			p.step(c.now, withdrawn)
		}
		c.about = p.order
		return enkashOK(map[string]any{"transactionId": p.id, "status": enkashPaid(c, p)}), true
	})
}

// enkashCancel is PATCH /pay/charge/order/cancel: the whole order, by the order's own transaction id (E20).
func (s *Sim) enkashCancel(c *call) answer {
	var in struct {
		TransactionID string `json:"transactionId"`
		Reason        string `json:"reason"`
	}
	return s.enkashStop(c, &in, func() (answer, bool) {
		o, p := s.byTransaction(in.TransactionID)
		switch {
		case o == nil || p != nil || in.TransactionID != o.txn:
			return enkashNotFound(c, "Transaction"), false
		case o.paid():
			return enkashNo(c, 400, codeFailed, "Order is already PAID"), false
		}
		c.about = o
		if o.closed.IsZero() {
			o.closed, o.modified = c.now, c.now
		}
		return enkashOK(map[string]any{"transactionId": o.txn, "orderStatus": "CANCELLED"}), true
	})
}

// enkashStop is what the undocumented PATCH calls have in common.
func (s *Sim) enkashStop(c *call, in any, do func() (answer, bool)) answer {
	if c.knobs.NoCancel {
		return enkashNoRoute(c)
	}
	if text := strict(c.body, in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	a, done := do()
	if done && c.dice.hit(c.knobs.CloseErrors, "close_errors") {
		return enkashNo(c, 500, codeFailed, "Something went wrong")
	}
	return a
}
