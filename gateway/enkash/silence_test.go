package enkash

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
)

// silent is an EnKash that gives tokens and orders and never answers the calls whose path has one of the parts.
func silent(parts ...string) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		for _, p := range parts {
			if strings.Contains(r.URL.Path, p) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
		}
		body := `{"response_code":0,"payload":{"orderId":"ORD1","status":"PROCESS","orderStatus":"CREATED",` +
			`"ekPayId":"EK1","qrUrl":"upi://pay?pa=a.b@enkash&am=1.00&cu=INR"}}`
		if strings.HasSuffix(r.URL.Path, "/token") {
			body = `{"token":"T","expiry":3600000,"resultCode":200}`
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: &lines{strings.NewReader(body)}}, nil
	})
}

type lines struct{ *strings.Reader }

func (lines) Close() error { return nil }

// TestTrouble_A11_SilenceIsBounded: how long each call waits, and what its silence means.
func TestTrouble_A11_SilenceIsBounded(t *testing.T) {
	for _, tc := range []struct {
		what, part string
		do         func(context.Context, *Client) error
		after      time.Duration
		class      gateway.Class
	}{
		{"create order", "/api/v0/orders", openSale, gateway.WriteTimeout, gateway.ClassUnknown},
		{"QR", "/qrcode/", openSale, gateway.WriteTimeout, gateway.ClassUnknown},
		{"token", "/token", openSale, gateway.ReadTimeout, gateway.ClassUnavailable},
		{"poll", "/status/upi/", readSale, gateway.ReadTimeout, gateway.ClassUnavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, err := New(Config{
				BaseURL:   "https://olympus-pg.enkash.in",
				AccessKey: "a",
				SecretKey: "s",
				Transport: silent(tc.part),
			})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if err := tc.do(t.Context(), c); gateway.ClassOf(err) != tc.class || err == nil ||
				!strings.Contains(err.Error(), "no answer within") {
				t.Errorf("%s: %v, want %s", tc.what, err, tc.class)
			}
			if took := time.Since(start); took != tc.after {
				t.Errorf("%s gave up after %s, want %s", tc.what, took, tc.after)
			}
		})
	}
}

func openSale(ctx context.Context, c *Client) error {
	_, err := c.Open(ctx, charge(100))
	return err
}

func readSale(ctx context.Context, c *Client) error {
	_, err := c.Read(ctx, gateway.Order{ID: "ORD1", TransactionIDs: []string{"EK1"}, Amount: 100})
	return err
}

// TestTrouble_C10_CancelledCallsLeaveNothingRunning: synctest fails a test that leaves a goroutine. The token alone is
// waited for a little longer: other sales may want it.
func TestTrouble_C10_CancelledCallsLeaveNothingRunning(t *testing.T) {
	for _, part := range []string{"/token", "/api/v0/orders", "/qrcode/", "/pay/checkout/ORD1"} {
		synctest.Test(t, func(t *testing.T) {
			c, err := New(Config{
				BaseURL:   "https://olympus-pg.enkash.in",
				AccessKey: "a",
				SecretKey: "s",
				Transport: silent(part),
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_ = openSale(ctx, c)
			if took := time.Since(start); took > detailPatience {
				t.Errorf("%s: Open returned %s after it began, its ctx ended after 1 s", part, took)
			}
			time.Sleep(gateway.ReadTimeout)
		})
	}
}

// TestSlowDetailDoesNotHoldTheQR: the undocumented call gets two seconds, then the sale goes on; the QR's own amount
// was checked.
func TestSlowDetailDoesNotHoldTheQR(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{
			BaseURL:   "https://olympus-pg.enkash.in",
			AccessKey: "a",
			SecretKey: "s",
			Transport: silent("/pay/checkout/ORD1"),
		})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		q, err := c.Open(t.Context(), charge(100))
		if err != nil || q.Payload == "" || time.Since(start) != detailPatience {
			t.Errorf("%+v, %v after %s", q, err, time.Since(start))
		}
	})
}
