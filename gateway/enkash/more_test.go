package enkash

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// more serves what a sale doesn't need: VPA, counter QRs and mandates.
func (f *fake) more(r *http.Request, body []byte) (int, string, bool) {
	p := r.URL.Path
	reply := func(status int, s string) (int, string, bool) { return status, s, true }
	switch {
	case p == "/pay/charge/verify-vpa":
		var in struct {
			MerchantOrderID       string `json:"merchantOrderId"`
			MerchantIdentifierKey string `json:"merchantIdentifierKey"`
			VPA                   string `json:"vpa"`
		}
		if !strict(body, &in) || in.MerchantIdentifierKey != accessKey {
			return reply(no(156, "invalid request"))
		}
		if in.VPA == "nobody@okaxis" {
			return reply(no(1, "Invalid VPA"))
		}
		return reply(ok(map[string]any{"vpa": in.VPA, "valid": true, "name": "RAHUL KUMAR"}))
	case strings.HasPrefix(p, "/api/v0/qr-code"):
		return reply(f.counterQR(r, body))
	case strings.HasPrefix(p, "/api/v0/upi-autopay/mandates"):
		return reply(f.mandate(r, strings.TrimPrefix(p, "/api/v0/upi-autopay/mandates"), body))
	case strings.HasPrefix(p, "/api/v0/upi-mandate"):
		return reply(f.mandate(r, strings.TrimPrefix(p, "/api/v0/upi-mandate"), body))
	}
	return 0, "", false
}

func (f *fake) counterQR(r *http.Request, body []byte) (int, string) {
	rest := strings.TrimPrefix(r.URL.Path, "/api/v0/qr-code")
	switch {
	case r.Method == "POST" && rest == "":
		var in struct {
			Name            string            `json:"qrName"`
			MultipleUse     bool              `json:"multipleUse"`
			FixedAmount     bool              `json:"fixedAmount"`
			Amount          json.Number       `json:"amount"`
			Description     string            `json:"description"`
			Expiry          string            `json:"expiry"`
			CustomParams    map[string]string `json:"customParams"`
			ReferenceNumber string            `json:"referenceNumber"`
		}
		if !strict(body, &in) {
			return no(156, "invalid request")
		}
		id := fmt.Sprintf("QR%d", len(f.qrObjects)+1)
		link := "upi://pay?pa=" + payee + "&pn=Galla&tr=" + id + "&cu=INR"
		if in.FixedAmount {
			link += "&am=" + in.Amount.String()
		}
		q := map[string]any{
			"qrCodeId":        id,
			"qrName":          in.Name,
			"multipleUse":     in.MultipleUse,
			"fixedAmount":     in.FixedAmount,
			"description":     in.Description,
			"expiry":          in.Expiry,
			"customParams":    in.CustomParams,
			"status":          "ACTIVE",
			"qrCodeBase64":    picture(f.t, link),
			"createdOn":       "2026-03-17T10:00:00Z",
			"referenceNumber": in.ReferenceNumber,
			"customerName":    nil,
		}
		if in.Amount != "" {
			q["amount"] = in.Amount
		}
		f.qrObjects[id] = q
		return ok(q)
	case r.Method == "POST" && rest == "/search":
		var in struct {
			Status          string `json:"status"`
			ReferenceNumber string `json:"referenceNumber"`
		}
		if !strict(body, &in) || r.URL.Query().Get("limit") == "" || r.URL.Query().Get("offset") == "" {
			return no(156, "invalid request")
		}
		list := []any{}
		for _, q := range f.qrObjects {
			if in.Status == "" || in.Status == q["status"] {
				list = append(list, q)
			}
		}
		return ok(map[string]any{"content": list, "total": len(list)})
	}
	id, cancel := strings.CutSuffix(strings.TrimPrefix(rest, "/"), "/cancel")
	q := f.qrObjects[id]
	switch {
	case q == nil:
		return no(1, "QR code not found")
	case cancel && (r.Method != "PATCH" || string(body) != "{}"):
		return no(156, "invalid request")
	case cancel:
		q["status"] = "CANCELLED"
	}
	return ok(q)
}

