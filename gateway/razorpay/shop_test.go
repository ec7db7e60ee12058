package razorpay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	qrcode "github.com/skip2/go-qrcode"

	"galla/gateway"
	"galla/internal/money"
)

const (
	liveKey = "rzp_live_9fake"
	testKey = "rzp_test_9fake"
	secret  = "s3cret"
)

// opening is when every test's day begins, on Razorpay's clock.
var opening = time.Unix(1_790_000_000, 0)

// shop is a small, strict, stateful Razorpay: it refuses what the reference says is refused.
type shop struct {
	t      *testing.T
	server *httptest.Server

	mu       sync.Mutex
	now      time.Time
	qrs      []map[string]any // oldest first
	payments map[string][]map[string]any
	refunds  []map[string]any
	keys     map[string]string // idempotency key -> body
	calls    []call
	faults   []spoilt

	// knobs
	keyID        string
	featureOff   bool
	imageContent bool
	older        bool // close_by at least 15 minutes ahead
	am           func(money.Paise) string
	poster       func(text string) []byte
	listLag      bool // a new QR isn't listed yet
	emptyNotes   any  // what empty notes look like
}

type call struct {
	method, path, query, body string
	header                    http.Header
}

// spoilt says how to spoil one call whose "METHOD path" contains on.
type spoilt struct {
	on      string
	applied bool // the effect happens first
	status  int  // 0: the connection breaks
	body    string
	header  http.Header
}

func newShop(t *testing.T) *shop {
	s := &shop{t: t, now: opening, payments: map[string][]map[string]any{}, keys: map[string]string{}, keyID: liveKey, imageContent: true,
		am:         func(p money.Paise) string { return strings.TrimSuffix(strings.TrimSuffix(p.Decimal(), "0"), ".0") },
		poster:     poster,
		emptyNotes: []any{},
	}
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// client has a clock of its own, behind or ahead of the shop's.
func (s *shop) client(change ...func(*Config)) *Client {
	s.t.Helper()
	cfg := Config{BaseURL: s.server.URL, KeyID: liveKey, KeySecret: secret, Now: s.clock,
		Budget: gateway.NewBudget(gateway.BudgetOptions{Rate: 1e6, Burst: 1e6})}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *shop) clock() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now }

func (s *shop) pass(d time.Duration) { s.mu.Lock(); defer s.mu.Unlock(); s.now = s.now.Add(d) }

func (s *shop) spoil(f ...spoilt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f...)
}

// sent counts calls whose "METHOD path" contains part.
func (s *shop) sent(part string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if strings.Contains(c.method+" "+c.path, part) {
			n++
		}
	}
	return n
}

func (s *shop) last() call { s.mu.Lock(); defer s.mu.Unlock(); return s.calls[len(s.calls)-1] }

func (s *shop) active() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.qrs {
		if q["status"] == "active" {
			n++
		}
	}
	return n
}

// pay adds a payment to a QR; a captured one closes it, as single use does.
func (s *shop) pay(qr string, p money.Paise, status string, change ...map[string]any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("pay_%014d", len(s.payments[qr])+100*len(s.payments)+1)
	e := map[string]any{"id": id, "entity": "payment", "amount": int64(p), "currency": "INR", "status": status, "captured": status == "captured" || status == "refunded",
		"method": "upi", "vpa": "rahul.k@okaxis", "order_id": nil, "description": "QRv2 Payment", "amount_refunded": 0, "refund_status": nil, "notes": []any{},
		"acquirer_data": map[string]any{"rrn": "016514257019"}, "error_reason": nil, "created_at": s.now.Unix(), "future_field": map[string]any{"x": 1}}
	for _, c := range change {
		maps.Copy(e, c)
	}
	s.payments[qr] = append(s.payments[qr], e)
	if status == "captured" {
		q := s.find(qr)
		q["status"], q["close_reason"], q["closed_at"] = "closed", "paid", s.now.Unix()
	}
	return id
}

func (s *shop) set(qr, payment string, change map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.payments[qr] {
		if p["id"] == payment {
			maps.Copy(p, change)
		}
	}
}

func (s *shop) find(id string) map[string]any {
	for _, q := range s.qrs {
		if q["id"] == id {
			return q
		}
	}
	return nil
}

