package gatewaytest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRazorpayRefusals checks the texts and the shape of errors against the pages' own (R3, R5, R28).
func TestRazorpayRefusals(t *testing.T) {
	a := calm(t)
	const base = `"type":"upi_qr","usage":"single_use","fixed_amount":true,"payment_amount":300`
	soon := func(d time.Duration) string { return strconv.FormatInt(noon.Add(d).Unix(), 10) }
	qr, _ := a.newQR("300")
	many := make([]string, 16)
	for i := range many {
		many[i] = fmt.Sprintf(`"k%d":"v"`, i)
	}
	for _, tc := range []struct{ method, path, body, want string }{
		{"POST", "/v1/payments/qr_codes", `{` + base + `,"terminal":"1"}`, "terminal is/are not required and should " +
			"not be sent"},
		{"POST", "/v1/payments/qr_codes", `{` + base + `,"b":1,"a":1}`, "a, b is/are not required and " +
			"should not be sent"},
		{"POST", "/v1/payments/qr_codes", `{"usage":"single_use","fixed_amount":true,"payment_amount":300}`,
			"The type field is required."},
		{"POST", "/v1/payments/qr_codes",
			`{"type":"upi","usage":"single_use","fixed_amount":true,"payment_amount":300}`,
			"The selected type is invalid"},
		{"POST", "/v1/payments/qr_codes", `{"type":"upi_qr","usage":"once","fixed_amount":true,"payment_amount":300}`,
			"The selected usage is invalid"},
		{"POST", "/v1/payments/qr_codes", `{"type":"upi_qr","usage":"single_use","payment_amount":300}`,
			"must be true for usage single_use"},
		{"POST", "/v1/payments/qr_codes", `{"type":"upi_qr","usage":"single_use","fixed_amount":true}`,
			"payment amount field is required"},
		{"POST", "/v1/payments/qr_codes", `{"type":"upi_qr","usage":"single_use","fixed_amount":true,` +
			`"payment_amount":0}`, "The payment amount must be at least 1."},
		{"POST", "/v1/payments/qr_codes", `{"type":"upi_qr","usage":"single_use","fixed_amount":true,` +
			`"payment_amount":3.5}`, "The selected payment_amount is invalid"},
		{"POST", "/v1/payments/qr_codes", `{` + base + `,"close_by":` + soon(time.Minute) + `}`,
			"close_by should be at least 2 minutes"},
		{"POST", "/v1/payments/qr_codes", `{` + base + `,"close_by":1}`, "between 946684800 and 4765046400"},
		{"POST", "/v1/payments/qr_codes", `{"type":"upi_qr","usage":"multiple_use","close_by":` + soon(time.Hour) + `}`,
			"close_by is/are not required"},
		{"POST", "/v1/payments/qr_codes", `{` + base + `,"notes":{` + strings.Join(many, ",") + `}}`, "more than 15"},
		{"POST", "/v1/payments/qr_codes", `{` + base + `,"notes":{"k":"` + strings.Repeat("x", 257) + `"}}`,
			"256 characters"},
		{"PATCH", "/v1/payments/qr_codes/" + qr, `{"notes":{"a":"b"},"description":"x"}`,
			"description is/are not required"},
		{"PATCH", "/v1/payments/qr_codes/" + qr, `{}`, "notes field is required"},
		{"PUT", "/v1/payments/qr_codes/" + qr, `{}`, "The requested URL was not found on the server."},
		{"GET", "/v2/payments/qr_codes", ``, "The requested URL was not found on the server."},
		{"GET", "/v1/payments/qr_codes/qr_HMsVL8HOpbMcjU", ``, "The id provided does not exist"},
		{"GET", "/v1/payments/qr_codes/qr_short", ``, "qr_short is not a valid id"},
		{"GET", "/v1/payments/qr_codes/pay_HMsVL8HOpbMcjU/payments", ``, "is not a valid id"},
		{"POST", "/v1/payments/qr_codes/qr_short/close", ``, "We are facing some trouble completing your request"},
		{"GET", "/v1/payments/qr_codes?count=101", ``, "between 1 and 100"},
		{"GET", "/v1/payments/qr_codes?notes=x", ``, "notes is/are not required"},
		{"GET", "/v1/payments/qr_codes?from=noon", ``, "timestamp"},
	} {
		r := a.razorpay(tc.method, tc.path, tc.body)
		if r.status != 400 || r.text("error", "code") != "BAD_REQUEST_ERROR" ||
			!strings.Contains(r.text("error", "description"), tc.want) {
			t.Errorf("%s %s %s\n  answered %d %s, want 400 with %q",
				tc.method, tc.path, tc.body, r.status, r.raw, tc.want)
		}
		if strings.Contains(tc.path, "qr_codes") && r.text("error", "reason") != "NA" &&
			strings.Contains(tc.want, "close_by") {
			t.Errorf("%s: QR errors name NA as source, step and reason (R3): %s", tc.path, r.raw)
		}
	}
}

