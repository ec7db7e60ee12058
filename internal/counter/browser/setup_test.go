//go:build browser

package browser

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/setup"
	"galla/internal/setup/web"
)

// carton is a box that nobody has set up, as its setup page sees it, between both gateways of the simulator.
type carton struct {
	mu     sync.Mutex
	shown  map[string]string // the code on the box's screen
	behind time.Duration     // the box's clock
	stuck  bool              // and it can't be set
	state  string
	handed []setup.Answers
}

func (c *carton) options() web.Options {
	return web.Options{
		Show: func(code, secret string, _ time.Time) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.shown = map[string]string{"code": code, "secret": secret}
		},
		Check: func(a setup.Answers) error { return a.Check() },
		Hand: func(a setup.Answers) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.handed, c.state = append(c.handed, a), "writing"
			return nil
		},
		State: func() web.State {
			c.mu.Lock()
			defer c.mu.Unlock()
			return web.State{State: c.state}
		},
		Offer: func() web.Offer { return web.Offer{At: time.Date(2026, 11, 29, 12, 30, 0, 0, time.UTC), Events: 309} },
		Clock: func(context.Context, time.Time) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.stuck {
				return errors.New("timedatectl: access denied")
			}
			c.behind = 0
			return nil
		},
		Now: func() time.Time {
			c.mu.Lock()
			defer c.mu.Unlock()
			return time.Now().Add(-c.behind)
		},
	}
}

// control tells the script what is on the box's screen and what was handed on, and changes the box.
func (c *carton) control(addresses map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		var out any = "done"
		switch r.URL.Path {
		case "/":
			out = c.shown
		case "/gateways":
			out = addresses
		case "/stuck":
			c.behind, c.stuck = 72*time.Hour, true
		case "/loose":
			c.stuck = false
		case "/state":
			c.state = r.FormValue("is")
		case "/handed":
			out = c.handed
		}
		json.NewEncoder(w).Encode(out)
	})
}

// TestSetupPage is counter.md 6, doors.md 6 and corners.md 10 in a browser, at the size of a phone: the questions a
// step at a time, with mistakes beside their fields, keys that are tried when they are left, a clock that is set, a
// reload in the middle, a code that is asked for and scanned, and the till's own answer at the end; then a look at each
// step in the other languages.
func TestSetupPage(t *testing.T) {
	box := &carton{state: "waiting", behind: 72 * time.Hour, stuck: true}
	page := web.New(box.options())
	go page.Run(t.Context())
	srv := httptest.NewUnstartedServer(page.Handler())
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	defer srv.Close()

	sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true})
	enkash, razorpay := httptest.NewServer(sim.EnKash()), httptest.NewServer(sim.Razorpay())
	defer enkash.Close()
	defer razorpay.Close()
	control := httptest.NewServer(box.control(map[string]string{
		"enkash": enkash.URL, "access_key": gatewaytest.EnKashAccessKey, "secret_key": gatewaytest.EnKashSecretKey,
		"razorpay": razorpay.URL, "key_id": gatewaytest.RazorpayKeyID,
		"key_secret": gatewaytest.RazorpayKeySecret, "test_id": gatewaytest.RazorpayTestKeyID,
	}))
	defer control.Close()
	to := os.Getenv("GALLA_PICTURES")
	if to == "" {
		to = shots(t) + "/setup"
	}
	run(t, "", "setup.mjs", srv.URL, control.URL, to)

	box.mu.Lock()
	defer box.mu.Unlock()
	if len(box.handed) != 1 {
		t.Fatalf("%d times handed on", len(box.handed))
	}
	a := box.handed[0]
	if a.Shop != "Asha General Stores" || a.Terminal != "Counter-2" || a.GSTIN != "27AAPFU0939F1ZV" ||
		len(a.Gateways) != 2 ||
		a.Gateways[0].Provider != "enkash" || a.Gateways[1].KeySecret != gatewaytest.RazorpayKeySecret ||
		a.Printer.Port != "tcp:192.168.1.50" || !a.Printer.Receipt || len(a.Languages) != 2 || a.Languages[0] != "mr" ||
		a.Rotate != 90 || !a.Network || a.Demo || !a.Restore {
		t.Errorf("handed on: %q %q %q %v %+v %v %d", a.Shop, a.Terminal, a.GSTIN, a.Gateways, a.Printer,
			a.Languages, a.Rotate)
	}
}
