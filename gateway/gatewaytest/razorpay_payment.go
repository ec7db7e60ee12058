package gatewaytest

import (
	"maps"
	"slices"
	"strings"
	"time"

	"galla/internal/money"
)

// paymentEntity is a payment as R9 and R25 show it.
func paymentEntity(c *call, p *payment) map[string]any {
	o := p.order
	back := p.counted(c.knobs, c.now)
	status, refundStatus := string(p.state), any(nil)
	switch p.state {
	case started, pending:
		status = "created"
	case captured:
		if back > 0 {
			refundStatus = "partial"
		}
		if back >= p.amount {
			status, refundStatus = "refunded", "full"
		}
	}

	if p.returned {
		status, refundStatus, back = "refunded", "full", p.amount
	}
	if c.dice.hit(c.knobs.UnknownStatus, "payment_status "+p.id) && (status == "created" || status == "authorized") {
		status = "pending_review"
	}
	notes := o.notes
	if p.notes != nil {
		notes = p.notes
	}
	e := map[string]any{
		"id":                p.id,
		"entity":            "payment",
		"amount":            int64(p.amount),
		"currency":          "INR",
		"status":            status,
		"order_id":          nil,
		"invoice_id":        nil,
		"international":     false,
		"method":            "upi",
		"amount_refunded":   int64(back),
		"refund_status":     refundStatus,
		"captured":          p.state == captured,
		"description":       "QRv2 Payment",
		"card_id":           nil,
		"bank":              nil,
		"wallet":            nil,
		"vpa":               p.vpa,
		"email":             nil,
		"contact":           nil,
		"customer_id":       textOrNull(o.customer),
		"notes":             notesJSON(notes),
		"fee":               nil,
		"tax":               nil,
		"error_code":        nil,
		"error_description": nil,
		"error_source":      nil,
		"error_step":        nil,
		"error_reason":      nil,
		"acquirer_data": map[string]any{
			"rrn": nil,
		},
		"created_at": p.created.Unix(),
		"upi":        map[string]any{"payer_account_type": "bank_account", "vpa": p.vpa, "flow": "qr"},
	}

	if p.state == captured {
		fee := max(p.amount/50, 1)
		e["fee"], e["tax"] = int64(fee), int64(fee*18/100)
		e["acquirer_data"] = map[string]any{"rrn": p.rrn}
		if c.dice.hit(50, "upi_transaction_id "+p.id) {
			e["acquirer_data"] = map[string]any{"rrn": p.rrn, "upi_transaction_id": p.upiTxn}
		}
	}

	if p.state == failed {
		e["error_code"], e["error_description"] = "BAD_REQUEST_ERROR", "Payment was unsuccessful. "+
			"Try using another method."
		e["error_source"], e["error_step"], e["error_reason"] = "customer", "payment_authentication", p.reason
	}
	return e
}

func (c *call) sees(p *payment) bool { return !c.now.Before(p.hidden) }

// qrPayments is GET /v1/payments/qr_codes/{id}/payments (R9).
func (s *Sim) qrPayments(c *call) answer {
	o, no := s.qr(c)
	if o == nil {
		return no
	}
	return s.payments(c, []*order{o})
}

func (s *Sim) paymentList(c *call) answer { return s.payments(c, s.orders) }

func (s *Sim) payments(c *call, of []*order) answer {
	p, text := paging(c)
	if text != "" {
		return payError(400, text, "")
	}
	found := []map[string]any{}
	for _, o := range of {
		for _, pay := range o.payments {
			if o.api == Razorpay && o.key == c.keyID() && p.window(pay.created) && c.sees(pay) {
				found = append(found, paymentEntity(c, pay))
			}
		}
	}
	return collection(p, found)
}

// pay finds the payment a path names.
func (s *Sim) pay(c *call) (*payment, answer) {
	id := c.r.PathValue("id")
	if !strings.HasPrefix(id, "pay_") || !razorpayID.MatchString(id) {
		return nil, payError(400, id+" is not a valid id", "")
	}
	p := s.payment(Razorpay, id)
	if p == nil || p.order.key != c.keyID() || !c.sees(p) {
		return nil, payError(400, "The id provided does not exist", "")
	}
	c.about = p.order
	return p, answer{}
}

func (s *Sim) paymentFetch(c *call) answer {
	p, no := s.pay(c)
	if p == nil {
		return no
	}
	return answer{status: 200, body: paymentEntity(c, p)}
}

// paymentUpdate is PATCH /v1/payments/{id}: its notes and nothing else.
func (s *Sim) paymentUpdate(c *call) answer {
	p, no := s.pay(c)
	if p == nil {
		return no
	}
	var in struct {
		Notes map[string]string `json:"notes"`
	}
	if text := refused(c, &in, "notes"); text != "" {
		return payError(400, text, "")
	}
	if text := badNotes(in.Notes); text != "" {
		return payError(400, text, "notes")
	}
	p.notes = in.Notes
	return answer{status: 200, body: paymentEntity(c, p)}
}

// paymentCapture is POST /v1/payments/{id}/capture (R25), for a payment that stays authorized.
func (s *Sim) paymentCapture(c *call) answer {
	p, no := s.pay(c)
	if p == nil {
		return no
	}
	var in struct {
		Amount   int64  `json:"amount"`
		Currency string `json:"currency"`
	}
	if text := refused(c, &in, "amount", "currency"); text != "" {
		return payError(400, text, "")
	}
	switch {
	case p.state == captured:
		return payError(400, "This payment has already been captured", "")
	case p.state != authorized || p.returned:
		return payError(400, "Only payments which have been authorized and not yet captured can be captured", "")
	case money.Paise(in.Amount) != p.amount:
		return payError(400, "Capture amount must be equal to the amount authorized", "amount")
	}
	s.capture(p)
	return answer{status: 200, body: paymentEntity(c, p)}
}

// downtime is one outage the gateway announces (R26).
type downtime struct {
	id         string
	begin, end time.Time
	severity   string
	instrument map[string]string
}

// Outage announces a downtime of UPI from now for d: of one handle such as "okbank", or of all where handle is empty.
func (s *Sim) Outage(handle, severity string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := map[string]string{"vpa_handle": "ALL"}
	if handle != "" {
		in["vpa_handle"] = handle
	}
	s.downs = append(
		s.downs,
		downtime{"down_" + s.dice("downtime "+handle).text("id", letters, 14), s.now(), s.now().Add(d), severity, in},
	)
}

func (d downtime) entity(now time.Time) map[string]any {
	status, end := "started", any(nil)
	if !now.Before(d.end) {
		status, end = "resolved", d.end.Unix()
	}
	return map[string]any{
		"id":         d.id,
		"entity":     "payment.downtime",
		"method":     "upi",
		"begin":      d.begin.Unix(),
		"end":        end,
		"status":     status,
		"scheduled":  false,
		"severity":   d.severity,
		"instrument": maps.Clone(d.instrument),
		"created_at": d.begin.Unix(),
		"updated_at": d.begin.Unix(),
	}
}

func (s *Sim) downtimes(c *call) answer {
	found := []any{}
	for _, d := range s.downs {
		found = append(found, d.entity(c.now))
	}
	return answer{status: 200, body: map[string]any{"entity": "collection", "count": len(found), "items": found}}
}

func (s *Sim) downtime(c *call) answer {
	i := slices.IndexFunc(s.downs, func(d downtime) bool { return d.id == c.r.PathValue("id") })
	if i < 0 {
		return payError(400, "The id provided does not exist", "")
	}
	return answer{status: 200, body: s.downs[i].entity(c.now)}
}