const mandateBody = `{"umn":"0123456789abcdef0123456789abcdef@okaxis","referenceId":"REF1","mandateId":"MND1",` +
	`"amount":50000,"amountRule":"MAX","currency":"INR","mcc":"5411",
"payer":{"name":"Rahul Kumar","vpa":"rahul.kumar@okaxis","account":"****1234","accountValidation":true},` +
	`"name":"Milk","expiry":"2026-04-01T00:00:00Z","blockFund":false,
"recurrence":{"period":"MONTHLY","rule":"BEFORE","value":5},"validity":{"startAt":"2026-04-01T00:00:00Z",` +
	`"endAt":"2027-04-01T00:00:00Z"},"pausePeriod":null,
"upiReferenceUrl":"","description":"","upiPurposeCode":"14","upiResponseCode":"00","status":"%s",` +
	`"createdOn":"2026-03-17T10:00:00Z"}`

// mandate answers bare objects; a body with anything that the page doesn't list is refused.
func (f *fake) mandate(r *http.Request, rest string, body []byte) (int, string) {
	var fields map[string]json.RawMessage
	if r.Method != "GET" {
		if err := json.Unmarshal(body, &fields); err != nil {
			return no(156, "invalid request")
		}
	}
	allowed := map[string]string{
		"POST ": "referenceId amount amountRule currency payer mandateName expiry blockFund recurrence " +
			"validity upiReferenceUrl description",
		"PATCH /MND1":        "reference_id amount description",
		"PATCH /MND1/revoke": "remarks",
		"GET /MND1":          "",
		"GET /REF1":          "",
		"POST /notify":       "mandateId referenceId amount currency debitDate description",
		"POST /execute":      "mandateId referenceId amount currency debitDate description",
	}
	names, known := allowed[r.Method+" "+rest]
	if !known {
		return no(1, "Mandate not found")
	}
	for name := range fields {
		if !strings.Contains(" "+names+" ", " "+name+" ") {
			return no(156, "unknown field "+name)
		}
	}
	status := "CREATED"
	if strings.HasSuffix(rest, "/revoke") || f.revoked {
		status = "REVOKED"
	}
	f.revoked = f.revoked || strings.HasSuffix(rest, "/revoke")
	answer := fmt.Sprintf(mandateBody, status)
	if amount, told := fields["amount"]; told { // an answer is over what was asked
		answer = strings.Replace(answer, `"amount":50000`, `"amount":`+string(amount), 1)
	}
	if rest == "/execute" {
		answer = strings.Replace(
			strings.Replace(answer, `"REF1"`, string(fields["referenceId"]), 1),
			`"status":"CREATED"`,
			`"status":"SUCCESS"`,
			1,
		)
	}
	return 200, answer
}

func mandateSpec() MandateSpec {
	day := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	return MandateSpec{
		Reference: "REF1",
		Amount:    50000,
		Rule:      "MAX",
		Payer: wire.MandatePayer{
			Name:              "Rahul Kumar",
			VPA:               "rahul.kumar@okaxis",
			Account:           "1234567890",
			AccountValidation: true,
		},
		Name:       "Milk",
		Expiry:     day,
		Recurrence: wire.Recurrence{Period: "MONTHLY", Rule: "BEFORE", Value: 5},
		Start:      day,
		End:        day.AddDate(1, 0, 0),
	}
}

