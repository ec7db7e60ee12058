package razorpay

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
)

// FuzzReading puts any body, and any Date, where each answer of a sale's life is expected: what the client returns can
// be stored, shown and encoded, whatever it was (gateways.md 2).
func FuzzReading(f *testing.F) {
	const date = "Sun, 29 Nov 2026 20:00:00 GMT"
	list := func(s string) string { return `{"entity":"collection","count":1,"items":[` + s + `]}` }
	for _, s := range []string{sampleQR, samplePayment, sampleRefund, list(samplePayment),
		list(sampleQR), list(sampleRefund),
		strings.Replace(sampleQR, "1681615838", "1681615838000", 1),
		strings.Replace(sampleQR, "1623660301", "9223372036854775807", 1),
		list(strings.Replace(samplePayment, `"amount":500`, `"amount":9223372036854775807`, 1)),
		list(strings.Replace(samplePayment, "116514257019", `1165\u202e\n`, 1)),
		list(strings.Replace(samplePayment, `"amount_refunded":0`, `"amount_refunded":-5`, 1)),
		list(strings.Replace(samplePayment, "1623662800", "-62135596801", 1))} {
		f.Add([]byte(s), date)
		f.Add([]byte(s), "Fri, 31 Dec 9999 23:59:59 GMT")
	}
	var body []byte
	var clock string
	c, err := New(Config{
		KeyID:     "rzp_live_fuzz",
		KeySecret: "fuzz",
		Budget:    gateway.NewBudget(gateway.BudgetOptions{Rate: 1e9, Burst: 1e9}),
		Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: 200,
				ProtoMajor: 2,
				Header:     http.Header{"Date": {clock}},
				Body:       io.NopCloser(strings.NewReader(string(body))),
			}, nil
		}),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte, date string) {
		body, clock = b, date
		check := func(what string, v any, err error) {
			if err != nil {
				return
			}
			if bad := gatewaytest.Bounded(v); bad != nil {
				t.Errorf("%s: %v", what, bad)
			}
		}
		ch := gateway.Charge{Reference: "A1", Amount: 300, AskedAt: time.Now()}
		q, err := c.Open(t.Context(), ch)
		check("Open", q, err)
		q, err = c.Find(t.Context(), ch)
		check("Find", q, err)
		for _, id := range []string{"qr_HMsVL8HOpbMcjU", "pay_HMtDKn3TnF4D8x"} {
			r, err := c.Read(t.Context(), gateway.Order{Reference: "A1", ID: id, Amount: 500})
			check("Read", r, err)
			p, err := c.Payment(t.Context(), id)
			check("Payment", p, err)
		}
		for _, req := range []gateway.RefundRequest{{Key: "refund-A1-0001", PaymentID: "pay_29QQoUBi66xm2f",
			Amount: 500100}, {RefundID: "rfnd_FP8QHiV938haTz", Amount: 500100}} {
			back, err := c.ReadRefund(t.Context(), req)
			check("ReadRefund", back, err)
		}
		s, err := c.Statement(t.Context(), time.Now().Add(-time.Hour), time.Now())
		check("Statement", s, err)
	})
}
