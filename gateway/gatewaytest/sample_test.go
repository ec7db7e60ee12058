package gatewaytest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func mustRead(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "reference", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sample(t *testing.T, name string) (text string, body map[string]any) {
	t.Helper()
	b := mustRead(t, name)
	if err := json.Unmarshal(b, &body); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(b), body
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "bool"
	case json.Number, float64:
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// lacking lists what an answer lacks of a page's sample: a field, or its JSON type. A null of the sample says nothing.
func lacking(where string, want, have any) []string {
	w, object := want.(map[string]any)
	if !object {
		if k, h := kind(want), kind(have); k != h && k != "null" {
			return []string{fmt.Sprintf("%s is %s, on the page %s", where, h, k)}
		}
		return nil
	}
	h, ok := have.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s is %s, on the page an object", where, kind(have))}
	}
	var all []string
	for k, v := range w {
		if _, there := h[k]; !there {
			all = append(all, where+"."+k+" is missing")
		} else {
			all = append(all, lacking(where+"."+k, v, h[k])...)
		}
	}
	return all
}

// TestSamples asks the simulator what the reference's pages ask and compares the answers with the pages' own samples.
func TestSamples(t *testing.T) {
	a := calm(t)
	body := func(name string) string { text, _ := sample(t, name); return text }
	order, ek, payload := a.newOrder("RANDOMID123", "100.00")
	upiQR := a.enkash("POST", "/api/v0/qr-code", `{"qrName":"Counter 1","multipleUse":true}`).text(
		"payload", "qrCodeId",
	)
	mandate := a.enkash("POST", "/api/v0/upi-autopay/mandates", body("enkash_mandate_body")).text("mandateId")
	qr, qrString := a.newQR("300")
	if _, err := a.Phone().Pay(qrString); err != nil {
		t.Fatal(err)
	}
	pay := a.Ledger().PaymentsOf(qr)[0].ID
	for _, tc := range []struct {
		sample string
		got    reply
	}{
		{"enkash_token", a.send(a.EnKash(), "POST", "/api/v0/merchant/token",
			`{"accessKey":"`+EnKashAccessKey+`","secretKey":"`+EnKashSecretKey+`"}`)},
		{"enkash_dynamic_qr", a.enkash("GET", "/pay/checkout/qrcode/"+order, "")},
		{"enkash_upi_status", a.enkash("GET", "/pay/checkout/status/upi/"+ek, "")},
		{"enkash_cancel_upi_qr", a.enkash("PATCH", "/api/v0/qr-code/"+upiQR+"/cancel", "{}")},
		{"enkash_revoke_mandate", a.enkash("PATCH", "/api/v0/upi-autopay/mandates/"+mandate+"/revoke",
			`{"remarks":"customer moved"}`)},
		{"razorpay_update_qr", a.razorpay("PATCH", "/v1/payments/qr_codes/"+qr+"/", body("razorpay_update_body"))},
		{"razorpay_error", a.razorpay("GET", "/v1/payments/qr_codes/qr_HMsVL8HOpbMcjU", "")},
		{"razorpay_payment", a.razorpay("GET", "/v1/payments/"+pay, "")},
		{"razorpay_refund", a.razorpay("POST", "/v1/payments/"+pay+"/refund", `{"receipt":"Receipt No. 31"}`)},
	} {
		_, want := sample(t, tc.sample)
		for _, l := range lacking("answer", want, tc.got.body) {
			// These two are nullable in the page's own field list (R13); this QR has no customer.
			if !strings.HasPrefix(l, "answer.customer_id is null") {
				t.Errorf("%s: %s\n%s", tc.sample, l, tc.got.raw)
			}
		}
	}
	got := a.enkash("PATCH", "/api/v0/qr-code/"+upiQR+"/cancel", "{}").text("payload", "status")
	if got != "CANCELLED" {
		t.Errorf("a cancelled QR code has the status %q", got)
	}
	if !strings.Contains(payload, "am=100.00&") {
		t.Errorf("the QR string %q does not ask for 100.00", payload)
	}
}

// TestRevokeSampleIsRefused: the body printed on the revoke page has no remarks, which the same page requires (S3).
func TestRevokeSampleIsRefused(t *testing.T) {
	a := calm(t)
	create, _ := sample(t, "enkash_mandate_body")
	wrong, _ := sample(t, "enkash_revoke_body_on_page")
	for _, base := range []string{"/api/v0/upi-autopay/mandates", "/api/v0/upi-mandate"} {
		id := a.enkash("POST", base, strings.ReplaceAll(create, "EN1234584", "EN"+fmt.Sprint(len(base)))).text(
			"mandateId",
		)
		for _, body := range []string{wrong, `{}`, `{"remarks":""}`, `{"remarks":"x","amount":1}`} {
			if r := a.enkash("PATCH", base+"/"+id+"/revoke", body); r.at("response_code") == nil {
				t.Errorf("%s revoke took %s: %s", base, body, r.raw)
			}
		}
		r := a.enkash("PATCH", base+"/"+id+"/revoke", `{"remarks":"customer moved"}`)
		if r.text("status") != "REVOKED" {
			t.Errorf("%s revoke: %s", base, r.raw)
		}
	}
}
