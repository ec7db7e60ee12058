//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"galla/internal/counter"
	"galla/internal/counter/client"
	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
	"galla/internal/till"
	"galla/state"
)

// shop is a counter on loopback that takes tokens only, over a till for tests, with a second address on which the script
// plays the customer and pulls the plug.
type shop struct {
	t     *testing.T
	till  *countertest.Till
	vault *countertest.Vault
	addr  string

	mu      sync.Mutex
	counter *counter.Counter
	stop    context.CancelFunc
	done    chan error
}

func (s *shop) start() {
	l, err := net.Listen("tcp", s.addr)
	for i := 0; err != nil && i < 50; i++ { // the port may still be closing
		time.Sleep(20 * time.Millisecond)
		l, err = net.Listen("tcp", s.addr)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = l.Addr().String()
	c, err := counter.New(counter.Options{Till: s.till, Vault: s.vault, Log: slog.New(slog.NewTextHandler(s.t.Output(), nil)), Version: "test", Heartbeat: 2 * time.Second})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.counter, s.stop, s.done = c, cancel, make(chan error, 1)
	go func() { s.done <- c.Serve(ctx, l, counter.Door{}) }()
}

func (s *shop) halt() {
	if s.stop != nil {
		s.stop()
		if err := <-s.done; err != nil {
			s.t.Error(err)
		}
		s.stop = nil
	}
}

// staff adds people through the API, as the owner would at the box.
func (s *shop) staff() {
	srv := httptest.NewServer(s.counter.Handler(counter.Door{Trust: counter.Owner}))
	defer srv.Close()
	c := client.NewHTTP(srv.URL, "", srv.Client())
	for _, p := range []wire.AddPerson{{Name: "Ravi", Role: "owner", PIN: "2580"}, {Name: "Meena", Role: "manager", PIN: "8642"}, {Name: "Asha", Role: "cashier", PIN: "1379"}} {
		if _, err := c.AddPerson(s.t.Context(), client.Key(), p); err != nil {
			s.t.Fatal(err)
		}
	}
}

// control answers the script: what the customer does, and what happens to the box.
func (s *shop) control(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sale := r.FormValue("sale")
	var out any = "done"
	switch r.URL.Path {
	case "/code":
		out = s.counter.Pair("owner:Ravi", "").Code
	case "/pay":
		out = s.till.Pay(sale, 0)
	case "/begin":
		out = s.till.Start(sale)
	case "/finish":
		s.till.Finish(sale, r.FormValue("payment"))
	case "/expire":
		s.till.Expire(sale)
	case "/halt":
		s.halt()
	case "/start":
		s.start()
	case "/sales":
		sales, err := s.till.Sales(r.Context(), till.Query{Limit: 1000})
		if err != nil {
			s.t.Error(err)
		}
		out = sales
	case "/typed":
		out = s.till.Typed()
	case "/revoke":
		srv := httptest.NewServer(s.counter.Handler(counter.Door{Trust: counter.Owner}))
		defer srv.Close()
		c := client.NewHTTP(srv.URL, "", srv.Client())
		d, err := c.Devices(r.Context())
		if err != nil {
			s.t.Error(err)
		}
		for _, x := range d.Devices {
			if err := c.Revoke(r.Context(), client.Key(), x.ID); err != nil {
				s.t.Error(err)
			}
		}
	default:
		http.NotFound(w, r)
		return
	}
	json.NewEncoder(w).Encode(out)
}

func run(t *testing.T, script string, args ...string) {
	t.Helper()
	if _, err := os.Stat("node_modules/playwright-core"); err != nil {
		t.Fatal("playwright-core is not installed: run npm ci --prefix internal/counter/browser")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{script}, args...)...)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("%s %q: %v", script, args, err)
	}
}

func TestDay(t *testing.T) {
	for _, size := range []string{"phone", "desktop"} {
		t.Run(size, func(t *testing.T) {
			s := &shop{t: t, till: countertest.New(), vault: countertest.NewVault(), addr: "127.0.0.1:0"}
			s.till.SetHealth(till.Health{Ready: true, Printer: "none", Display: "connected", Gateways: []till.GatewayHealth{{Name: "enkash", OK: true}}})
			s.start()
			s.staff()
			t.Cleanup(s.halt)
			control := httptest.NewServer(http.HandlerFunc(s.control))
			defer control.Close()
			shots, err := filepath.Abs("shots")
			if err != nil {
				t.Fatal(err)
			}
			run(t, "day.mjs", "http://"+s.addr, control.URL, size, shots)
			sales, err := s.till.Sales(t.Context(), till.Query{Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range sales {
				if x.By != "cashier:Asha" || !x.Phase.Final() {
					t.Errorf("sale %d by %q is %s", x.Number, x.By, x.Phase)
				}
				for _, f := range x.Refunds {
					if f.Approver != "manager:Meena" || f.Status != state.RefundProcessed && f.Status != state.RefundAsked {
						t.Errorf("refund of sale %d: %s by approval of %q", x.Number, f.Status, f.Approver)
					}
				}
			}
			fmt.Fprintf(os.Stderr, "%s: %d sales\n", size, len(sales))
		})
	}
}
