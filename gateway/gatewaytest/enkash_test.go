package gatewaytest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestEnKashRefusals sends what the pages don't allow, straight to the simulator: its strictness must not depend on
// what our own client happens to send.
func TestEnKashRefusals(t *testing.T) {
	a := calm(t)
	order, _, payload := a.newOrder("TAKEN1", "10")
	p, err := a.Phone().Pay(payload)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ method, path, body, want string }{
		{"POST", "/api/v0/orders", `{"orderId":"BILL-17","amount":{"value":1,"currency":"INR"}}`, "alphanumeric"},
		{"POST", "/api/v0/orders", `{"orderId":"B_17","amount":{"value":1,"currency":"INR"}}`, "alphanumeric"},
		{"POST", "/api/v0/orders", `{"amount":{"value":1,"currency":"INR"}}`, "alphanumeric"},
		{"POST", "/api/v0/orders", `{"orderId":"B1","amount":{"value":1,"currency":"USD"}}`, "INR"},
		{"POST", "/api/v0/orders", `{"orderId":"B1"}`, "INR"},
		{"POST", "/api/v0/orders", `{"orderId":"B1","amount":{"value":0,"currency":"INR"}}`, "amount.value"},
		{"POST", "/api/v0/orders", `{"orderId":"B1","amount":{"value":-1,"currency":"INR"}}`, "amount.value"},
		{"POST", "/api/v0/orders", `{"orderId":"B1","amount":{"value":20.155,"currency":"INR"}}`, "2 decimals"},
		{"POST", "/api/v0/orders", `{"orderId":"B1","amount":{"value":"20.15","currency":"INR"}}`, "number"},
		{"POST", "/api/v0/orders", `{"orderId":"B1","amount":{"value":1,"currency":"INR"},"idempotencyKey":"x"}`,
			"idempotencyKey"},
		{"POST", "/api/v0/orders", `{"orderId":"B1","amount":{"value":1,"currency":"INR","paise":100}}`, "paise"},
		{"POST", "/api/v0/orders", `{"orderId":"B1","amount":{"value":1,"currency":"INR"},"customParameters":{"n":1}}`,
			"customParameters"},
		{"POST", "/api/v0/orders", `{"orderId":"TAKEN1","amount":{"value":1,"currency":"INR"}}`, "Duplicate"},
		{"POST", "/api/v0/orders", `orderId=B1`, "invalid"},
		{"GET", "/api/v0/orders/ORD1784195236818VZuxB", ``, "not found"},
		{"GET", "/pay/checkout/qrcode/" + order, ``, "payable"},
		{"GET", "/pay/checkout/qrcode/ORD1", ``, "not found"},
		{"GET", "/pay/checkout/status/upi/EK1", ``, "not found"},
		{"GET", "/api/v0/payment/" + order, ``, "not found"},
		// it wants the order's transactionId
		{"PATCH", "/pay/charge/order/cancel", `{"transactionId":"` + order + `"}`, "not found"},
		{"PATCH", "/pay/charge/order/cancel", `{"transactionId":"x","remark":"y"}`, "remark"},
		{"POST", "/api/v0/payment/" + p.ID + "/refund", `{"amount":10}`, "requestId"},
		{"POST", "/api/v0/payment/" + p.ID + "/refund", `{"requestId":"r1"}`, "amount"},
		{"POST", "/api/v0/payment/" + p.ID + "/refund", `{"amount":10.01,"requestId":"r1"}`, "greater"},
		{"POST", "/api/v0/payment/" + order + "/refund", `{"amount":1,"requestId":"r1"}`, "not found"},
		{"POST", "/api/v0/qr-code", `{"qrName":"a","colour":"red"}`, "colour"},
		{"POST", "/api/v0/qr-code", `{"qrName":"a","fixedAmount":true}`, "amount"},
		{"PATCH", "/api/v0/qr-code/QR1/cancel", `{}`, "not found"},
		{"PATCH", "/api/v0/qr-code/QR1/cancel", `{"remarks":"x"}`, "remarks"},
		{"POST", "/api/v0/qr-code/search?limit=5001", `{}`, "limit"},
		{"POST", "/pay/charge/verify-vpa", `{"merchantOrderId":"B1","merchantIdentifierKey":"` + EnKashAccessKey +
			`","vpa":"nobody"}`, "Invalid VPA"},
		{"POST", "/api/v0/upi-mandate/execute", `{"mandateId":"MND1","referenceId":"d1","amount":1}`, "not found"},
	} {
		r := a.enkash(tc.method, tc.path, tc.body)
		if code := fmt.Sprint(r.at("response_code")); r.status != 200 || code == "0" ||
			!strings.Contains(r.text("response_message"), tc.want) {
			t.Errorf("%s %s %s\n  answered %d %s, want a refusal with %q", tc.method, tc.path, tc.body,
				r.status, r.raw, tc.want)
		}
	}
	if n := len(a.Ledger().Orders); n != 1 {
		t.Errorf("%d orders exist, want the first alone", n)
	}
}

