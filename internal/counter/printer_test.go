package counter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/till"
)

// fakePrinter is a printer for tests: it keeps what it was asked to print, and like a real one prints a key once.
type fakePrinter struct {
	mu   sync.Mutex
	done map[string]wire.Printed
	all  []string
}

func newFakePrinter() *fakePrinter { return &fakePrinter{done: map[string]wire.Printed{}} }

func (p *fakePrinter) State() wire.Printer {
	return wire.Printer{
		Condition: "paper_out",
		Detail:    "The printer is out of paper. Put in a new roll and close the cover.",
		Since:     time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC),
		Profile:   "epson80",
		Port:      "/dev/ttyUSB0",
		Answers:   true,
	}
}

func (p *fakePrinter) print(ctx context.Context, key, what string) wire.Printed {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Done() != nil {
		what += " (may be cut short)"
	}
	if end, ok := p.done[key]; ok {
		return end
	}
	p.done[key] = wire.Printed{Status: "printed", Detail: "Printed."}
	p.all = append(p.all, what)
	return p.done[key]
}

func (p *fakePrinter) SelfTest(ctx context.Context, key string) wire.Printed {
	return p.print(ctx, key, "test")
}

func (p *fakePrinter) Report(ctx context.Context, key string, s ReportSlip) wire.Printed {
	return p.print(
		ctx,
		key,
		fmt.Sprintf(
			"%s%d net %s from %s copies %d",
			s.Kind,
			s.Number,
			s.NetPaise,
			s.From.UTC().Format("15:04:05"),
			s.Copies,
		),
	)
}

func (p *fakePrinter) Reconciliation(ctx context.Context, key string, r wire.Reconciliation) wire.Printed {
	return p.print(ctx, key, fmt.Sprintf("reconciliation of %s, agrees %v", r.Day, r.Agrees))
}

func (p *fakePrinter) want(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.all, want) {
		t.Errorf("printed %q, want %q", p.all, want)
	}
}

func printedOf(t *testing.T, w *httptest.ResponseRecorder, code int) wire.Printed {
	t.Helper()
	var r wire.Report
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != code || r.Print == nil {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return *r.Print
}

// TestReportsOnPaper: each report comes out once per request, a reprint is a duplicate, and what an earlier gallad may
// have printed is not printed by itself.
func TestReportsOnPaper(t *testing.T) {
	b := newBench(t)
	p := newFakePrinter()
	b.printer = p
	b.day(t)
	first := allEvents(t, b.till)[0].At.UTC().Format("15:04:05")
	for range 2 {
		printedOf(t, b.call(trusted, "POST", "/v1/reports/x/print", "", "Idempotency-Key", "x1"), 200)
	}
	x := "X0 net ₹500.00 from " + first + " copies 0"
	p.want(t, x)
	for _, status := range []int{201, 200} { // the second is a replay
		end := printedOf(t, b.call(trusted, "POST", "/v1/reports/z", `{"print":true}`, "Idempotency-Key", "z1"), status)
		if end.Status != "printed" {
			t.Errorf("%+v", end)
		}
	}
	z := strings.Replace(x, "X0", "Z1", 1)
	p.want(t, x, z)
	if w := b.call(trusted, "GET", "/v1/reports/z/1", ""); strings.Contains(w.Body.String(), `"print"`) {
		t.Errorf("how it was printed is stored: %s", w.Body)
	}
	for _, key := range []string{"r1", "r1", "r2"} {
		printedOf(t, b.call(trusted, "POST", "/v1/reports/z/1/print", "", "Idempotency-Key", key), 200)
	}
	again := strings.Replace(z, "copies 0", "copies 1", 1)
	p.want(t, x, z, again, again)

	b.restart(t)
	after := newFakePrinter()
	b.printer = after
	end := printedOf(t, b.call(trusted, "POST", "/v1/reports/z", `{"print":true}`, "Idempotency-Key", "z1"), 200)
	if end.Status != "unknown" || !strings.Contains(end.Detail, "look at the paper") {
		t.Errorf("after a restart: %+v", end)
	}
	after.want(t)
	printedOf(t, b.call(trusted, "POST", "/v1/reports/z/1/print", "", "Idempotency-Key", "r3"), 200)
	after.want(t, again)
	if w := b.call(trusted, "POST", "/v1/reports/z/2/print", ""); w.Code != 404 {
		t.Errorf("no such Z: %d %s", w.Code, w.Body)
	}
}

func TestPrinterCalls(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/v1/printer", "/v1/printer/test", "/v1/reports/x/print",
		"/v1/reports/z/1/print", "/v1/reports/z"} {
		method, body := "POST", ""
		switch path {
		case "/v1/printer":
			method = "GET"
		case "/v1/reports/z":
			body = `{"print":true}`
		}
		if w := b.call(trusted, method, path, body); w.Code != 409 ||
			!strings.Contains(w.Body.String(), "Set [printer] port") {
			t.Errorf("%s without a printer: %d %s", path, w.Code, w.Body)
		}
	}
	if len(b.books.List()) != 0 {
		t.Error("the day was closed, though its report could not be printed")
	}
	p := newFakePrinter()
	b.printer = p
	if w := b.call(trusted, "GET", "/v1/printer", ""); w.Code != 200 ||
		!strings.Contains(w.Body.String(), `"condition":"paper_out"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for range 2 {
		if w := b.call(trusted, "POST", "/v1/printer/test", ""); w.Code != 200 ||
			w.Body.String() != `{"status":"printed","detail":"Printed."}`+"\n" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	p.want(t, "test")
	b.staff(t)
	phone := b.pairPhone(t, "")
	phone.want(t, 200, "POST", "/v1/session", `{"name":"asha","pin":"1379"}`) // a cashier
	phone.want(t, 200, "GET", "/v1/printer", "")
	phone.want(t, 403, "POST", "/v1/printer/test", "")
	phone.want(t, 403, "POST", "/v1/reports/z/1/print", "")
}

// TestNoPrinter: whatever prints is the same problem on a box without a printer.
func TestNoPrinter(t *testing.T) {
	b := newBench(t)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":25000}`)
	b.till.Pay("S000001", 0)
	b.till.SetHealth(till.Health{Ready: true, Printer: "none"})
	for path, body := range map[string]string{"/v1/sales/S000001/print": `{"copy":"receipt"}`,
		"/v1/reports/x/print": "{}", "/v1/printer/test": "{}"} {
		if w := b.call(trusted, "POST", path, body); w.Code != 409 ||
			!strings.Contains(w.Body.String(), `"/problems/no-printer"`) ||
			!strings.Contains(w.Body.String(), "[printer] port") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
