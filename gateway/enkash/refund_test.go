package enkash

import (
	"errors"
	"testing"

	"galla/gateway"
	"galla/internal/money"
)

// refundable is a paid sale and a refund request for all of it.
func refundable(t *testing.T) (*fake, *Client, gateway.RefundRequest) {
	t.Helper()
	f, c, o := sold(t)
	f.change(func() {
		f.orders[0].status = "PAID"
		*f.orders[0].payments[0] = fakePayment{"EK1000", "SUCCESS", "SUCCESS", "000000000001"}
	})
	return f, c, gateway.RefundRequest{
		Key:       "S17A1-R1abc",
		PaymentID: "EK1000",
		OrderID:   o.ID,
		Amount:    25050,
		Reason:    "returned",
	}
}

func TestRefund(t *testing.T) {
	f, c, req := refundable(t)
	f.change(func() { f.wire.Reset() })
	r, err := c.Refund(t.Context(), req)
	if err != nil || r != (gateway.Refund{ID: "RFS17A1-R1abc", Amount: 25050, Status: gateway.RefundPending}) {
		t.Fatalf("%+v, %v", r, err)
	}
	f.checkGolden("refund")
	if r, err := c.ReadRefund(t.Context(), req); err != nil || r.Status != gateway.RefundProcessed {
		t.Errorf("%+v, %v", r, err)
	}
	req.Key = "another-key-0"
	if _, err := c.ReadRefund(t.Context(), req); !errors.Is(err, gateway.ErrNotFound) {
		t.Error(err)
	}
}

// TestTrouble_F1_LostRefundIsNotRepeated fails the refund each way, applied or not; a repeat of the same request ends
// in one refund.
func TestTrouble_F1_LostRefundIsNotRepeated(t *testing.T) {
	for _, fa := range []fault{dropBefore, dropAfter, errorBefore, errorAfter, garbled, page, empty} {
		f, c, req := refundable(t)
		f.change(func() { f.faults["POST /api/v0/payment/EK1000/refund"] = []fault{fa} })
		if _, err := c.Refund(t.Context(), req); gateway.ClassOf(err) != gateway.ClassUnknown || err == nil {
			t.Fatalf("%s: %v", fa, err)
		}
		r, err := f.client().Refund(t.Context(), req) // after a restart, the till asks again with the stored key
		if err != nil || r.Amount != 25050 {
			t.Errorf("%s: %+v, %v", fa, r, err)
		}
		if len(f.refunds) != 1 { // the fake fails the test when one key comes twice
			t.Errorf("%s: %d refunds", fa, len(f.refunds))
		}
	}
}

// TestTrouble_F7_LookUpBeforeSending: requestId's meaning at EnKash isn't documented, so every refund is looked up
// first.
func TestTrouble_F7_LookUpBeforeSending(t *testing.T) {
	for _, own := range []string{"REFUNDED", "FAILED", "CANCELLED"} {
		f, c, req := refundable(t)
		f.change(func() { f.orders[0].payments[0].status, f.noLookup = own, true })
		if _, err := c.Refund(t.Context(), req); gateway.ClassOf(err) != gateway.ClassRejected ||
			f.count("POST /api/v0/payment/") != 0 {
			t.Errorf("payment %s: %v", own, err)
		}
	}
	for _, line := range []string{"POST /api/v0/refund/status", "GET /api/v0/payment/EK1000"} {
		for _, fa := range []fault{dropBefore, errorBefore, garbled, page} {
			f, c, req := refundable(t)
			f.change(func() { f.faults[line] = []fault{fa, fa, fa, fa} }) // net/http may repeat a read
			if _, err := c.Refund(t.Context(), req); gateway.ClassOf(err) != gateway.ClassUnavailable ||
				len(f.refunds) != 0 {
				t.Errorf("%s, %s: %v: a refund that wasn't sent is certain", line, fa, err)
			}
		}
	}
}

