package razorpay

import (
	"strings"
	"testing"

	"galla/gateway"
)

// TestRefusals: each documented refusal, on a read and on a write, has its class, a sentence for the counter and,
// where a person can do something, a hint.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		status      int
		code, text  string
		read, write gateway.Class
		say         string
	}{
		{400, "BAD_REQUEST_ERROR", "The requested URL was not found on the server.", gateway.ClassMisconfigured,
			gateway.ClassMisconfigured, "QR payments"},
		{404, "BAD_REQUEST_ERROR", "The requested URL was not found on the server.", gateway.ClassMisconfigured,
			gateway.ClassMisconfigured, "ask for the feature"},
		{404, "BAD_REQUEST_ERROR", "Nothing here", gateway.ClassMisconfigured,
			gateway.ClassMisconfigured, "check base_url"},
		{401, "BAD_REQUEST_ERROR", "Authentication failed", gateway.ClassMisconfigured,
			gateway.ClassMisconfigured, "make a new pair"},
		{400, "BAD_REQUEST_ERROR", "The api key provided is invalid", gateway.ClassMisconfigured,
			gateway.ClassMisconfigured, "make a new pair"},
		{403, "BAD_REQUEST_ERROR", "Access denied", gateway.ClassMisconfigured,
			gateway.ClassMisconfigured, "IP allow-list"},
		{400, "BAD_REQUEST_ERROR", "The id provided does not exist", gateway.ClassMisconfigured,
			gateway.ClassMisconfigured, "another key pair"},
		{400, "BAD_REQUEST_ERROR", "The selected usage is invalid", gateway.ClassRejected,
			gateway.ClassRejected, "usage is invalid"},
		{400, "BAD_REQUEST_ERROR", "receipt_id is/are not required and should not be sent", gateway.ClassRejected,
			gateway.ClassRejected, "refuses a field"},
		{400, "BAD_REQUEST_ERROR", "The payment amount must be at least 1.", gateway.ClassRejected,
			gateway.ClassRejected, "too small"},
		{400, "BAD_REQUEST_ERROR", "Amount exceeds maximum amount allowed.", gateway.ClassRejected,
			gateway.ClassRejected, "above what the payment service allows"},
		{400, "GATEWAY_ERROR", "Payment processing failed", gateway.ClassUnavailable, gateway.ClassUnknown, ""},
		{400, "SERVER_ERROR", "x", gateway.ClassUnavailable, gateway.ClassUnknown, ""},
		{409, "BAD_REQUEST_ERROR", "x", gateway.ClassUnknown, gateway.ClassUnknown, ""},
		{418, "SOMETHING_NEW", "rahul.k@okaxis is a teapot", gateway.ClassRejected,
			gateway.ClassRejected, "ra****@okaxis"},
	} {
		s := newShop(t)
		c := s.client()
		q := s.open(c, "R1")
		body := `{"error":{"code":"` + tc.code + `","description":"` + tc.text +
			`","field":null,"source":"NA","step":"NA","reason":"NA","metadata":{}}}`
		s.spoil(spoilt{on: "/payments", status: tc.status, body: body})
		_, err := c.Read(t.Context(), q.Order)
		fails(t, err, tc.read, tc.say)
		s.spoil(spoilt{on: "POST /v1/payments/qr_codes", status: tc.status, body: body})
		_, err = c.Open(t.Context(), s.charge("R2"))
		fails(t, err, tc.write, tc.say)
		if len(s.qrs) != 1 || s.sent("POST") != 2 {
			t.Errorf("%q: %d QR codes, %d creates: a no is not repeated", tc.text, len(s.qrs), s.sent("POST"))
		}
	}
}

// TestSentences: what the table puts before a cashier or an operator is whole and can be acted on.
func TestSentences(t *testing.T) {
	for _, d := range documented {
		if d.text != strings.ToLower(d.text) {
			t.Errorf("%q would never be found: descriptions are compared in lower case", d.text)
		}
		if d.cashier != "" && !strings.HasSuffix(d.cashier, ".") {
			t.Errorf("%q: the cashier reads %q", d.text, d.cashier)
		}
		if d.class == gateway.ClassMisconfigured && d.operator == "" {
			t.Errorf("%q: an operator must act and isn't told how", d.text)
		}
	}
}
