package razorpay

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

func TestTrouble_B1(t *testing.T) { // QR codes aren't switched on for the account
	s := newShop(t)
	s.featureOff = true
	_, err := s.client().Open(t.Context(), s.charge("B1"))
	fails(t, err, gateway.ClassMisconfigured, "has not switched on QR payments", "ask for the feature")
	if n := s.sent("POST"); n != 1 {
		t.Errorf("%d creates: a no of this kind must not be repeated", n)
	}
}

func TestTrouble_B2(t *testing.T) { // test keys
	s := newShop(t)
	s.keyID = testKey
	c := s.client(func(cfg *Config) { cfg.KeyID = testKey })
	_, err := c.Open(t.Context(), s.charge("B2"))
	fails(t, err, gateway.ClassMisconfigured, "test keys")
	_, err = c.Find(t.Context(), s.charge("B2"))
	fails(t, err, gateway.ClassMisconfigured, "test keys")
	if len(s.calls) != 0 {
		t.Errorf("%d calls were made", len(s.calls))
	}
	demo := s.client(func(cfg *Config) { cfg.KeyID, cfg.AllowTestKeys = testKey, true })
	if q, err := demo.Open(t.Context(), s.charge("B2")); err != nil || !q.TestMode {
		t.Errorf("demo: %+v, %v", q, err)
	}
	if q, err := demo.Find(t.Context(), s.charge("B2")); err != nil || !q.TestMode {
		t.Errorf("demo: %+v, %v", q, err)
	}
}

