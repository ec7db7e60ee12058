package counter

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
)

// TestReconcileRefuses: a day that can't be compared, and more questions than a gateway is asked, are refused by name.
func TestReconcileRefuses(t *testing.T) {
	b := newBench(t)
	for _, bad := range []string{"?day=tomorrow", "?day=2026-11-23", "?day=2026-09-01", "?most=5000",
		"?most=-1", "?dya=2026-11-22"} {
		if w := b.call(trusted, "GET", "/v1/reports/reconciliation"+bad, ""); w.Code != 400 ||
			!strings.Contains(w.Body.String(), `"next":`) {
			t.Errorf("%s: %d %s", bad, w.Code, w.Body)
		}
	}
}

// TestReconcileOnPaper: with a Z and alone; a printer that is missing is told first.
func TestReconcileOnPaper(t *testing.T) {
	b := newBench(t)
	b.day(t)
	if w := b.call(trusted, "POST", "/v1/reports/reconciliation/print", "{}"); w.Code != 409 {
		t.Errorf("without a printer: %d %s", w.Code, w.Body)
	}
	p := newFakePrinter()
	b.printer = p
	if w := b.call(trusted, "POST", "/v1/reports/reconciliation/print", `{"day":"2026-11-22"}`); w.Code != 200 ||
		!strings.Contains(w.Body.String(), `"agrees":true`) ||
		!strings.Contains(w.Body.String(), `"print":{"status":"printed"`) {
		t.Errorf("alone: %d %s", w.Code, w.Body)
	}
	w := b.call(trusted, "POST", "/v1/reports/z", `{"print":true,"reconcile":true}`)
	var z wire.Report
	if err := json.Unmarshal(w.Body.Bytes(), &z); err != nil || z.Print == nil || z.Reconciliation == nil ||
		!z.Reconciliation.Agrees || z.Reconciliation.Print == nil {
		t.Errorf("with a Z: %d %s", w.Code, w.Body)
	}
	if z, _ := b.books.Z(1); strings.Contains(string(z.Stored), "reconciliation") {
		t.Errorf("the stored report has what the gateway said: %s", z.Stored)
	}
	p.want(
		t,
		"reconciliation of 2026-11-22, agrees true",
		"Z1 net ₹500.00 from 05:00:02 copies 0",
		"reconciliation of 2026-11-22, agrees true",
	)
	// A gateway that is away closes the day all the same.
	other := newBench(t)
	other.day(t)
	other.till.SetBank(&countertest.Bank{Lists: true, Fail: errors.New("no line")})
	if w := other.call(trusted, "POST", "/v1/reports/z", `{"reconcile":true}`); w.Code != 201 ||
		!strings.Contains(w.Body.String(), `"agrees":false`) {
		t.Errorf("with the gateway away: %d %s", w.Code, w.Body)
	}
}
