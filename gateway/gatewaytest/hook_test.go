package gatewaytest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// merchant takes webhooks; the first refuse of them are answered 500.
type merchant struct {
	mu     sync.Mutex
	refuse int
	got    []*http.Request
	bodies []string
}

func (m *merchant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got, m.bodies = append(m.got, r), append(m.bodies, string(b))
	if m.refuse > 0 {
		m.refuse--
		w.WriteHeader(500)
	}
}

// hooked runs f with a running simulator whose webhooks reach m.
func hooked(t *testing.T, k Knobs, m *merchant, f func(*asking)) {
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork()
		n.Serve("127.0.0.1:9000", m)
		k.WebhookURL = "http://127.0.0.1:9000/razorpay"
		a := &asking{T: t, Sim: NewSim(Options{Seed: 3, Knobs: &k, Notify: n.Transport()})}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { a.Sim.Run(ctx); close(ended) }()
		defer func() {
			stop()
			<-ended
			if err := n.Close(); err != nil {
				t.Error(err)
			}
		}()
		f(a)
	})
}

func (m *merchant) events(t *testing.T) (names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range m.bodies {
		var e struct {
			Event string `json:"event"`
		}
		if err := json.Unmarshal([]byte(b), &e); err != nil {
			t.Errorf("webhook %q: %v", b, err)
		}
		names = append(names, e.Event)
	}
	return names
}

func TestRazorpayWebhooks(t *testing.T) {
	m := &merchant{}
	hooked(t, Calm(), m, func(a *asking) {
		_, payload := a.newQR("300")
		if _, err := a.Phone().Pay(payload); err != nil {
			t.Fatal(err)
		}
		open, _ := a.newQR("500")
		a.razorpay("POST", "/v1/payments/qr_codes/"+open+"/close", "")
		expires, _ := a.newQR("700")
		pause(3 * time.Hour) // its expiry sends nothing (R14)
		if r := a.razorpay("GET", "/v1/payments/qr_codes/"+expires, ""); r.text("status") != "closed" {
			t.Errorf("the QR did not expire: %s", r.raw)
		}
		want := "qr_code.created payment.captured qr_code.credited qr_code.created qr_code.closed qr_code.created"
		if got := strings.Join(m.events(t), " "); got != want {
			t.Errorf("events: %s\nwant:   %s", got, want)
		}
	})
	for i, b := range m.bodies {
		if sig := m.got[i].Header.Get("X-Razorpay-Signature"); sig != Sign(RazorpayWebhookSecret, []byte(b)) ||
			sig == Sign("other", []byte(b)) {
			t.Errorf("webhook %d is signed %s", i, sig)
		}
		if m.got[i].Header.Get("X-Razorpay-Event-Id") == "" {
			t.Errorf("webhook %d has no event id", i)
		}
	}
	if b := m.bodies[0]; !strings.Contains(b, `\/`) || !strings.Contains(b, `"close_by":"`) {
		t.Errorf("qr_code.created has no \\/ or a number as close_by (R14, R14b): %s", b)
	}
	if b := m.bodies[2]; !strings.Contains(b, `"payments_count_received":0`) ||
		!strings.Contains(b, `"captured":true`) {
		t.Errorf("qr_code.credited counts the payment (R14): %s", b)
	}
}

// TestWebhookTroubles: duplicates, losses and a merchant that answers 500.
func TestWebhookTroubles(t *testing.T) {
	k := Calm()
	k.WebhookDuplicate = 100
	m := &merchant{}
	hooked(t, k, m, func(a *asking) {
		a.newQR("300")
		pause(time.Minute)
	})
	if len(m.got) != 2 || m.got[0].Header.Get("X-Razorpay-Event-Id") != m.got[1].Header.Get("X-Razorpay-Event-Id") {
		t.Errorf("a duplicate makes %d deliveries, or another event id", len(m.got))
	}
	k = Calm()
	k.WebhookLost = 100
	m = &merchant{}
	hooked(t, k, m, func(a *asking) {
		a.newQR("300")
		pause(time.Hour)
	})
	if len(m.got) != 0 {
		t.Errorf("a lost webhook came %d times", len(m.got))
	}
	m = &merchant{refuse: 2}
	hooked(t, Calm(), m, func(a *asking) {
		a.newQR("300")
		pause(24 * time.Hour)
	})
	if len(m.got) != 3 {
		t.Errorf("a merchant that refused twice was asked %d times, want 3", len(m.got))
	}
}

func TestEnKashNotify(t *testing.T) {
	m := &merchant{}
	hooked(t, Calm(), m, func(a *asking) {
		o := a.enkash(
			"POST",
			"/api/v0/orders",
			`{"orderId":"NOTE1","amount":{"value":20.15,"currency":"INR"},"notifyUrl":"http://127.0.0.1:9000/enkash"}`,
		)
		q := a.enkash("GET", "/pay/checkout/qrcode/"+o.text("payload", "orderId"), "")
		if _, err := a.Phone().Pay(q.text("payload", "qrUrl")); err != nil {
			t.Fatal(err)
		}
		pause(time.Minute)
	})
	if len(m.bodies) != 1 || m.got[0].URL.Path != "/enkash" {
		t.Fatalf("%d notifications came", len(m.bodies))
	}
	var got any
	if err := json.Unmarshal([]byte(m.bodies[0]), &got); err != nil {
		t.Fatal(err)
	}
	_, want := sample(t, "enkash_notify")
	for _, l := range lacking("notification", want, got) {
		t.Error(l)
	}
}

// TestMandateCallbacks: approval, debit and revocation are each told once, in the callback's own types (E30).
func TestMandateCallbacks(t *testing.T) {
	k := Calm()
	k.CallbackURL = "http://127.0.0.1:9000/mandates"
	m := &merchant{}
	hooked(t, k, m, func(a *asking) {
		id := a.enkash("POST", "/api/v0/upi-mandate",
			`{"referenceId":"MILK1","amount":50000,"amountRule":"MAX","currency":"INR","payer":{"name":"G",`+
				`"vpa":"g@exampleupi","account":"1","accountValidation":true},
			"mandateName":"Milk","expiry":"2030-01-01T00:00:00Z","blockFund":false,"recurrence":{"period":"MONTHLY",`+
				`"rule":"ON","value":5},"validity":{"startAt":"2030-01-01T00:00:00Z","endAt":"2031-01-01T00:00:00Z"}}`).
			text("mandateId")
		pause(2 * time.Minute)
		step := `{"mandateId":"` + id + `","referenceId":"DEBIT1","amount":40000,"currency":"INR"}`
		a.enkash("POST", "/api/v0/upi-mandate/notify", step)
		a.enkash("POST", "/api/v0/upi-mandate/execute", step)
		pause(time.Second)
		a.enkash("PATCH", "/api/v0/upi-mandate/"+id+"/revoke", `{"remarks":"moved"}`)
		pause(time.Minute)
	})
	if len(m.bodies) != 3 {
		t.Fatalf("%d callbacks came: %q", len(m.bodies), m.bodies)
	}
	for i, want := range []string{`"status":"ACTIVE"`, `"orderId":"DEBIT1"`, `"status":"REVOKED"`} {
		if !strings.Contains(m.bodies[i], want) || i != 1 && !strings.Contains(m.bodies[i], `"expireAt":1893456000`) {
			t.Errorf("callback %d: %s", i+1, m.bodies[i])
		}
	}
}
