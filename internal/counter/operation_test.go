package counter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/counter/wire"
	"galla/state"
)

const mandateBody = `{"name":"Milk","amount_paise":50000,"rule":"max","payer":{"name":"Rahul",` +
	`"vpa":"rahul.k@okaxis","account":"123456789012"},` +
	`"period":"MONTHLY","debit_rule":"BEFORE","debit_value":5,"expiry":"2026-12-01T00:00:00Z",` +
	`"start":"2026-12-01T00:00:00Z","end":"2027-12-01T00:00:00Z"}`

// TestOperationsTakeAManager: cashiers see none of it, and a debit from a paired device takes a manager's PIN.
func TestOperationsTakeAManager(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"asha","pin":"1379"}`)
	for _, path := range []string{"/v1/gateways", "/v1/operations", "/v1/gateways/enkash/qrs",
		"/v1/gateways/enkash/examination"} {
		p.want(t, 403, "GET", path, "")
	}
	p.want(t, 403, "POST", "/v1/gateways/enkash/qrs", `{"name":"x"}`)
	p.want(t, 200, "POST", "/v1/session", `{"name":"ravi","pin":"2580"}`)
	p.want(t, 201, "POST", "/v1/gateways/enkash/qrs", `{"name":"x"}`)
	p.want(t, 403, "POST", "/v1/gateways/enkash/mandates/MND1/execute", `{"amount_paise":100}`)
	p.want(
		t,
		201,
		"POST",
		"/v1/gateways/enkash/mandates/MND1/execute",
		`{"amount_paise":100,"approver":"ravi","pin":"2580"}`,
	)
	s, err := b.till.Sale(t.Context(), "S000001")
	if err != nil || s.Kind != state.KindMandate || s.Debit.Approver != "owner:ravi" || s.Phase != state.PhasePaid {
		t.Errorf("%+v, %v", s, err)
	}
	refused := p.want(
		t,
		409,
		"POST",
		"/v1/gateways/enkash/mandates/MND1/execute",
		`{"amount_paise":999900,"approver":"ravi","pin":"2580"}`,
	).Body.String()
	if !strings.Contains(refused, `"detail_code":"problem_debit_amount"`) ||
		!strings.Contains(refused, `"most_paise":50000`) {
		t.Errorf("a debit over too much: %s", refused)
	}
	p.want(t, 404, "GET", "/v1/gateways/enkash/mandates/MND2", "")
	p.want(t, 404, "GET", "/v1/operations/O000099", "")
	p.want(t, 422, "POST", "/v1/gateways/paytm/qrs", `{"name":"x"}`)
	p.want(t, 400, "POST", "/v1/gateways/enkash/mandates/MND1/revoke", `{"remarks":"x","amount_paise":1}`)
	p.want(t, 400, "GET", "/v1/gateways/enkash/qrs?limit=1000", "")
}

// TestExaminationIsBounded: the root cause first, and a gateway is not looked over again and again.
func TestExaminationIsBounded(t *testing.T) {
	b := newBench(t)
	b.till.Operations().
		SetFindings(gateway.Finding{Check: "clock", Level: "note", Says: "off"},
			gateway.Finding{Check: "keys", Level: "bad", Says: "refused", Next: "Compare the keys."})
	w := b.call(trusted, "GET", "/v1/gateways/enkash/examination", "")
	var e wire.Examination
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != 200 || e.OK || len(e.Findings) != 3 ||
		e.Findings[0].Check != "keys" || e.Findings[2].Level != "ok" {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if w := b.call(trusted, "GET", "/v1/gateways/enkash/examination", ""); w.Code != 429 ||
		w.Header().Get("Retry-After") == "" {
		t.Errorf("at once again: %d", w.Code)
	}
	now := b.clock()
	b.clock = func() time.Time { return now.Add(time.Minute) }
	if w := b.call(trusted, "GET", "/v1/gateways/enkash/examination", ""); w.Code != 200 {
		t.Errorf("a minute later: %d", w.Code)
	}
	if w := b.call(trusted, "GET", "/v1/gateways/paytm/examination", ""); w.Code != 404 {
		t.Errorf("a gateway that isn't there: %d", w.Code)
	}
}

// TestOperationsAreNoSales: reports and the feed live with events that have no sale.
func TestOperationsAreNoSales(t *testing.T) {
	b := newBench(t)
	b.call(trusted, "POST", "/v1/gateways/enkash/qrs", `{"name":"x"}`)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":100}`)
	if w := b.call(trusted, "GET", "/v1/reports/x", ""); w.Code != 200 {
		t.Errorf("X: %d %s", w.Code, w.Body)
	}
	frames, err := b.feed.After(t.Context(), 0)
	if err != nil || len(frames) < 3 ||
		!strings.Contains(string(frames[0].Data), `"operation":{"id":"O000001","kind":"qr.create","status":"asked"}`) ||
		strings.Contains(string(frames[0].Data), `"sale":`) {
		t.Errorf("%v: %s", err, frames[0].Data)
	}
	b.till.Manual = true
	var o wire.Operation
	w := b.call(trusted, "POST", "/v1/gateways/enkash/qrs/QR1/cancel", "")
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || o.Status != state.OperationAsked ||
		!strings.Contains(o.Message, "do not ask again") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestOperationPages: a page says whether another follows and what is asked for it; what no page named is refused.
func TestOperationPages(t *testing.T) {
	b := newBench(t)
	for i := range 5 {
		b.call(trusted, "POST", "/v1/gateways/enkash/qrs", `{"name":"x"}`, "Idempotency-Key", fmt.Sprint("page-", i))
	}
	var pages []int
	for before := ""; ; {
		w := b.call(trusted, "GET", "/v1/operations?limit=2&before="+before, "")
		var page wire.Operations
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 || page.More != (page.Next != "") {
			t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		pages = append(pages, len(page.Operations))
		if before = page.Next; !page.More || len(pages) > 5 {
			break
		}
	}
	if !slices.Equal(pages, []int{2, 2, 1}) {
		t.Errorf("five operations come in pages of %v", pages)
	}
	for _, before := range []string{"zzz", "O0", "O999999", "-1", "%00"} {
		if w := b.call(trusted, "GET", "/v1/operations?before="+before, ""); w.Code != 400 {
			t.Errorf("before=%s: %d", before, w.Code)
		}
	}
}