func TestTrouble_B3(t *testing.T) { // a branded poster instead of a string
	s := newShop(t)
	s.imageContent = false
	c := s.client()
	q := s.open(c, "B3")
	if want := s.payload(s.qrs[0]); q.Payload != want {
		t.Errorf("got %q, want %q", q.Payload, want)
	}
	if h := s.last().header; h.Get("Authorization") != "" {
		t.Error("the poster's host was sent the API keys")
	}
	for say, poster := range map[string]func(string) []byte{
		"2 QR codes":             func(text string) []byte { return posterOf(text, "https://razorpay.com/app") },
		"no QR code":             func(string) []byte { return posterOf() },
		"want a PNG":             func(string) []byte { return []byte("not a picture") },
		"asks for ₹1.00":         func(string) []byte { return posterOf("upi://pay?pa=a@b&cu=INR&am=1") },
		"upi link for":           func(string) []byte { return posterOf("upi://mandate?pa=a@b") },
		"names no amount, the s": func(string) []byte { return posterOf("upi://pay?pa=a@b&cu=INR") },
	} {
		s.poster = poster
		_, err := c.Open(t.Context(), s.charge("B3x"))
		fails(t, err, gateway.ClassRejected, say)
	}
	if s.active() != 1 {
		t.Errorf("%d live QR codes, want the first one only: what isn't shown is closed", s.active())
	}
	// A poster that can't be had now: the order stays, and is found again.
	s.poster = poster
	s.spoil(spoilt{on: "/i/", status: 503}, spoilt{on: "/i/", status: 404, body: "gone"})
	for range 2 {
		_, err := c.Open(t.Context(), s.charge("B3y"))
		fails(t, err, gateway.ClassUnknown, "picture")
	}
	if q, err := c.Find(t.Context(), s.charge("B3y")); err != nil || q.Payload == "" {
		t.Errorf("found: %+v, %v", q, err)
	}
	// The vendor's older pages print the short link with http (seed 002): it is asked for over https, and its hosts
	// only.
	var asked []string
	far := s.client(func(cfg *Config) {
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "rzp.io" || r.URL.Host == "cdn.razorpay.com" {
				asked = append(asked, r.URL.String())
				w := httptest.NewRecorder()
				if r.URL.Host == "rzp.io" {
					http.Redirect(w, r, "https://cdn.razorpay.com/p.png", http.StatusFound)
				} else {
					w.Write(poster("upi://pay?pa=a@b&cu=INR&am=250.5"))
				}
				return w.Result(), nil
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	s.spoil(spoilt{on: "POST /v1/payments/qr_codes", status: 200,
		body: `{"id":"qr_00000000000001","status":"active","image_url":"http://rzp.io/l6MS","payment_amount":25050,` +
			`"fixed_amount":true,"usage":"single_use"}`})
	if q, err := far.Open(t.Context(), s.charge("B3w")); err != nil || q.PayeeVPA != "a@b" ||
		strings.Join(asked, " ") != "https://rzp.io/l6MS https://cdn.razorpay.com/p.png" {
		t.Errorf("asked %q: %+v, %v", asked, q, err)
	}
	// Nothing is fetched from just anywhere.
	for _, address := range []string{"http://169.254.169.254/latest", "https://evil.example/x.png",
		"https://rzp.io.evil.example/", "file:///etc/passwd", "http://127.0.0.1:1/x", ""} {
		s.spoil(spoilt{on: "POST /v1/payments/qr_codes", status: 200,
			body: `{"id":"qr_00000000000001","status":"active","image_url":"` + address +
				`","payment_amount":25050,"fixed_amount":true,"usage":"single_use"}`})
		_, err := c.Open(t.Context(), s.charge("B3z"))
		if class := gateway.ClassOf(err); class != gateway.ClassMisconfigured &&
			(address != "" || class != gateway.ClassRejected) {
			t.Errorf("%q: %v", address, err)
		}
		if address != "" {
			fails(t, err, gateway.ClassMisconfigured, "poster_hosts")
		}
	}
	// A short link that leads elsewhere is a matter for the operator too: asking again won't cure it.
	s.spoil(spoilt{on: "POST /v1/payments/qr_codes", status: 200,
		body: `{"id":"qr_00000000000001","status":"active","image_url":"https://rzp.io/away","payment_amount":25050,` +
			`"fixed_amount":true,"usage":"single_use"}`})
	away := s.client(func(cfg *Config) {
		cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "rzp.io" {
				return http.DefaultTransport.RoundTrip(r)
			}
			w := httptest.NewRecorder()
			http.Redirect(w, r, "https://evil.example/p.png", http.StatusFound)
			return w.Result(), nil
		})
	})
	_, err := away.Open(t.Context(), s.charge("B3v"))
	fails(t, err, gateway.ClassMisconfigured, "poster_hosts", "evil.example")
}

func TestTrouble_B4(t *testing.T) { // a string with a second amount, payee or key in it isn't shown
	amounts(t, map[string]bool{"250.5&am=1": false, "250.5&mam=1": false, "250.5&pa=x@y": false, "250.50": true})
}

func TestTrouble_B5(t *testing.T) { // amounts compare as decimals, however they are spelt
	amounts(t, map[string]bool{
		"250.5": true, "250.50": true, "250.500": true, "0250.5": true,
		"2": false, "250": false, "25050": false, "250.51": false, "": false, "250,5": false, "2.505e2": false,
	})
}

// amounts opens QRs whose string asks for am: what is handed out is Razorpay's, byte for byte, or nothing.
func amounts(t *testing.T, shown map[string]bool) {
	t.Helper()
	for am, ok := range shown {
		s := newShop(t)
		s.am = func(money.Paise) string { return am }
		c := s.client()
		q, err := c.Open(t.Context(), s.charge("B5"))
		if ok {
			if err != nil || q.Payload != s.payload(s.qrs[0]) {
				t.Errorf("am=%s: %q, %v", am, q.Payload, err)
			}
			continue
		}
		fails(t, err, gateway.ClassRejected)
		if q.Payload != "" || s.active() != 0 {
			t.Errorf("am=%s: payload %q, %d live", am, q.Payload, s.active())
		}
	}
}

func TestTrouble_B13(
	t *testing.T,
) { // nothing but Razorpay's own string is handed out, and the entity around it must fit as well
	for _, change := range []map[string]any{{"payment_amount": int64(25051)}, {"payment_amount": nil},
		{"fixed_amount": false}, {"usage": "multiple_use"}} {
		s := newShop(t)
		s.am = func(money.Paise) string { return "250.50" }
		c := s.client()
		s.open(c, "B5b")
		s.mu.Lock()
		for k, v := range change {
			s.qrs[0][k] = v
		}
		if s.qrs[0]["payment_amount"] == nil {
			s.qrs[0]["image_content"], s.imageContent = "upi://pay?pa=a@b&cu=INR&am=250.50", false
		}
		s.mu.Unlock()
		_, err := c.Find(t.Context(), s.charge("B5b"))
		fails(t, err, gateway.ClassRejected)
	}
	// A status nobody knows is no reason to close it: look again.
	s := newShop(t)
	c := s.client()
	q := s.open(c, "B5c")
	s.qrs[0]["status"] = "paused"
	_, err := c.Find(t.Context(), s.charge("B5c"))
	fails(t, err, gateway.ClassUnknown, `"paused"`)
	s.qrs[0]["status"] = "active"
	if again, err := c.Find(t.Context(), s.charge("B5c")); err != nil || again.Payload != q.Payload {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestTrouble_B6(t *testing.T) { // close_by is cut to two hours, or refused under 15 minutes
	s := newShop(t)
	c := s.client()
	ch := s.charge("B6")
	for ask, want := range map[time.Duration]time.Duration{0: minOpen + openMargin, time.Second: minOpen + openMargin,
		5 * time.Minute: 5 * time.Minute, 300 * time.Hour: 2 * time.Hour} {
		ch.CloseAfter = ask
		q, err := c.Open(t.Context(), ch)
		if left := q.ValidUntil.Sub(s.clock()); err != nil || (left-want).Abs() > 2*time.Second {
			t.Errorf("asked for %s: valid for %s, %v; want %s", ask, left, err, want)
		}
	}
	older := newShop(t)
	older.older = true
	c = older.client()
	q := older.open(c, "B6b")
	if left := q.ValidUntil.Sub(older.clock()); left < 15*time.Minute || left > 16*time.Minute || len(older.qrs) != 1 {
		t.Errorf("older account: valid for %s, %d QR codes", left, len(older.qrs))
	}
	if n := older.sent("POST"); n != 2 {
		t.Errorf("%d creates, want a refused one and a good one", n)
	}
	// Refused for close_by whatever is asked: told, not tried for ever.
	for range 5 {
		older.spoil(spoilt{on: "POST", status: 400, body: `{"error":{"code":"BAD_REQUEST_ERROR","description":"The ` +
			`close by must be between 946684800 and 4765046400."}}`})
	}
	_, err := c.Open(t.Context(), older.charge("B6c"))
	fails(t, err, gateway.ClassRejected)
	if n := older.sent("POST"); n != 4 {
		t.Errorf("%d creates in all, want two more", n)
	}
}
