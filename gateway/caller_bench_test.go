package gateway

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkSaleConnection compares a sale's first call on a new TLS connection with one on a connection that Warm
// opened. On loopback: the round trips that a real line adds come on top (TCP one, TLS 1.3 one).
func BenchmarkSaleConnection(b *testing.B) {
	s := httptest.NewUnstartedServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }),
	)
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	transport := transport()
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AddCert(s.Certificate())
	defer transport.CloseIdleConnections()
	c, err := NewCaller(CallerOptions{
		Name:      "bench",
		BaseURL:   s.URL,
		Transport: transport,
		Budget:    NewBudget(BudgetOptions{Rate: 1e9, Burst: 1e9}),
	})
	if err != nil {
		b.Fatal(err)
	}
	call := Call{
		Op:     "sale",
		Method: http.MethodPost,
		Path:   "/",
		Body:   []byte(`{"orderId":"S17A1"}`),
		Write:  true,
		Urgent: true,
	}
	for name, cold := range map[string]bool{"cold": true, "warm": false} {
		b.Run(name, func(b *testing.B) {
			transport.TLSClientConfig.ClientSessionCache = nil // a first handshake, not a resumed one
			for b.Loop() {
				if cold {
					b.StopTimer()
					transport.CloseIdleConnections()
					b.StartTimer()
				}
				if _, err := c.Do(b.Context(), call); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
