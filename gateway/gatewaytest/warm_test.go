package gatewaytest_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
)

// TestWarmSaleShakesNoHands: after Warm, a whole sale makes no connection, over HTTP/2 and where a gateway offers
// HTTP/1.1 only.
func TestWarmSaleShakesNoHands(t *testing.T) {
	for _, h2 := range []bool{true, false} {
		for api, mk := range map[gatewaytest.API]gatewaytest.Maker{gatewaytest.EnKash: newEnKash,
			gatewaytest.Razorpay: newRazorpay} {
			t.Run(fmt.Sprintf("%s, HTTP/2 %v", api, h2), func(t *testing.T) {
				sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true})
				handler := map[gatewaytest.API]http.Handler{gatewaytest.EnKash: sim.EnKash(),
					gatewaytest.Razorpay: sim.Razorpay()}[api]
				want := map[gatewaytest.API]int32{gatewaytest.EnKash: 2, gatewaytest.Razorpay: 1}[api] // without HTTP/2
				s := httptest.NewUnstartedServer(handler)
				s.EnableHTTP2 = h2
				var shaken atomic.Int32
				s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
					if state == http.StateNew {
						shaken.Add(1)
					}
				}
				s.StartTLS()
				defer s.Close()
				gw := mk(t, s.URL, s.Client().Transport, time.Now)
				if err := gw.(interface{ Warm(context.Context) error }).Warm(t.Context()); err != nil {
					t.Fatal(err)
				}
				warm := shaken.Load()
				q, err := gw.Open(
					t.Context(),
					gateway.Charge{Reference: "WARM1", Amount: 25000, AskedAt: time.Now(), CloseAfter: 5 * time.Minute},
				)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := sim.Phone().Pay(q.Payload); err != nil {
					t.Fatal(err)
				}
				if r, err := gw.Read(t.Context(), q.Order); err != nil || r.Status != gateway.OrderPaid {
					t.Fatalf("%+v, %v", r, err)
				}
				if n := shaken.Load() - warm; n != 0 || !h2 && warm != want || h2 && warm != 1 {
					t.Errorf("the sale shook hands %d times, the warm-up %d times", n, warm)
				}
			})
		}
	}
}
