//go:build rig

package gateway

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestNamesOverALossyLine: 300 dials with 10 % of the DNS questions lost: p95 at most 2 s, p99 at most 4 s.
func TestNamesOverALossyLine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	names := lossyDNS(t, 0.1)
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	turns := make(chan struct{}, 15) // as many at once as don't lose packets to the socket's own buffer
	for range 300 {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			d := &dialer{
				Dialer: net.Dialer{
					Resolver: impatientResolver(func(ctx context.Context, _, _ string) (net.Conn, error) {
						return new(net.Dialer).DialContext(ctx, "udp", names)
					}),
				},
			}
			start := time.Now()
			conn, err := d.dial(t.Context(), "tcp", "gateway.galla-test.example.:"+port)
			if err == nil {
				_ = conn.Close()
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(start))
			if err != nil {
				t.Errorf("after %s: %v", time.Since(start), err)
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	t.Logf("p50 %s, p95 %s, p99 %s, worst %s", took[150], took[285], took[297], took[299])
	if took[285] > 2*time.Second || took[297] > 4*time.Second {
		t.Errorf("p95 %s, p99 %s", took[285], took[297])
	}
}

// lossyDNS answers with 127.0.0.1 and loses questions by chance.
func lossyDNS(t *testing.T, loss float64) string {
	front, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = front.Close() })
	inner := dnsServer(t, 0)
	dice := rand.New(rand.NewPCG(7, 7))
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := front.ReadFrom(buf)
			if err != nil {
				return
			}
			if dice.Float64() < loss {
				continue
			}
			question := slices.Clone(buf[:n])
			go func() {
				c, err := net.Dial("udp", inner)
				if err != nil {
					return
				}
				defer c.Close()
				answer := make([]byte, 1500)
				_ = c.SetDeadline(time.Now().Add(time.Second))
				if _, err := c.Write(question); err != nil {
					return
				}
				if n, err := c.Read(answer); err == nil {
					_, _ = front.WriteTo(answer[:n], from)
				}
			}()
		}
	}()
	return front.LocalAddr().String()
}
