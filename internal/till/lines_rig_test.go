//go:build rig

package till

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"log/slog"
	"math/big"
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
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/printer"
	"galla/state/statetest"
)

var failOvers = flag.Int("lines.n", 30, "how many tills fail over in each cell of the table")

// TestFailOverTable: a customer waits, and the first gateway fails as real lines do: over TCP, TLS and names of our
// own. The time is from the asking to the second gateway's QR on the screen, the worst of n tills: at once where the
// failure says so, 5 s where it is silence or a 5xx.
func TestFailOverTable(t *testing.T) {
	l := newLocality(t)
	for i, row := range []struct {
		what   string
		do     func(*front)
		warm   bool // a sale went through just before, so connections are open
		within time.Duration
	}{
		{"refused", (*front).refuse, false, time.Second},
		// what went out on them is unknown, as after a reset
		{"refused, with open connections", (*front).refuse, true, 5 * time.Second},
		{"reset", func(f *front) { f.set(resets) }, true, 5 * time.Second},
		{"5xx", func(f *front) { f.down.Store(true) }, true, 5 * time.Second},
		{"hang", func(f *front) { f.set(swallows) }, true, 5 * time.Second},
		{"hang from the start", func(f *front) { f.set(swallows) }, false, 5 * time.Second},
		{"DNS gone", func(f *front) { f.l.lose(f.host) }, false, 5 * time.Second},
		{"no such name", func(f *front) { f.l.deny(f.host) }, false, time.Second},
		{"TLS broken", func(f *front) { f.set(impostor) }, false, time.Second},
		{"no TLS", func(f *front) { f.set(garbles) }, false, time.Second},
	} {
		for _, first := range []gatewaytest.API{gatewaytest.EnKash, gatewaytest.Razorpay} {
			t.Run(fmt.Sprintf("%s, %s first", row.what, first), func(t *testing.T) {
				t.Parallel()
				var mu sync.Mutex
				var worst time.Duration
				var all sync.WaitGroup
				for n := range *failOvers {
					all.Go(func() {
						took := failsOver(t, l, first, fmt.Sprintf("row%d-%d", i, n), row.warm, row.do)
						mu.Lock()
						defer mu.Unlock()
						worst = max(worst, took)
					})
				}
				all.Wait()
				t.Logf("%s first, %s: worst of %d: the second gateway's QR after %s",
					first, row.what, *failOvers, worst.Round(time.Millisecond))
				if worst > row.within {
					t.Errorf("want %s", row.within)
				}
			})
		}
	}
}

// failsOver takes one sale at a till of its own whose first gateway fails, and returns the time to the second's QR.
func failsOver(
	t *testing.T,
	l *locality,
	first gatewaytest.API,
	host string,
	warm bool,
	do func(*front),
) time.Duration {
	sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 3, Calm: true, NoPictures: true})
	second := gatewaytest.EnKash
	if first == second {
		second = gatewaytest.Razorpay
	}
	f := l.open(t, host+"-"+string(first), sim, first)
	other := l.open(t, host+"-"+string(second)+"-2", sim, second)
	screen := &fakeScreen{}
	o := Options{
		Store:    statetest.NewMemory(),
		Log:      slog.New(slog.DiscardHandler),
		Screen:   screen,
		Terminal: "T1",
		Shop:     printer.Shop{Name: "Test Shop"},
		Gateways: []gateway.Gateway{f.client(t), other.client(t)},
	}
	till, err := New(o)
	if err != nil {
		t.Error(err)
		return 0
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- till.Run(ctx) }()
	<-till.Ready()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()

	offered := func() (string, time.Duration) {
		begun, seen := time.Now(), screen.seq()
		if _, err := till.Open(ctx, OpenRequest{Amount: 25000, By: "test"}); err != nil {
			t.Error(err)
			return "", 0
		}
		for time.Since(begun) < 30*time.Second {
			for _, v := range screen.since(seen) {
				if v.Payload != "" {
					return v.Payload, time.Since(begun)
				}
			}
			time.Sleep(2 * time.Millisecond)
		}
		return "", time.Since(begun)
	}
	if warm {
		if qr, _ := offered(); qr == "" {
			t.Error("the first gateway gives no QR although nothing is wrong yet")
			return 0
		}
		time.Sleep(time.Second)
	}
	do(f)
	qr, took := offered()
	for _, o := range sim.Ledger().Orders {
		if o.API == second && len(o.Payloads) > 0 && o.Payloads[0] == qr {
			return took
		}
	}
	t.Errorf("after %s the screen shows %q, which is not the second gateway's", took, qr)
	return took
}

// locality is a loopback with names, certificates and a name server of its own.
type locality struct {
	names string
	good  tls.Certificate // the roots of this process know it
	bad   tls.Certificate // they don't

	mu     sync.Mutex
	lost   map[string]bool // names whose questions are dropped
	denied map[string]bool // names that don't exist
}

func newLocality(t *testing.T) *locality {
	l := &locality{good: certificate(t), bad: certificate(t), lost: map[string]bool{}, denied: map[string]bool{}}
	file := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(
		file,
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.good.Certificate[0]}),
		0o600,
	); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file) // read at this process's first proof of a line
	t.Setenv("SSL_CERT_DIR", t.TempDir())
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	l.names = pc.LocalAddr().String()
	go l.answer(pc)
	return l
}

