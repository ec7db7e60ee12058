package counter

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/state"
)

// swapped is a till whose sales carry another QR than they should.
type swapped struct {
	Till
	payload string
}

func (s swapped) Sale(ctx context.Context, id string) (state.Sale, error) {
	sale, err := s.Till.Sale(ctx, id)
	if err == nil && s.payload != "" {
		quote := *sale.Attempts[0].Quote
		quote.Payload = s.payload
		sale.Attempts = slices.Clone(sale.Attempts)
		sale.Attempts[0].Quote = &quote
	}
	return sale, err
}

// TestSaleQR: a sale's QR is drawn while it may be scanned, and never one that asks for something else (counter.md 14).
func TestSaleQR(t *testing.T) {
	b := newBench(t)
	const qr = "/v1/sales/S000001/qr.svg"
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":21550}`)
	w := b.call(trusted, "GET", qr, "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "image/svg+xml" ||
		!strings.HasPrefix(w.Body.String(), "<svg ") ||
		!strings.Contains(w.Header().Get("Cache-Control"), "no-store") {
		t.Fatalf("%d %v %s", w.Code, w.Header(), w.Body)
	}

	refused := func(why string) {
		t.Helper()
		w := b.call(trusted, "GET", qr, "")
		if w.Code != 409 || strings.Contains(w.Body.String(), "svg xmlns") || strings.Contains(w.Body.String(), "@") {
			t.Errorf("%s: %d %s", why, w.Code, w.Body)
		}
	}
	for why, payload := range map[string]string{
		"another amount": "upi://pay?pa=galla@enkash&pn=Shop&tr=1&am=2.15&cu=INR",
		"no amount":      "upi://pay?pa=galla@enkash&pn=Shop&tr=1&cu=INR",
		"no payment":     "https://example.com/?a@b",
	} {
		b.over(t, swapped{b.till, payload})
		refused(why)
	}
	b.restart(t)
	if w := b.call(trusted, "GET", qr, ""); w.Code != 200 {
		t.Errorf("its own QR again: %d %s", w.Code, w.Body)
	}

	now := b.clock
	b.clock = func() time.Time { return now().Add(time.Hour) }
	b.restart(t)
	refused("its time is over")
	b.clock = now
	b.restart(t)
	b.till.Pay("S000001", 0)
	refused("paid")
}