type refusalText string

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header.Clone()})
	w.Header().Set("Date", s.now.UTC().Format(http.TimeFormat))
	if r.Method == http.MethodHead {
		return
	}
	if i := slices.IndexFunc(s.faults, func(f spoilt) bool { return strings.Contains(r.Method+" "+r.URL.Path, f.on) }); i >= 0 {
		f := s.faults[i]
		s.faults = slices.Delete(s.faults, i, i+1)
		if f.applied {
			if _, answer := s.answer(r, body); answer == nil {
				s.t.Errorf("%s %s was to be applied and then spoiled, but there is nothing to apply", r.Method, r.URL.Path)
			}
		}
		if f.status == 0 {
			panic(http.ErrAbortHandler)
		}
		maps.Copy(w.Header(), f.header)
		w.WriteHeader(f.status)
		io.WriteString(w, f.body)
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/i/"); ok {
		w.Header().Set("Content-Type", "image/png")
		w.Write(s.poster(s.payload(s.find(name))))
		return
	}
	status, answer := 200, any(nil)
	switch id, sec, ok := r.BasicAuth(); {
	case !ok || id != s.keyID || sec != secret || !strings.HasPrefix(r.Header.Get("Authorization"), "Basic "):
		status, answer = 401, refusalText("The api key provided is invalid")
	default:
		status, answer = s.answer(r, body)
	}
	if text, ok := answer.(refusalText); ok {
		answer = map[string]any{"error": map[string]any{"code": "BAD_REQUEST_ERROR", "description": string(text), "source": "NA", "step": "NA", "reason": "NA", "metadata": map[string]any{}}}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

func (s *shop) answer(r *http.Request, body []byte) (int, any) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	route := r.Method
	for i, p := range parts {
		if i > 0 && (strings.HasPrefix(p, "qr_") && p != "qr_codes" || strings.HasPrefix(p, "pay_") || strings.HasPrefix(p, "rfnd_") || p == "nope") {
			p = ":id"
		}
		route += "/" + p
	}
	if strings.Contains(route, "qr_codes") && s.featureOff {
		return 400, refusalText("The requested URL was not found on the server.")
	}
	last := parts[len(parts)-1]
	switch route {
	case "POST/payments/qr_codes":
		return s.create(body)
	case "GET/payments/qr_codes":
		return s.list(r)
	case "GET/payments/qr_codes/:id":
		if q := s.find(last); q != nil {
			return 200, s.wire(q)
		}
		return 400, refusalText("The id provided does not exist")
	case "PATCH/payments/qr_codes/:id":
		q := s.find(last)
		var b map[string]any
		if json.Unmarshal(body, &b) != nil || len(b) != 1 || b["notes"] == nil || q == nil {
			return 400, refusalText("id is/are not required and should not be sent")
		}
		q["notes"] = b["notes"] // replaced: the harder of the two readings
		return 200, s.wire(q)
	case "GET/payments/qr_codes/:id/payments":
		if s.find(parts[2]) == nil {
			return 400, refusalText("The id provided does not exist")
		}
		return page(r, s.payments[parts[2]])
	case "POST/payments/qr_codes/:id/close":
		q := s.find(parts[2])
		if q == nil {
			return 400, refusalText("The id provided does not exist")
		}
		if len(body) > 0 || q["status"] == "closed" {
			return 400, refusalText("We are facing some trouble completing your request at the moment. Please try again shortly.")
		}
		q["status"], q["close_reason"], q["closed_at"] = "closed", "on_demand", s.now.Unix()
		return 200, s.wire(q)
	case "GET/payments/:id":
		for _, ps := range s.payments {
			for _, p := range ps {
				if p["id"] == last {
					return 200, p
				}
			}
		}
		return 400, refusalText("The id provided does not exist")
	case "POST/payments/:id/capture":
		return s.capture(parts[1], body)
	case "POST/payments/:id/refund":
		return s.refund(parts[1], r.Header.Get("X-Refund-Idempotency"), body)
	case "GET/payments/:id/refunds":
		var of []map[string]any
		for _, f := range s.refunds {
			if f["payment_id"] == parts[1] {
				of = append(of, f)
			}
		}
		return page(r, of)
	case "GET/refunds/:id":
		for _, f := range s.refunds {
			if f["id"] == last {
				return 200, f
			}
		}
		return 400, refusalText("The id provided does not exist")
	}
	return 400, refusalText("The requested URL was not found on the server.")
}

