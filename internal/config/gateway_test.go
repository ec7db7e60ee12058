package config

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"galla/gateway"
)

// TestClientIsObserved: the calls of every provider are counted, or a gateway's trouble is in no metric.
func TestClientIsObserved(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "{}")
	}))
	defer srv.Close()
	for _, provider := range []string{"enkash", "razorpay"} {
		var seen atomic.Int64
		g := Gateway{Name: provider, Provider: provider, BaseURL: srv.URL}
		c, err := g.Client(Secrets{AccessKey: "a", SecretKey: "s", KeyID: "rzp_live_1", KeySecret: "s"}, false, nil,
			func(string, gateway.Class, time.Duration) { seen.Add(1) })
		if err != nil {
			t.Fatal(err)
		}
		c.(gateway.HasExamination).Examine(t.Context())
		if seen.Load() == 0 {
			t.Errorf("%s: nothing was observed", provider)
		}
	}
}

// TestClientTakesTestKeysInDemoOnly: for every provider.
func TestClientTakesTestKeysInDemoOnly(t *testing.T) {
	var asked atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer srv.Close()
	for _, provider := range []string{"enkash", "razorpay"} {
		for _, demo := range []bool{false, true} {
			asked.Store(0)
			g := Gateway{Name: provider, Provider: provider, BaseURL: srv.URL, Test: true}
			c, err := g.Client(Secrets{AccessKey: "a", SecretKey: "s", KeyID: "rzp_test_1", KeySecret: "s"}, demo, nil,
				nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Open(t.Context(), gateway.Charge{Reference: "A1", Amount: 100,
				AskedAt: time.Now(), CloseAfter: 5 * time.Minute})
			if class := gateway.ClassOf(err); demo != (asked.Load() > 0) || !demo &&
				class != gateway.ClassMisconfigured {
				t.Errorf("%s, demo %v: %d calls, %v", provider, demo, asked.Load(), err)
			}
			// A recording shows its QR to nobody, and a test account is where an integrator begins.
			asked.Store(0)
			second, _, err := c.(gateway.Recordable).Recording(io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := second.Open(t.Context(), gateway.Charge{Reference: "A2", Amount: 100,
				AskedAt: time.Now(), CloseAfter: 5 * time.Minute}); asked.Load() == 0 {
				t.Errorf("%s, demo %v: the recording asked nothing: %v", provider, demo, err)
			}
		}
	}
}