func TestTooLargeABody(t *testing.T) {
	a := calm(t)
	if r := a.send(a.EnKash(), "POST", "/api/v0/orders", strings.Repeat(" ", maxBody+1)); r.status != 413 {
		t.Errorf("a body of more than 1 MiB was answered %d", r.status)
	}
}

func TestEnKashCredentials(t *testing.T) {
	a := calm(t)
	h := a.EnKash()
	for _, body := range []string{`{"accessKey":"` + EnKashAccessKey + `","secretKey":"guess"}`, `{}`,
		`{"accessKey":"a","secretKey":"b","grant":"c"}`, ``} {
		if r := a.send(h, "POST", "/api/v0/merchant/token", body); r.text("token") != "" || r.status < 400 {
			t.Errorf("token for %s: %d %s", body, r.status, r.raw)
		}
	}
	a.newOrder("B1", "1")
	for name, header := range map[string][]string{
		"no token":      {"Merchantaccesskey", EnKashAccessKey},
		"raw token":     {"Authorization", a.token, "Merchantaccesskey", EnKashAccessKey},
		"another token": {"Authorization", "Bearer sim.x", "Merchantaccesskey", EnKashAccessKey},
	} {
		r := a.send(h, "GET", "/api/v0/orders/B1", "", header...)
		if r.status != 200 || fmt.Sprint(r.at("response_code")) != "117" || r.at("payload") != "Token is invalid." {
			t.Errorf("%s: %d %s, want code 117 with a payload of text (E21)", name, r.status, r.raw)
		}
	}
	r := a.send(h, "GET", "/api/v0/orders/B1", "", "Authorization", "Bearer "+a.token)
	if !strings.Contains(r.raw, "merchantAccessKey") {
		t.Errorf("without merchantAccessKey: %s", r.raw)
	}
	if r := a.send(h, "POST", "/api/v0/qr-code", `{"qrName":"a"}`, "Authorization", "Bearer "+a.token); r.text(
		"payload", "qrCodeId",
	) == "" {
		t.Errorf("the UPI-QR calls mark merchantAccessKey optional (S0): %s", r.raw)
	}
	a.Clock().Advance(31 * time.Minute)
	if r := a.enkash("GET", "/api/v0/orders/B1", ""); fmt.Sprint(r.at("response_code")) != "117" {
		t.Errorf("a token of 31 minutes: %s", r.raw)
	}
}

// TestEnKashSale follows one order by both planes through its life.
func TestEnKashSale(t *testing.T) {
	a := calm(t)
	id, ek, first := a.newOrder("BILL17A1", "20.15")
	if again := a.enkash("GET", "/pay/checkout/qrcode/"+id, "").text("payload", "ekPayId"); again == ek || again == "" {
		t.Errorf("a second QR has the ekPayId %q, the first %q: each call mints one (E20)", again, ek)
	}
	status := func() string { return a.enkash("GET", "/api/v0/orders/"+id, "").text("payload", "orderStatus") }
	upi := func() string { return a.enkash("GET", "/pay/checkout/status/upi/"+ek, "").text("payload", "status") }
	if status() != "CHECKOUT_RENDERED" || upi() != "PROCESS" {
		t.Errorf("before: order %s, UPI %s", status(), upi())
	}
	if _, err := a.Phone().Decline(first); err != nil {
		t.Fatal(err)
	}
	if status() != "ATTEMPTED" || upi() != "FAILED" {
		t.Errorf("after a decline: order %s, UPI %s", status(), upi())
	}
	p, err := a.Phone().Pay(first)
	if err != nil {
		t.Fatal(err)
	}
	if status() != "PAID" || upi() != "SUCCESS" {
		t.Errorf("paid: order %s, UPI %s", status(), upi())
	}
	detail := a.enkash("GET", "/api/v0/payment/"+ek, "")
	if detail.text("payload", "bankTransactionId") != p.RRN || fmt.Sprint(detail.at("payload", "amount")) != "20.15" ||
		p.Amount != 2015 {
		t.Errorf("payment %s, phone %+v", detail.raw, p)
	}
	if r := a.enkash("GET", "/api/v0/orders/merchant-order/BILL17A1", ""); r.text("payload", "orderId") != id {
		t.Errorf("by merchant order id: %s", r.raw)
	}
	refund := a.enkash("POST", "/api/v0/payment/"+ek+"/refund",
		`{"amount":"20.15","requestId":"r1","remarks":"sample sends a string (E13)"}`)
	if got := a.enkash("GET", "/api/v0/payment/"+ek, "").text("payload", "status"); got != "REFUNDED" ||
		refund.text("payload", "uniqueTransactionId") != "r1" {
		t.Errorf("refunded: %s, answer %s", got, refund.raw)
	}
}

