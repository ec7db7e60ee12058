package razorpay

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

var update = flag.Bool("update", false, "write the golden files under testdata anew")

// golden compares what went over the wire with testdata/name.golden.
func golden(t *testing.T, name string, c call) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", c.method, c.path)
	if c.query != "" {
		fmt.Fprintf(&b, "?%s", c.query)
	}
	b.WriteString("\n")
	for _, h := range []string{"Content-Type", "X-Refund-Idempotency"} {
		if v := c.header.Get(h); v != "" {
			fmt.Fprintf(&b, "%s: %s\n", h, v)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", c.body)
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s\n got %s\nwant %s", name, b.String(), want)
	}
}

func TestGoldenRequests(t *testing.T) {
	s := newShop(t)
	c := s.client(func(cfg *Config) { cfg.CaptureLate = true })
	q := s.open(c, "01JABCDEF0GALLA1")
	golden(t, "create", s.last())
	ch := s.charge("01JABCDEF0GALLA2")
	ch.Invoice = &money.Invoice{
		Number:       "INV-7/26",
		Date:         time.Unix(1_789_900_000, 0),
		CustomerName: "गौरव",
		GSTIN:        "22AAAAA0000A1Z5",
		GST:          4000,
		Cess:         100,
		Interstate:   true,
	}
	if _, err := c.Open(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	golden(t, "create-gst", s.last())
	if _, err := c.Find(t.Context(), s.charge("01JABCDEF0GALLA1")); err != nil {
		t.Fatal(err)
	}
	golden(t, "find", s.last())
	s.read(c, q)
	golden(t, "read-payments", s.calls[len(s.calls)-2])
	golden(t, "read-qr", s.last())
	if err := c.Close(t.Context(), q.Order); err != nil {
		t.Fatal(err)
	}
	golden(t, "close", s.last())
	if _, err := c.UpdateNotes(t.Context(), q.ID, map[string]string{"bill": "BILL-17", "outcome": "paid"}); err != nil {
		t.Fatal(err)
	}
	golden(t, "update-notes", s.last())
	pay := s.pay(q.ID, 25050, "authorized")
	if _, err := c.Capture(t.Context(), s.read(c, q).Payments[0]); err != nil {
		t.Fatal(err)
	}
	golden(t, "capture", s.last())
	req := gateway.RefundRequest{Key: "01JREFUND0000001", PaymentID: pay, Amount: 5000, Reason: "one item returned"}
	if _, err := c.Refund(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	golden(t, "refund", s.last())
	if _, err := c.ReadRefund(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	golden(t, "refunds-of-payment", s.last())
}

// TestUpdateNotes keeps what the QR was made with, whichever way Razorpay reads the body, and says what doesn't fit.
func TestUpdateNotes(t *testing.T) {
	s := newShop(t)
	c := s.client()
	q := s.open(c, "U1")
	after, err := c.UpdateNotes(t.Context(), q.ID, map[string]string{"sale": "S-18"})
	if err != nil || after.Notes["sale"] != "S-18" || after.Notes["attempt"] != "U1" ||
		after.Notes["terminal"] != "counter 1" {
		t.Errorf("%+v, %v", after, err)
	}
	if f, err := c.Find(t.Context(), s.charge("U1")); err != nil || f.ID != q.ID {
		t.Errorf("found afterwards: %+v, %v", f, err)
	}
	for say, add := range map[string]map[string]string{
		"longer than 256":     {"x": strings.Repeat("ग", 257)},
		"choose another name": {"attempt": "U2"},
		"would make 18: leave": {"a": "", "b": "", "c": "", "d": "", "e": "", "f": "", "g": "", "h": "", "i": "",
			"j": "", "k": "", "l": "", "m": "", "n": "", "o": ""},
	} {
		_, err := c.UpdateNotes(t.Context(), q.ID, add)
		fails(t, err, gateway.ClassRejected, say)
	}
	s.spoil(spoilt{on: "PATCH", status: 200, body: `{"id":"` + q.ID + `","notes":[]}`})
	_, err = c.UpdateNotes(t.Context(), q.ID, map[string]string{"bill": "1"})
	fails(t, err, gateway.ClassUnknown, "not in the answer")
}

// The vendor's own samples (seed 002 without its trailing comma; R9, R14, R15 as the reference quotes their fields).
const (
	sampleQR = `{"id":"qr_HMsVL8HOpbMcjU","entity":"qr_code","created_at":1623660301,"name":"Store Front Display",` +
		`"usage":"single_use","type":"upi_qr","image_url":"https://rzp.io/i/BWcUVrLp",
"payment_amount":300,"status":"closed","description":"For Store 1","fixed_amount":true,"payments_amount_received":0,` +
		`"payments_count_received":0,"notes":{"key1":"value1","key2":"value2"},"customer_id":"cust_HKsR5se84c5LTO",` +
		`"close_by":1681615838}`
	samplePayment = `{"id":"pay_HMtDKn3TnF4D8x","entity":"payment","amount":500,"currency":"INR",` +
		`"status":"captured","order_id":null,"method":"upi","amount_refunded":0,"refund_status":null,"captured":true,
"description":"QRv2 Payment","vpa":"gauri.kumari@okhdfcbank","notes":[],"fee":2,"tax":0,"error_code":null,` +
		`"error_reason":null,"acquirer_data":{"rrn":"116514257019"},"created_at":1623662800}`
	sampleRefund = `{"id":"rfnd_FP8QHiV938haTz","entity":"refund","amount":500100,"receipt":"Receipt No. 31",` +
		`"currency":"INR","payment_id":"pay_29QQoUBi66xm2f","notes":[],"acquirer_data":{"arn":null},` +
		`"created_at":1597078866,"batch_id":null,"status":"processed"}`
)

func TestVendorSamples(t *testing.T) {
	var q qrEntity
	if err := json.Unmarshal([]byte(sampleQR), &q); err != nil || q.validate() != nil || q.PaymentAmount.v != 300 ||
		q.Notes["key2"] != "value2" || q.CloseBy.v != 1681615838 {
		t.Errorf("%+v, %v", q, err)
	}
	var p paymentEntity
	if err := json.Unmarshal([]byte(samplePayment), &p); err != nil || p.validate() != nil {
		t.Fatal(err)
	}
	if got, note := payment("qr_x", p); got.Status != gateway.PaymentCaptured || got.Amount != 500 ||
		got.RRN != "116514257019" || got.VPA != "ga****@okhdfcbank" || note != "" {
		t.Errorf("%+v, %q", got, note)
	}
	var r refundEntity
	if err := json.Unmarshal([]byte(sampleRefund), &r); err != nil || r.validate() != nil {
		t.Fatal(err)
	}
	if got := refund(r); got.Status != gateway.RefundProcessed || got.Amount != 500100 {
		t.Errorf("%+v", got)
	}
}

// TestReasons: each documented failure has words that end a sentence "the payment failed: …".
func TestReasons(t *testing.T) {
	for reason := range reasons {
		_, note := payment("qr_x", paymentEntity{
			ID:          "pay_1",
			Amount:      number{v: 100, set: true},
			Currency:    "INR",
			Status:      "failed",
			ErrorReason: text(reason),
		})
		if !strings.Contains(note, "pay_1 failed: the ") {
			t.Errorf("%s: %q", reason, note)
		}
	}
}

// FuzzAnswers puts any body where each kind of answer is expected. Nothing may panic; no body may turn into captured
// money that it doesn't spell out; no full address may come through.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{sampleQR, samplePayment, sampleRefund, `{"entity":"collection","count":1,"items":[` +
		samplePayment + `]}`, `{"items":[` + sampleQR + `]}`, `{"items":[` + sampleRefund + `]}`,
		`{"items":[{"id":"down_1","method":"upi","instrument":[]}]}`,
		`{"error":{"code":"BAD_REQUEST_ERROR","description":"The id provided does not exist"}}`,
		`{"notes":[],"close_by":"1681615838","id":1}`, `[]`, `{"items":null}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var q qrEntity
		if json.Unmarshal(body, &q) == nil && q.validate() == nil {
			qrCode(q)
			orderStatus(q)
		}
		var list collection[paymentEntity, *paymentEntity]
		if json.Unmarshal(body, &list) == nil && list.validate() == nil {
			for _, e := range list.Items {
				p, _ := payment("qr_x", e)
				if p.Status == gateway.PaymentCaptured &&
					(!strings.Contains(string(body), "INR") || e.Status != "captured") {
					t.Errorf("captured out of %s", body)
				}
				if e.VPA != "" && strings.Contains(string(e.VPA), "@") && p.VPA == string(e.VPA) &&
					!strings.Contains(p.VPA, "****") {
					t.Errorf("full address %q", p.VPA)
				}
			}
		}
		var refunds collection[refundEntity, *refundEntity]
		if json.Unmarshal(body, &refunds) == nil && refunds.validate() == nil {
			for _, e := range refunds.Items {
				if r := refund(e); r.Amount < 0 {
					t.Errorf("a refund of %s", r.Amount)
				}
			}
		}
		var downs collection[downtimeEntity, *downtimeEntity]
		if json.Unmarshal(body, &downs) == nil {
			_ = downs.validate()
		}
		var bad fault
		_ = json.Unmarshal(body, &bad)
	})
}
