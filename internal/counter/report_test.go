package counter

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
)

// day plays a business day: exact, cancelled with late money, double, under and accepted, refund, other tender, pending.
func (b *bench) day(t *testing.T) {
	t.Helper()
	for _, amount := range []string{"25000", "10000", "5000", "7000", "300", "999"} {
		b.call(trusted, "POST", "/v1/sales", `{"amount_paise":`+amount+`,"reference":"=B`+amount+`"}`)
	}
	b.customer().Pay("S000001", 0)
	b.call(trusted, "POST", "/v1/sales/S000002/cancel", "{}")
	b.customer().Pay("S000002", 0)
	b.customer().Pay("S000003", 0)
	b.customer().Pay("S000003", 0)
	b.customer().Pay("S000004", 6000)
	b.call(trusted, "POST", "/v1/sales/S000004/resolve", `{"action":"accept"}`)
	b.call(trusted, "POST", "/v1/sales/S000001/refunds", `{"amount_paise":1000}`)
	b.call(trusted, "POST", "/v1/sales/S000005/cancel", `{"reason":"other_tender"}`)
}

func TestReports(t *testing.T) {
	b := newBench(t)
	var out bytes.Buffer
	dump(&out, "X of an empty day", b.call(trusted, "GET", "/v1/reports/x", ""))
	b.day(t)
	dump(&out, "X", b.call(trusted, "GET", "/v1/reports/x", ""))
	z := b.call(trusted, "POST", "/v1/reports/z", "", "Idempotency-Key", "z1")
	dump(&out, "Z", z)
	dump(&out, "X after it", b.call(trusted, "GET", "/v1/reports/x", ""))
	dump(&out, "a second Z the same day", b.call(trusted, "POST", "/v1/reports/z", "", "Idempotency-Key", "z2"))
	if w := b.call(trusted, "POST", "/v1/reports/z", "", "Idempotency-Key", "z1"); !bytes.Equal(w.Body.Bytes(), z.Body.Bytes()) {
		t.Errorf("the same key gave %s", w.Body)
	}
	b.restart(t)
	if w := b.call(trusted, "GET", "/v1/reports/z/1", ""); !bytes.Equal(w.Body.Bytes(), z.Body.Bytes()) {
		t.Errorf("a reprint after a restart differs: %s", w.Body)
	}
	past := b.clock
	b.clock = func() time.Time { return past().Add(24 * time.Hour) }
	b.till.Now = b.clock
	b.till.Pay("S000005", 0) // late money of the day before belongs to the day it comes
	dump(&out, "Z of the next day", b.call(trusted, "POST", "/v1/reports/z", "", "Idempotency-Key", "z3"))
	golden(t, "reports.golden", out.Bytes())
	golden(t, "reports-kept.golden", []byte(b.vault.Dump())) // what shops have on disk: these bytes are a promise
}

func TestExport(t *testing.T) {
	b := newEither(t)
	b.day(t)
	csv := b.call(trusted, "GET", "/v1/export?format=csv", "")
	golden(t, "export.csv", csv.Body.Bytes())
	if d := csv.Header().Get("Content-Disposition"); d != `attachment; filename="galla-2026-11-22.csv"` {
		t.Errorf("disposition %s", d)
	}
	lines := strings.Split(strings.TrimSpace(b.call(trusted, "GET", "/v1/export?format=jsonl&from=2026-11-22", "").Body.String()), "\n")
	if len(lines) != 6 || !json.Valid([]byte(lines[0])) {
		t.Errorf("jsonl: %q", lines)
	}
	for path, code := range map[string]int{"/v1/export?from=2026-11-23": 200, "/v1/export?format=xml": 400, "/v1/export?from=x": 400} {
		if w := b.call(trusted, "GET", path, ""); w.Code != code || code == 200 && strings.Count(w.Body.String(), "\n") != 1 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// TestExportPassesAWrongClock: a sale opened while the box's clock was behind doesn't end the export of the days around it.
func TestExportPassesAWrongClock(t *testing.T) {
	b := newBench(t)
	now := b.clock
	open(t, b.till, 100)
	b.till.Now = func() time.Time { return time.Unix(1000, 0) }
	open(t, b.till, 200)
	b.till.Now = now
	open(t, b.till, 300)
	lines := strings.Split(strings.TrimSpace(b.call(trusted, "GET", "/v1/export?format=jsonl&from=2026-11-22&to=2026-11-22", "").Body.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "S000003") || !strings.Contains(lines[1], "S000001") {
		t.Errorf("exported %q", lines)
	}
}

// TestNoSuchThing: what isn't there is another problem than a call that isn't.
func TestNoSuchThing(t *testing.T) {
	b := newEither(t)
	for call, kind := range map[string]string{"GET /v1/reports/z/3": "no-such-thing", "POST /v1/devices/dX/revoke": "no-such-thing",
		"POST /v1/people/Asha/remove": "no-such-thing", "GET /v1/reports/y": "no-such-call"} {
		method, path, _ := strings.Cut(call, " ")
		if w := b.call(trusted, method, path, ""); w.Code != 404 || !strings.Contains(w.Body.String(), `"/problems/`+kind+`"`) {
			t.Errorf("%s: %d %s", call, w.Code, w.Body)
		}
	}
}

// TestADayClosedByAWrongClock: a Z made while the clock was years ahead doesn't keep the days until then open.
func TestADayClosedByAWrongClock(t *testing.T) {
	b := newBench(t)
	right := b.clock
	z := func(key string) (r wire.Report, code int) {
		w := b.call(trusted, "POST", "/v1/reports/z", "", "Idempotency-Key", key)
		json.Unmarshal(w.Body.Bytes(), &r)
		return r, w.Code
	}
	open(t, b.till, 100)
	b.clock = func() time.Time { return right().AddDate(9, 0, 0) }
	if r, code := z("z1"); code != 201 || r.Day != "2035-11-22" || r.Sales.Count != 1 {
		t.Fatalf("%d %+v", code, r)
	}
	b.clock = right
	open(t, b.till, 200)
	if r, code := z("z2"); code != 201 || r.Number != 2 || r.Day != "2026-11-22" || r.Sales.Count != 1 || r.Sales.Paise != 200 {
		t.Errorf("%d %+v", code, r)
	}
	if _, code := z("z3"); code != 409 {
		t.Errorf("the same day was closed twice: %d", code)
	}
	b.restart(t)
	if _, code := z("z4"); code != 409 {
		t.Errorf("after a restart: %d", code)
	}
}