func TestEnKashCancel(t *testing.T) {
	a := calm(t)
	id, _, payload := a.newOrder("BILL18A1", "1")
	txn := a.enkash("GET", "/pay/checkout/"+id, "").text("payload", "transactionId")
	cancel := func() reply {
		return a.enkash("PATCH", "/pay/charge/order/cancel", `{"transactionId":"`+txn+`","reason":"cashier"}`)
	}
	if r := cancel(); r.text("payload", "orderStatus") != "CANCELLED" {
		t.Errorf("cancel: %s", r.raw)
	}
	if _, err := a.Phone().Pay(payload); err == nil || !strings.Contains(err.Error(), "no more payments") {
		t.Errorf("the phone paid a cancelled order: %v", err)
	}
	if _, err := a.Phone().Do(Act{Payload: payload, Action: PayLate}); err != nil {
		t.Fatal(err)
	}
	if got := a.enkash("GET", "/api/v0/orders/"+id, "").text("payload", "orderStatus"); got != "PAID" {
		t.Errorf("money that came late leaves the order %s", got)
	}
	if r := cancel(); !strings.Contains(r.raw, "already PAID") {
		t.Errorf("cancelling a paid order: %s", r.raw)
	}
	k := a.Knobs()
	k.NoCancel = true
	a.SetKnobs(k)
	if r := cancel(); r.status != 404 || r.at("response_code") != nil {
		t.Errorf("an account without cancel answers %d %s", r.status, r.raw)
	}
}

func TestEnKashDuplicates(t *testing.T) {
	for behaviour, want := range map[string]int{"refuse": 1, "same": 1, "again": 2} {
		a := calm(t, func(k *Knobs) { k.DuplicateOrder, k.DuplicateRefund = behaviour, behaviour })
		a.newOrder("TWICE1", "10")
		second := a.enkash("POST", "/api/v0/orders", `{"orderId":"TWICE1","amount":{"value":10,"currency":"INR"}}`)
		if n := len(a.Ledger().ByReference(EnKash, "TWICE1")); n != want ||
			(behaviour == "refuse") != (second.text("payload", "orderId") == "") {
			t.Errorf("%s: %d orders, the second answered %s", behaviour, n, second.raw)
		}
		_, ek, payload := a.newOrder("PAID1", "10")
		if _, err := a.Phone().Pay(payload); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			a.enkash("POST", "/api/v0/payment/"+ek+"/refund", `{"amount":4,"requestId":"r1"}`)
		}
		if n := len(a.Ledger().RefundsOf(ek)); n != want {
			t.Errorf("%s: %d refunds, want %d", behaviour, n, want)
		}
	}
}

func TestMandates(t *testing.T) {
	create, _ := sample(t, "enkash_mandate_body")
	for _, base := range []string{"/api/v0/upi-autopay/mandates", "/api/v0/upi-mandate"} {
		a := calm(t)
		m := a.enkash("POST", base, create)
		id := m.text("mandateId")
		if m.text("status") != "CREATED" || id == "" || m.at("response_code") != nil {
			t.Fatalf("%s create: %s; a mandate is a bare object (S3)", base, m.raw)
		}
		step := `{"mandateId":"` + id + `","referenceId":"debit1","amount":2000}`
		if r := a.enkash("POST", base+"/notify", step); !strings.Contains(r.raw, "not active") {
			t.Errorf("notify before the payer approved: %s", r.raw)
		}
		a.Clock().Advance(2 * time.Minute)
		r := a.enkash("GET", base+"/"+id, "")
		if (r.text("status") == "ACTIVE") != strings.HasSuffix(base, "mandates") {
			t.Errorf("get by the gateway's id: %s; the newer paths take the merchant's reference (E16)", r.raw)
		}
		if r := a.enkash("GET", base+"/EN1234584", ""); r.text("status") != "ACTIVE" {
			t.Errorf("get by reference: %s", r.raw)
		}
		if r := a.enkash("POST", base+"/execute", step); !strings.Contains(r.raw, "notification") {
			t.Errorf("execute without notification: %s", r.raw)
		}
		a.enkash("POST", base+"/notify", step)
		if r := a.enkash("POST", base+"/execute", step); r.text("status") != "SUCCESS" {
			t.Errorf("execute: %s", r.raw)
		}
		a.enkash("POST", base+"/notify", step)
		if r := a.enkash("POST", base+"/execute", step); !strings.Contains(r.raw, "used before") {
			t.Errorf("executing twice with one reference: %s", r.raw)
		}
		if r := a.enkash("PATCH", base+"/"+id, `{"reference_id":"EN2","amount":1722,"description":"less"}`); fmt.Sprint(
			r.at("amount"),
		) != "1722" {
			t.Errorf("update: %s", r.raw)
		}
		other := map[string]string{"/api/v0/upi-mandate": "/api/v0/upi-autopay/mandates",
			"/api/v0/upi-autopay/mandates": "/api/v0/upi-mandate"}[base]
		if r := a.enkash("GET", other+"/"+id, ""); !strings.Contains(r.raw, "not found") {
			t.Errorf("the other generation of paths knows the mandate: %s", r.raw)
		}
	}
	a := calm(t, func(k *Knobs) { k.MandatePaths = "newer" })
	if r := a.enkash("POST", "/api/v0/upi-autopay/mandates", create); r.status != 404 {
		t.Errorf("mandate_paths newer still serves the middle paths: %d", r.status)
	}
}