// TestReadRefundWithoutEnquiry: the payment's own status answers for a whole refund, and says that none is there while
// it is SUCCESS; nothing else. money.md 8.
func TestReadRefundWithoutEnquiry(t *testing.T) {
	for _, amount := range []money.Paise{25050, 100} {
		f, c, req := refundable(t)
		req.Amount = amount
		f.change(func() { f.noLookup = true })
		if r, err := c.ReadRefund(t.Context(), req); !errors.Is(err, gateway.ErrNotFound) ||
			!errors.Is(err, gateway.ErrByRecord) {
			t.Errorf("SUCCESS, %s: %+v, %v", amount, r, err)
		}
	}
	for own, want := range map[string]gateway.RefundStatus{"REFUNDED": gateway.RefundProcessed,
		"PARTIALLY_REFUNDED": gateway.RefundUnknown, "ON_HOLD": gateway.RefundUnknown} {
		f, c, req := refundable(t)
		f.change(func() { f.noLookup, f.orders[0].payments[0].status = true, own })
		if r, err := c.ReadRefund(t.Context(), req); err != nil || r.Status != want {
			t.Errorf("%s: %+v, %v; want %s", own, r, err, want)
		}
		req.Amount = 100
		if r, err := c.ReadRefund(t.Context(), req); err != nil || r.Status != gateway.RefundUnknown {
			t.Errorf("%s, a part: %+v, %v", own, r, err)
		}
	}
}

