//go:build browser

package browser

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"galla/internal/setup"
	"galla/internal/setup/web"
)

// TestSetupPage is doors.md 6 in a browser: the first-run page loaded again goes on with its fields, and an owner who
// lost it gets a fresh code on the box's own screen.
func TestSetupPage(t *testing.T) {
	var mu sync.Mutex
	shown := map[string]string{}
	page := web.New(web.Options{
		Show: func(code, secret string, _ time.Time) {
			mu.Lock()
			defer mu.Unlock()
			shown["code"], shown["secret"] = code, secret
		},
		Check: func(a setup.Answers) error { return a.Check() },
		Hand:  func(setup.Answers) error { return nil },
		State: func() web.State { return web.State{State: "waiting"} },
	})
	go page.Run(t.Context())
	srv := httptest.NewUnstartedServer(page.Handler())
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	defer srv.Close()
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		json.NewEncoder(w).Encode(shown)
	}))
	defer control.Close()
	run(t, "", "setup.mjs", srv.URL, control.URL, shots(t))
}