func certificate(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		DNSNames:              []string{"*.galla-test.example"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (l *locality) lose(host string) { l.mu.Lock(); defer l.mu.Unlock(); l.lost[host] = true }
func (l *locality) deny(host string) { l.mu.Lock(); defer l.mu.Unlock(); l.denied[host] = true }

// answer says 127.0.0.1 to every question for an IPv4 address.
func (l *locality) answer(pc net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := pc.ReadFrom(buf)
		if err != nil {
			return
		}
		var host []byte
		end := 12 // the question: labels, a zero, type and class
		for end < n && buf[end] != 0 {
			host = append(append(host, buf[end+1:end+1+int(buf[end])]...), '.')
			end += int(buf[end]) + 1
		}
		end += 5
		name := string(bytes.TrimSuffix(host, []byte(".")))
		l.mu.Lock()
		lost, denied := l.lost[name], l.denied[name]
		l.mu.Unlock()
		answer := append([]byte{buf[0], buf[1], 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0}, buf[12:end]...)
		switch {
		case lost:
			continue
		case denied:
			answer[3] = 3 // NXDOMAIN
		case buf[end-3] == 1: // A
			answer[7] = 1
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1)
		}
		_, _ = pc.WriteTo(answer, from)
	}
}

// front is what stands at a gateway's address: a proxy that can fail, and behind it the simulator.
type front struct {
	l    *locality
	api  gatewaytest.API
	host string
	addr net.Listener
	to   string
	down atomic.Bool // every answer is 503

	mu    sync.Mutex
	how   int
	conns []net.Conn
}

// How a front treats connections, the open ones and those to come.
const (
	passes   = iota
	swallows // takes every byte and says nothing
	resets   // ends each connection with RST at its first byte
	impostor // another certificate than the gateway's
	garbles  // answers no TLS at all, as a captive portal does
)

func (l *locality) open(t *testing.T, host string, sim *gatewaytest.Sim, api gatewaytest.API) *front {
	f := &front{l: l, api: api, host: host + ".galla-test.example"}
	inner := map[gatewaytest.API]http.Handler{gatewaytest.EnKash: sim.EnKash(),
		gatewaytest.Razorpay: sim.Razorpay()}[api]
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	s.EnableHTTP2, s.TLS, s.Config.ErrorLog = true, &tls.Config{
		Certificates: []tls.Certificate{l.good},
	}, slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	s.StartTLS()
	t.Cleanup(s.Close)
	addr, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Error(err)
		return f
	}
	f.addr, f.to = addr, s.Listener.Addr().String()
	t.Cleanup(func() { _ = addr.Close(); f.cut() })
	go func() {
		for {
			c, err := addr.Accept()
			if err != nil {
				return
			}
			go f.serve(c)
		}
	}()
	return f
}

func (f *front) client(t *testing.T) gateway.Gateway {
	_, port, err := net.SplitHostPort(f.addr.Addr().String())
	if err != nil {
		t.Error(err)
	}
	line := gateway.NewTransport(func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", f.l.names)
	})
	base := "https://" + f.host + ":" + port
	var gw gateway.Gateway
	if f.api == gatewaytest.EnKash {
		gw, err = enkash.New(enkash.Config{
			BaseURL:      base,
			AccessKey:    gatewaytest.EnKashAccessKey,
			SecretKey:    gatewaytest.EnKashSecretKey,
			CancelOrders: true,
			Transport:    line,
		})
	} else {
		gw, err = razorpay.New(razorpay.Config{
			BaseURL:   base,
			KeyID:     gatewaytest.RazorpayKeyID,
			KeySecret: gatewaytest.RazorpayKeySecret,
			Transport: line,
		})
	}
	if err != nil {
		t.Error(err)
	}
	return gw
}

func (f *front) mode() int { f.mu.Lock(); defer f.mu.Unlock(); return f.how }

// set changes how connections are treated; the open ones have it at once.
func (f *front) set(how int) {
	f.mu.Lock()
	f.how = how
	f.mu.Unlock()
	if how != swallows {
		f.cut()
	}
}

// refuse closes the port and what is open.
func (f *front) refuse() { _ = f.addr.Close(); f.set(resets) }

func (f *front) cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		reset(c)
	}
	f.conns = nil
}

func reset(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0); _ = c.Close() }

func (f *front) serve(c net.Conn) {
	f.mu.Lock()
	f.conns = append(f.conns, c)
	how := f.how
	f.mu.Unlock()
	buf := make([]byte, 32<<10)
	switch how {
	case resets:
		_, _ = c.Read(buf)
		reset(c)
		return
	case garbles:
		_, _ = c.Read(buf)
		_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nThis is the hotel's page."))
		_ = c.Close()
		return
	case impostor:
		_ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{f.l.bad}}).Handshake()
		_ = c.Close()
		return
	}
	up, err := net.Dial("tcp", f.to)
	if err != nil {
		_ = c.Close()
		return
	}
	pass := func(to, from net.Conn) {
		b := make([]byte, 32<<10)
		for {
			n, err := from.Read(b)
			if n > 0 && f.mode() == passes {
				_, _ = to.Write(b[:n])
			}
			if err != nil {
				if f.mode() == passes {
					_ = to.Close()
				}
				return
			}
		}
	}
	go pass(up, c)
	pass(c, up)
}
