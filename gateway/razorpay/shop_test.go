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
	// elsewhere are payments of other terminals and of the website, older than ours.
	elsewhere []map[string]any
	keys      map[string]string // idempotency key -> body
	calls     []call
	faults    []spoilt

	// knobs
	keyID        string
	featureOff   bool
	imageContent bool
	older        bool // close_by at least 15 minutes ahead
	am           func(money.Paise) string
	poster       func(text string) []byte
	listLag      int // so many lists don't have a new QR yet
	emptyNotes   any // what empty notes look like
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
	s := &shop{
		t:            t,
		now:          opening,
		payments:     map[string][]map[string]any{},
		keys:         map[string]string{},
		keyID:        liveKey,
		imageContent: true,
		am: func(p money.Paise) string {
			return strings.TrimSuffix(strings.TrimSuffix(p.Decimal(), "0"), ".0")
		},
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
	e := map[string]any{
		"id":              id,
		"entity":          "payment",
		"amount":          int64(p),
		"currency":        "INR",
		"status":          status,
		"captured":        status == "captured" || status == "refunded",
		"method":          "upi",
		"vpa":             "rahul.k@okaxis",
		"order_id":        nil,
		"description":     "QRv2 Payment",
		"amount_refunded": 0,
		"refund_status":   nil,
		"notes":           []any{},
		"acquirer_data": map[string]any{
			"rrn": "016514257019",
		},
		"error_reason": nil,
		"created_at":   s.now.Unix(),
		"future_field": map[string]any{"x": 1},
	}
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
	i := slices.IndexFunc(s.faults, func(f spoilt) bool { return strings.Contains(r.Method+" "+r.URL.Path, f.on) })
	if i >= 0 {
		f := s.faults[i]
		s.faults = slices.Delete(s.faults, i, i+1)
		if f.applied {
			if _, answer := s.answer(r, body); answer == nil {
				s.t.Errorf("%s %s was to be applied and then spoiled, but there is nothing to apply",
					r.Method, r.URL.Path)
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
		answer = map[string]any{
			"error": map[string]any{
				"code":        "BAD_REQUEST_ERROR",
				"description": string(text),
				"source":      "NA",
				"step":        "NA",
				"reason":      "NA",
				"metadata":    map[string]any{},
			},
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
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
		draw.Draw(
			img,
			image.Rect(at.Min.X+220, 420, at.Min.X+280, 480),
			image.NewUniform(color.RGBA{51, 149, 255, 255}),
			image.Point{},
			draw.Src,
		)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// charge is one attempt of a sale of ₹250.50.
func (s *shop) charge(ref string) gateway.Charge {
	return gateway.Charge{
		Reference:   ref,
		SaleID:      "S-17",
		Terminal:    "counter 1",
		Amount:      25050,
		Description: "Bill 17",
		AskedAt:     s.clock(),
		CloseAfter:  5 * time.Minute,
	}
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
