package gatewaytest

import (
	"encoding/json"
	"testing"
)

// FuzzBodies: whatever a client sends, the simulator answers JSON with a status, and keeps orders over at least one
// paisa.
func FuzzBodies(f *testing.F) {
	for _, name := range []string{"enkash_mandate_body", "enkash_revoke_body_on_page", "razorpay_update_body"} {
		f.Add(uint8(len(name)), string(mustRead(f, name)))
	}
	f.Add(uint8(0), `{"orderId":"A1","amount":{"value":1e2,"currency":"INR"}}`)
	f.Add(uint8(1), `{"type":"upi_qr","usage":"single_use","fixed_amount":true,"payment_amount":300,`+
		`"tax_invoice":{"number":"INV001","date":1632816755,"business_gstin":"22AAAAA0000A1Z5","gst_amount":4000,`+
		`"cess_amount":0,"supply_type":"intrastate"}}`)
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		a := calm(t)
		calls := []func() reply{
			func() reply { return a.enkash("POST", "/api/v0/orders", body) },
			func() reply { return a.razorpay("POST", "/v1/payments/qr_codes", body) },
			func() reply { return a.enkash("POST", "/api/v0/qr-code", body) },
			func() reply { return a.enkash("POST", "/api/v0/qr-code/search", body) },
			func() reply { return a.enkash("POST", "/api/v0/upi-mandate", body) },
			func() reply { return a.enkash("POST", "/api/v0/upi-autopay/mandates/execute", body) },
			func() reply { return a.manage("POST", "/pay", body) },
			func() reply { return a.manage("POST", "/knobs", body) },
		}
		r := calls[int(which)%len(calls)]()
		if r.status < 200 || r.status > 499 || !json.Valid([]byte(r.raw)) {
			t.Errorf("%q was answered %d %q", body, r.status, r.raw)
		}
		for _, o := range a.Ledger().Orders {
			if o.Amount < 1 && o.Payloads != nil && o.API == EnKash {
				t.Errorf("%q made an order over %s", body, o.Amount)
			}
		}
	})
}