func TestTrouble_F5_RefundRefused(t *testing.T) {
	f, c, req := refundable(t)
	req.Amount = 25051
	if _, err := c.Refund(t.Context(), req); gateway.ClassOf(err) != gateway.ClassRejected {
		t.Error(err)
	}
	req.Amount = 25050
	f.change(func() {
		f.answers["POST /api/v0/payment/EK1000/refund"] = `{"response_code":1,"payload":"Insufficient balance for ` +
			`refund"}`
	})
	_, err := c.Refund(t.Context(), req)
	if e, ok := errors.AsType[*gateway.Error](err); !ok || e.Class != gateway.ClassRejected || e.Operator == "" {
		t.Error(err)
	}
	// Only words about the payment's own sum say that others were there first: a person is asked for their sum then.
	for text, less := range map[string]bool{"Refund amount is greater than the refundable amount": true,
		"Amount exceeds the transaction amount": true,
		"Insufficient balance for refund":       false, "Daily refund limit exceeds": false,
		"Refund amount is more than 50000": false} {
		f, c, req := refundable(t)
		f.change(func() {
			f.answers["POST /api/v0/payment/EK1000/refund"] = `{"response_code":1,"payload":"` + text + `"}`
		})
		if _, err := c.Refund(t.Context(), req); gateway.ClassOf(err) != gateway.ClassRejected ||
			errors.Is(err, gateway.ErrLessLeft) != less {
			t.Errorf("%q: %v, less is left %v", text, err, less)
		}
	}
	f.change(func() {
		f.answers["POST /api/v0/payment/EK1000/refund"] = `{"response_code":0,"payload":{"status":"CREATED",` +
			`"amount":1}}`
	})
	if _, err := c.Refund(t.Context(), req); gateway.ClassOf(err) != gateway.ClassUnknown {
		t.Errorf("an answer over another amount: %v", err)
	}
	for _, bad := range []gateway.RefundRequest{{Key: "short", PaymentID: "EK1", Amount: 1},
		{Key: "long-enough-key", PaymentID: "../x", Amount: 1}, {Key: "long-enough-key", PaymentID: "EK1"}} {
		if _, err := c.Refund(t.Context(), bad); gateway.ClassOf(err) != gateway.ClassRejected {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestEnquiryMustNameOurKey: an enquiry that answers with the payment's own record is no evidence of a refund.
func TestEnquiryMustNameOurKey(t *testing.T) {
	for payload, want := range map[string]gateway.RefundStatus{
		`{"transactionId":"EK1000","status":"SUCCESS","amount":250.50}`: "",
		`[{"requestId":"someone-elses","status":"SUCCESS","amount":1}]`: "",
		`[]`: "",
		`{"uniqueTransactionId":"S17A1-R1abc","status":"FAILED",` +
			`"amount":250.50}`: gateway.RefundFailed,
		`[{"requestId":"other","status":"FAILED"},{"requestId":"S17A1-R1abc","status":"SUCCESS",` +
			`"amount":250.5}]`: gateway.RefundProcessed,
	} {
		f, c, req := refundable(t)
		f.change(func() { f.answers["POST /api/v0/refund/status"] = `{"response_code":0,"payload":` + payload + `}` })
		r, err := c.ReadRefund(t.Context(), req)
		if want == "" && !errors.Is(err, gateway.ErrByRecord) || want != "" && err != nil || r.Status != want {
			t.Errorf("%s: %+v, %v; want %q", payload, r, err, want)
		}
	}
}

// TestEnquiryIsBelievedOnceItFoundOne: the enquiry's address and body are guesses. Where money went back and the
// enquiry says "not found", it may not have understood us, and the refund must not be sent again on its word.
func TestEnquiryIsBelievedOnceItFoundOne(t *testing.T) {
	f, c, req := refundable(t)
	req.Amount = 100
	f.change(func() {
		f.orders[0].payments[0].status = "PARTIALLY_REFUNDED"
		f.answers["POST /api/v0/refund/status"] = `{"response_code":1,"payload":"Refund not found"}`
	})
	if r, err := c.ReadRefund(t.Context(), req); err != nil || r.Status != gateway.RefundUnknown {
		t.Errorf("%+v, %v", r, err)
	}
	req.Others = []string{"another-refund-1"} // which it doesn't find either
	if r, err := c.ReadRefund(t.Context(), req); err != nil || r.Status != gateway.RefundUnknown {
		t.Errorf("%+v, %v", r, err)
	}
	req.Others = nil
	f.change(func() { f.orders[0].payments[0].status = "SUCCESS" }) // nothing went back, so nothing of ours did
	if _, err := c.ReadRefund(t.Context(), req); !errors.Is(err, gateway.ErrNotFound) {
		t.Error(err)
	}
	f.change(func() {
		f.answers["POST /api/v0/refund/status"] = `{"response_code":0,"payload":{"requestId":"` + req.Key +
			`","status":"SUCCESS","amount":1}}`
	})
	if r, err := c.ReadRefund(t.Context(), req); err != nil || r.Status != gateway.RefundProcessed {
		t.Errorf("%+v, %v", r, err)
	}
	f.change(func() {
		f.orders[0].payments[0].status = "PARTIALLY_REFUNDED"
		f.answers["POST /api/v0/refund/status"] = `{"response_code":1,"payload":"Refund not found"}`
	})
	req.Key = "S17A1-R2abc"
	if _, err := c.ReadRefund(t.Context(), req); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("a second part, of an enquiry that works: %v", err)
	}
}

// TestEnquiryIsBelievedOnceItFindsAnother: one part of a payment went back, and a look-up that finds this part is
// believed when it doesn't find the other.
func TestEnquiryIsBelievedOnceItFindsAnother(t *testing.T) {
	f, c, req := refundable(t)
	req.Amount = 100
	done, err := c.Refund(t.Context(), req)
	if err != nil || done.Status != gateway.RefundPending {
		t.Fatalf("%+v, %v", done, err)
	}
	f.change(func() { f.orders[0].payments[0].status = "PARTIALLY_REFUNDED" })
	second := req
	second.Key, second.Others = "S17A1-R2abc", []string{req.Key}
	if _, err := c.ReadRefund(t.Context(), second); !errors.Is(err, gateway.ErrNotFound) {
		t.Error(err)
	}
}
