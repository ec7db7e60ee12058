package gatewaytest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hook is one webhook on its way to the merchant.
type hook struct {
	url    string
	body   []byte
	header http.Header
	tries  int
	id     string
}

// send plans the delivery of a webhook: once, twice, late or never, as the knobs draw. Run delivers it.
func (s *Sim) send(h *hook) {
	if h.url == "" {
		return
	}
	h.id = "evt_" + s.dice("hook "+strconv.Itoa(s.nth("hook"))).text("id", letters, 14)
	d := s.dice("hook " + h.id)
	if d.hit(s.knobs.WebhookLost, "webhook_lost") {
		return
	}
	h.header.Set("Content-Type", "application/json")
	h.header.Set("X-Razorpay-Event-Id", h.id)
	post := func(after time.Duration) {
		copy := *h
		s.at(s.now().Add(after), func() { s.hooks = append(s.hooks, &copy) })
	}
	late := time.Duration(0)
	if d.hit(s.knobs.WebhookDisorder, "webhook_disorder") {
		late = d.upTo(10*time.Second, "late")
	}
	post(late)
	if d.hit(s.knobs.WebhookDuplicate, "webhook_duplicate") {
		post(d.upTo(10*time.Second, "again"))
	}
}

// deliver posts one webhook and plans the next try when the merchant did not answer 2xx within 5 s: exponentially, for
// 24 h (R21).
func (s *Sim) deliver(ctx context.Context, h *hook) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := s.post(ctx, h)
	if err == nil {
		return
	}
	h.tries++
	wait := time.Minute << min(h.tries, 12)
	s.log.Info("a webhook was not taken", "to", h.url, "try", h.tries, "why", err)
	if wait > 24*time.Hour {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at(s.now().Add(wait), func() { s.hooks = append(s.hooks, h) })
}

func (s *Sim) post(ctx context.Context, h *hook) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(h.body))
	if err != nil {
		return err
	}
	r.Header = h.header
	res, err := s.notify.RoundTrip(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.CopyN(io.Discard, res.Body, 64<<10); err != nil && err != io.EOF {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the merchant answered %s", res.Status)
	}
	return nil
}

// razorpayEvent signs and sends an event. The body holds \/ for every slash, as the documented sample shows (R14b), and
// close_by as a string (R14).
func (s *Sim) razorpayEvent(event string, contains []string, payload map[string]any) {
	if s.knobs.WebhookURL == "" {
		return
	}
	b := encode(map[string]any{
		"entity":     "event",
		"account_id": "acc_GallaSim000001",
		"event":      event,
		"contains":   contains,
		"payload":    payload,
		"created_at": s.now().Unix(),
	})
	b = []byte(strings.ReplaceAll(string(b), "/", `\/`))
	s.send(&hook{
		url:    s.knobs.WebhookURL,
		body:   b,
		header: http.Header{"X-Razorpay-Signature": {Sign(RazorpayWebhookSecret, b)}},
	})
}

// Sign is Razorpay's webhook signature: hex HMAC-SHA256 over the raw bytes (R20).
func Sign(secret string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

// quiet is a call without a request, for entities inside webhooks: no misbehaviour of answers, live links.
func (s *Sim) quiet() *call {
	return &call{api: Razorpay, now: s.now(), knobs: Calm(), dice: s.dice("webhook"), host: "https://rzp.invalid"}
}

func (s *Sim) hookQR(o *order, zero bool) map[string]any {
	e := s.qrEntity(s.quiet(), o)
	if !o.closeBy.IsZero() {
		e["close_by"] = strconv.FormatInt(o.closeBy.Unix(), 10)
	}
	if zero { // the qr_code.credited sample still counts 0 while the payment is captured (R14)
		e["payments_amount_received"], e["payments_count_received"] = 0, 0
	}
	return map[string]any{"entity": e}
}

func (s *Sim) announceQR(o *order, event string) {
	s.razorpayEvent(event, []string{"qr_code"}, map[string]any{"qr_code": s.hookQR(o, false)})
}

// announce tells the merchant about a payment.
func (s *Sim) announce(p *payment, event string) {
	if p.api == EnKash {
		s.enkashNotify(p)
		return
	}
	pay := map[string]any{"entity": paymentEntity(s.quiet(), p)}
	s.razorpayEvent(event, []string{"payment"}, map[string]any{"payment": pay})
	if event == "payment.captured" {
		s.razorpayEvent(
			"qr_code.credited",
			[]string{"payment", "qr_code"},
			map[string]any{"payment": pay, "qr_code": s.hookQR(p.order, true)},
		)
	}
}

func (s *Sim) announceRefund(r *refund, event string) {
	c := s.quiet()
	s.razorpayEvent(event, []string{"refund", "payment"}, map[string]any{
		"refund": map[string]any{
			"entity": refundEntity(c, r),
		},
		"payment": map[string]any{"entity": paymentEntity(c, r.payment)},
	})
}

// enkashNotify is EnKash's "Payment Notify Request" to the order's notifyUrl (E25). How its checksum is made is not
// documented: the simulator sends a random one.
func (s *Sim) enkashNotify(p *payment) {
	o, c := p.order, s.quiet()
	c.api = EnKash
	zero := json.Number("0.00")
	b := encode(map[string]any{
		"surcharge": json.Number(o.surcharge.Decimal()), "surchargeGst": zero,
		"amount": json.Number(o.amount.Decimal()), "finalAmount": json.Number(p.amount.Decimal()),
		"mdr": zero, "mdrGst": zero, "transactionAmount": json.Number(p.amount.Decimal()), "paymentMode": "UPI",
		"bankCode": "UPI", "bankName": "UPI", "cardScheme": "",
		"currency": "INR", "checksum": s.dice("checksum "+p.id).text("checksum", "0123456789abcdef", 64),
		"status": enkashPaid(c, p), "transactionId": p.id,
		"txnMsg": p.reason, "uniqueTransactionId": o.id, "maskedCardNumber": "", "cardHolderName": "",
		"paymentToken": "", "bankTransactionId": p.rrn,
		"orderId": o.ref, "orderStatus": s.enkashStatus(c, o),
		"transactionStatus": enkashPaid(c, p), "txnDate": enkashTime(p.modified),
	})
	s.send(&hook{url: o.notifyURL, body: b, header: http.Header{}})
}
