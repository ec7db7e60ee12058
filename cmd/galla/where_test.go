package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"galla/internal/counter/client"
)

// TestWhere: where two gateways are configured, a counter QR or a mandate is found by its id, whether this box made it
// or not; only what makes a new one wants a gateway's name.
func TestWhere(t *testing.T) {
	var asked []string
	mux := http.NewServeMux()
	says := func(pattern, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.Path)
			w.Header().Set("Content-Type", "application/json")
			if strings.HasPrefix(body, "4") || strings.HasPrefix(body, "5") {
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(map[byte]int{'4': 404, '5': 502}[body[0]])
				body := fmt.Sprintf(`{"type":"/problems/x","title":"x","status":%s,"detail":"%s","next":"n"}`, body,
					body)
				fmt.Fprint(w, body)
				return
			}
			fmt.Fprint(w, body)
		})
	}
	says("GET /v1/gateways", `{"gateways":[{"name":"first","ok":true,"qrs":true,"mandates":true},`+
		`{"name":"none","ok":true},{"name":"second","ok":true,"qrs":true,"mandates":true}]}`)
	says("GET /v1/standing", `{"qrs":[{"id":"QR1","gateway":"second","status":"active","watched":true,"today":{}}]}`)
	says(
		"GET /v1/mandates",
		`{"mandates":[{"gateway":"second","mandate":{"id":"M1"},"names":["M1","R1"],"debits":[]}]}`,
	)
	says("GET /v1/gateways/first/qrs/QR2", "404")
	says("GET /v1/gateways/second/qrs/QR2", `{"id":"QR2","status":"active"}`)
	says("GET /v1/gateways/first/qrs/QR3", "502")
	says("GET /v1/gateways/second/qrs/QR3", "404")
	says("GET /v1/gateways/first/qrs/QR4", "404")
	says("GET /v1/gateways/second/qrs/QR4", "404")
	says("GET /v1/gateways/first/mandates/M2", "404")
	says("GET /v1/gateways/second/mandates/M2", `{"id":"M2"}`)
	server := httptest.NewServer(mux)
	defer server.Close()
	s := &session{Context: t.Context(), till: client.NewHTTP(server.URL, "", server.Client())}

	for _, c := range []struct {
		what    func() (string, error)
		gateway string
		err     string
		calls   int
	}{
		{func() (string, error) { return where{}.qr(s, "QR1") }, "second", "", 2},
		{func() (string, error) { return where{}.qr(s, "QR2") }, "second", "", 4},
		{func() (string, error) { return where{}.qr(s, "QR3") }, "", "502", 4},
		{func() (string, error) { return where{}.qr(s, "QR4") }, "", "none of the gateways first, second knows", 4},
		{func() (string, error) { return where{Gateway: "first"}.qr(s, "QR1") }, "first", "", 0},
		{func() (string, error) { return where{}.mandate(s, "R1") }, "second", "", 2},
		{func() (string, error) { return where{}.mandate(s, "M2") }, "second", "", 4},
		{func() (string, error) {
			return where{}.name(s, keepsQRs)
		}, "", "several gateways can do this: first, second", 1},
	} {
		asked = nil
		gw, err := c.what()
		if gw != c.gateway || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) ||
			len(asked) != c.calls {
			t.Errorf("%q, %v after %v: want %q %q", gw, err, asked, c.gateway, c.err)
		}
	}
}
