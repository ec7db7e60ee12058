package enkash

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// answering is a client whose mandate calls are answered with a change of the usual body.
func answering(t *testing.T, line string, edit func(body string) string) *Client {
	t.Helper()
	f := newFake(t)
	f.change(func() { f.answers[line] = edit(fmt.Sprintf(mandateBody, "CREATED")) })
	return f.client(func(cfg *Config) { cfg.MandateUnit = "paise" })
}

func swap(old, new string) func(string) string {
	return func(body string) string { return strings.Replace(body, old, new, 1) }
}

// TestCorners_1: a debit's answer is what it says, and about the debit that was asked: amount, payer and reference.
func TestCorners_1(t *testing.T) {
	for _, tc := range []struct {
		status, code, amount, payer, reference string
		want                                   gateway.DebitState // empty: ClassUnknown, to be looked up
	}{
		{"SUCCESS", "00", "20000", "", "D1", gateway.DebitDone},
		{"SUCCESS", "", "20000", "", "D1", gateway.DebitDone},
		{"FAILED", "U30", "20000", "", "D1", gateway.DebitFailed},
		{"FAILED", "00", "20000", "", "D1", gateway.DebitFailed},
		{"PENDING", "00", "20000", "", "D1", gateway.DebitPending},
		{"PENDING", "01", "20000", "", "D1", gateway.DebitPending},
		{"SUCCESS", "RB", "20000", "", "D1", ""},
		{"ACTIVE", "00", "20000", "", "D1", ""},
		{"", "00", "20000", "", "D1", ""},
		{"QUEUED", "", "20000", "", "D1", ""},
		{"SUCCESS", "00", "6000000", "", "D1", ""},
		{"SUCCESS", "00", "20000", "me****@okbank", "D1", ""},
		{"SUCCESS", "00", "20000", "", "D2", ""},
		{"FAILED", "U30", "20000", "", "D2", ""},
	} {
		c := answering(t, "POST /api/v0/upi-autopay/mandates/execute", func(body string) string {
			return strings.NewReplacer(`"REF1"`, `"`+tc.reference+`"`, `"amount":50000`, `"amount":`+tc.amount,
				`"CREATED"`, `"`+tc.status+`"`,
				`"upiResponseCode":"00"`, `"upiResponseCode":"`+tc.code+`"`).
				Replace(body)
		})
		d := gateway.MandateDebit{MandateID: "MND1", Reference: "D1", Amount: 20000, PayerVPA: tc.payer}
		got, err := c.ExecuteDebit(t.Context(), d)
		switch {
		case tc.want == "" && (err == nil || gateway.ClassOf(err) != gateway.ClassUnknown || got.State != ""):
			t.Errorf("%+v: %+v, %v; want unknown", tc, got, err)
		case tc.want != "" && (err != nil || got.State != tc.want || got.Payment.Amount != 20000):
			t.Errorf("%+v: %+v, %v", tc, got, err)
		}
	}
}

// TestCorners_3: a create that is answered with another mandate is not taken for it.
func TestCorners_3(t *testing.T) {
	for name, edit := range map[string]func(string) string{"amount": swap(`"amount":50000`, `"amount":70000`),
		"payer": swap("rahul.kumar@okaxis", "meera.n@okbank"), "rule": swap(`"MAX"`, `"EXACT"`),
		"reference": func(body string) string {
			return strings.NewReplacer(`"REF1"`, `"REF9"`, `"MND1"`, `"REF1"`).Replace(body)
		}} {
		c := answering(t, "POST /api/v0/upi-autopay/mandates", edit)
		if m, err := c.CreateMandate(t.Context(), mandateSpec()); gateway.ClassOf(err) != gateway.ClassUnknown ||
			err == nil || m.ID != "" {
			t.Errorf("another %s: %+v, %v", name, m, err)
		}
	}
}

// TestGateway_22: a revocation is done when the answer says so, or the look-up after it.
func TestGateway_22(t *testing.T) {
	revoke := "PATCH /api/v0/upi-autopay/mandates/MND1/revoke"
	stays := newFake(t)
	stays.change(func() {
		active := fmt.Sprintf(mandateBody, "ACTIVE")
		stays.answers[revoke], stays.answers["GET /api/v0/upi-autopay/mandates/MND1"] = active, active
	})
	c := stays.client(func(cfg *Config) { cfg.MandateUnit = "paise" })
	if _, err := c.RevokeMandate(t.Context(), "MND1", "moved away"); err == nil ||
		gateway.ClassOf(err) != gateway.ClassUnknown {
		t.Errorf("answered ACTIVE, and so read: %v", err)
	}
	f := newFake(t)
	f.change(func() {
		f.answers[revoke] = fmt.Sprintf(mandateBody, "ACTIVE")
		f.answers["GET /api/v0/upi-autopay/mandates/MND1"] = fmt.Sprintf(mandateBody, "REVOKED")
	})
	m, err := f.client(func(cfg *Config) { cfg.MandateUnit = "paise" }).RevokeMandate(t.Context(), "MND1", "moved away")
	if err != nil || m.State() != gateway.MandateRevoked {
		t.Errorf("answered ACTIVE, then read as REVOKED: %+v, %v", m, err)
	}
	f = newFake(t)
	c = f.client(func(cfg *Config) { cfg.MandateUnit = "paise" })
	if _, err := c.CreateMandate(t.Context(), mandateSpec()); err != nil {
		t.Fatal(err)
	}
	if m, err := c.Mandate(t.Context(), "REF1"); err != nil || m.ID != "MND1" {
		t.Errorf("by our reference, with the middle paths: %+v, %v", m, err)
	}
}

