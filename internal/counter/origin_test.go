package counter

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// TestIntegrator_4: pages of configured origins call with a token, and with nothing else; other pages don't.
func TestIntegrator_4(t *testing.T) {
	b := newBench(t)
	const pos = "https://pos.example.com"
	b.Counter.origins = map[string]bool{pos: true, "tauri://localhost": true}
	b.staff(t)
	phone := b.pairPhone(t, "manager")
	bearer := []string{"Authorization", "Bearer " + phone.token, "Sec-Fetch-Site", "cross-site"}
	with := func(head ...string) []string { return append(append([]string{}, bearer...), head...) }

	// The browser asks first.
	w := b.call(
		network,
		"OPTIONS",
		"/v1/sales",
		"",
		"Origin",
		pos,
		"Access-Control-Request-Method",
		"POST",
		"Access-Control-Request-Headers",
		"authorization,content-type,idempotency-key",
		"Access-Control-Request-Private-Network",
		"true",
		"Sec-Fetch-Site",
		"cross-site",
	)
	h := w.Header()
	if w.Code != 204 || h.Get("Access-Control-Allow-Origin") != pos ||
		!strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") ||
		!strings.Contains(h.Get("Access-Control-Allow-Headers"), "Idempotency-Key, If-None-Match") ||
		h.Get("Access-Control-Allow-Private-Network") != "true" ||
		h.Get("Access-Control-Allow-Credentials") != "" ||
		h.Get("Vary") != "Origin" {
		t.Errorf("preflight: %d %v", w.Code, h)
	}
	// And then calls; it reads refusals, too.
	w = b.call(network, "POST", "/v1/sales", `{"amount_paise":25000}`, with("Origin", pos, "Idempotency-Key", "k1")...)
	if w.Code != 201 || w.Header().Get("Access-Control-Allow-Origin") != pos ||
		!strings.Contains(w.Header().Get("Access-Control-Expose-Headers"), "ETag, Idempotency-Replayed") {
		t.Errorf("a sale: %d %v %s", w.Code, w.Header(), w.Body)
	}
	w = b.call(network, "GET", "/v1/sales/none", "", with("Origin", "tauri://localhost")...)
	if w.Code != 404 || w.Header().Get("Access-Control-Allow-Origin") != "tauri://localhost" {
		t.Errorf("a refusal: %d %v", w.Code, w.Header())
	}

	for name, head := range map[string][]string{
		"its cookie alone":         {"Origin", pos, "Cookie", plainCookie + "=" + phone.token},
		"nothing":                  {"Origin", pos},
		"another page's token":     {"Origin", "https://evil.example", "Authorization", "Bearer " + phone.token},
		"a name that begins alike": {"Origin", pos + ".evil.example", "Authorization", "Bearer " + phone.token},
		"another scheme":           {"Origin", "http://pos.example.com", "Authorization", "Bearer " + phone.token},
		"null":                     {"Origin", "null", "Authorization", "Bearer " + phone.token},
	} {
		w := b.call(network, "GET", "/v1/sales", "", head...)
		if w.Code != 401 && w.Code != 403 {
			t.Errorf("%s: %d", name, w.Code)
		}
		if w.Code == 403 && w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may read its refusal", name)
		}
	}
	if w := b.call(trusted, "GET", "/v1/sales", "", "Origin", pos); w.Code != 401 {
		t.Errorf("a page on a listener that trusts this machine: %d", w.Code)
	}
	if w := b.call(
		network,
		"OPTIONS",
		"/v1/sales",
		"",
		"Origin",
		"https://evil.example",
		"Access-Control-Request-Method",
		"POST",
	); w.Header().
		Get("Access-Control-Allow-Origin") !=
		"" {
		t.Errorf("a foreign page's preflight: %v", w.Header())
	}
	if w := b.call(network, "GET", "/console/", "", "Origin", pos); w.Code != 403 {
		t.Errorf("the console in a foreign page: %d", w.Code)
	}
}

// TestIntegrator_5: behind a proxy that is configured, the console's own pages write, and senders are told apart; from
// anybody else the headers mean nothing.
func TestIntegrator_5(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	phone := b.pairPhone(t, "manager")
	behind := Listener{Proxy: netip.MustParseAddr("127.0.0.1")}
	sell := func(d Listener, from, key string, head ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/v1/sales", strings.NewReader(`{"amount_paise":100}`))
		r.Host, r.RemoteAddr = "127.0.0.1:7417", from
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		for i := 0; i < len(head); i += 2 {
			r.Header.Add(head[i], head[i+1])
		}
		w := httptest.NewRecorder()
		b.Handler(d).ServeHTTP(w, r)
		return w
	}
	page := []string{
		"Origin",
		"https://127.0.0.1:7417",
		"Sec-Fetch-Site",
		"same-origin",
		"X-Forwarded-Proto",
		"https",
		"X-Forwarded-For",
		"8.8.8.8, 192.168.1.20",
		"Cookie",
		hostCookie + "=" + phone.token,
	}
	if w := sell(behind, "127.0.0.1:5000", "k1", page...); w.Code != 201 {
		t.Errorf("the console behind the proxy: %d %s", w.Code, w.Body)
	}
	if w := sell(behind, "192.168.1.66:5000", "k2", page...); w.Code != 403 {
		t.Errorf("somebody who says that he is the proxy: %d", w.Code)
	}
	if w := sell(network, "127.0.0.1:5000", "k3", page...); w.Code != 403 {
		t.Errorf("where no proxy is configured: %d", w.Code)
	}

	r := httptest.NewRequest("GET", "/v1/me", nil)
	r.RemoteAddr = "127.0.0.1:5000"
	r.Header.Set("X-Forwarded-For", "8.8.8.8")
	r.Header.Add("X-Forwarded-For", "10.0.0.1, 192.168.1.20")
	if got := source(forwarded(behind, r)); got != netip.MustParseAddr("192.168.1.20") {
		t.Errorf("the sender is %s", got)
	}
	trusting := Listener{Proxy: behind.Proxy, Trust: Owner}
	w := sell(trusting, "127.0.0.1:5000", "k4", "X-Forwarded-For", "192.168.1.20")
	if w.Code != http.StatusUnauthorized {
		t.Errorf("tcp_role through the proxy: %d", w.Code)
	}
}
