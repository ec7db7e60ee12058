//go:build rig

package gatewaytest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/internal/money"
)

// shopfront serves a calm simulator over loopback TCP, pays each QR before its twentieth look, and counts what a client
// asks, sends and gets, and how long the simulator itself took.
type shopfront struct {
	sim    *gatewaytest.Sim
	server *httptest.Server

	mu     sync.Mutex
	looks  map[string]int // by path
	calls  atomic.Int64
	inside atomic.Int64 // ns
	sent   atomic.Int64 // bytes by the client
	got    atomic.Int64
	before tally // at /mark/begin
	after  tally // at /mark/end
}

type tally struct{ calls, inside, sent, got int64 }

func (s *shopfront) tally() tally {
	return tally{s.calls.Load(), s.inside.Load(), s.sent.Load(), s.got.Load()}
}

// polls is how often a sale is looked at: a customer who pays after 40 s, looked at every 2 s.
const polls = 20

func newShopfront(t *testing.T, api gatewaytest.API) *shopfront {
	s := &shopfront{sim: gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true}), looks: map[string]int{}}
	inner, isLook := s.sim.Razorpay(), func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/payments") }
	if api == gatewaytest.EnKash {
		inner, isLook = s.sim.EnKash(), func(r *http.Request) bool {
			return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v0/orders/")
		}
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		switch r.URL.Path {
		case "/mark/begin":
			s.before = s.tally()
			return
		case "/mark/end":
			s.after = s.tally()
			return
		}
		if isLook(r) {
			s.mu.Lock()
			s.looks[r.URL.Path]++
			due := s.looks[r.URL.Path] == polls
			s.mu.Unlock()
			if due {
				for _, o := range s.sim.Ledger().Orders {
					if strings.Contains(r.URL.Path, o.ID) {
						if _, err := s.sim.Phone().Pay(o.Payloads[0]); err != nil {
							t.Errorf("the phone: %v", err)
						}
					}
				}
			}
		}
		inner.ServeHTTP(w, r)
		s.calls.Add(1)
		s.inside.Add(int64(time.Since(start)))
	})
	s.server = httptest.NewUnstartedServer(handler)
	s.server.Listener = countedListener{s.server.Listener, s}
	s.server.Start()
	t.Cleanup(s.server.Close)
	return s
}

type countedListener struct {
	net.Listener
	s *shopfront
}

func (l countedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return countedConn{c, l.s}, err
}

type countedConn struct {
	net.Conn
	s *shopfront
}

func (c countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.s.sent.Add(int64(n))
	return n, err
}

func (c countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.s.got.Add(int64(n))
	return n, err
}

// figures are what one run of sales came to, a sale.
type figures struct {
	name             string
	calls, sent, got float64
	wall, outside    time.Duration
	sales            int
}

func (s *shopfront) figures(name string, sales int, wall time.Duration) figures {
	d := tally{
		s.after.calls - s.before.calls,
		s.after.inside - s.before.inside,
		s.after.sent - s.before.sent,
		s.after.got - s.before.got,
	}
	n := time.Duration(sales)
	return figures{
		name:    name,
		sales:   sales,
		calls:   float64(d.calls) / float64(sales),
		sent:    float64(d.sent) / float64(sales),
		got:     float64(d.got) / float64(sales),
		wall:    wall / n,
		outside: (wall - time.Duration(d.inside)) / n,
	}
}