func (s *shop) create(body []byte) (int, any) {
	var b struct {
		Type, Name, Usage, Description string
		FixedAmount                    bool        `json:"fixed_amount"`
		PaymentAmount                  json.Number `json:"payment_amount"`
		CloseBy                        *int64      `json:"close_by"`
		Notes                          map[string]string
		TaxInvoice                     *struct {
			Number       string `json:"number"`
			Date         int64  `json:"date"`
			CustomerName string `json:"customer_name"`
			GSTIN        string `json:"business_gstin"`
			GST          int64  `json:"gst_amount"`
			Cess         int64  `json:"cess_amount"`
			SupplyType   string `json:"supply_type"`
		} `json:"tax_invoice"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return 400, refusalText(err.Error() + " is/are not required and should not be sent")
	}
	amount, err := strconv.ParseInt(b.PaymentAmount.String(), 10, 64)
	switch {
	case b.Type != "upi_qr":
		return 400, refusalText("The selected type is invalid")
	case b.Usage != "single_use" && b.CloseBy != nil:
		return 400, refusalText("close_by is not allowed for multiple_use")
	case b.Usage == "single_use" && !b.FixedAmount:
		return 400, refusalText("The fixed amount field must be true for single_use")
	case err != nil || amount < 1:
		return 400, refusalText("The payment amount must be at least 1.")
	case len(b.Notes) > 15:
		return 400, refusalText("notes may not have more than 15 key-value pairs")
	}
	least := 2 * time.Minute
	if s.older {
		least = 15 * time.Minute
	}
	by := s.now.Add(2 * time.Hour).Unix()
	if b.CloseBy != nil {
		if *b.CloseBy < s.now.Add(least).Unix() {
			return 400, refusalText(fmt.Sprintf("close_by should be at least %d minutes after current time", int(least.Minutes())))
		}
		by = min(by, *b.CloseBy)
	}
	id := fmt.Sprintf("qr_%014d", len(s.qrs)+1)
	q := map[string]any{"id": id, "entity": "qr_code", "created_at": s.now.Unix(), "name": b.Name, "usage": b.Usage, "type": b.Type, "image_url": s.server.URL + "/i/" + id,
		"payment_amount": amount, "status": "active", "description": b.Description, "fixed_amount": b.FixedAmount, "payments_amount_received": 0, "payments_count_received": 0,
		"notes": b.Notes, "customer_id": nil, "close_by": strconv.FormatInt(by, 10), "closed_at": nil, "close_reason": nil, "tax_invoice": []any{}, "brand_new_field": true}
	s.qrs = append(s.qrs, q)
	return 200, s.wire(q)
}

func (s *shop) payload(q map[string]any) string {
	return "upi://pay?ver=01&mode=15&pa=rzr.shop" + strings.TrimPrefix(q["id"].(string), "qr_") + "@icic&pn=Shop&tr=RZP" + strings.TrimPrefix(q["id"].(string), "qr_") +
		"qrv2&cu=INR&mc=5411&qrMedium=04&am=" + s.am(money.Paise(q["payment_amount"].(int64)))
}

func (s *shop) wire(q map[string]any) map[string]any {
	q = maps.Clone(q)
	if s.imageContent {
		q["image_content"] = s.payload(q)
	}
	if n, ok := q["notes"].(map[string]string); ok && len(n) == 0 {
		q["notes"] = s.emptyNotes
	}
	return q
}

func (s *shop) list(r *http.Request) (int, any) {
	var match []map[string]any
	for _, q := range slices.Backward(s.qrs) { // newest first
		from, _ := strconv.ParseInt(r.URL.Query().Get("from"), 10, 64)
		to, err := strconv.ParseInt(r.URL.Query().Get("to"), 10, 64)
		at := q["created_at"].(int64)
		if cust := r.URL.Query().Get("customer_id"); at < from || err == nil && at > to || cust != "" && q["customer_id"] != cust {
			continue
		}
		if pay := r.URL.Query().Get("payment_id"); pay != "" && !slices.ContainsFunc(s.payments[q["id"].(string)], func(p map[string]any) bool { return p["id"] == pay }) {
			continue
		}
		match = append(match, s.wire(q))
	}
	if s.listLag && len(match) > 0 {
		s.listLag, match = false, match[1:]
	}
	return page(r, match)
}

func page(r *http.Request, all []map[string]any) (int, any) {
	count, skip := 10, 0
	for k, v := range r.URL.Query() {
		n, err := strconv.Atoi(v[0])
		switch {
		case k == "count" && err == nil && n >= 1 && n <= 100:
			count = n
		case k == "skip" && err == nil:
			skip = n
		case k == "from" || k == "to" || k == "customer_id" || k == "payment_id":
		default:
			return 400, refusalText(k + " is/are not required and should not be sent")
		}
	}
	part := all[min(skip, len(all)):min(skip+count, len(all))]
	if part == nil {
		part = []map[string]any{}
	}
	return 200, map[string]any{"entity": "collection", "count": len(part), "items": part}
}

func (s *shop) capture(id string, body []byte) (int, any) {
	for _, ps := range s.payments {
		for _, p := range ps {
			if p["id"] != id {
				continue
			}
			if p["status"] == "captured" {
				return 400, refusalText("This payment has already been captured")
			}
			if string(body) != fmt.Sprintf(`{"amount":%d,"currency":"INR"}`, p["amount"]) {
				return 400, refusalText("Capture amount must be equal to the amount authorized")
			}
			p["status"], p["captured"] = "captured", true
			return 200, p
		}
	}
	return 400, refusalText("The id provided does not exist")
}

func (s *shop) refund(id, key string, body []byte) (int, any) {
	var pay map[string]any
	for _, ps := range s.payments {
		for _, p := range ps {
			if p["id"] == id {
				pay = p
			}
		}
	}
	var b struct {
		Amount         int64
		Speed, Receipt string
		Notes          map[string]string
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&b); err != nil {
		return 400, refusalText(err.Error() + " is/are not required and should not be sent")
	}
	if pay == nil {
		return 400, refusalText("The id provided does not exist")
	}
	if was, ok := s.keys[key]; ok && key != "" {
		if was != string(body) {
			return 409, refusalText("Different request with the same idempotency key has already been processed")
		}
		for _, f := range s.refunds {
			if f["receipt"] == b.Receipt {
				return 200, f
			}
		}
	}
	done := int64(0)
	for _, f := range s.refunds {
		if f["payment_id"] == id {
			done += f["amount"].(int64)
		}
	}
	total := pay["amount"].(int64)
	switch {
	case pay["status"] != "captured":
		return 400, refusalText("The payment status should be captured for action to be taken")
	case done == total:
		return 400, refusalText("The payment has been fully refunded already")
	case b.Amount > total-done:
		return 400, refusalText("The total refund amount is greater than the refund payment amount")
	case b.Amount < 100:
		return 400, refusalText("The amount must be at least INR 1.00")
	case s.now.Sub(time.Unix(pay["created_at"].(int64), 0)) > 183*24*time.Hour:
		return 400, refusalText("The payment is more than 6 months old and cannot be refunded")
	}
	s.keys[key] = string(body)
	f := map[string]any{"id": fmt.Sprintf("rfnd_%014d", len(s.refunds)+1), "entity": "refund", "amount": b.Amount, "currency": "INR", "payment_id": id, "receipt": b.Receipt,
		"notes": []any{}, "acquirer_data": map[string]any{"rrn": nil}, "status": "pending", "speed_requested": "normal", "created_at": s.now.Unix()}
	s.refunds = append(s.refunds, f)
	return 200, f
}

// poster puts the code on a coloured page with a logo in its middle.
func poster(text string) []byte { return posterOf(text) }

func posterOf(texts ...string) []byte {
	img := image.NewRGBA(image.Rect(0, 0, max(700*len(texts), 700), 900))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{240, 245, 255, 255}), image.Point{}, draw.Src)
	for i, text := range texts {
		code, err := qrcode.New(text, qrcode.High)
		if err != nil {
			panic(err)
		}
		at := image.Rect(100+700*i, 200, 600+700*i, 700)
		draw.Draw(img, at, code.Image(500), image.Point{}, draw.Src)
		draw.Draw(img, image.Rect(at.Min.X+220, 420, at.Min.X+280, 480), image.NewUniform(color.RGBA{51, 149, 255, 255}), image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// charge is one attempt of a sale of ₹250.50.
func (s *shop) charge(ref string) gateway.Charge {
	return gateway.Charge{Reference: ref, SaleID: "S-17", Terminal: "counter 1", Amount: 25050, Description: "Bill 17", AskedAt: s.clock(), CloseAfter: 5 * time.Minute}
}

func (s *shop) open(c *Client, ref string) gateway.Quote {
	s.t.Helper()
	q, err := c.Open(s.t.Context(), s.charge(ref))
	if err != nil {
		s.t.Fatal(err)
	}
	return q
}

// fails asserts the class of err and that it says what it must and nothing it mustn't.
func fails(t *testing.T, err error, class gateway.Class, parts ...string) *gateway.Error {
	t.Helper()
	e, ok := err.(*gateway.Error)
	if !ok {
		t.Fatalf("got %v, want an error of class %s", err, class)
	}
	if e.Class != class {
		t.Errorf("class %s, want %s: %v", e.Class, class, e)
	}
	if !strings.HasSuffix(e.Cashier, ".") || !strings.Contains(e.Cashier, " ") {
		t.Errorf("the cashier reads %q: want a sentence", e.Cashier)
	}
	all := e.Error() + " | " + e.Cashier
	for _, p := range parts {
		if !strings.Contains(all, p) {
			t.Errorf("%q is missing %q", all, p)
		}
	}
	for _, bad := range []string{secret, "rahul.k@okaxis", liveKey} {
		if strings.Contains(all, bad) {
			t.Errorf("the error tells %q: %s", bad, all)
		}
	}
	return e
}
