package counter

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"galla/internal/counter/wire"
)

// surgery is a doctor that finds a cable out, and says whether it has looked.
type surgery struct{ looks int }

func (s *surgery) Look(ctx context.Context) wire.Checkup {
	if _, bounded := ctx.Deadline(); bounded {
		s.looks++
	}
	return s.Snapshot()
}

func (s *surgery) Snapshot() wire.Checkup {
	at := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	return wire.Checkup{
		Says: "No sale can be taken: no network cable is plugged in (eth0).",
		Next: "Plug it in.",
		At:   at,
		Checks: []wire.Check{
			{Check: "link", Level: "bad", Says: "no network cable is plugged in (eth0)", Next: "Plug it in.", At: at},
			{
				Check:   "dns",
				Gateway: "enkash",
				Level:   "skipped",
				Because: "link",
				Says:    "not looked at, because of \"link\"",
				At:      at,
			},
		},
	}
}

// TestDoctor: a glance at the till's health repeats what is known and asks nobody; a cashier may have the chain looked
// at.
func TestDoctor(t *testing.T) {
	b, s := newBench(t), &surgery{}
	b.staff(t)
	b.doctor = s
	p := b.pairPhone(t, "")
	p.want(t, 401, "GET", "/v1/doctor", "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"asha","pin":"1379"}`)
	var h wire.Health
	if err := json.Unmarshal(p.want(t, 200, "GET", "/v1/health", "").Body.Bytes(), &h); err != nil ||
		h.Checkup == nil || h.Checkup.Next != "Plug it in." || s.looks != 0 {
		t.Errorf("health has %+v after %d looks: %v", h.Checkup, s.looks, err)
	}
	var up wire.Checkup
	if err := json.Unmarshal(p.want(t, 200, "GET", "/v1/doctor", "").Body.Bytes(), &up); err != nil ||
		len(up.Checks) != 2 || s.looks != 1 {
		t.Errorf("the doctor says %+v after %d looks: %v", up, s.looks, err)
	}
	b.doctor = nil
	p.want(t, 404, "GET", "/v1/doctor", "")
}

// TestMetricsStayOnTheBox: the socket and loopback show them, the network doesn't.
func TestMetricsStayOnTheBox(t *testing.T) {
	b := newBench(t)
	b.metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "galla_ready 1\n") })
	for _, tc := range []struct {
		name     string
		listener Listener
		code     int
	}{{"socket", Listener{Kernel: true}, 200}, {"loopback", Listener{}, 200},
		{"network", Listener{TLS: &tls.Config{}}, 404}} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "http://127.0.0.1/metrics", nil)
		b.Handler(tc.listener).ServeHTTP(w, r)
		if w.Code != tc.code {
			t.Errorf("%s: %d %s", tc.name, w.Code, w.Body)
		}
	}
}
