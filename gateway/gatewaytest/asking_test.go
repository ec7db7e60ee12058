package gatewaytest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// noon is when the tests' clocks begin, and how they begin: they stand until Advance.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func standing() time.Time { return noon }

// asking is a simulator without a network, for tests of what it answers.
type asking struct {
	*testing.T
	*Sim
	token string
}

func calm(t *testing.T, set ...func(*Knobs)) *asking {
	k := Calm()
	for _, f := range set {
		f(&k)
	}
	return &asking{T: t, Sim: NewSim(Options{Seed: 7, Knobs: &k, Now: standing})}
}

// reply is an answer with its JSON read into maps; numbers stay text.
type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// at walks into the answer: at("payload", "orderId").
func (r reply) at(path ...string) any {
	var v any = r.body
	for _, k := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

func (r reply) text(path ...string) string {
	s, _ := r.at(path...).(string)
	return s
}

func (a *asking) send(h http.Handler, method, path, body string, header ...string) reply {
	a.Helper()
	r := httptest.NewRequestWithContext(a.Context(), method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header[header[i]] = []string{header[i+1]}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	out := reply{status: w.Code, header: w.Header(), raw: w.Body.String()}
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.UseNumber()
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && strings.HasPrefix(out.raw, "{") {
		if err := d.Decode(&out.body); err != nil {
			a.Fatalf("%s %s answered %q, which is no JSON object: %v", method, path, out.raw, err)
		}
	}
	return out
}

// enkash asks the pretend EnKash with a good token.
func (a *asking) enkash(method, path, body string) reply {
	a.Helper()
	if a.token == "" {
		a.token = a.send(a.EnKash(), "POST", "/api/v0/merchant/token",
			`{"accessKey":"`+EnKashAccessKey+`","secretKey":"`+EnKashSecretKey+`"}`).text("token")
	}
	return a.send(
		a.EnKash(),
		method,
		path,
		body,
		"Authorization",
		"Bearer "+a.token,
		"Merchantaccesskey",
		EnKashAccessKey,
	)
}

// razorpay asks the pretend Razorpay with the live key.
func (a *asking) razorpay(method, path, body string, header ...string) reply {
	a.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	r.SetBasicAuth(RazorpayKeyID, RazorpayKeySecret)
	return a.send(a.Razorpay(), method, path, body, append(header, "Authorization", r.Header.Get("Authorization"))...)
}

// newQR creates a Razorpay QR over an amount and returns its id and string.
func (a *asking) newQR(amount string) (id, payload string) {
	a.Helper()
	q := a.razorpay(
		"POST",
		"/v1/payments/qr_codes",
		`{"type":"upi_qr","name":"N`+amount+`","usage":"single_use","fixed_amount":true,"payment_amount":`+amount+`}`,
	)
	if q.status != 200 {
		a.Fatalf("create: %d %s", q.status, q.raw)
	}
	return q.text("id"), q.text("image_content")
}

// newOrder creates an EnKash order with one QR and returns its id, the ekPayId and the string.
func (a *asking) newOrder(ref, rupees string) (id, ek, payload string) {
	a.Helper()
	o := a.enkash("POST", "/api/v0/orders", `{"orderId":"`+ref+`","amount":{"value":`+rupees+`,"currency":"INR"}}`)
	id = o.text("payload", "orderId")
	q := a.enkash("GET", "/pay/checkout/qrcode/"+id, "")
	if id == "" || q.text("payload", "qrUrl") == "" {
		a.Fatalf("create: %s, qr: %s", o.raw, q.raw)
	}
	return id, q.text("payload", "ekPayId"), q.text("payload", "qrUrl")
}
