package gatewaytest

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestFaultsOnTheWire: what a client of net/http sees of each fault, and whether the effect was there.
func TestFaultsOnTheWire(t *testing.T) {
	const create = `{"type":"upi_qr","usage":"single_use","fixed_amount":true,"payment_amount":300}`
	for fault, want := range map[string]struct {
		says    string
		effects int
	}{
		"none":                              {" 200 {", 1},
		"lose-answer":                       {"error EOF", 1},
		"cut":                               {"error EOF", 0},
		"truncate":                          {"cut: unexpected EOF", 1},
		"garbage":                           {" 200 <html>", 1},
		"status 503":                        {" 503 {", 0},
		"status 502":                        {" 502 <html>", 0},
		"status 500 after":                  {" 500 {", 1},
		"status 429 retry-after 3s":         {" 429 {", 0},
		"refuse GATEWAY_ERROR Bank is down": {` 400 {"error":{"code":"GATEWAY_ERROR","description":"Bank is down"`, 0},
		"delay 30s":                         {" 200 {", 1},
		"hold 30s":                          {" 200 {", 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, n := NewSim(Options{Calm: true}), NewNetwork()
			n.Serve(razorpayAddr, s.Razorpay())
			defer n.Close()
			if err := s.Script("wire", "on razorpay create #1 "+fault); err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			said := post(n, razorpayAddr, "/v1/payments/qr_codes", create)
			if !strings.Contains(said, want.says) || len(s.Ledger().Orders) != want.effects {
				t.Errorf("%s: %.200s with %d orders, want %q with %d",
					fault, said, len(s.Ledger().Orders), want.says, want.effects)
			}
			if took := time.Since(begun); strings.HasSuffix(fault, "30s") != (took >= 30*time.Second) {
				t.Errorf("%s took %s", fault, took)
			}
		})
	}
}

func TestNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, n := NewSim(Options{Calm: true}), NewNetwork()
		n.Serve(razorpayAddr, s.Razorpay())
		defer n.Close()
		for range 5 {
			post(n, razorpayAddr, "/v1/payments/qr_codes", "{}")
		}
		if n.Dials() != 1 {
			t.Errorf("five requests in a row made %d connections", n.Dials())
		}
		n.Down(razorpayAddr, true)
		said := post(n, razorpayAddr, "/v1/payments/qr_codes", "{}")
		if !strings.Contains(said, "network is unreachable") {
			t.Errorf("with the network down: %s", said)
		}
		n.Down(razorpayAddr, false)
		if said := post(n, razorpayAddr, "/v1/payments/qr_codes", "{}"); !strings.Contains(said, " 400 ") {
			t.Errorf("with the network up again: %s", said)
		}
		if said := post(n, "127.0.0.1:1", "/", ""); !strings.Contains(said, "unreachable") {
			t.Errorf("nobody serves there: %s", said)
		}
	})
}

// TestAnswersCarryTheSimulatorsClock: a client compares Date with its own clock (G3).
func TestAnswersCarryTheSimulatorsClock(t *testing.T) {
	a := calm(t)
	a.Clock().Advance(time.Hour)
	r := a.razorpay("GET", "/v1/payments/qr_codes", "")
	if got := r.header.Get("Date"); got != noon.Add(time.Hour).Format(http.TimeFormat) {
		t.Errorf("Date is %q, the clock says %s", got, a.Clock().Now())
	}
}

// TestPoster: without image_content, the QR's string stands in a branded picture behind a redirect (R12).
func TestPoster(t *testing.T) {
	a := calm(t, func(k *Knobs) { k.PosterOnly = 100 })
	q := a.razorpay(
		"POST",
		"/v1/payments/qr_codes",
		`{"type":"upi_qr","usage":"single_use","fixed_amount":true,"payment_amount":300,"description":"Bill 17"}`,
	)
	if q.at("image_content") != nil {
		t.Errorf("image_content is there: %s", q.raw)
	}
	path := strings.TrimPrefix(q.text("image_url"), "http://example.com")
	link := a.send(a.Razorpay(), "GET", path, "")
	if link.status != 302 {
		t.Fatalf("image_url %s answers %d", path, link.status)
	}
	picture := a.send(a.Razorpay(), "GET", strings.TrimPrefix(link.header.Get("Location"), "http://example.com"), "")
	if picture.header.Get("Content-Type") != "image/png" || len(picture.raw) < 5000 {
		t.Errorf("the poster is %d bytes of %s", len(picture.raw), picture.header.Get("Content-Type"))
	}
}
