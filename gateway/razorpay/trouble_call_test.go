package razorpay

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
)

// inside answers without a network, so that a test can run on synctest's clock.
type inside struct{ h http.Handler }

func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	i.h.ServeHTTP(w, r)
	return w.Result(), nil
}

func TestTrouble_C2(t *testing.T) { // 5xx on reads
	s := newShop(t)
	c := s.client()
	q := s.open(c, "C2")
	for _, status := range []int{500, 502, 503, 504} {
		s.spoil(spoilt{on: "/payments", status: status, body: "<html>"})
		_, err := c.Read(t.Context(), q.Order)
		fails(t, err, gateway.ClassUnavailable)
	}
	if r := s.read(c, q); r.Status != gateway.OrderOpen {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_C3(t *testing.T) { // one text, two meanings: the status decides
	const trouble = `{"error":{"code":"BAD_REQUEST_ERROR","description":"We are facing some trouble completing your ` +
		`request at the moment. Please try again shortly."}}`
	s := newShop(t)
	c := s.client()
	q := s.open(c, "C3")
	s.spoil(spoilt{on: "/payments", status: 400, body: trouble})
	_, err := c.Read(t.Context(), q.Order)
	fails(t, err, gateway.ClassRejected)
	s.spoil(spoilt{on: "/payments", status: 500, body: trouble})
	_, err = c.Read(t.Context(), q.Order)
	fails(t, err, gateway.ClassUnavailable)
}

func TestTrouble_C4(t *testing.T) { // 200 isn't paid
	s := newShop(t)
	c := s.client()
	q := s.open(c, "C4")
	for _, status := range []string{"failed", "created", "authorized", "succeeded", "PAID", ""} {
		s.pay(q.ID, 25050, status)
	}
	s.pay(q.ID, 25050, "captured", map[string]any{"captured": false})
	s.pay(q.ID, 25050, "captured", map[string]any{"currency": "USD"})
	s.pay(q.ID, 25051, "captured")
	s.qrs[0]["status"] = "active"
	r := s.read(c, q)
	if r.Status == gateway.OrderPaid || len(r.Payments) != 9 {
		t.Errorf("%+v", r)
	}
	for i, want := range []gateway.PaymentStatus{gateway.PaymentFailed, gateway.PaymentStarted,
		gateway.PaymentProcessing, gateway.PaymentUnknown, gateway.PaymentUnknown, gateway.PaymentUnknown,
		gateway.PaymentUnknown, gateway.PaymentUnknown, gateway.PaymentCaptured} {
		if r.Payments[i].Status != want {
			t.Errorf("payment %d: %s, want %s", i, r.Payments[i].Status, want)
		}
	}
	if !strings.Contains(strings.Join(r.Notes, "\n"), "is ₹250.51, the sale is ₹250.50") {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestTrouble_C5(t *testing.T) { // counters say 0 beside a captured payment, and 1 beside none
	s := newShop(t)
	c := s.client()
	q := s.open(c, "C5")
	s.qrs[0]["payments_count_received"], s.qrs[0]["payments_amount_received"] = 1, 25050
	if r := s.read(c, q); r.Status != gateway.OrderOpen {
		t.Errorf("%+v", r)
	}
	s.qrs[0]["payments_count_received"], s.qrs[0]["payments_amount_received"] = 0, 0
	s.pay(q.ID, 25050, "captured")
	if r := s.read(c, q); r.Status != gateway.OrderPaid {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_C6(t *testing.T) { // notes [] or {} or null or absent; close_by as text; nulls; strangers
	for _, empty := range []any{[]any{}, map[string]any{}, nil, ""} {
		s := newShop(t)
		s.emptyNotes = empty
		c := s.client()
		q := s.open(c, "C6")
		s.open(c, "C6other")
		s.qrs[1]["notes"] = map[string]string{}
		if _, err := c.Find(t.Context(), s.charge("C6")); err != nil {
			t.Errorf("%v: %v", empty, err)
		}
		s.qrs[0]["close_reason"], s.qrs[0]["status"] = "solar_flare", "hibernating"
		s.pay(q.ID, 25050, "quantum", map[string]any{
			"acquirer_data": []any{},
			"vpa":           nil,
			"upi":           map[string]any{"vpa": "someone@ybl"},
			"captured":      nil,
			"created_at":    nil,
		})
		r := s.read(c, q)
		if r.Status != gateway.OrderUnknown || r.Payments[0].Status != gateway.PaymentUnknown ||
			r.Payments[0].VPA != "so****@ybl" ||
			len(r.Notes) != 2 {
			t.Errorf("%+v", r)
		}
	}
}

func TestTrouble_C14(t *testing.T) { // 429 with and without Retry-After
	synctest.Test(t, func(t *testing.T) {
		n := 0
		c, err := New(Config{
			KeyID:     liveKey,
			KeySecret: secret,
			Transport: inside{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n++
				w.Header().Set("Content-Type", "application/json")
				if n <= 2 {
					if n == 1 {
						w.Header().Set("Retry-After", "30")
					}
					w.WriteHeader(429)
					return
				}
				io.WriteString(
					w,
					`{"entity":"collection","count":1,"items":[{"id":"pay_1","amount":25050,"currency":"INR",`+
						`"status":"captured","captured":true}]}`,
				)
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		o := gateway.Order{ID: "qr_1", Amount: 25050}
		_, err = c.Read(t.Context(), o)
		if e := fails(t, err, gateway.ClassUnavailable, "429", "busy"); e.RetryAfter != 30*time.Second {
			t.Errorf("Retry-After read as %s", e.RetryAfter)
		}
		start := time.Now()
		if _, err := c.Read(t.Context(), o); n != 1 {
			t.Errorf("the pause wasn't kept: %v", err)
		}
		time.Sleep(61 * time.Second)
		_, err = c.Read(t.Context(), o)
		fails(t, err, gateway.ClassUnavailable, "429")
		time.Sleep(5 * time.Second)
		if r, err := c.Read(t.Context(), o); err != nil || r.Status != gateway.OrderPaid {
			t.Errorf("after %s: %+v, %v", time.Since(start), r, err)
		}
	})
}

func TestTrouble_C15(
	t *testing.T,
) { // no answer at all, an empty one, a strange one: an error each time, never a panic or "no payments"
	s := newShop(t)
	c := s.client()
	q := s.open(c, "C15")
	for _, body := range []string{"", "{}", "null", "[]", `{"items":null}`, `{"items":{}}`, `"ok"`, `{"items":[{}]}`,
		`{"items":[{"id":"pay_1"}]}`, `{"items":[{"id":"../x","amount":1}]}`, `{"items":[]}{`, "<html>"} {
		s.spoil(spoilt{on: "/payments", status: 200, body: body})
		_, err := c.Read(t.Context(), q.Order)
		fails(t, err, gateway.ClassUnavailable)
	}
	for _, body := range []string{"", "{}", "null", `{"error":{"code":"SERVER_ERROR"}}`, `{"id":""}`} {
		s.spoil(spoilt{on: "POST", status: 200, body: body})
		_, err := c.Open(t.Context(), s.charge("C15b"))
		fails(t, err, gateway.ClassUnknown)
	}
	for _, body := range []string{"", "null", "[]", "nope", `{"error":null}`, `{"error":"x"}`} {
		s.spoil(spoilt{on: "/payments", status: 400, body: body})
		_, err := c.Read(t.Context(), q.Order)
		fails(t, err, gateway.ClassMisconfigured, "isn't Razorpay's")
	}
	// An answer about another QR isn't an answer.
	s.spoil(
		spoilt{on: "GET /v1/payments/qr_codes/qr_00000000000001", status: 200, body: `{"items":[],"id":"qr_1"}`},
		spoilt{on: "GET /v1/payments/qr_codes/qr_00000000000001", status: 200, body: `{"id":"qr_9","status":"closed"}`},
	)
	_, err := c.Read(t.Context(), q.Order)
	fails(t, err, gateway.ClassUnavailable, "the answer is about qr_9")
}

func TestTrouble_G6(
	t *testing.T,
) { // nobody there, nothing sent, nothing to ask about: an error each time, never a nil answer
	s := newShop(t)
	c := s.client()
	q := s.open(c, "G6a")
	nobody := s.client(func(cfg *Config) { cfg.BaseURL = "http://127.0.0.1:1" })
	_, err := nobody.Open(t.Context(), s.charge("G6"))
	fails(t, err, gateway.ClassUnavailable, "cannot be reached", "not sent")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.Open(gone, s.charge("G6"))
	fails(t, err, gateway.ClassUnavailable)
	fails(t, c.Close(gone, q.Order), gateway.ClassUnavailable)
	fails(t, c.Close(t.Context(), gateway.Order{}), gateway.ClassRejected, "find it by its reference")
	_, err = c.Read(t.Context(), gateway.Order{})
	fails(t, err, gateway.ClassRejected, "find it by its reference")
}

func TestTrouble_C16(t *testing.T) { // the keys were changed while a sale was open
	s := newShop(t)
	c := s.client()
	q := s.open(c, "C16")
	s.qrs = nil // to another account's keys this QR doesn't exist
	_, err := c.Read(t.Context(), q.Order)
	fails(t, err, gateway.ClassMisconfigured, "another key pair", "settings")
	fails(t, c.Close(t.Context(), q.Order), gateway.ClassMisconfigured, "another key pair")
	s.keyID = "rzp_live_other"
	_, err = c.Read(t.Context(), q.Order)
	fails(t, err, gateway.ClassMisconfigured, "401", "make a new pair")
	_, err = c.Open(t.Context(), s.charge("C16b"))
	fails(t, err, gateway.ClassMisconfigured, "make a new pair")
	for text, class := range map[string]gateway.Class{"The api secret provided is invalid": gateway.ClassMisconfigured,
		"The API {key/secret} provided is invalid.": gateway.ClassMisconfigured,
		"X is not a valid id":                       gateway.ClassRejected} {
		s.spoil(spoilt{
			on:     "/payments",
			status: 400,
			body:   `{"error":{"code":"BAD_REQUEST_ERROR","description":"` + text + `"}}`,
		})
		_, err = c.Read(t.Context(), q.Order)
		fails(t, err, class, text)
	}
}

func TestTrouble_C17(t *testing.T) { // downtimes are news, for UPI only
	s := newShop(t)
	s.spoil(spoilt{on: "/downtimes", status: 200, body: `{"entity":"collection","count":3,"items":[
		{"id":"down_1","entity":"payment.downtime","method":"upi","begin":1790000000,"end":null,"status":"started",` +
		`"scheduled":false,"severity":"high","instrument":{"vpa_handle":"ybl"},"created_at":1},
		{"id":"down_2","method":"upi","begin":1790000000,"end":1790003600,"status":"resolved","severity":"low",` +
		`"instrument":{"psp":"google_pay"}},
		{"id":"down_3","method":"card","status":"started","severity":"high","instrument":{"network":"VISA"}}]}`})
	ds, err := s.client().Downtimes(t.Context())
	want := []Downtime{
		{
			ID:         "down_1",
			Method:     "upi",
			Status:     "started",
			Severity:   "high",
			Instrument: "ybl",
			Begin:      time.Unix(1790000000, 0),
		},
		{
			ID:         "down_2",
			Method:     "upi",
			Status:     "resolved",
			Severity:   "low",
			Instrument: "google_pay",
			Begin:      time.Unix(1790000000, 0),
			End:        time.Unix(1790003600, 0),
		},
	}
	if err != nil || len(ds) != 2 || ds[0] != want[0] || ds[1] != want[1] {
		t.Errorf("%+v, %v", ds, err)
	}
}

func TestTrouble_D1(t *testing.T) { // closed by its own expiry: no event comes, the next look tells
	s := newShop(t)
	c := s.client()
	q := s.open(c, "D1")
	s.qrs[0]["status"], s.qrs[0]["close_reason"] = "closed", nil
	if r := s.read(c, q); r.Status != gateway.OrderClosed {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_D2(t *testing.T) { // closing what is closed, and a close that nobody confirms
	s := newShop(t)
	c := s.client()
	q := s.open(c, "D2")
	for i := range 3 {
		if err := c.Close(t.Context(), q.Order); err != nil {
			t.Errorf("close %d: %v", i+1, err)
		}
	}
	// Told "done" while it is still open: not done.
	q2 := s.open(c, "D2b")
	s.spoil(spoilt{on: "/close", status: 200, body: `{"id":"` + q2.ID + `","status":"active"}`})
	fails(t, c.Close(t.Context(), q2.Order), gateway.ClassUnknown, "still calls the QR open")
	// Neither the close nor the look is answered.
	s.spoil(spoilt{on: "/close", status: 500}, spoilt{on: "GET /v1/payments/qr_codes/", status: 500})
	fails(t, c.Close(t.Context(), q2.Order), gateway.ClassUnknown)
}

func TestTrouble_D5(
	t *testing.T,
) { // somebody closes the QR in the dashboard: the next look says so, and our close is content
	s := newShop(t)
	c := s.client()
	q := s.open(c, "D5")
	if err := s.client().Close(t.Context(), q.Order); err != nil { // another program with the same keys
		t.Fatal(err)
	}
	if r := s.read(c, q); r.Status != gateway.OrderClosed || len(r.Payments) != 0 {
		t.Errorf("%+v", r)
	}
	if err := c.Close(t.Context(), q.Order); err != nil {
		t.Error(err)
	}
}

func TestTrouble_D3(t *testing.T) { // money in flight while the QR closes: captured between the two looks of one Read
	s := newShop(t)
	c := s.client()
	q := s.open(c, "D3")
	if err := s.client().Close(t.Context(), q.Order); err != nil { // by somebody else: c learns of it in its Read
		t.Fatal(err)
	}
	s.spoil(
		spoilt{on: "/payments", status: 200, body: `{"entity":"collection","count":0,"items":[]}`},
	) // the first look was just too early
	s.pay(q.ID, 25050, "captured")
	if r := s.read(c, q); r.Status != gateway.OrderPaid {
		t.Errorf("%+v", r)
	}
}

func TestTrouble_G3(t *testing.T) { // the till's clock is wrong
	for _, off := range []time.Duration{-time.Hour, time.Hour, -30 * 365 * 24 * time.Hour, 26 * time.Hour} {
		s := newShop(t)
		ours := func() time.Time { return s.clock().Add(off) }
		c := s.client(func(cfg *Config) { cfg.Now = ours })
		ch := s.charge("G3")
		ch.AskedAt = ours()
		q, err := c.Open(t.Context(), ch)
		if err != nil {
			t.Fatalf("%s: %v", off, err)
		}
		if skew, ok := c.Skew(); !ok || (skew+off).Abs() > 2*time.Second {
			t.Errorf("off by %s, skew found %s", off, skew)
		}
		if left := q.ValidUntil.Sub(ours()); off < 0 && (left-5*time.Minute).Abs() > 2*time.Second ||
			left > 2*time.Hour+time.Minute {
			t.Errorf("off by %s: valid for %s on our clock", off, left)
		}
		// After a restart nothing is known of the skew, and the QR is found all the same.
		again := s.client(func(cfg *Config) { cfg.Now = ours })
		if f, err := again.Find(t.Context(), ch); err != nil || f.ID != q.ID {
			t.Errorf("off by %s: %+v, %v", off, f, err)
		}
		// The second sale knows better from the start.
		before := s.sent("POST")
		ch.Reference = "G3b"
		if q, err := c.Open(t.Context(), ch); err != nil || s.sent("POST") != before+1 ||
			(q.ValidUntil.Sub(ours())-5*time.Minute).Abs() > 2*time.Second {
			t.Errorf("off by %s: valid for %s, %v", off, q.ValidUntil.Sub(ours()), err)
		}
	}
	// Our clock was set back by NTP between the asking and the restart.
	s := newShop(t)
	ahead := s.client(func(cfg *Config) { cfg.Now = func() time.Time { return s.clock().Add(40 * time.Minute) } })
	ch := s.charge("G3c")
	ch.AskedAt = s.clock().Add(40 * time.Minute)
	if _, err := ahead.Open(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client().Find(t.Context(), ch); err != nil {
		t.Errorf("clock set back: %v", err)
	}
}

func TestFindNeedsTheWholeList(t *testing.T) {
	s := newShop(t)
	c := s.client()
	for range 150 {
		s.open(c, "X")
	}
	// The second page fails: "not found" would be a guess.
	n := 0
	cut := s.client(func(cfg *Config) {
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet {
				if n++; n == 2 {
					return nil, errors.New("the cable was pulled")
				}
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	_, err := cut.Find(t.Context(), s.charge("MISSING"))
	fails(t, err, gateway.ClassUnavailable, "cable")
	if _, err := c.Find(t.Context(), s.charge("MISSING")); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("the whole list: %v", err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