func (f figures) String() string {
	return fmt.Sprintf("| %-34s | %5.1f | %6.0f | %6.0f | %7.2f | %7.2f |",
		f.name, f.calls, f.sent, f.got, ms(f.wall), ms(f.outside))
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// take makes a gateway take sales as the till does: open, then look until it is paid.
func take(t *testing.T, s *shopfront, gw gateway.Gateway, name string, warm, sales int) figures {
	t.Helper()
	ctx := context.Background()
	one := func(ref string) {
		q, err := gw.Open(ctx, gateway.Charge{
			Reference:   ref,
			SaleID:      "S" + ref,
			Terminal:    "T1",
			Amount:      25000,
			Description: "Bill",
			AskedAt:     time.Now(),
			CloseAfter:  7 * time.Minute,
		})
		if err != nil {
			t.Fatal(err)
		}
		for range polls {
			r, err := gw.Read(ctx, q.Order)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range r.Payments {
				if p.Status == gateway.PaymentCaptured && p.Amount == money.Paise(25000) {
					return
				}
			}
		}
		t.Fatalf("order %s was never paid", q.ID)
	}
	for n := range warm {
		one(fmt.Sprintf("%dW%d", time.Now().UnixNano(), n))
	}
	s.before = s.tally()
	start := time.Now()
	for n := range sales {
		one(fmt.Sprintf("%dN%d", time.Now().UnixNano(), n))
	}
	wall := time.Since(start)
	s.after = s.tally()
	return s.figures(name, sales, wall)
}

// installed is a directory with Razorpay's own client and our scripts for it.
func installed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range []string{"package.json", "package-lock.json", "sale.mjs", "whole.mjs"} {
		raw, err := os.ReadFile("rival/" + f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/"+f, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

// TestOfficialClient makes every call of Razorpay's own client that concerns a QR, a payment or a refund: a calm
// simulator answers each.
func TestOfficialClient(t *testing.T) {
	dir := installed(t)
	sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true})
	api, manage := httptest.NewServer(sim.Razorpay()), httptest.NewServer(sim.Manage())
	t.Cleanup(api.Close)
	t.Cleanup(manage.Close)
	cmd := exec.Command(
		"node",
		"whole.mjs",
		api.URL,
		manage.URL,
		gatewaytest.RazorpayKeyID,
		gatewaytest.RazorpayKeySecret,
	)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	var done []string
	if err != nil || json.Unmarshal(out, &done) != nil || len(done) != 25 {
		t.Errorf("the official client: %v, %d calls answered\n%s", err, len(done), out)
	}
}

// TestBesideTheRival measures a sale of each client, and Razorpay's own client for Node.js doing the same calls in the
// same run. Run it with -v for the table.
func TestBesideTheRival(t *testing.T) {
	dir := installed(t)
	const warm, sales, rounds = 20, 100, 3
	budget := func() *gateway.Budget { return gateway.NewBudget(gateway.BudgetOptions{Rate: 1e6, Burst: 1 << 20}) }
	var best [3]figures
	keep := func(i int, f figures) {
		t.Log(f)
		if best[i].sales == 0 || f.outside < best[i].outside {
			best[i] = f
		}
	}
	for range rounds { // in turns, so that whatever else runs on the machine falls on all of them
		s := newShopfront(t, gatewaytest.Razorpay)
		rzp, err := razorpay.New(razorpay.Config{
			BaseURL:   s.server.URL,
			KeyID:     gatewaytest.RazorpayKeyID,
			KeySecret: gatewaytest.RazorpayKeySecret,
			Budget:    budget(),
		})
		if err != nil {
			t.Fatal(err)
		}
		keep(0, take(t, s, rzp, "Galla's Razorpay client", warm, sales))

		s = newShopfront(t, gatewaytest.Razorpay)
		cmd := exec.Command(
			"node",
			"sale.mjs",
			s.server.URL,
			gatewaytest.RazorpayKeyID,
			gatewaytest.RazorpayKeySecret,
			fmt.Sprint(warm),
			fmt.Sprint(sales),
		)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := cmd.Output()
		var said struct{ NS int64 }
		if err != nil || json.Unmarshal(out, &said) != nil {
			t.Fatalf("the rival: %v\n%s", err, out)
		}
		keep(1, s.figures("razorpay 2.9.8 for Node.js", sales, time.Duration(said.NS)))

		s = newShopfront(t, gatewaytest.EnKash)
		ek, err := enkash.New(enkash.Config{
			BaseURL:   s.server.URL,
			AccessKey: gatewaytest.EnKashAccessKey,
			SecretKey: gatewaytest.EnKashSecretKey,
			Budget:    budget(),
		})
		if err != nil {
			t.Fatal(err)
		}
		keep(2, take(t, s, ek, "Galla's EnKash client", warm, sales))
	}
	t.Log("| best of 3 rounds of 100 sales      | calls | B sent |  B got | ms/sale | outside |")
	for _, f := range best {
		t.Log(f)
	}
	if best[0].calls > best[1].calls+0.01 {
		t.Errorf("a sale takes %.1f calls, the rival's %.1f", best[0].calls, best[1].calls)
	}
	if best[0].outside > best[1].outside {
		t.Errorf("a sale takes %v outside the gateway, the rival's %v", best[0].outside, best[1].outside)
	}
}
