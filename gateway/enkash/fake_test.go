package enkash

import (
	"bytes"
	"encoding/base64"
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

	"github.com/skip2/go-qrcode"

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
	t   *testing.T
	srv *httptest.Server

	mu         sync.Mutex
	faults     map[string][]fault // "POST /api/v0/orders" -> for the first, second … request
	answers    map[string]string  // "GET /pay/checkout/ORD1" -> a whole body in place of the usual one
	statuses   map[string]int     // likewise, its HTTP status
	seen       []string           // "METHOD path"
	wire       bytes.Buffer       // requests as golden text
	tokens     int                // tokens handed out
	badTokens  int                // this many further uses are answered with code 117
	rawToken   bool               // only a token without Bearer is good
	tokenLife  time.Duration
	orders     []*fakeOrder
	surcharge  money.Paise
	noLink     bool // no qrUrl
	noDetail   bool
	noLookup   bool
	oldIDs     bool // GET /api/v0/orders/{id} takes our id only
	am         string
	refunds    map[string]money.Paise // by requestId
	mandates   map[string]json.RawMessage
	qrObjects  map[string]map[string]any
	dateOffset time.Duration
}

type fakeOrder struct {
	id, reference, txn, status string
	amount                     money.Paise
	payments                   []*fakePayment
}

type fakePayment struct{ id, upi, status, rrn string }

