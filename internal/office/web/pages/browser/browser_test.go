//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"galla/internal/office/joining"
	"galla/internal/office/owner/ownertest"
	"galla/internal/office/web/pages/pagestest"
)

// TestPages walks every page at each size, in six languages, light and dark, and a day by the keyboard alone. It leaves
// pictures in GALLA_PICTURES, or in shots.
func TestPages(t *testing.T) {
	const kit = "../../../../counter/browser"
	if _, err := os.Stat(filepath.Join(kit, "node_modules/playwright-core")); err != nil {
		t.Fatal("playwright-core is not installed: run npm ci --prefix internal/counter/browser")
	}
	shots := os.Getenv("GALLA_PICTURES")
	if shots == "" {
		shots = "shots"
	}
	shots, err := filepath.Abs(shots)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []string{"phone", "desktop"} {
		t.Run(size, func(t *testing.T) {
			t.Parallel() // an office and a browser of its own
			o := pagestest.New(t, func() time.Time { return ownertest.Now })
			srv := httptest.NewTLSServer(o.Pages)
			t.Cleanup(srv.Close)
			control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := play(o, w, r); err != nil {
					t.Error(err)
					http.Error(w, err.Error(), http.StatusInternalServerError)
				}
			}))
			t.Cleanup(control.Close)
			for _, counter := range []string{"shop-02/1", "shop-04/1"} {
				if _, err := o.Join(t.Context(), counter); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "node", "office.mjs", srv.URL, control.URL, size, shots)
			out, err := cmd.CombinedOutput()
			t.Logf("%s", out)
			if err != nil {
				t.Errorf("office.mjs %s: %v", size, err)
			}
		})
	}
}

// play does what the script asks of the world outside of the page.
func play(o *pagestest.Office, w http.ResponseWriter, r *http.Request) error {
	var out any = "done"
	var err error
	switch r.URL.Path {
	case "/join": // a box types the code
		out, err = o.Box(r.Context(), r.FormValue("code"))
	case "/terminal":
		for _, s := range o.Chain.StandRows {
			if s.Counter == r.FormValue("counter") {
				out = s.Terminal
			}
		}
	case "/joined":
		var all []joining.Terminal
		all, err = o.Joining.Terminals(r.Context())
		n := 0
		for _, one := range all {
			if one.State == joining.Joined {
				n++
			}
		}
		out = n
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(out)
}
