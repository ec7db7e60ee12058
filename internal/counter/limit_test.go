package counter

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"galla/internal/quota"
)

// TestIntegrator_14_RateLimit: on the calls that are bounded a caller reads what it has left, and that is what it gets.
func TestIntegrator_14_RateLimit(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	b.Counter.rate, b.Counter.openSales = quota.NewRate(60), 12
	p, other := b.pairPhone(t, "cashier"), b.pairPhone(t, "manager")

	sold := 0
	sell := func() *httptest.ResponseRecorder {
		sold++
		return p.do("POST", "/v1/sales", fmt.Sprintf(`{"amount_paise":%d}`, 100+sold))
	}
	const policy = `"sales";q=10;w=10, "open-sales";q=12`
	for open := 1; ; open++ {
		w := sell()
		if got := w.Header().Get("RateLimit-Policy"); got != policy {
			t.Fatalf("the policy is %s", got)
		}
		if w.Code == 429 {
			if h := w.Header(); h.Get("RateLimit") != `"sales";r=0;t=`+h.Get("Retry-After") || open <= 10 {
				t.Errorf("sale %d is refused with %v", open, h)
			}
			break
		}
		var left, more, open2 int
		if n, _ := fmt.Sscanf(w.Header().Get("RateLimit"), `"sales";r=%d;t=%d, "open-sales";r=%d`, &left, &more,
			&open2); n != 3 || w.Code != 201 ||
			// the wall clock gives one back a second
			more != 1 || open2 != 12-open || left < 10-open || left > 11-open {
			t.Fatalf("sale %d: %d with %s", open, w.Code, w.Header().Get("RateLimit"))
		}
	}
	if w := other.do("POST", "/v1/sales", `{"amount_paise":0}`); w.Header().Get("RateLimit") != `"sales";r=10` {
		t.Errorf("another caller: %d %v", w.Code, w.Header())
	}
	b.Counter.rate = quota.NewRate(6000)
	for w := sell(); ; w = sell() {
		if w.Code == 201 {
			continue
		}
		if h := w.Header(); w.Code != 429 || h.Get("RateLimit") != `"open-sales";r=0;t=10` ||
			h.Get("Retry-After") != "10" {
			t.Errorf("too many open sales: %d %v", w.Code, h)
		}
		break
	}

	phone := b.pairPhone(t, "")
	for range 20 {
		w := phone.do("POST", "/v1/session", `{"name":"asha","pin":"0000"}`)
		if w.Code != 429 {
			continue
		}
		if h := w.Header(); h.Get("RateLimit") != `"tries";r=0;t=`+h.Get("Retry-After") || h.Get("Retry-After") < "2" {
			t.Errorf("too many PINs: %v", h)
		}
		return
	}
	t.Error("wrong PINs are not slowed")
}

// TestIntegrator_14_RetryAfter: a box that may not sell says when to come back, too.
func TestIntegrator_14_RetryAfter(t *testing.T) {
	w := httptest.NewRecorder()
	Closed("The sales file is damaged.", "Call the owner.").ServeHTTP(w, httptest.NewRequest("GET", "/v1/sales", nil))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "out_of_service") {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