// TestGateway_23: what does no harm is tolerated; upi: false is heeded.
func TestGateway_23(t *testing.T) {
	var q counterQRResponse
	for _, body := range []string{`{"qrCodeId":"QR1","status":"ACTIVE","multipleUse":"true","fixedAmount":0,` +
		`"customParams":{"a":{"b":1},"c":[1],"d":true,"e":"x"}}`,
		`{"qrCodeId":"QR1","status":"ACTIVE","multipleUse":"Y","customParams":"none"}`,
		`{"qrCodeId":"QR1","status":"ACTIVE","multipleUse":1,"customParams":[]}`} {
		q = counterQRResponse{}
		if err := wire.Decode([]byte(body), &q); err != nil || !q.code().MultipleUse || q.code().FixedAmount {
			t.Errorf("%s: %+v, %v", body, q, err)
		}
	}
	for _, body := range []string{`{"upi":false}`, `{"upi":"false"}`, `{"upi":true,"upiQrCodeEnabled":false}`} {
		f := newFake(t)
		f.answers["GET /pay/checkout/ORD1"] = `{"response_code":0,"payload":` + body + `}`
		q, err := f.client().Open(t.Context(), charge(100))
		e, ok := errors.AsType[*gateway.Error](err)
		if !ok || e.Class != gateway.ClassMisconfigured || e.Cashier != gateway.CashierNoUPI || e.Order != "ORD1" ||
			q.Payload != "" {
			t.Errorf("%s: %+v, %v", body, q, err)
		}
	}
}

// TestGateway_26 and 28: the fields of the pages, typed; people's contacts are not kept.
func TestGateway_26(t *testing.T) {
	var q counterQRResponse
	if err := wire.Decode(
		[]byte(
			`{"qrCodeId":"QR1","status":"CANCELLED","customerId":"CUST1","customerName":"Asha \u202eRao",`+
				`"customerEmail":"a@b.in","customerMobile":9876543210}`,
		),
		&q,
	); err != nil {
		t.Fatal(err)
	}
	if got := q.code(); got.CustomerID != "CUST1" || got.CustomerName != "Asha Rao" || !got.HasContact ||
		strings.Contains(fmt.Sprint(got), "9876543210") {
		t.Errorf("%+v", got)
	}
}

func TestGateway_28(t *testing.T) {
	c := newFake(t).client(func(cfg *Config) { cfg.MandateUnit = "paise" })
	body := strings.NewReplacer(`"****1234"`, `"50100012341234"`, `"blockFund":false`, `"blockFund":"true"`,
		`"upiReferenceUrl":""`, `"upiReferenceUrl":"https://example.in/m"`).
		Replace(fmt.Sprintf(mandateBody, "PAUSED"))
	m, err := c.readMandate([]byte(body))
	if err != nil || m.MCC != "5411" || !m.BlockFund || m.ReferenceURL != "https://example.in/m" ||
		m.PurposeCode != "14" ||
		m.PayerAccount != "1234" ||
		!m.AccountValidated ||
		m.State() != gateway.MandatePaused ||
		strings.Contains(fmt.Sprint(m), "50100012341234") {
		t.Errorf("%+v, %v", m, err)
	}
	for word, want := range map[string]gateway.MandateState{"ACTIVE": gateway.MandateActive,
		"created": gateway.MandateAsked, "REVOKED": gateway.MandateRevoked, "EXPIRED": gateway.MandateEnded,
		"REJECTED": gateway.MandateFailed, "": gateway.MandateUnknown, "ON_HOLD": gateway.MandateUnknown} {
		if got := gateway.MandateStateOf(word); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
}

// TestCollectEnded: creating by address that is refused with 200 and an error body is a refusal, and said as what it
// is.
func TestCollectEnded(t *testing.T) {
	for _, body := range []string{`{"status":"FAILURE","responseKey":"error_service_deprecated","message":"This ` +
		`service is deprecated"}`, `{"error":{"code":"error_service_deprecated","description":"deprecated"}}`,
		`{"response_code":1,"response_message":"Collect request is not supported"}`} {
		c := answering(t, "POST /api/v0/upi-autopay/mandates", func(string) string { return body })
		_, err := c.CreateMandate(t.Context(), mandateSpec())
		e, ok := errors.AsType[*gateway.Error](err)
		if !ok || e.Class != gateway.ClassRejected || e.Cashier != gateway.CashierCollectEnded {
			t.Errorf("%s: %v", body, err)
		}
	}
}
