//go:build rig

package gatewaytest_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
)

// freezer is a TCP proxy whose connections can be frozen: it goes on taking bytes and passes none, as a NAT does that forgot them.
// Connections made afterwards work.
type freezer struct {
	addr string
	mu   sync.Mutex
	now  *atomic.Bool // of the connections made since the last freeze
}

func newFreezer(t *testing.T, to string) *freezer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	f := &freezer{addr: l.Addr().String(), now: new(atomic.Bool)}
	go func() {
		for {
			a, err := l.Accept()
			if err != nil {
				return
			}
			b, err := net.Dial("tcp", to)
			if err != nil {
				_ = a.Close()
				continue
			}
			f.mu.Lock()
			frozen := f.now
			f.mu.Unlock()
			pass := func(to, from net.Conn) {
				buf := make([]byte, 32<<10)
				for {
					n, err := from.Read(buf)
					if n > 0 && !frozen.Load() {
						_, _ = to.Write(buf[:n])
					}
					if err != nil {
						if !frozen.Load() {
							_ = to.Close()
						}
						return
					}
				}
			}
			go pass(a, b)
			go pass(b, a)
		}
	}()
	return f
}

func (f *freezer) freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Store(true)
	f.now = new(atomic.Bool)
}

// TestFrozenLines: every existing connection freezes, new ones work: a payment is seen within 4 s, a new sale has its QR within 5 s, the
// worst of 30 in each cell. The clients use the transport that every till uses.
func TestFrozenLines(t *testing.T) {
	makers := map[gatewaytest.API]gatewaytest.Maker{gatewaytest.EnKash: newEnKash, gatewaytest.Razorpay: newRazorpay}
	for api, mk := range makers {
		for _, h2 := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, HTTP/2 %v", api, h2), func(t *testing.T) {
				sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true, NoPictures: true})
				s := httptest.NewUnstartedServer(map[gatewaytest.API]http.Handler{gatewaytest.EnKash: sim.EnKash(), gatewaytest.Razorpay: sim.Razorpay()}[api])
				s.EnableHTTP2 = h2
				s.Config.ErrorLog = nil
				s.StartTLS()
				t.Cleanup(s.Close)
				trust(t, s)
				var mu sync.Mutex
				var seen, opened time.Duration
				var all sync.WaitGroup
				for n := range 30 {
					all.Go(func() {
						f := newFreezer(t, s.Listener.Addr().String())
						gw := mk(t, "https://"+f.addr, nil, time.Now)
						look, open := frozenSale(t, sim, gw, f, fmt.Sprintf("F%dH%vN%d", len(api), h2, n))
						mu.Lock()
						defer mu.Unlock()
						seen, opened = max(seen, look), max(opened, open)
					})
				}
				all.Wait()
				t.Logf("worst of 30: payment seen after %s, QR after %s", seen.Round(time.Millisecond), opened.Round(time.Millisecond))
				if seen > 4*time.Second || opened > 5*time.Second {
					t.Errorf("a payment was seen after %s, want 4 s; a QR was there after %s, want 5 s", seen, opened)
				}
			})
		}
	}
}

// frozenSale takes a sale whose line freezes before it is paid, and another one whose line freezes before it begins.
func frozenSale(t *testing.T, sim *gatewaytest.Sim, gw gateway.Gateway, f *freezer, ref string) (look, open time.Duration) {
	ctx := context.Background()
	charge := func(ref string) gateway.Charge {
		return gateway.Charge{Reference: ref, Amount: 25000, AskedAt: time.Now(), CloseAfter: 5 * time.Minute}
	}
	q, err := gw.Open(ctx, charge(ref+"A1"))
	if err != nil {
		t.Errorf("Open: %v", err)
		return
	}
	if _, err := gw.Read(ctx, q.Order); err != nil {
		t.Errorf("Read: %v", err)
		return
	}
	f.freeze()
	if _, err := sim.Phone().Pay(q.Payload); err != nil {
		t.Errorf("the phone: %v", err)
		return
	}
	start := time.Now()
	for {
		r, err := gw.Read(ctx, q.Order)
		if err == nil && r.Status == gateway.OrderPaid {
			break
		}
		if time.Since(start) > 20*time.Second {
			t.Errorf("never seen: %v", err)
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	look = time.Since(start)
	time.Sleep(6 * time.Second) // a quiet time, and the line freezes in it
	f.freeze()
	start = time.Now()
	if _, err := gw.Open(ctx, charge(ref+"A2")); err != nil {
		t.Errorf("Open on a frozen line: %v", err)
	}
	return look, time.Since(start)
}

// trust makes the test server's certificate one that this process trusts. The first proof of a line reads the file.
func trust(t *testing.T, s *httptest.Server) {
	once.Do(func() {
		dir, err := os.MkdirTemp("", "galla-lines-")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "roots.pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Setenv("SSL_CERT_FILE", file); err != nil {
			t.Fatal(err)
		}
	})
}

var once sync.Once