func TestMandates(t *testing.T) {
	for _, paths := range []string{"middle", "newer"} {
		t.Run(paths, func(t *testing.T) {
			f := newFake(t)
			c := f.client(func(cfg *Config) { cfg.MandatePaths, cfg.MandateUnit = paths, "paise" })
			m, err := c.CreateMandate(t.Context(), mandateSpec())
			if err != nil || m.ID != "MND1" || m.Amount != 50000 || !m.HasAmount || m.PayerVPA != "ra****@okaxis" ||
				m.UMN != "0123456789abcdef0123456789abcdef@okaxis" ||
				m.Recurrence != (wire.Recurrence{Period: "MONTHLY", Rule: "BEFORE", Value: 5}) ||
				m.End.Year() != 2027 ||
				m.ResponseCode != "00" {
				t.Fatalf("CreateMandate = %+v, %v", m, err)
			}
			if _, err := c.UpdateMandate(
				t.Context(),
				"MND1",
				gateway.MandateChange{Reference: "EN1234584", Amount: 1722, Description: "Sample"},
			); err != nil {
				t.Error(err)
			}
			debit := gateway.MandateDebit{
				MandateID:   "MND1",
				Reference:   "D1",
				Amount:      20000,
				On:          time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC),
				Description: "May",
			}
			if _, err := c.NotifyDebit(t.Context(), debit); err != nil {
				t.Error(err)
			}
			if _, err := c.ExecuteDebit(t.Context(), debit); err != nil {
				t.Error(err)
			}
			if m, err := c.Mandate(t.Context(), "MND1"); err != nil || m.Status != "CREATED" {
				t.Error(m, err)
			}
			if _, err := c.Mandate(t.Context(), "MND9"); !errors.Is(err, gateway.ErrNotFound) {
				t.Error(err)
			}
			if m, err := c.RevokeMandate(t.Context(), "MND1", "customer moved away"); err != nil ||
				m.Status != "REVOKED" {
				t.Error(m, err)
			}
			f.checkGolden("mandate-" + paths)
		})
	}
}