func newFake(t *testing.T) *fake {
	f := &fake{t: t, faults: map[string][]fault{}, answers: map[string]string{}, statuses: map[string]int{}, refunds: map[string]money.Paise{},
		mandates: map[string]json.RawMessage{}, qrObjects: map[string]map[string]any{}, tokenLife: time.Hour}
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
	for _, h := range []string{"Authorization", "merchantAccessKey", "API-Key", "Content-Type", "Accept", "User-Agent"} {
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
	return 404, fmt.Sprintf(`{"timestamp":"2026-03-17T10:00:00.000+00:00","status":404,"error":"Not Found","path":%q}`, path)
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
	if p == "/pay/charge/order/cancel" {
		return f.cancel(body)
	}
	if code, text, refused := f.refuseToken(r); refused {
		return code, text
	}
	if r.Header.Get("merchantAccessKey") != accessKey {
		return no(401, "merchantAccessKey is missing")
	}
	return f.merchant(r, body)
}

func (f *fake) token(r *http.Request, body []byte) (int, string) {
	var in struct {
		AccessKey string `json:"accessKey"`
		SecretKey string `json:"secretKey"`
	}
	if !strict(body, &in) || r.Header.Get("API-Key") != apiKey {
		return 400, `{"resultCode":400,"resultMessage":"bad token request"}`
	}
	if in.AccessKey != accessKey || in.SecretKey != secretKey {
		return 200, fmt.Sprintf(`{"resultCode":401,"resultMessage":"Invalid credentials %s"}`, in.SecretKey)
	}
	f.tokens++
	return 200, fmt.Sprintf(`{"token":"tok-%d","expiry":%d,"resultCode":200,"resultMessage":"Success"}`, f.tokens, time.Now().Add(f.tokenLife).UnixMilli())
}

func (f *fake) refuseToken(r *http.Request) (int, string, bool) {
	want := fmt.Sprintf("Bearer tok-%d", f.tokens)
	if f.rawToken {
		want = fmt.Sprintf("tok-%d", f.tokens)
	}
	if f.badTokens == 0 && r.Header.Get("Authorization") == want {
		return 0, "", false
	}
	if f.badTokens > 0 {
		f.badTokens--
	}
	return 200, `{"response_code":117,"response_message":"Failure","payload":"Token is invalid."}`, true
}

func (f *fake) order(match func(*fakeOrder) bool) *fakeOrder {
	for _, o := range f.orders {
		if match(o) {
			return o
		}
	}
	return nil
}

func (f *fake) payment(id string) (*fakeOrder, *fakePayment) {
	for _, o := range f.orders {
		for _, p := range o.payments {
			if p.id == id {
				return o, p
			}
		}
	}
	return nil, nil
}

func (f *fake) checkout(r *http.Request) (int, string) {
	id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	o := f.order(func(o *fakeOrder) bool { return o.id == id })
	switch {
	case strings.HasPrefix(r.URL.Path, "/pay/checkout/status/upi/"):
		o, p := f.payment(id)
		if p == nil {
			return no(1, "Transaction not found")
		}
		return ok(map[string]any{"status": p.upi, "transactionMessage": "msg " + p.upi, "orderId": o.id})
	case strings.HasPrefix(r.URL.Path, "/pay/checkout/qrcode/"):
		if o == nil {
			return no(1, "Order not found")
		}
		p := &fakePayment{id: fmt.Sprintf("EK%d", 1000+len(o.payments)), upi: "PROCESS", status: "CREATED"}
		o.payments = append(o.payments, p)
		am := f.am
		if am == "" {
			am = (o.amount + f.surcharge).Decimal()
		}
		link := "upi://pay?ver=01&mode=15&pa=" + payee + "&pn=Galla%20Shop&mc=5411&tr=" + p.id + "&am=" + am + "&cu=INR"
		out := map[string]any{"ekPayId": p.id, "qrCode": picture(f.t, link)}
		if !f.noLink {
			out["qrUrl"] = link
		}
		return ok(out)
	case o == nil || f.noDetail:
		return springNotFound(r.URL.Path)
	}
	return ok(map[string]any{"transactionId": o.txn, "uniqueTransactionId": o.id, "amount": json.Number(o.amount.Decimal()),
		"totalAmount": json.Number((o.amount + f.surcharge).Decimal()), "upi": true, "upiQrCodeEnabled": true, "upiCollectTimeout": 5})
}

var pictures sync.Map // drawing is slow; the strings are few

func picture(t *testing.T, s string) string {
	if p, found := pictures.Load(s); found {
		return p.(string)
	}
	png, err := qrcode.Encode(s, qrcode.Medium, 300)
	if err != nil {
		t.Fatal(err)
	}
	p := base64.StdEncoding.EncodeToString(png)
	pictures.Store(s, p)
	return p
}

func (f *fake) cancel(body []byte) (int, string) {
	var in struct {
		TransactionID string `json:"transactionId"`
		Reason        string `json:"reason"`
	}
	if !strict(body, &in) || in.Reason == "" {
		return no(156, "invalid request")
	}
	o := f.order(func(o *fakeOrder) bool { return o.txn == in.TransactionID })
	if o == nil {
		return no(1, "Transaction not found")
	}
	if o.status != "PAID" {
		o.status = "CANCELLED"
	}
	return ok(map[string]any{"transactionId": o.txn})
}

func (f *fake) entity(o *fakeOrder) map[string]any {
	return map[string]any{"orderId": o.id, "merchantOrderId": o.reference, "transactionId": o.txn, "orderStatus": o.status,
		"amount": map[string]any{"value": json.Number(o.amount.Decimal()), "currency": "INR"}, "created": "2026-03-17T10:00:00Z"}
}

func (f *fake) merchant(r *http.Request, body []byte) (int, string) {
	p, id := r.URL.Path, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch {
	case r.Method == "POST" && p == "/api/v0/orders":
		return f.create(body)
	case strings.HasPrefix(p, "/api/v0/orders/merchant-order/") && !f.noLookup:
		o := f.order(func(o *fakeOrder) bool { return o.reference == id })
		if o == nil {
			return no(1, "Order not found")
		}
		return ok(f.entity(o))
	case r.Method == "POST" && p == "/api/v0/orders/search" && !f.noLookup:
		var in struct {
			MerchantOrderID string `json:"merchantOrderId"`
		}
		if !strict(body, &in) {
			return no(156, "invalid request")
		}
		list := []any{}
		for _, o := range f.orders {
			if o.reference == in.MerchantOrderID {
				list = append(list, f.entity(o))
			}
		}
		return ok(list)
	case r.Method == "GET" && strings.HasPrefix(p, "/api/v0/orders/"):
		o := f.order(func(o *fakeOrder) bool { return !f.oldIDs && o.id == id || f.oldIDs && o.reference == id })
		if strings.Count(p, "/") > 4 {
			break
		}
		if o == nil {
			return no(1, "Order not found")
		}
		return ok(f.entity(o))
	case r.Method == "GET" && strings.HasPrefix(p, "/api/v0/payment/"):
		o, pay := f.payment(id)
		if pay == nil {
			return no(1, "Transaction not found")
		}
		return ok(map[string]any{"transactionId": pay.id, "orderId": o.id, "status": pay.status, "amount": json.Number(o.amount.Decimal()),
			"currency": "INR", "bankTransactionId": pay.rrn, "created": "2026-03-17T10:00:05+05:30", "vpa": "rahul.kumar@okaxis"})
	case r.Method == "POST" && strings.HasSuffix(p, "/refund"):
		return f.refund(strings.TrimSuffix(strings.TrimPrefix(p, "/api/v0/payment/"), "/refund"), body)
	case p == "/api/v0/refund/status" && !f.noLookup:
		var in struct {
			RequestID     string `json:"requestId"`
			TransactionID string `json:"transactionId"`
		}
		if !strict(body, &in) {
			return no(156, "invalid request")
		}
		amount, found := f.refunds[in.RequestID]
		if !found {
			return no(1, "Refund not found")
		}
		return ok(map[string]any{"requestId": in.RequestID, "transactionId": "RF" + in.RequestID, "amount": json.Number(amount.Decimal()), "status": "SUCCESS"})
	}
	if s, a, found := f.more(r, body); found {
		return s, a
	}
	return springNotFound(p)
}

func (f *fake) create(body []byte) (int, string) {
	var in struct {
		OrderID string `json:"orderId"`
		Amount  struct {
			Value    json.RawMessage `json:"value"`
			Currency string          `json:"currency"`
		} `json:"amount"`
		NotifyURL        string            `json:"notifyUrl"`
		CustomParameters map[string]string `json:"customParameters"`
		Description      string            `json:"description"`
	}
	if !strict(body, &in) || in.Amount.Currency != "INR" {
		return no(156, "invalid request")
	}
	amount, err := money.ParseNumber(string(in.Amount.Value))
	if err != nil || amount < 1 {
		return no(156, "amount is invalid")
	}
	if f.order(func(o *fakeOrder) bool { return o.reference == in.OrderID }) != nil {
		return no(1, "Duplicate orderId")
	}
	n := len(f.orders) + 1
	o := &fakeOrder{id: fmt.Sprintf("ORD%d", n), reference: in.OrderID, txn: fmt.Sprintf("TX%d", n), status: "CREATED", amount: amount}
	f.orders = append(f.orders, o)
	return ok(map[string]any{"orderId": o.id, "redirectionUrl": "https://pay.enkash.in/" + o.id})
}

func (f *fake) refund(id string, body []byte) (int, string) {
	var in struct {
		Amount    json.RawMessage `json:"amount"`
		RequestID string          `json:"requestId"`
		Remarks   string          `json:"remarks"`
	}
	if !strict(body, &in) || in.RequestID == "" {
		return no(156, "invalid request")
	}
	amount, err := money.ParseNumber(string(in.Amount))
	o, p := f.payment(id)
	switch {
	case err != nil:
		return no(156, "amount is invalid")
	case p == nil:
		return no(1, "Transaction not found")
	case amount > o.amount:
		return no(1, "Refund amount exceeds the paid amount")
	}
	if _, twice := f.refunds[in.RequestID]; twice {
		f.t.Errorf("refund %s was sent twice", in.RequestID)
	}
	f.refunds[in.RequestID] = amount
	return ok(map[string]any{"amount": json.Number(amount.Decimal()), "status": "CREATED", "transactionId": "RF" + in.RequestID, "bankTransactionId": ""})
}

func charge(amount money.Paise) gateway.Charge {
	return gateway.Charge{Reference: "S17A1", SaleID: "sale-17", Terminal: "front", Amount: amount, Description: "Bill 17", AskedAt: time.Now(), CloseAfter: 5 * time.Minute}
}

func quietLog(buf io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(buf, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
