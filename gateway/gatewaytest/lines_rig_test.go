//go:build rig

package gatewaytest_test

import (
	"context"
	"encoding/pem"
	"flag"
	"fmt"
	"log/slog"
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

var lineTries = flag.Int("lines.n", 30, "how many sales try each cell of the table of dead lines")

// How a line dies: what becomes of the connections that there are. Those made afterwards work.
type death string

const (
	frozen   death = "frozen"  // every byte is taken and none passed, as by a NAT that forgot them
	stalled  death = "stalled" // what is asked arrives, and no answer comes back
	wasReset death = "reset"   // RST, as by a router that started anew
	// the gateway's side ends and the other is left open: what is asked is taken and never answered
	halfShut death = "half-close"
)

// mortal is a TCP proxy whose lines can die.
type mortal struct {
	addr string
	mu   sync.Mutex
	now  *atomic.Pointer[death] // of the connections made since the last death
	live []net.Conn             // the clients' sides of those
}

func newMortal(t *testing.T, to string) *mortal {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	m := &mortal{addr: l.Addr().String(), now: new(atomic.Pointer[death])}
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
			m.mu.Lock()
			died := m.now
			m.live = append(m.live, a)
			m.mu.Unlock()
			pass := func(to, from net.Conn, asks bool) {
				buf := make([]byte, 32<<10)
				for {
					n, err := from.Read(buf)
					how := died.Load()
					if n > 0 && (how == nil || *how == stalled && asks) {
						_, _ = to.Write(buf[:n])
					}
					if err != nil {
						if how == nil {
							_ = to.Close()
						}
						return
					}
				}
			}
			go pass(b, a, true)
			go pass(a, b, false)
		}
	}()
	return m
}

// die ends every line there is.
func (m *mortal) die(how death) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.Store(&how)
	for _, c := range m.live {
		switch line := c.(*net.TCPConn); how {
		case wasReset:
			_ = line.SetLinger(0)
			_ = line.Close()
		case halfShut:
			_ = line.CloseWrite()
		}
	}
	m.now, m.live = new(atomic.Pointer[death]), nil
}

// TestDeadLines: every existing connection dies, new ones work: a payment is seen within 4 s, a new sale has its QR
// within 5 s, the worst of n in each cell. The clients use the transport that every till uses.
func TestDeadLines(t *testing.T) {
	makers := map[gatewaytest.API]gatewaytest.Maker{gatewaytest.EnKash: newEnKash, gatewaytest.Razorpay: newRazorpay}
	for _, how := range []death{frozen, stalled, wasReset, halfShut} {
		for api, mk := range makers {
			for _, h2 := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s, %s, HTTP/2 %v", how, api, h2), func(t *testing.T) {
					t.Parallel()
					sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true, NoPictures: true})
					s := httptest.NewUnstartedServer(
						map[gatewaytest.API]http.Handler{gatewaytest.EnKash: sim.EnKash(),
							gatewaytest.Razorpay: sim.Razorpay()}[api],
					)
					s.EnableHTTP2 = h2
					s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
					s.StartTLS()
					t.Cleanup(s.Close)
					trust(t, s)
					var mu sync.Mutex
					var seen, opened time.Duration
					var all sync.WaitGroup
					for n := range *lineTries {
						all.Go(func() {
							m := newMortal(t, s.Listener.Addr().String())
							gw := mk(t, "https://"+m.addr, nil, time.Now)
							look, open := deadSale(
								t,
								sim,
								gw,
								func() { m.die(how) },
								fmt.Sprintf("F%dH%vN%d", len(api), h2, n),
							)
							mu.Lock()
							defer mu.Unlock()
							seen, opened = max(seen, look), max(opened, open)
						})
					}
					all.Wait()
					t.Logf("%s, %s, HTTP/2 %v: worst of %d: payment seen after %s, QR after %s",
						how, api, h2, *lineTries, seen.Round(time.Millisecond), opened.Round(time.Millisecond))
					if seen > 4*time.Second || opened > 5*time.Second {
						t.Errorf("a payment was seen after %s, want 4 s; a QR was there after %s, want 5 s",
							seen, opened)
					}
				})
			}
		}
	}
}

// deadSale takes a sale whose line dies before it is paid, and another one whose line dies before it begins.
func deadSale(
	t *testing.T,
	sim *gatewaytest.Sim,
	gw gateway.Gateway,
	die func(),
	ref string,
) (look, open time.Duration) {
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
	die()
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
	time.Sleep(6 * time.Second) // a quiet time, and the line dies in it
	die()
	start = time.Now()
	if _, err := gw.Open(ctx, charge(ref+"A2")); err != nil {
		t.Errorf("Open on a dead line: %v", err)
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
		if err := os.WriteFile(
			file,
			pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}),
			0o600,
		); err != nil {
			t.Fatal(err)
		}
		if err := os.Setenv("SSL_CERT_FILE", file); err != nil {
			t.Fatal(err)
		}
	})
}

var once sync.Once
