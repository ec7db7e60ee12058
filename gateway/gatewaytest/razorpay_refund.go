package gatewaytest

import (
	"regexp"
	"strings"
	"time"

	"galla/internal/money"
)

var refundKeyShape = regexp.MustCompile(`^[A-Za-z0-9_-]{10,}$`)

// halfYear is how old a payment may be to be refunded (R15).
const halfYear = 182 * 24 * time.Hour

// refundCreate is POST /v1/payments/{id}/refund (R15, R16).
func (s *Sim) refundCreate(c *call) answer {
	p, no := s.pay(c)
	if p == nil {
		return no
	}
	var in struct {
		Amount  *int64            `json:"amount"`
		Speed   string            `json:"speed"`
		Notes   map[string]string `json:"notes"`
		Receipt string            `json:"receipt"`
	}

	if text := refused(c, &in, "amount", "speed", "notes", "receipt"); text != "" {
		return payError(400, text, "")
	}
	key := c.r.Header.Get("X-Refund-Idempotency")
	if _, sent := c.r.Header["X-Refund-Idempotency"]; sent {
		if !refundKeyShape.MatchString(key) {
			return payError(400, "The idempotency key must be at least 10 characters of letters, "+
				"digits, hyphen and underscore", "")
		}
		if c.dice.hit(c.knobs.RefundInFlight, "refund_in_flight") {
			return payError(409, "Another request with the same idempotency key is still in progress", "")
		}
		if old := s.byKey(Razorpay, key); old != nil {
			if old.body != string(c.body) || old.payment != p {
				return payError(409, "Different request with the same idempotency key has already been processed", "")
			}
			return answer{status: 200, body: refundEntity(c, old)}
		}
	}

	back := p.refunded(c.now)
	amount := p.amount - back
	if in.Amount != nil {
		amount = money.Paise(*in.Amount)
	}
	switch {
	case in.Speed != "" && in.Speed != "normal" && in.Speed != "optimum":
		return payError(400, "The selected speed is invalid", "speed")
	case p.state != captured:
		return payError(400, "The payment status should be captured for action to be taken", "")
	case back >= p.amount:
		return payError(400, "The payment has been fully refunded already", "")
	case amount < max(100, money.Paise(c.knobs.MinRefund)):
		return payError(400, "The amount must be at least INR "+max(100, money.Paise(c.knobs.MinRefund)).Decimal(),
			"amount")
	case amount > p.amount-back:
		return payError(400, "The refund amount provided is greater than amount captured", "amount")
	case c.now.Sub(p.captured) > halfYear:
		return payError(400, "The payment is older than 6 months and cannot be refunded", "")
	}

	if text := badNotes(in.Notes); text != "" {
		return payError(400, text, "notes")
	}
	r := &refund{
		api:     Razorpay,
		id:      refundID(Razorpay, c.dice),
		key:     key,
		body:    string(c.body),
		receipt: in.Receipt,
		notes:   in.Notes,
		speed:   in.Speed,
		payment: p,
		amount:  amount,
		created: c.now,
		done:    c.now.Add(time.Duration(c.knobs.RefundTime)),
		fails:   c.dice.hit(c.knobs.RefundFails, "refund_fails"),
		rrn:     c.dice.text("rrn", digits, 12),
	}

	p.refunds, p.modified = append(p.refunds, r), c.now
	s.announceRefund(r, "refund.created")
	s.at(r.done, func() { s.announceRefund(r, "refund."+r.status(s.now())) })
	return answer{status: 200, body: refundEntity(c, r)}
}

// refundEntity is a refund as R17 shows it; speed_* stands on it only if a speed was sent.
func refundEntity(c *call, r *refund) map[string]any {
	status := r.status(c.now)
	if status == "pending" && c.dice.hit(c.knobs.UnknownStatus, "refund_status") {
		status = "queued"
	}
	e := map[string]any{
		"id":            r.id,
		"entity":        "refund",
		"amount":        int64(r.amount),
		"currency":      "INR",
		"payment_id":    r.payment.id,
		"notes":         notesJSON(r.notes),
		"receipt":       textOrNull(r.receipt),
		"acquirer_data": map[string]any{"rrn": nil},
		"created_at":    r.created.Unix(),
		"batch_id":      nil,
		"status":        status,
	}
	if status == "processed" {
		e["acquirer_data"] = map[string]any{"rrn": r.rrn}
	}
	if r.speed != "" {
		e["speed_requested"], e["speed_processed"] = r.speed, "normal"
	}
	return e
}

func (s *Sim) refundsOf(c *call) answer {
	p, no := s.pay(c)
	if p == nil {
		return no
	}
	return s.refundPage(c, []*payment{p})
}

func (s *Sim) refundList(c *call) answer {
	var all []*payment
	for _, o := range s.orders {
		if o.api == Razorpay && o.key == c.keyID() {
			all = append(all, o.payments...)
		}
	}
	return s.refundPage(c, all)
}

func (s *Sim) refundPage(c *call, of []*payment) answer {
	p, text := paging(c)
	if text != "" {
		return payError(400, text, "")
	}
	found := []map[string]any{}
	for _, pay := range of {
		for _, r := range pay.refunds {
			if p.window(r.created) {
				found = append(found, refundEntity(c, r))
			}
		}
	}
	return collection(p, found)
}

// refund finds the refund a path names.
func (s *Sim) refund(c *call) (*refund, answer) {
	id := c.r.PathValue("rid")
	if !strings.HasPrefix(id, "rfnd_") || !razorpayID.MatchString(id) {
		return nil, payError(400, id+" is not a valid id", "")
	}
	for _, o := range s.orders {
		if o.api != Razorpay || o.key != c.keyID() {
			continue
		}
		for _, p := range o.payments {
			if want := c.r.PathValue("id"); want != "" && want != p.id {
				continue
			}
			for _, r := range p.refunds {
				if r.id == id {
					c.about = o
					return r, answer{}
				}
			}
		}
	}
	return nil, payError(400, "The id provided does not exist", "")
}

func (s *Sim) refundFetch(c *call) answer {
	r, no := s.refund(c)
	if r == nil {
		return no
	}
	return answer{status: 200, body: refundEntity(c, r)}
}

func (s *Sim) refundUpdate(c *call) answer {
	r, no := s.refund(c)
	if r == nil {
		return no
	}
	var in struct {
		Notes map[string]string `json:"notes"`
	}
	if text := refused(c, &in, "notes"); text != "" {
		return payError(400, text, "")
	}
	r.notes = in.Notes
	return answer{status: 200, body: refundEntity(c, r)}
}
