package razorpay

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// The rows of the project's gateway-troubles.md that this client can show. What a row asks of the till (queues,
// screens, registers) is shown there; here stands what the till is told.

func (s *shop) read(c *Client, q gateway.Quote) gateway.Reading {
	s.t.Helper()
	r, err := c.Read(s.t.Context(), q.Order)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func TestTrouble_A1(t *testing.T) { // failed, then authorised, then captured days later
	s := newShop(t)
	c := s.client()
	q := s.open(c, "A1")
	pay := s.pay(q.ID, 25050, "failed", map[string]any{"error_reason": "payment_timed_out"})
	if err := c.Close(t.Context(), q.Order); err != nil {
		t.Fatal(err)
	}
	r := s.read(c, q)
	if r.Status != gateway.OrderClosed || r.Payments[0].Status != gateway.PaymentFailed ||
		r.Payments[0].Reason != "payment_timed_out" ||
		!strings.Contains(strings.Join(r.Notes, " "), "the money may still arrive") {
		t.Errorf("failed: %+v", r)
	}
	s.pass(12 * time.Minute)
	s.set(q.ID, pay, map[string]any{"status": "authorized"})
	if r := s.read(c, q); r.Payments[0].Status != gateway.PaymentProcessing {
		t.Errorf("authorised: %+v", r)
	}
	s.pass(48 * time.Hour)
	s.set(q.ID, pay, map[string]any{"status": "captured", "captured": true})
	if r := s.read(c, q); r.Status != gateway.OrderPaid || r.Payments[0].Status != gateway.PaymentCaptured {
		t.Errorf("captured: %+v", r)
	}
}

func TestTrouble_A2(t *testing.T) { // cancel races a capture, both ways round
	for _, captureFirst := range []bool{true, false} {
		s := newShop(t)
		c := s.client()
		q := s.open(c, "A2")
		if captureFirst {
			s.pay(q.ID, 25050, "captured")
		}
		if err := c.Close(t.Context(), q.Order); err != nil {
			t.Fatalf("a QR that was paid meanwhile is closed too: %v", err)
		}
		if !captureFirst {
			s.pay(q.ID, 25050, "captured")
		}
		if r := s.read(c, q); r.Status != gateway.OrderPaid {
			t.Errorf("capture first %v: %+v", captureFirst, r)
		}
	}
}

func TestTrouble_A5(t *testing.T) { // past its close_by, and still called active
	s := newShop(t)
	c := s.client()
	q := s.open(c, "A5")
	s.pass(time.Hour)
	if r := s.read(c, q); r.Status != gateway.OrderOpen || !q.ValidUntil.Before(s.clock()) {
		t.Errorf("%+v: the quote's own end must have passed, whatever the gateway calls the QR", r)
	}
	if err := c.Close(t.Context(), q.Order); err != nil || s.active() != 0 {
		t.Errorf("closing it explicitly: %v", err)
	}
}

func TestTrouble_A6(t *testing.T) { // two captured payments on one QR
	s := newShop(t)
	c := s.client()
	q := s.open(c, "A6")
	a, b := s.pay(q.ID, 25050, "captured"), s.pay(q.ID, 25050, "captured")
	r := s.read(c, q)
	if len(r.Payments) != 2 || r.Payments[0].ID != a || r.Payments[1].ID != b ||
		r.Payments[1].Status != gateway.PaymentCaptured {
		t.Fatalf("%+v", r)
	}
	_, err := c.Refund(t.Context(), gateway.RefundRequest{Key: "second-of-A6", PaymentID: b, Amount: 25050})
	if err != nil || len(s.refunds) != 1 {
		t.Errorf("giving the second back: %v", err)
	}
}

func TestTrouble_A7(t *testing.T) { // the customer is debited, the list stays empty although the QR says it was paid
	s := newShop(t)
	c := s.client()
	q := s.open(c, "A7")
	s.qrs[0]["status"], s.qrs[0]["close_reason"] = "closed", "paid"
	r := s.read(c, q)
	if r.Status != gateway.OrderUnknown || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "isn't listed yet") {
		t.Errorf("%+v: must neither be paid nor closed", r)
	}
	s.pass(20 * time.Hour)
	s.pay(q.ID, 25050, "captured")
	if r := s.read(c, q); r.Status != gateway.OrderPaid {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_A10(t *testing.T) { // stuck in authorized
	s := newShop(t)
	c := s.client()
	q := s.open(c, "A10")
	pay := s.pay(q.ID, 25050, "authorized")
	r := s.read(c, q)
	if r.Status == gateway.OrderPaid || r.Payments[0].Status != gateway.PaymentProcessing ||
		!strings.Contains(r.Notes[0], "automatic capture") {
		t.Errorf("%+v", r)
	}
	if _, err := c.Capture(t.Context(), r.Payments[0]); err != gateway.ErrUnsupported || s.sent("capture") != 0 {
		t.Errorf("a shop whose policy is not to capture: %v", err)
	}
	late := s.client(func(cfg *Config) { cfg.CaptureLate = true })
	if p, err := late.Capture(t.Context(), r.Payments[0]); err != nil || p.Status != gateway.PaymentCaptured ||
		p.ID != pay {
		t.Errorf("a shop whose policy is to capture: %+v, %v", p, err)
	}
	if p, err := late.Capture(t.Context(), r.Payments[0]); err != nil || p.Status != gateway.PaymentCaptured {
		t.Errorf("captured by somebody else meanwhile: %+v, %v", p, err)
	}
	s.set(
		q.ID,
		pay,
		map[string]any{"status": "refunded", "captured": false, "amount_refunded": 25050, "refund_status": "full"},
	)
	// Gone back by itself after three days: visible, and never money that the shop had.
	if r := s.read(c, q); r.Payments[0].Status != gateway.PaymentFailed || r.Payments[0].Reason != "not_captured" ||
		len(r.Notes) == 0 {
		t.Errorf("gone back by itself after three days: %+v", r)
	}
}

func TestTrouble_A13(t *testing.T) { // captured, then given back by the bank within a minute
	s := newShop(t)
	c := s.client()
	q := s.open(c, "A13")
	pay := s.pay(q.ID, 25050, "captured")
	for _, as := range []map[string]any{
		{"refund_status": "full", "amount_refunded": 25050},
		{"status": "refunded", "refund_status": "full", "amount_refunded": 25050},
		{"status": "refunded", "refund_status": nil, "amount_refunded": nil},
	} {
		s.set(q.ID, pay, as)
		if r := s.read(c, q); r.Status == gateway.OrderPaid || r.Payments[0].Status != gateway.PaymentRefunded ||
			r.Payments[0].Refunded != 25050 {
			t.Errorf("%v: %+v", as, r)
		}
	}
	s.set(q.ID, pay, map[string]any{"status": "captured", "refund_status": "partial", "amount_refunded": 50})
	if r := s.read(c, q); r.Status != gateway.OrderPaid || r.Payments[0].Refunded != 50 {
		t.Errorf("a part: %+v", r)
	}
}

func TestTrouble_A14(t *testing.T) { // a failed attempt, then a good one on the same QR
	s := newShop(t)
	c := s.client()
	q := s.open(c, "A14")
	s.pay(q.ID, 25050, "failed", map[string]any{"error_reason": "insufficient_funds"})
	if r := s.read(c, q); r.Status != gateway.OrderOpen {
		t.Errorf("after the failure the QR is still good: %+v", r)
	}
	s.pay(q.ID, 25050, "captured")
	if r := s.read(c, q); r.Status != gateway.OrderPaid || len(r.Payments) != 2 {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_A15(t *testing.T) { // a timeout is unknown, and so is a 409
	s := newShop(t)
	c := s.client()
	q := s.open(c, "A15")
	pay := s.pay(q.ID, 25050, "captured")
	s.spoil(spoilt{
		on:     "/refund",
		status: 409,
		body:   `{"error":{"code":"BAD_REQUEST_ERROR","description":"A text nobody has documented"}}`,
	})
	_, err := c.Refund(t.Context(), gateway.RefundRequest{Key: "A15-refund-1", PaymentID: pay, Amount: 100})
	fails(t, err, gateway.ClassUnknown, "409")
}

// created is the body of a create.
func created(t *testing.T, s *shop, ref string) (body map[string]any) {
	t.Helper()
	s.open(s.client(), ref)
	if err := json.Unmarshal([]byte(s.last().body), &body); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestTrouble_B7(t *testing.T) { // close_by belongs to a single_use QR only, and that one must be of a fixed amount
	body := created(t, newShop(t), "B7")
	if body["usage"] != "single_use" || body["fixed_amount"] != true || body["payment_amount"] != 25050.0 {
		t.Errorf("%v", body)
	}
	if by, ok := body["close_by"].(float64); !ok || by <= 0 {
		t.Errorf("close_by is %v", body["close_by"])
	}
}

func TestTrouble_B8(t *testing.T) { // a field that isn't documented would be refused; also see testdata/create*.golden
	s := newShop(t)
	c := s.client()
	for k := range created(t, s, "B8") {
		if !strings.Contains(
			" type name usage fixed_amount payment_amount description close_by notes tax_invoice ",
			" "+k+" ",
		) {
			t.Errorf("field %q is none that Razorpay documents", k)
		}
	}
	ch := s.charge("B8b")
	ch.SaleID, ch.Terminal = strings.Repeat("ग", 300), ""
	if _, err := c.Open(t.Context(), ch); err != nil {
		t.Errorf("long notes are cut: %v", err)
	}
	if strings.Contains(s.last().body, `"terminal"`) || strings.Count(s.last().body, "ग") != 256 {
		t.Errorf("body %s", s.last().body)
	}
}

func TestTrouble_F1(t *testing.T) { // a lost refund answer, then a restart: one refund
	s := newShop(t)
	c := s.client()
	q := s.open(c, "F1")
	pay := s.pay(q.ID, 25050, "captured")
	req := gateway.RefundRequest{Key: "stored-before-1", PaymentID: pay, Amount: 25050, Reason: "returned"}
	s.spoil(spoilt{on: "/refund", applied: true})
	_, err := c.Refund(t.Context(), req)
	fails(t, err, gateway.ClassUnknown)
	again := s.client() // the restart
	f, err := again.Refund(t.Context(), req)
	if err != nil || len(s.refunds) != 1 {
		t.Fatalf("%v, %d refunds", err, len(s.refunds))
	}
	if g, err := again.ReadRefund(t.Context(), req); err != nil || g != f {
		t.Errorf("%+v, %v", g, err)
	}
}

func TestTrouble_F6(
	t *testing.T,
) { // the repeat of a refund goes out under the key that was stored before the first send, with the same body
	s := newShop(t)
	c := s.client()
	q := s.open(c, "F6")
	pay := s.pay(q.ID, 25050, "captured")
	req := gateway.RefundRequest{Key: "stored-before-1", PaymentID: pay, Amount: 25050, Reason: "returned"}
	s.spoil(spoilt{on: "/refund", applied: true})
	_, err := c.Refund(t.Context(), req)
	fails(t, err, gateway.ClassUnknown)
	again := s.client()
	if _, err := again.Refund(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if a, b := s.calls[len(s.calls)-2], s.calls[len(s.calls)-1]; a.body != b.body ||
		a.header.Get("X-Refund-Idempotency") != req.Key ||
		b.header.Get("X-Refund-Idempotency") != req.Key {
		t.Errorf("the repeat differs: %+v and %+v", a, b)
	}
	_, err = again.Refund(t.Context(), gateway.RefundRequest{Key: "short", PaymentID: pay, Amount: 100})
	fails(t, err, gateway.ClassRejected)
}

func TestTrouble_F3(t *testing.T) { // both kinds of 409
	s := newShop(t)
	c := s.client()
	q := s.open(c, "F3")
	pay := s.pay(q.ID, 25050, "captured")
	req := gateway.RefundRequest{Key: "same-key-0001", PaymentID: pay, Amount: 5000}
	if _, err := c.Refund(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	other := req
	other.Amount = 6000
	_, err := c.Refund(t.Context(), other)
	different := fails(t, err, gateway.ClassUnknown, "409", "another body")
	_, err = c.ReadRefund(t.Context(), other)
	fails(t, err, gateway.ClassUnavailable, "over ₹50.00, asked was ₹60.00") // what was really given back
	s.spoil(spoilt{
		on:     "/refund",
		status: 409,
		body: `{"error":{"code":"BAD_REQUEST_ERROR","description":"Another request with the same idempotency ` +
			`key is still in progress"}}`,
	})
	_, err = c.Refund(t.Context(), req)
	if running := fails(t, err, gateway.ClassUnknown, "409", "still runs"); running.Operator == different.Operator {
		t.Error("the two must be told apart")
	}
}

func TestTrouble_F4(t *testing.T) { // pending, then failed
	s := newShop(t)
	c := s.client()
	q := s.open(c, "F4")
	req := gateway.RefundRequest{Key: "F4-refund-001", PaymentID: s.pay(q.ID, 25050, "captured"), Amount: 25050}
	f, err := c.Refund(t.Context(), req)
	if err != nil || f.Status != gateway.RefundPending {
		t.Fatalf("%+v, %v", f, err)
	}
	for status, want := range map[string]gateway.RefundStatus{"failed": gateway.RefundFailed,
		"processed": gateway.RefundProcessed, "reversed?": gateway.RefundUnknown} {
		s.refunds[0]["status"] = status
		if f, err := c.ReadRefund(t.Context(), req); err != nil || f.Status != want {
			t.Errorf("%s: %+v, %v", status, f, err)
		}
	}
}

// TestRefundOfAnotherAmount: an answer about another sum is no proof that ours went back.
func TestRefundOfAnotherAmount(t *testing.T) {
	s := newShop(t)
	c := s.client()
	q := s.open(c, "F4b")
	req := gateway.RefundRequest{Key: "F4b-refund-001", PaymentID: s.pay(q.ID, 25050, "captured"), Amount: 10000}
	other := `{"id":"rfnd_1","entity":"refund","amount":25050,"payment_id":"` + req.PaymentID + `","receipt":"` +
		req.Key + `","status":"processed"}`
	s.spoil(spoilt{on: "POST /v1/payments/" + req.PaymentID + "/refund", status: 200, body: other})
	_, err := c.Refund(t.Context(), req)
	fails(t, err, gateway.ClassUnknown, "₹250.50", "₹100.00", "dashboard")
	s.spoil(spoilt{on: "/refunds", status: 200, body: `{"items":[` + other + `]}`})
	_, err = c.ReadRefund(t.Context(), req)
	fails(t, err, gateway.ClassUnavailable, "₹250.50", "₹100.00")
	req.RefundID = "rfnd_1"
	s.spoil(spoilt{on: "/v1/refunds/rfnd_1", status: 200, body: other})
	_, err = c.ReadRefund(t.Context(), req)
	fails(t, err, gateway.ClassUnavailable, "₹250.50", "₹100.00")
}

// TestUnreadableAnswerNamesNobody: an answer of an odd shape is quoted in the log without the payer's address.
func TestUnreadableAnswerNamesNobody(t *testing.T) {
	s := newShop(t)
	c := s.client()
	q := s.open(c, "C6b")
	s.spoil(spoilt{
		on:     "/payments",
		status: 200,
		body: `{"items":[{"id":"pay_1","amount":25050,"currency":"INR","status":"captured",` +
			`"amount_refunded":"rahul.kumar@okaxis"}]}`,
	})
	_, err := c.Read(t.Context(), q.Order)
	fails(t, err, gateway.ClassUnavailable, "not a whole number")
	if strings.Contains(err.Error(), "rahul") {
		t.Error(err)
	}
}

// TestOddFieldHidesNoPayment: a field that says nothing of the money, in a shape that nobody documents, leaves the
// payment as it is.
func TestOddFieldHidesNoPayment(t *testing.T) {
	s := newShop(t)
	c := s.client()
	q := s.open(c, "Odd")
	for _, item := range []string{
		`"fee":5.9,"tax":0.9`, `"fee":"5.90"`, `"fee":false`, `"fee":{"amount":5}`,
		`"created_at":1796003000.5`, `"created_at":"2026-11-30T01:00:00Z"`, `"created_at":[]`,
		`"acquirer_data":"NA"`, `"acquirer_data":[{"rrn":"116514257019"}]`, `"acquirer_data":{"rrn":["116514257019"]}`,
		`"upi":false`, `"notes":["a"]`, `"notes":"NA"`, `"error_code":{"a":1}`, `"error_reason":false`,
		`"vpa":["rahul.kumar@okaxis"]`, `"vpa":{"vpa":"rahul.kumar@okaxis"}`,
	} {
		s.spoil(spoilt{
			on:     "/payments",
			status: 200,
			body:   `{"items":[{"id":"pay_1","amount":25050,"currency":"INR","status":"captured",` + item + `}]}`,
		})
		r, err := c.Read(t.Context(), q.Order)
		if err != nil || r.Status != gateway.OrderPaid || len(r.Payments) != 1 || r.Payments[0].Amount != 25050 {
			t.Errorf("%s: %+v, %v", item, r, err)
		}
		if strings.Contains(fmt.Sprintf("%+v", r), "rahul") {
			t.Errorf("%s: the payer is named: %+v", item, r)
		}
	}
}

func TestTrouble_F5(t *testing.T) { // refunds that are refused
	s := newShop(t)
	c := s.client()
	q := s.open(c, "F5")
	pay := s.pay(q.ID, 25050, "captured")
	n := 0
	try := func(p money.Paise) error {
		n++
		_, err := c.Refund(
			t.Context(),
			gateway.RefundRequest{Key: fmt.Sprintf("F5-refund-%04d", n), PaymentID: pay, Amount: p},
		)
		return err
	}
	fails(t, try(25051), gateway.ClassRejected, "smaller amount")
	fails(t, try(99), gateway.ClassRejected)
	s.spoil(spoilt{
		on:     "/refund",
		status: 400,
		body: `{"error":{"code":"BAD_REQUEST_ERROR","description":"The notes field reason may not be greater ` +
			`than 256 characters."}}`,
	})
	if err := try(100); gateway.ClassOf(err) != gateway.ClassRejected || errors.Is(err, gateway.ErrLessLeft) ||
		strings.Contains(err.Error(), "smaller amount") {
		t.Errorf("a refusal of the reason says that less is left: %v", err)
	}
	s.spoil(spoilt{
		on:     "/refund",
		status: 400,
		body: `{"error":{"code":"BAD_REQUEST_ERROR","description":"Your account does not have enough balance ` +
			`to carry out the refund operation."}}`,
	})
	fails(t, try(100), gateway.ClassRejected, "holds too little", "add funds")
	if err := try(25050); err != nil {
		t.Fatal(err)
	}
	fails(t, try(100), gateway.ClassRejected, "already given back in full")
	q2 := s.open(c, "F5b")
	pay = s.pay(q2.ID, 25050, "captured")
	s.pass(200 * 24 * time.Hour)
	fails(t, try(100), gateway.ClassRejected, "six months")
}

func TestTrouble_F8(
	t *testing.T,
) { // there is no void: an uncaptured payment can't be refunded either, it goes back by itself
	s := newShop(t)
	c := s.client()
	q := s.open(c, "F8")
	_, err := c.Refund(
		t.Context(),
		gateway.RefundRequest{Key: "F8-refund-001", PaymentID: s.pay(q.ID, 25050, "authorized"), Amount: 25050},
	)
	fails(t, err, gateway.ClassRejected)
	if s.sent("void") != 0 {
		t.Error("a void was sent")
	}
}

func TestTrouble_G2(t *testing.T) { // rupees and paise
	s := newShop(t)
	c := s.client()
	for i, p := range []money.Paise{1, 100, 1999, 2015, 9999999, 57, 114} {
		ch := s.charge(fmt.Sprint("G2x", i))
		ch.Amount = p
		q, err := c.Open(t.Context(), ch)
		if err != nil || q.Amount != p || s.qrs[i]["payment_amount"] != int64(p) {
			t.Errorf("%s: %+v, %v", p, q, err)
		}
		s.pay(q.ID, p, "captured")
		if r := s.read(c, q); r.Status != gateway.OrderPaid || r.Payments[0].Amount != p {
			t.Errorf("%s: %+v", p, r)
		}
	}
	s.spoil(spoilt{
		on:     "/payments",
		status: 200,
		body:   `{"items":[{"id":"pay_1","amount":250.50,"currency":"INR","status":"captured"}]}`,
	})
	_, err := c.Read(t.Context(), gateway.Order{ID: "qr_00000000000001", Amount: 25050})
	fails(t, err, gateway.ClassUnavailable, "not a whole number")
}

func TestTrouble_G5(t *testing.T) { // an RRN keeps its zero
	s := newShop(t)
	c := s.client()
	q := s.open(c, "G5")
	s.pay(
		q.ID,
		25050,
		"captured",
		map[string]any{"acquirer_data": map[string]any{"rrn": "001234567890", "upi_transaction_id": "ICI1"}},
	)
	if p := s.read(c, q).Payments[0]; p.RRN != "001234567890" || p.UPITxnID != "ICI1" {
		t.Errorf("%+v", p)
	}
}

// TestReasonFits: a reason in Hindi is cut to 256 bytes of whole letters. Razorpay says "characters" and not what it
// counts.
func TestReasonFits(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "",
		"one tea":                     "one tea",
		strings.Repeat("x", 257):      strings.Repeat("x", 256),
		strings.Repeat("क", 86):       strings.Repeat("क", 85),
		"x" + strings.Repeat("क", 85): "x" + strings.Repeat("क", 85),
	} {
		if got := reasonNote(text); got != want {
			t.Errorf("%q is cut to %q", text, got)
		}
	}
}