func TestRazorpayCredentials(t *testing.T) {
	a := calm(t)
	h := a.Razorpay()
	for name, header := range map[string]string{
		"none": "", "bearer": "Bearer x",
		"lower case":   "basic cnpwX2xpdmVfR2FsbGFTaW0wMDAwMDE6Z2FsbGEtc2ltLWxpdmUtc2VjcmV0",
		"wrong secret": "Basic cnpwX2xpdmVfR2FsbGFTaW0wMDAwMDE6Z3Vlc3M=", "wrong key": "Basic eDp5",
	} {
		r := a.send(h, "GET", "/v1/payments/qr_codes", "", "Authorization", header)
		if r.status != 401 || r.text("error", "code") != "BAD_REQUEST_ERROR" {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
	}
	// A QR of the other key pair does not exist for this one (R5), and a test QR cannot be paid (R13b).
	test := "Basic cnpwX3Rlc3RfR2FsbGFTaW0wMDAwMDE6Z2FsbGEtc2ltLXRlc3Qtc2VjcmV0"
	q := a.send(h, "POST", "/v1/payments/qr_codes", `{"type":"upi_qr","usage":"single_use","fixed_amount":true,`+
		`"payment_amount":300}`, "Authorization", test)
	r := a.razorpay("GET", "/v1/payments/qr_codes/"+q.text("id"), "")
	if r.text("error", "description") != "The id provided does not exist" {
		t.Errorf("the live key sees the test key's QR: %s", r.raw)
	}
	if _, err := a.Phone().Pay(q.text("image_content")); err == nil || !strings.Contains(err.Error(), "test key") {
		t.Errorf("a test QR was paid: %v", err)
	}
}

func TestRazorpayCloseBy(t *testing.T) {
	ask := func(a *asking, in time.Duration) int64 {
		body := `{"type":"upi_qr","usage":"single_use","fixed_amount":true,"payment_amount":300`
		if in > 0 {
			body += `,"close_by":` + strconv.FormatInt(noon.Add(in).Unix(), 10)
		}
		n, err := strconv.ParseInt(
			fmt.Sprint(a.razorpay("POST", "/v1/payments/qr_codes", body+"}").at("close_by")),
			10,
			64,
		)
		if err != nil {
			return 0
		}
		return n - noon.Unix()
	}
	newest, older := calm(t), calm(t, func(k *Knobs) { k.OldCloseBy = true })
	for _, tc := range []struct {
		a        *asking
		in, want time.Duration
	}{
		{newest, 0, 2 * time.Hour}, {newest, 2 * time.Minute, 2 * time.Minute}, {newest, 119 * time.Second, 0},
		{newest, 5 * time.Hour, 2 * time.Hour},
		{older, 14 * time.Minute, 0}, {older, 15 * time.Minute, 15 * time.Minute},
		{older, 5 * time.Hour, 5 * time.Hour}, {older, 0, 0},
	} {
		if got := ask(tc.a, tc.in); got != int64(tc.want/time.Second) {
			t.Errorf("close_by in %s (older rules: %v) became %d s, want %s", tc.in, tc.a == older, got, tc.want)
		}
	}
}

func TestRazorpaySale(t *testing.T) {
	a := calm(t)
	id, payload := a.newQR("300")
	if !strings.Contains(payload, "&am=3") || strings.Contains(payload, "am=3.") ||
		!strings.Contains(payload, "tr=RZP"+id[3:]+"qrv2") {
		t.Errorf("payload %q: 300 paise are am=3, tr is made of the QR's id (R12)", payload)
	}
	fetch := func() reply { return a.razorpay("GET", "/v1/payments/qr_codes/"+id, "") }
	if n := fetch().at("notes"); fmt.Sprint(n) != "[]" {
		t.Errorf("empty notes are %v, want [] (R14)", n)
	}
	p, err := a.Phone().Pay(payload)
	if err != nil {
		t.Fatal(err)
	}
	if r := fetch(); r.text("status") != "closed" || r.text("close_reason") != "paid" ||
		fmt.Sprint(r.at("payments_count_received")) != "1" {
		t.Errorf("after the payment: %s", r.raw)
	}
	list := a.razorpay("GET", "/v1/payments/qr_codes/"+id+"/payments", "")
	if !strings.Contains(list.raw, `"rrn":"`+p.RRN+`"`) || fmt.Sprint(list.at("count")) != "1" {
		t.Errorf("payments: %s", list.raw)
	}
	if r := a.razorpay("GET", "/v1/payments/qr_codes?payment_id="+p.ID, ""); !strings.Contains(r.raw, id) {
		t.Errorf("by payment: %s", r.raw)
	}
	if r := a.razorpay("POST", "/v1/payments/qr_codes/"+id+"/close", ""); r.status != 400 {
		t.Errorf("closing a closed QR: %d %s", r.status, r.raw)
	}
	if _, err := a.Phone().Pay(payload); err == nil {
		t.Errorf("a single-use QR was paid twice")
	}
	if _, err := a.Phone().Do(Act{Payload: payload, Action: PayTwice}); err != nil {
		t.Errorf("a duplicate forced through: %v", err)
	}
	if n := len(a.Ledger().PaymentsOf(id)); n != 3 {
		t.Errorf("the QR has %d payments, want 3", n)
	}
}

func TestRazorpayRefunds(t *testing.T) {
	a := calm(t, func(k *Knobs) { k.RefundTime = Duration(time.Hour) })
	_, payload := a.newQR("30000")
	p, err := a.Phone().Pay(payload)
	if err != nil {
		t.Fatal(err)
	}
	refund := func(body, key string) reply {
		if key == "" {
			return a.razorpay("POST", "/v1/payments/"+p.ID+"/refund", body)
		}
		return a.razorpay("POST", "/v1/payments/"+p.ID+"/refund", body, "X-Refund-Idempotency", key)
	}
	for _, tc := range []struct {
		body, key string
		status    int
		want      string
	}{
		{`{"amount":99}`, "", 400, "at least INR 1.00"},
		{`{"amount":30001}`, "", 400, "greater than amount captured"},
		{`{"amount":100}`, "short", 400, "at least 10"},
		{`{"amount":100}`, "has a space", 400, "letters, digits"},
		{`{"amount":100,"reason":"x"}`, "", 400, "reason is/are not required"},
		{`{"amount":100,"speed":"fast"}`, "", 400, "speed"},
		{`{"amount":10000}`, "key-0000000001", 200, "pending"},
		{`{"amount":10000}`, "key-0000000001", 200, "pending"},
		{`{"amount":20000}`, "key-0000000001", 409, "Different request with the same idempotency key " +
			"has already been processed"},
		{``, "", 200, `"amount":20000`},
		{``, "", 400, "fully refunded already"},
	} {
		if r := refund(tc.body, tc.key); r.status != tc.status || !strings.Contains(r.raw, tc.want) {
			t.Errorf("refund %s key %q: %d %s, want %d with %q", tc.body, tc.key, r.status, r.raw, tc.status, tc.want)
		}
	}
	if n := len(a.Ledger().RefundsOf(p.ID)); n != 2 {
		t.Errorf("%d refunds exist, want 2", n)
	}
	a.Clock().Advance(2 * time.Hour)
	if r := a.razorpay("GET", "/v1/payments/"+p.ID+"/refunds", ""); strings.Count(r.raw, `"processed"`) != 2 ||
		strings.Contains(r.raw, "speed") {
		t.Errorf("refunds: %s", r.raw)
	}
	if r := a.razorpay("GET", "/v1/payments/"+p.ID, ""); r.text("status") != "refunded" ||
		r.text("refund_status") != "full" {
		t.Errorf("payment: %s", r.raw)
	}
	_, old := a.newQR("500")
	p, err = a.Phone().Pay(old)
	if err != nil {
		t.Fatal(err)
	}
	a.Clock().Advance(200 * 24 * time.Hour)
	if r := refund(`{"amount":500}`, ""); !strings.Contains(r.raw, "6 months") {
		t.Errorf("a refund after 200 days: %s", r.raw)
	}
}

// TestRazorpayLists walks pages by time and skip.
func TestRazorpayLists(t *testing.T) {
	a := calm(t)
	for i := range 25 {
		a.newQR(strconv.Itoa(100 + i))
		a.Clock().Advance(time.Minute)
	}
	seen := 0
	for skip := 0; skip < 30; skip += 10 {
		r := a.razorpay("GET", fmt.Sprintf("/v1/payments/qr_codes?count=10&skip=%d", skip), "")
		items, _ := r.at("items").([]any)
		seen += len(items)
	}
	if seen != 25 {
		t.Errorf("three pages hold %d QRs, want 25", seen)
	}
	r := a.razorpay("GET", fmt.Sprintf("/v1/payments/qr_codes?from=%d&to=%d&count=100", noon.Add(5*time.Minute).Unix(),
		noon.Add(9*time.Minute).Unix()), "")
	if fmt.Sprint(r.at("count")) != "5" {
		t.Errorf("five minutes hold %v QRs, want 5", r.at("count"))
	}
	if r := a.razorpay("GET", "/v1/payments/qr_codes", ""); fmt.Sprint(r.at("count")) != "10" {
		t.Errorf("a page without count has %v, want 10 (R28)", r.at("count"))
	}
}

func TestRazorpayCaptureAndDowntime(t *testing.T) {
	a := calm(t, func(k *Knobs) { k.StuckAuth = 100 })
	_, payload := a.newQR("30000")
	p, err := a.Phone().Pay(payload)
	if err != nil || p.State != "authorized" {
		t.Fatalf("pay: %+v %v", p, err)
	}
	capture := "/v1/payments/" + p.ID + "/capture"
	if r := a.razorpay("POST", capture, `{"amount":29999,"currency":"INR"}`); r.status != 400 {
		t.Errorf("capturing another amount: %s", r.raw)
	}
	if r := a.razorpay("POST", capture, `{"amount":30000,"currency":"INR"}`); r.text("status") != "captured" {
		t.Errorf("capture: %s", r.raw)
	}
	r := a.razorpay("POST", capture, `{"amount":30000,"currency":"INR"}`)
	if !strings.Contains(r.raw, "already been captured") {
		t.Errorf("capturing twice: %s", r.raw)
	}
	a.Outage("okbank", "high", 10*time.Minute)
	if r := a.razorpay("GET", "/v1/payments/downtimes", ""); !strings.Contains(r.raw, `"vpa_handle":"okbank"`) ||
		!strings.Contains(r.raw, `"status":"started"`) {
		t.Errorf("downtimes: %s", r.raw)
	}
	a.Clock().Advance(11 * time.Minute)
	if r := a.razorpay("GET", "/v1/payments/downtimes", ""); !strings.Contains(r.raw, `"status":"resolved"`) {
		t.Errorf("downtimes after their end: %s", r.raw)
	}
}
