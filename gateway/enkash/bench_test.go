package enkash

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"galla/gateway"
)

// counting counts what a client sends and gets, as HTTP/1.1 would spell it.
type counting struct{ requests, out, in atomic.Int64 }

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	n := int64(len(r.Method)+len(r.URL.RequestURI())+len(" HTTP/1.1\r\nHost: \r\n\r\n ")+len(r.Host)) + r.ContentLength
	for k, v := range r.Header {
		n += int64(len(k) + len(strings.Join(v, "")) + 4)
	}
	c.out.Add(n)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	resp.Body = &countedBody{resp.Body, &c.in}
	return resp, nil
}

type countedBody struct {
	io.ReadCloser
	n *atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err
}

// BenchmarkSale is one sale: opened, polled eight times (40 s at 5 s), paid. It reports calls and bytes, beside the
// time spent in this package and the fake's.
func BenchmarkSale(b *testing.B) {
	for name, link := range map[string]bool{"link": true, "picture": false} {
		b.Run(name, func(b *testing.B) {
			f := newFake(b)
			f.noLink = !link
			count := &counting{}
			c := f.client(func(cfg *Config) { cfg.Transport = count })
			sales := 0
			for b.Loop() {
				sales++
				f.orders = nil // the pretend account forgets, and hands the same ids out again
				q, err := c.Open(b.Context(), charge(25050))
				if err != nil {
					b.Fatal(err)
				}
				for poll := range 8 {
					if poll == 7 {
						f.change(func() {
							f.orders[0].status, f.orders[0].payments[0].upi, f.orders[0].payments[0].status = "PAID",
								"SUCCESS", "SUCCESS"
						})
					}
					r, err := c.Read(b.Context(), gateway.Order{
						Reference:      q.Reference,
						ID:             q.ID,
						TransactionIDs: []string{"EK1000"},
						Amount:         q.Amount,
					})
					if err != nil || len(r.Payments) != poll/7 {
						b.Fatal(r, err)
					}
				}
				c.made = gateway.Memory[remembered]{}
				f.seen = nil
				f.wire.Reset()
			}
			b.ReportMetric(float64(count.requests.Load())/float64(sales), "calls/sale")
			b.ReportMetric(float64(count.out.Load())/float64(sales), "sent-B/sale")
			b.ReportMetric(float64(count.in.Load())/float64(sales), "got-B/sale")
		})
	}
}