func TestMandateRefusals(t *testing.T) {
	f := newFake(t)
	c := f.client(func(cfg *Config) { cfg.MandateUnit = "rupees" })
	for name, spoil := range map[string]func(*MandateSpec){
		"reference": func(s *MandateSpec) { s.Reference = "a b" }, "rule": func(s *MandateSpec) {
			s.Rule = "SOME"
		}, "payer": func(s *MandateSpec) { s.Payer.VPA = "rahul" },
		"name": func(s *MandateSpec) { s.Name = "" }, "validity": func(s *MandateSpec) {
			s.End = s.Start
		}, "amount": func(s *MandateSpec) { s.Amount = 0 },
		"paise": func(s *MandateSpec) { s.Amount = 50050 }, "recurrence": func(s *MandateSpec) {
			s.Recurrence.Rule = ""
		},
	} {
		s := mandateSpec()
		spoil(&s)
		_, err := c.CreateMandate(t.Context(), s)
		if gateway.ClassOf(err) != gateway.ClassRejected || strings.Contains(err.Error(), "rahul.kumar") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{"", "../orders", "a/b", "x y", strings.Repeat("x", 65)} {
		if _, err := c.RevokeMandate(t.Context(), id, "why"); gateway.ClassOf(err) != gateway.ClassRejected {
			t.Errorf("id %q: %v", id, err)
		}
	}
	if _, err := c.RevokeMandate(t.Context(), "MND1", ""); gateway.ClassOf(err) != gateway.ClassRejected {
		t.Error(err)
	}
	if len(f.seen) != 0 {
		t.Errorf("our own refusals were sent: %v", f.seen)
	}
	_, err := f.client().CreateMandate(t.Context(), mandateSpec())
	if gateway.ClassOf(err) != gateway.ClassMisconfigured || !strings.Contains(err.Error(), "mandate_unit") {
		t.Errorf("without a unit: %v", err)
	}
	if m, err := c.CreateMandate(t.Context(), mandateSpec()); err != nil || m.Amount != 50000 || m.Units != 500 {
		t.Errorf("in rupees: %+v, %v", m, err) // 500 on the wire
	}
	// Remarks are counted in characters, and in Hindi each takes three bytes.
	if m, err := c.RevokeMandate(t.Context(), "MND1", strings.Repeat("ग", maxRemarks)); err != nil ||
		m.Status != "REVOKED" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := c.RevokeMandate(t.Context(), "MND1", strings.Repeat("ग", maxRemarks+1)); gateway.ClassOf(
		err,
	) != gateway.ClassRejected {
		t.Error(err)
	}
}

func TestMandateLosesEachAnswer(t *testing.T) {
	for _, fa := range []fault{dropBefore, dropAfter, errorBefore, errorAfter, garbled, empty, page, busy} {
		f := newFake(t)
		c := f.client(func(cfg *Config) { cfg.MandateUnit = "paise" })
		debit := gateway.MandateDebit{MandateID: "MND1", Reference: "D1", Amount: 100}
		for line, do := range map[string]func() error{
			"POST /api/v0/upi-autopay/mandates": func() error {
				_, err := c.CreateMandate(t.Context(), mandateSpec())
				return err
			},
			"PATCH /api/v0/upi-autopay/mandates/MND1": func() error {
				_, err := c.UpdateMandate(t.Context(), "MND1",
					gateway.MandateChange{Reference: "U1", Amount: 1, Description: ""})
				return err
			},
			"PATCH /api/v0/upi-autopay/mandates/MND1/revoke": func() error {
				_, err := c.RevokeMandate(t.Context(), "MND1", "x")
				return err
			},
			"POST /api/v0/upi-autopay/mandates/notify": func() error {
				_, err := c.NotifyDebit(t.Context(), debit)
				return err
			},
			"POST /api/v0/upi-autopay/mandates/execute": func() error {
				_, err := c.ExecuteDebit(t.Context(), debit)
				return err
			},
		} {
			if fa == busy && line != "POST /api/v0/upi-autopay/mandates/execute" {
				continue // a 429 pauses the budget for the others
			}
			f.change(func() { f.faults[line] = []fault{fa}; f.seen = nil })
			if err := do(); gateway.ClassOf(err) != gateway.ClassUnknown || err == nil {
				t.Errorf("%s, %s: %v", line, fa, err)
			}
			if n := f.count(line); n != 1 {
				t.Errorf("%s, %s: sent %d times", line, fa, n)
			}
		}
	}
}

// TestMandateCallback: the callback's other types (times as numbers, start_at) are none of our business: it only names
// what to look at.
func TestMandateCallback(t *testing.T) {
	n, err := wire.ParseNotification(
		[]byte(
			`{"umn":"u@okaxis","referenceId":"REF1","mandateId":"MND1","amount":2540,"amountRule":"EXACT",` +
				`"currency":"INR",
		"payee":{"vpa":"shop@enkash","name":"Shop","mcc":"5411"},"payer":{"name":"R","vpa":"rahul@okaxis",` +
				`"account":"1","accountValidation":true},"name":"Milk",
		"expireAt":1775001600,"blockFund":false,"revokeableByPayer":true,"recurrence":{"period":"MONTHLY",` +
				`"rule":"ON","value":1},
		"validity":{"startAt":1775001600000,"endAt":1806537600},"pausePeriod":{"start_at":1780272000,"end_at":0},` +
				`"status":"ACTIVE"}`,
		),
	)
	if err != nil || !slices.Equal(n.IDs, []string{"REF1", "MND1"}) {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestCounterQR(t *testing.T) {
	f := newFake(t)
	c := f.client()
	q, err := c.CreateQR(t.Context(), CounterQRSpec{
		Name:        "Counter 1",
		MultipleUse: true,
		Amount:      9950,
		Description: "Tea",
		Reference:   "C1",
		Params:      map[string]string{"terminal": "front"},
	})
	if err != nil || q.ID != "QR1" || q.Amount != 9950 || !strings.Contains(q.Payload, "am=99.50") || q.Problem != "" ||
		q.Status != "ACTIVE" ||
		q.Params["terminal"] != "front" {
		t.Fatalf("CreateQR = %+v, %v", q, err)
	}
	open, err := c.CreateQR(t.Context(), CounterQRSpec{Name: "Open amount", MultipleUse: true})
	if err != nil || open.Payload == "" || strings.Contains(open.Payload, "am=") {
		t.Errorf("%+v, %v", open, err)
	}
	if got, err := c.GetQR(t.Context(), "QR1"); err != nil || got.Payload != q.Payload {
		t.Error(got, err)
	}
	if list, err := c.SearchQRs(t.Context(), gateway.CounterQRSearch{Status: "ACTIVE", Limit: 9999}); err != nil ||
		len(list) != 2 {
		t.Error(list, err)
	}
	if q, err := c.CancelQR(t.Context(), "QR1"); err != nil || q.Status != "CANCELLED" {
		t.Error(q, err)
	}
	f.checkGolden("counterqr")
	// A gateway that doesn't know the filter answers with everything.
	f.change(func() {
		f.answers["POST /api/v0/qr-code/search"] = `{"response_code":0,"payload":[{"qrCodeId":"QR1",` +
			`"status":"CANCELLED"},{"qrCodeId":"QR2","status":"ACTIVE","referenceNumber":"R2"}]}`
	})
	for _, s := range []gateway.CounterQRSearch{{Status: "ACTIVE"}, {Reference: "R2"}} {
		if list, err := c.SearchQRs(t.Context(), s); err != nil || len(list) != 1 || list[0].ID != "QR2" {
			t.Errorf("%+v: %+v, %v", s, list, err)
		}
	}
	for _, id := range []string{"QR9"} {
		if _, err := c.GetQR(t.Context(), id); !errors.Is(err, gateway.ErrNotFound) {
			t.Error(err)
		}
		if _, err := c.CancelQR(t.Context(), id); !errors.Is(err, gateway.ErrNotFound) {
			t.Error(err)
		}
	}
	for _, bad := range []CounterQRSpec{{}, {Name: "x", Amount: -1}} {
		if _, err := c.CreateQR(t.Context(), bad); gateway.ClassOf(err) != gateway.ClassRejected {
			t.Error(err)
		}
	}
	// A cancel that the answer doesn't confirm is not done, and neither is one whose answer is lost.
	f.change(func() {
		f.answers["PATCH /api/v0/qr-code/QR2/cancel"] = `{"response_code":0,"payload":{"qrCodeId":"QR2",` +
			`"status":"ACTIVE"}}`
	})
	if _, err := c.CancelQR(t.Context(), "QR2"); gateway.ClassOf(err) != gateway.ClassUnknown {
		t.Error(err)
	}
	for _, fa := range []fault{dropBefore, dropAfter, errorAfter} {
		f.change(func() {
			f.faults["PATCH /api/v0/qr-code/QR1/cancel"], f.faults["POST /api/v0/qr-code"] = []fault{fa}, []fault{fa}
		})
		_, err1 := c.CancelQR(t.Context(), "QR1")
		_, err2 := c.CreateQR(t.Context(), CounterQRSpec{Name: "x"})
		if gateway.ClassOf(err1) != gateway.ClassUnknown || gateway.ClassOf(err2) != gateway.ClassUnknown ||
			err1 == nil ||
			err2 == nil {
			t.Error(err1, err2)
		}
	}
	// A picture over another amount, or none, is never handed out for printing.
	for name, payload := range map[string]string{"other amount": `"amount":1,"fixedAmount":true,"qrCodeBase64":"` +
		picture(t, "upi://pay?pa=a@b&am=2&cu=INR") + `"`,
		"no picture": `"amount":1`, "no QR in it": `"qrCodeBase64":"aGVsbG8="`} {
		f.change(func() {
			f.answers["GET /api/v0/qr-code/QR1"] = `{"response_code":0,"payload":{"qrCodeId":"QR1","status":"ACTIVE",` +
				payload + `}}`
		})
		if q, err := c.GetQR(t.Context(), "QR1"); err != nil || q.Payload != "" || q.Problem == "" {
			t.Errorf("%s: %+v, %v", name, q, err)
		}
	}
}

func TestVerifyVPA(t *testing.T) {
	f := newFake(t)
	c := f.client()
	if got, err := c.VerifyVPA(t.Context(), "S17A1", "rahul.kumar@okaxis"); err != nil ||
		got != (VPACheck{true, "RAHUL KUMAR"}) {
		t.Error(got, err)
	}
	f.checkGolden("verify-vpa")
	if got, err := c.VerifyVPA(t.Context(), "S17A1", "nobody@okaxis"); err != nil || got.Valid {
		t.Error(got, err)
	}
	for payload, want := range map[string]bool{`{"isValid":true}`: true, `{"status":"VALID"}`: true,
		`{"status":"INVALID"}`: false} {
		f.change(func() {
			f.answers["POST /pay/charge/verify-vpa"] = `{"response_code":0,"payload":` + payload + `}`
		})
		if got, err := c.VerifyVPA(t.Context(), "S17A1", "rahul@okaxis"); err != nil || got.Valid != want {
			t.Error(payload, got, err)
		}
	}
	f.change(func() { f.answers["POST /pay/charge/verify-vpa"] = `{"response_code":0,"payload":{"status":"MAYBE"}}` })
	got, err := c.VerifyVPA(t.Context(), "S17A1", "rahul@okaxis")
	if gateway.ClassOf(err) != gateway.ClassUnavailable || got.Valid {
		t.Error(got, err)
	}
	f.change(func() { f.seen = nil })
	for _, bad := range []string{"", "rahul", "rahul@", "@okaxis", "a b@c", "rahul@okaxis\r\nX: y"} {
		if _, err := c.VerifyVPA(t.Context(), "S17A1", bad); gateway.ClassOf(err) != gateway.ClassRejected {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if len(f.seen) != 0 {
		t.Errorf("malformed addresses were sent: %v", f.seen)
	}
}

// TestMandateChecksTheAddress: no mandate is asked for when the payer's address doesn't exist, or nobody can say.
func TestMandateChecksTheAddress(t *testing.T) {
	f := newFake(t)
	c := f.client(func(cfg *Config) { cfg.MandateUnit = "paise" })
	spec := mandateSpec()
	spec.CheckVPA = true
	for answer, want := range map[string]gateway.Class{
		`{"response_code":0,"payload":{"valid":false}}`:           gateway.ClassRejected,
		`{"response_code":0,"payload":{"status":"MAYBE"}}`:        gateway.ClassUnavailable,
		`{"response_code":0,"payload":{"valid":true,"name":"R"}}`: "",
	} {
		f.change(func() { f.answers["POST /pay/charge/verify-vpa"] = answer })
		before := f.count("POST /api/v0/upi-autopay/mandates")
		_, err := c.CreateMandate(t.Context(), spec)
		asked := f.count("POST /api/v0/upi-autopay/mandates") - before
		if want == "" && (err != nil || asked != 1) || want != "" && (gateway.ClassOf(err) != want || asked != 0) {
			t.Errorf("%s: %v, %d mandates asked for", answer, err, asked)
		}
	}
}

func TestProbe(t *testing.T) {
	f := newFake(t)
	c := f.client(func(cfg *Config) { cfg.Paths.SearchOrders, cfg.Paths.RefundStatus = "-", "/nowhere" })
	probes, err := c.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, p := range probes {
		got[p.What] = p.Works
		if p.Says == "" || strings.Contains(p.Path, "GALLA") {
			t.Errorf("%+v", p)
		}
	}
	for what, want := range map[string]bool{"order by our reference": true, "search order": false,
		"order by our id (older accounts)": true, "refund status": false, "mandate": true, "counter QR": true} {
		if w, found := got[what]; !found || w != want {
			t.Errorf("probe of %s: %v, %v", what, w, found)
		}
	}
	if len(f.orders)+len(f.refunds)+len(f.qrObjects) != 0 {
		t.Error("a probe changed something")
	}
}
