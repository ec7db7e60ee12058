package enkash

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"galla/gateway"
	"galla/gateway/enkash/wire"
	"galla/gateway/gatewaytest"
	"galla/internal/money"
	"galla/internal/upiqr"
)

// samples are the answers of EnKash's own pages and of the simulator's tests, beside some that are broken.
func samples(f *testing.F) {
	files, err := filepath.Glob("testdata/samples/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("the samples are missing", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range []string{``, `null`, `{}`, `[]`, `"Token is invalid."`,
		`{"response_code":117,"payload":"Token is invalid."}`, `{"response_code":0,"payload":[]}`,
		`{"response_code":0,"payload":{"content":[{"orderId":"S17A1","merchantOrderId":"S17A1","amount":1e0}]}}`,
		`{"resultCode":200,"token":"T","expiry":1.6e12}`} {
		f.Add([]byte(s))
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// canned is a client for which every call but the token's is answered with body. A call that nobody waited for may
// still read it when the next one is set.
func canned(f testing.TB, body *atomic.Pointer[[]byte]) *Client {
	c, err := New(Config{
		BaseURL:      "https://olympus-pg.enkash.in",
		AccessKey:    accessKey,
		SecretKey:    secretKey,
		CancelOrders: true,
		MandateUnit:  "paise",
		Budget:       gateway.NewBudget(gateway.BudgetOptions{Rate: 1e9, Burst: 1e9}),
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			b := *body.Load()
			if strings.HasSuffix(r.URL.Path, "/token") {
				b = []byte(`{"token":"T","expiry":3600000,"resultCode":200}`)
			}
			return &http.Response{
				StatusCode: 200,
				ProtoMajor: 2,
				Header:     http.Header{},
				Body:       io.NopCloser(strings.NewReader(string(b))),
			}, nil
		}),
	})
	if err != nil {
		f.Fatal(err)
	}
	return c
}

// FuzzSale gives one answer to every call of a sale: no panic, no QR over another amount, no payment without evidence.
func FuzzSale(f *testing.F) {
	samples(f)
	var body atomic.Pointer[[]byte]
	c := canned(f, &body)
	f.Fuzz(func(t *testing.T, b []byte) {
		body.Store(&b)
		c.made = gateway.Memory[remembered]{}
		for _, open := range []func() (gateway.Quote, error){
			func() (gateway.Quote, error) { return c.Open(t.Context(), charge(25050)) },
			func() (gateway.Quote, error) { return c.Find(t.Context(), charge(25050)) },
		} {
			q, err := open()
			if err != nil {
				continue
			}
			if err := gatewaytest.Bounded(q); err != nil {
				t.Error(err)
			}
			if _, err := upiqr.Check(q.Payload, 25050); err != nil || q.ID == "" || len(q.TransactionIDs) == 0 {
				t.Errorf("%+v, %v", q, err)
			}
		}
		r, err := c.Read(
			t.Context(),
			gateway.Order{Reference: "S17A1", ID: "ORD1", TransactionIDs: []string{"EK1", "EK2"}, Amount: 25050},
		)
		if bad := gatewaytest.Bounded(r); err == nil && bad != nil {
			t.Error(bad)
		}
		for _, p := range r.Payments {
			if p.Status == gateway.PaymentCaptured &&
				(err != nil || p.Amount < 0 || p.Amount > money.Max || !strings.Contains(string(b), "PAID") &&
					!strings.Contains(string(b), "SUCCESS") && !strings.Contains(string(b), `\u00`)) {
				t.Errorf("captured out of nothing: %+v, %v", p, err)
			}
		}
		_ = c.Close(t.Context(), gateway.Order{ID: "ORD1"})
		req := gateway.RefundRequest{Key: "S17A1-R1abc", PaymentID: "EK1", Amount: 100}
		if r, err := c.ReadRefund(t.Context(), req); err == nil && (r.Amount != 100 || gatewaytest.Bounded(r) != nil) {
			t.Errorf("%+v, %v", r, gatewaytest.Bounded(r))
		}
		if r, err := c.Refund(t.Context(), req); err == nil && r.Amount != 100 {
			t.Errorf("%+v", r)
		}
	})
}

// FuzzObjects does the same for mandates, counter QRs and the VPA check.
func FuzzObjects(f *testing.F) {
	samples(f)
	var body atomic.Pointer[[]byte]
	c := canned(f, &body)
	f.Fuzz(func(t *testing.T, b []byte) {
		body.Store(&b)
		if m, err := c.CreateMandate(t.Context(), mandateSpec()); err == nil &&
			(m.ID != "REF1" && m.Reference != "REF1" || gatewaytest.Bounded(m.plain()) != nil) {
			t.Errorf("%+v, %v", m, gatewaytest.Bounded(m.plain()))
		}
		if q, err := c.CancelQR(t.Context(), "QR1"); err == nil && q.Status != "CANCELLED" {
			t.Errorf("%+v", q)
		}
		if list, err := c.SearchQRs(t.Context(), gateway.CounterQRSearch{}); err == nil {
			for _, q := range list {
				if q.Payload == "" && q.Problem == "" || gatewaytest.Bounded(q.plain()) != nil {
					t.Errorf("%+v, %v", q, gatewaytest.Bounded(q.plain()))
				}
			}
		}
		_, _ = c.VerifyVPA(t.Context(), "S17A1", "rahul@okaxis")
		if n, err := wire.ParseNotification(b); err == nil && len(n.IDs) == 0 {
			t.Error("a notification about nothing")
		}
	})
}

func FuzzToken(f *testing.F) {
	samples(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := New(Config{BaseURL: "https://olympus-pg.enkash.in", AccessKey: accessKey, SecretKey: secretKey,
			Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: 200,
					Header:     http.Header{},
					Body:       io.NopCloser(strings.NewReader(string(b))),
				}, nil
			})})
		if err != nil {
			t.Fatal(err)
		}
		tok, err := c.askToken(t.Context())
		if err == nil &&
			(tok.value == "" || strings.ContainsAny(tok.value, "\r\n ") || !tok.expires.After(c.now().Add(-1)) ||
				tok.expires.After(c.now().Add(tokenMost+1))) {
			t.Errorf("%+v", tok)
		}
	})
}
