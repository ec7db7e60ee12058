package gatewaytest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func (a *asking) manage(method, path, body string) reply {
	a.Helper()
	return a.send(a.Manage(), method, path, body)
}

func TestManage(t *testing.T) {
	a := calm(t)
	id, payload := a.newQR("30000")
	quoted, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	p := string(quoted)
	for _, tc := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/orders", "", 200, `"payable":true`},
		{"POST", "/pay", `{"payload":` + p + `,"action":"start"}`, 200, `"state":"started"`},
		{"POST", "/pay", `{"payload":` + p + `,"after_ms":2000}`, 202, "planned"},
		{"POST", "/clock", `{"advance":"2s"}`, 200, "12:00:02"},
		{"GET", "/orders", "", 200, `"state":"captured"`},
		{"GET", "/ledger", "", 200, `"captured":true`},
		{"POST", "/pay", `{"payload":` + p + `}`, 409, "takes no more payments"},
		{"POST", "/pay", `{"payload":` + p + `,"action":"pay-late"}`, 200, `"captured":true`},
		{"POST", "/pay", `{"payload":"https://example.in"}`, 409, "does not begin with upi://pay?"},
		{"POST", "/pay", `{"payload":"x","after_ms":1}`, 400, "does not begin"},
		{"POST", "/pay", `{"payloads":"x"}`, 400, "payloads"},
		{"POST", "/pay", `{`, 400, "not the JSON that /pay takes"},
		{"POST", "/autopay", `{"after_ms":1500,"action":"juggle"}`, 400, "use one of"},
		{"POST", "/autopay", `{"after_ms":-1}`, 400, "0 or more"},
		{"POST", "/autopay", `{"after_ms":1500}`, 200, "1500"},
		{"POST", "/knobs", `{"lost_answer":100,"delay":"20ms"}`, 200, `"lost_answer":100`},
		{"POST", "/knobs", `{"lost_answers":100}`, 400, "the knobs are delay, slow"},
		{"POST", "/knobs", `{"lost_answer":200}`, 400, "from 0 to 100"},
		{"POST", "/knobs", `{"delay":"soon"}`, 400, "is not a time"},
		{"POST", "/knobs", `{"lost_answer":0,"delay":"0s"}`, 200, `"lost_answer":0`},
		{"GET", "/knobs", "", 200, `"help"`},
		{"POST", "/clock", `{"advance":"yesterday"}`, 400, "is not a time"},
		{"POST", "/script", "on razorpay create * explode", 400, "script:1:"},
		{"POST", "/script", "knob zero_counters 5", 200, "ok"},
		{"POST", "/downtime", `{"severity":"high","for":"10m"}`, 200, "ok"},
		{"POST", "/downtime", `{"severity":"high"}`, 400, "must last"},
		{"POST", "/clock", `{}`, 400, "only goes forward"},
		{"GET", "/order", "", 404, "GET /orders"},
		{"GET", "/", "", 200, "Pretend phone"},
	} {
		if r := a.manage(tc.method, tc.path, tc.body); r.status != tc.status || !strings.Contains(r.raw, tc.want) {
			t.Errorf("%s %s %s: %d %.300s, want %d with %q",
				tc.method, tc.path, tc.body, r.status, r.raw, tc.status, tc.want)
		}
	}
	second, _ := a.newQR("500") // autopay is on
	a.Clock().Advance(2 * time.Second)
	if n := len(a.Ledger().PaymentsOf(second)); n != 1 {
		t.Errorf("autopay made %d payments", n)
	}
	a.manage("POST", "/autopay", `{"off":true}`)
	third, _ := a.newQR("600")
	a.Clock().Advance(time.Minute)
	if n := len(a.Ledger().PaymentsOf(third)); n != 0 {
		t.Errorf("autopay went on after off: %d payments", n)
	}
	if n := len(a.Ledger().PaymentsOf(id)); n != 2 {
		t.Errorf("%d payments of the first QR, want the payment and the late one", n)
	}
}
