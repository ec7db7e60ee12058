package counter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
)

// day plays a business day: exact, cancelled with late money, double, under and accepted, refund, other tender,
// pending.
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
	w := b.call(trusted, "POST", "/v1/reports/z", "", "Idempotency-Key", "z1")
	if !bytes.Equal(w.Body.Bytes(), z.Body.Bytes()) {
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
	golden(t, "reports-kept.golden", []byte(b.settings.Dump())) // what shops have on disk: these bytes are a promise
}

func TestExport(t *testing.T) {
	b := newEither(t)
	b.day(t)
	csv := b.call(trusted, "GET", "/v1/export?format=csv", "")
	golden(t, "export.csv", csv.Body.Bytes())
	if d := csv.Header().Get("Content-Disposition"); d != `attachment; filename="galla-2026-11-22.csv"` {
		t.Errorf("disposition %s", d)
	}
	lines := strings.Split(strings.TrimSpace(b.call(trusted, "GET", "/v1/export?format=jsonl&from=2026-11-22",
		"").Body.String()), "\n")
	if len(lines) != 6 || !json.Valid([]byte(lines[0])) {
		t.Errorf("jsonl: %q", lines)
	}
	for path, code := range map[string]int{"/v1/export?from=2026-11-23": 200, "/v1/export?format=xml": 400,
		"/v1/export?from=x": 400} {
		if w := b.call(trusted, "GET", path, ""); w.Code != code || code == 200 &&
			strings.Count(w.Body.String(), "\n") != 1 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// TestExportPassesAWrongClock: a sale opened while the box's clock was behind doesn't end the export of the days around
// it.
func TestExportPassesAWrongClock(t *testing.T) {
	b := newBench(t)
	now := b.clock
	open(t, b.till, 100)
	b.till.Now = func() time.Time { return time.Unix(1000, 0) }
	open(t, b.till, 200)
	b.till.Now = now
	open(t, b.till, 300)
	body := b.call(trusted, "GET", "/v1/export?format=jsonl&from=2026-11-22&to=2026-11-22", "").Body.String()
	lines := strings.Split(strings.TrimSpace(body), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "S000003") || !strings.Contains(lines[1], "S000001") {
		t.Errorf("exported %q", lines)
	}
}

// TestNoSuchThing: what isn't there is another problem than a call that isn't.
func TestNoSuchThing(t *testing.T) {
	b := newEither(t)
	for call, kind := range map[string]string{"GET /v1/reports/z/3": "no-such-thing",
		"POST /v1/devices/dX/revoke":  "no-such-thing",
		"POST /v1/people/Asha/remove": "no-such-thing", "GET /v1/reports/y": "no-such-call"} {
		method, path, _ := strings.Cut(call, " ")
		if w := b.call(trusted, method, path, ""); w.Code != 404 ||
			!strings.Contains(w.Body.String(), `"/problems/`+kind+`"`) {
			t.Errorf("%s: %d %s", call, w.Code, w.Body)
		}
	}
}

// TestADayClosedByAWrongClock: after a Z of a clock gone years ahead no day before it is opened by itself, and a person
// who names the day closes it; from then on all is as it was.
func TestADayClosedByAWrongClock(t *testing.T) {
	b := newBench(t)
	right := b.clock
	z := func(key, body string) (r wire.Report, w *httptest.ResponseRecorder) {
		w = b.call(trusted, "POST", "/v1/reports/z", body, "Idempotency-Key", key)
		json.Unmarshal(w.Body.Bytes(), &r)
		return r, w
	}
	at := func(clock func() time.Time) { b.clock, b.till.Now = clock, clock }
	open(t, b.till, 100)
	at(func() time.Time { return right().AddDate(9, 0, 0) })
	open(t, b.till, 300)
	if r, w := z("z1", ""); w.Code != 201 || r.Number != 2 || r.Day != "2035-11-22" || r.Sales.Paise != 300 ||
		len(r.With) != 1 {
		t.Fatalf("%d %+v", w.Code, r)
	}
	first := b.call(trusted, "GET", "/v1/reports/z/1", "")
	if !strings.Contains(first.Body.String(), `"day":"2026-11-22"`) {
		t.Errorf("%s", first.Body)
	}

	at(func() time.Time { return right().AddDate(0, 0, 1) })
	open(t, b.till, 200)
	if _, w := z("z2", ""); w.Code != 409 || !strings.Contains(w.Body.String(), "--day 2026-11-23") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if r, w := z("z3", `{"day":"2026-11-23"}`); w.Code != 201 || r.Number != 3 || r.Sales.Paise != 200 {
		t.Errorf("%d %+v", w.Code, r)
	}
	for range 2 {
		if _, w := z("z4", `{"day":"2026-11-23"}`); w.Code != 409 ||
			!strings.Contains(w.Body.String(), "by Z report 3") {
			t.Errorf("the same day was closed twice: %d %s", w.Code, w.Body)
		}
		b.restart(t)
	}
	at(func() time.Time { return right().AddDate(0, 0, 2) })
	open(t, b.till, 700)
	if r, w := z("z5", ""); w.Code != 201 || r.Number != 4 || r.Day != "2026-11-24" || r.Sales.Paise != 700 ||
		r.OtherDays != nil {
		t.Errorf("%d %+v", w.Code, r)
	}
}

// clockmaker is a doctor that finds the clock so.
type clockmaker struct{ level string }

func (m *clockmaker) Look(context.Context) wire.Checkup { return m.Snapshot() }

func (m *clockmaker) Snapshot() wire.Checkup {
	return wire.Checkup{Checks: []wire.Check{
		{Check: "printer", Level: "bad", Says: "the cable is out"},
		{Check: "clock", Level: m.level, Says: "the clock is wrong: x", Next: "Set it."},
	}}
}

// TestCorners_14: no day is closed by a clock that the doctor finds wrong, whether the day is named or not; a day
// before may be, which a person chose; and with the clock set right the same request closes it.
func TestCorners_14(t *testing.T) {
	b, m := newBench(t), &clockmaker{level: "bad"}
	b.doctor = m
	open(t, b.till, 100)
	z := func(want int, body string) string {
		t.Helper()
		w := b.call(trusted, "POST", "/v1/reports/z", body, "Idempotency-Key", "z1"+body)
		if w.Code != want {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
		return w.Body.String()
	}
	for _, body := range []string{"", `{"day":"2026-11-22"}`} {
		if said := z(409, body); !strings.Contains(said, "no day is closed: the clock is wrong: x") ||
			!strings.Contains(said, `"problem_clock_wrong"`) || !strings.Contains(said, "Set it.") {
			t.Error(said)
		}
	}
	if w := b.call(trusted, "GET", "/v1/reports/z", ""); strings.Contains(w.Body.String(), `"number"`) {
		t.Errorf("a day was closed: %s", w.Body)
	}
	z(201, `{"day":"2026-11-21"}`)
	m.level = "note"
	z(201, "")
}

// TestOldReportsStay: Z reports that shops have on disk from before days were kept apart are shown byte for byte, and
// the next one follows them.
func TestOldReportsStay(t *testing.T) {
	kept, err := os.ReadFile("testdata/reports-kept-1.golden")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	for range 40 {
		open(t, b.till, 100)
	}
	n := 0
	for line := range strings.Lines(string(kept)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if err := b.settings.Put(key, []byte(value)); err != nil {
			t.Fatal(err)
		}
		n++
	}
	b.restart(t)
	for i := range n {
		_, stored, _ := strings.Cut(strings.Split(string(kept), "\n")[i], `"report":`)
		stored = strings.TrimSuffix(stored, "}")
		if w := b.call(trusted, "GET", fmt.Sprint("/v1/reports/z/", i+1), ""); strings.TrimSpace(
			w.Body.String(),
		) != stored {
			t.Errorf("Z %d is\n%s\nand was\n%s", i+1, w.Body, stored)
		}
	}
	past := b.clock
	b.clock = func() time.Time { return past().AddDate(0, 0, 2) }
	w := b.call(trusted, "POST", "/v1/reports/z", "", "Idempotency-Key", "n")
	var r wire.Report
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || r.Number != n+1 || r.After != 33 ||
		len(r.OtherDays) != 1 || r.OtherDays[0].Sales.Count != 29 {
		t.Errorf("the next is %+v, %v", r, err)
	}
}

// TestMoney_21: who closes the day is told what is under way and what needs a decision, by name, and that the day is
// closed already.
func TestMoney_21(t *testing.T) {
	b := newBench(t)
	b.day(t)
	x := func() (r wire.Report) {
		if err := json.Unmarshal(b.call(trusted, "GET", "/v1/reports/x", "").Body.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := x()
	if len(r.Open) != 1 ||
		r.Open[0] != (wire.Underway{ID: "S000006", Name: "1122-6", Amount: 999, Phase: "awaiting"}) ||
		r.ClosedBy != 0 {
		t.Errorf("open: %+v", r.Open)
	}
	if len(r.Items) != 2 || r.Items[0].Name != "1122-3" || r.Items[0].Amount != 5000 || r.Items[1].Name != "1122-2" ||
		r.Items[1].Kind != "late" {
		t.Errorf("items: %+v", r.Items)
	}
	if w := b.call(trusted, "POST", "/v1/reports/z", "", "Idempotency-Key", "z"); w.Code != 201 ||
		strings.Contains(w.Body.String(), `"open"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if r := x(); r.ClosedBy != 1 {
		t.Errorf("after it: %+v", r)
	}
	w := b.call(trusted, "POST", "/v1/reports/z", "", "Idempotency-Key", "again")
	if w.Code != 409 || strings.Contains(w.Body.String(), "Read the sale again") ||
		!strings.Contains(w.Body.String(), "stands in the next Z report") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
