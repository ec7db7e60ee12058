package enkash

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	accessKey = "AK12345"
	secretKey = "very-secret-key"
	apiKey    = "api-key-9"
	payee     = "galla.shop@enkash"
)

// fault is what goes wrong with one request.
type fault string

const (
	dropBefore  fault = "failed, not applied" // the connection dies, nothing was done
	dropAfter   fault = "failed, but applied" // it was done, the answer is lost
	errorBefore fault = "502, not applied"
	errorAfter  fault = "504, but applied"
	busy        fault = "429"
	garbled     fault = "half a JSON object"
	page        fault = "a web page"
	empty       fault = "nothing in it"
)

// fake is a strict EnKash for one test: it knows the documented fields and refuses all others, checks the
// credentials, and counts what it did, so that a test can tell "applied" from "answered".
type fake struct {
	revoked bool // a mandate was
	t       testing.TB
	srv     *httptest.Server

	mu                 sync.Mutex
	faults             map[string][]fault // "POST /api/v0/orders" -> for the first, second … request
	answers            map[string]string  // "GET /pay/checkout/ORD1" -> a whole body in place of the usual one
	statuses           map[string]int     // likewise, its HTTP status
	seen               []string           // "METHOD path"
	wire               bytes.Buffer       // requests as golden text
	tokens             int                // tokens handed out
	badTokens          int                // this many tokens die with their next use, with code 117
	dead               int                // the number of the last token that died
	rawToken           bool               // only a token without Bearer is good
	tokenLife          time.Duration
	orders             []*fakeOrder
	surcharge          money.Paise
	noLink             bool // no qrUrl
	noDetail, noCancel bool
	noLookup           bool
	oldIDs             bool // GET /api/v0/orders/{id} takes our id only
	am                 string
	refunds            map[string]money.Paise // by requestId
	mandates           map[string]json.RawMessage
	qrObjects          map[string]map[string]any
	dateOffset         time.Duration
}

type fakeOrder struct {
	id, reference, txn, status string
	amount                     money.Paise
	payments                   []*fakePayment
}

type fakePayment struct{ id, upi, status, rrn string }

func newFake(t testing.TB) *fake {
	f := &fake{
		t:         t,
		faults:    map[string][]fault{},
		answers:   map[string]string{},
		statuses:  map[string]int{},
		refunds:   map[string]money.Paise{},
		mandates:  map[string]json.RawMessage{},
		qrObjects: map[string]map[string]any{},
		tokenLife: time.Hour,
	}
	f.srv = httptest.NewServer(f)
	t.Cleanup(f.srv.Close)
	return f
}

// client is one whose budget doesn't slow the test.
func (f *fake) client(change ...func(*Config)) *Client {
	f.t.Helper()
	cfg := Config{Name: "enkash", BaseURL: f.srv.URL, AccessKey: accessKey, SecretKey: secretKey, APIKey: apiKey,
		Budget: gateway.NewBudget(gateway.BudgetOptions{Rate: 1e6, Burst: 1e6})}
	for _, c := range change {
		c(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	line := r.Method + " " + r.URL.Path
	f.seen = append(f.seen, line)
	f.golden(r, body)
	var fa fault
	if q := f.faults[line]; len(q) > 0 {
		fa, f.faults[line] = q[0], q[1:]
	}
	switch fa {
	case dropBefore:
		panic(http.ErrAbortHandler)
	case errorBefore:
		http.Error(w, `{"message":"Bad Gateway"}`, http.StatusBadGateway)
		return
	case busy:
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case page:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html>maintenance</html>")
		return
	}
	status, answer := f.answer(r, body)
	if a, ok := f.answers[line]; ok {
		status, answer = 200, a
	}
	if s, ok := f.statuses[line]; ok {
		status = s
	}
	switch fa {
	case dropAfter:
		panic(http.ErrAbortHandler)
	case errorAfter:
		http.Error(w, "upstream timed out", http.StatusGatewayTimeout)
		return
	case garbled:
		answer = answer[:len(answer)/2]
	case empty:
		answer = ""
	}
	w.Header().Set("Content-Type", "application/json")
	if f.dateOffset != 0 {
		w.Header().Set("Date", time.Now().Add(f.dateOffset).UTC().Format(http.TimeFormat))
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer)
}

// golden writes a request down: what a reader compares with EnKash's page.
func (f *fake) golden(r *http.Request, body []byte) {
	fmt.Fprintf(&f.wire, "%s %s\n", r.Method, r.URL.RequestURI())
	for _, h := range []string{"Authorization", "merchantAccessKey", "API-Key", "Content-Type",
		"Accept", "User-Agent"} {
		if v := r.Header.Get(h); v != "" {
			fmt.Fprintf(&f.wire, "%s: %s\n", h, v)
		}
	}
	if r.Header.Get("X-Request-Id") == "" {
		f.t.Errorf("%s %s carries no request id", r.Method, r.URL.Path)
	}
	if len(body) > 0 {
		fmt.Fprintf(&f.wire, "\n%s\n", body)
	}
	f.wire.WriteString("\n")
}

func (f *fake) checkGolden(name string) {
	f.t.Helper()
	f.mu.Lock()
	got := bytes.Clone(f.wire.Bytes())
	f.mu.Unlock()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			f.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		f.t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		f.t.Errorf("the requests differ from %s (renew with -update):\n%s", file, got)
	}
}

// count is how many requests began with the prefix, such as "POST /api/v0/orders".
func (f *fake) count(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, s := range f.seen {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

// change edits the state between two calls.
func (f *fake) change(edit func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	edit()
}

func ok(payload any) (int, string) {
	b, err := json.Marshal(map[string]any{"response_code": 0, "response_message": "Success", "payload": payload})
	if err != nil {
		panic(err)
	}
	return 200, string(b)
}

func no(code int, words string) (int, string) {
	return 200, fmt.Sprintf(`{"response_code":%d,"response_message":%q,"payload":null}`, code, words)
}

func springNotFound(path string) (int, string) {
	return 404, fmt.Sprintf(`{"timestamp":"2026-03-17T10:00:00.000+00:00","status":404,"error":"Not Found","path":%q}`,
		path)
}

// strict reads a body that may hold the documented fields only.
func strict(body []byte, into any) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	return d.Decode(into) == nil && !d.More()
}

func (f *fake) answer(r *http.Request, body []byte) (int, string) {
	p := r.URL.Path
	if p == "/" {
		return 404, ""
	}
	if strings.HasPrefix(p, "/pay/checkout/") {
		if r.Header.Get("Authorization") != "" || r.Header.Get("merchantAccessKey") != "" {
			f.t.Errorf("%s carries credentials that its page does not list", p)
		}
		return f.checkout(r)
	}
	if p == "/api/v0/merchant/token" {
		return f.token(r, body)
	}
	switch {
	case p == "/pay/charge/order/cancel" && f.noCancel:
		return springNotFound(p)
	case p == "/pay/charge/order/cancel":
		return f.cancel(body)
	case p == "/pay/charge/expire":
		return f.expire(body)
	}
	if code, text, refused := f.refuseToken(r); refused {
		return code, text
	}
	if r.Header.Get("merchantAccessKey") != accessKey {
		return no(401, "merchantAccessKey is missing")
	}
	return f.merchant(r, body)
}

func charge(amount money.Paise) gateway.Charge {
	return gateway.Charge{
		Reference:   "S17A1",
		SaleID:      "sale-17",
		Terminal:    "front",
		Amount:      amount,
		Description: "Bill 17",
		AskedAt:     time.Now(),
		CloseAfter:  5 * time.Minute,
	}
}

func quietLog(buf io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(buf, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
