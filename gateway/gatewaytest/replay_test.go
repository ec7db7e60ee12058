package gatewaytest_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
)

// walk is what "galla doctor gateway --record" does: create, show, close, show.
func walk(ctx context.Context, gw gateway.Gateway, ref string) (steps []string, err error) {
	q, err := gw.Open(ctx, gateway.Charge{Reference: ref, SaleID: ref, Amount: 100, Description: "Galla test",
		AskedAt: time.Now(), CloseAfter: 5 * time.Minute})
	if err != nil {
		return nil, err
	}
	steps = append(steps, q.ID, q.Amount.String(), strings.Join(q.TransactionIDs, " "))
	for i := range 2 {
		r, err := gw.Read(ctx, q.Order)
		if err != nil {
			return steps, err
		}
		steps = append(steps, string(r.Status), fmt.Sprint(len(r.Payments)))
		if i == 0 {
			if err := gw.Close(ctx, q.Order); err != nil {
				return steps, err
			}
		}
	}
	return steps, nil
}

// TestRecordAndReplay records a walk over the simulator, proves that the transcript keeps its secrets, and plays it to
// a second client, which must see the same.
func TestRecordAndReplay(t *testing.T) {
	for name, mk := range map[string]gatewaytest.Maker{"enkash": newEnKash, "razorpay": newRazorpay} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "transcript.jsonl")
			base := map[string]string{"enkash": "http://127.0.0.1:8801", "razorpay": "http://127.0.0.1:8802/v1"}[name]
			var first []string
			counter(t, nil, func(t *testing.T, _ *gatewaytest.Sim, net *gatewaytest.Network) {
				var out bytes.Buffer
				second, rec, err := mk(t, base, net.Transport(), time.Now).(gateway.Recordable).Recording(&out)
				if err != nil {
					t.Fatal(err)
				}
				if first, err = walk(t.Context(), second, "TEST17"); err != nil {
					t.Fatal(err)
				}
				if err := rec.Err(); err != nil {
					t.Fatal(err)
				}
				for _, secret := range []string{gatewaytest.EnKashSecretKey, gatewaytest.EnKashAccessKey,
					gatewaytest.RazorpayKeySecret, gatewaytest.RazorpayKeyID, "Basic ", "Bearer ", "store@"} {
					if strings.Contains(out.String(), secret) {
						t.Errorf("the transcript holds %q:\n%s", secret, out.String())
					}
				}
				if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			})
			play := func(ref string) ([]string, error, error) {
				p, err := gatewaytest.Replay(file)
				if err != nil {
					t.Fatal(err)
				}
				steps, err := walk(t.Context(), mk(t, base, p, time.Now), ref)
				return steps, err, p.Err()
			}
			again, err, left := play("TEST17")
			if err != nil || left != nil || fmt.Sprint(again) != fmt.Sprint(first) {
				t.Errorf("replayed: %v, %v, %v\nrecorded: %v", again, err, left, first)
			}
			if _, err, left := play("TEST18"); err == nil || left == nil ||
				!strings.Contains(left.Error(), "recorded was TEST17") {
				t.Errorf("another reference was played: %v; %v", err, left)
			}
		})
	}
}

// TestReplayIsStrict: what was not recorded is not answered, and what was must be asked.
func TestReplayIsStrict(t *testing.T) {
	const line = `{"method":"POST","path":"/a","sent":{"x":1,"close_by":5,"who":"[redacted]"},"status":200,` +
		`"got":{"ok":true}}` + "\n"
	ask := func(p *gatewaytest.Player, method, path, body string) error {
		req, err := http.NewRequest(method, "http://gw"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := p.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	for what, c := range map[string]struct {
		method, path, body string
		ok                 bool
	}{
		"the same":         {"POST", "/a", `{"x":1,"close_by":9,"who":"rahul"}`, true},
		"another method":   {"PUT", "/a", `{"x":1,"close_by":9,"who":""}`, false},
		"another path":     {"POST", "/b", `{"x":1,"close_by":9,"who":""}`, false},
		"another value":    {"POST", "/a", `{"x":1.0,"close_by":9,"who":""}`, false},
		"a field more":     {"POST", "/a", `{"x":1,"close_by":9,"who":"","y":2}`, false},
		"a field less":     {"POST", "/a", `{"x":1,"who":""}`, false},
		"no body":          {"POST", "/a", ``, false},
		"a query":          {"POST", "/a?b=1", `{"x":1,"close_by":9,"who":""}`, false},
		"a list instead":   {"POST", "/a", `[1]`, false},
		"a text for a one": {"POST", "/a", `{"x":"1","close_by":9,"who":""}`, false},
	} {
		p, err := gatewaytest.ReplayFrom(strings.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if err := ask(p, c.method, c.path, c.body); (err == nil) != c.ok || (p.Err() == nil) != c.ok {
			t.Errorf("%s: %v, %v", what, err, p.Err())
		}
		if c.ok && ask(p, c.method, c.path, c.body) == nil {
			t.Errorf("%s was answered twice", what)
		}
	}
	for _, bad := range []string{"", "\n", "{}", "x", `{"method":"GET","path":"http://x","status":200}`,
		`{"method":"GET","path":"/","status":9}`} {
		if _, err := gatewaytest.ReplayFrom(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is a transcript", bad)
		}
	}
}

// FuzzReplay: a transcript is somebody else's file. Whatever is in it, a request is answered or refused.
func FuzzReplay(f *testing.F) {
	f.Add(`{"method":"GET","path":"/a","status":200,"got":{"ok":true}}`, "/a", "")
	f.Add(`{"method":"GET","path":"/a","sent":{"x":[1,{"y":"[redacted]"}]},"status":200,"other":"page"}`,
		"/a", `{"x":[1,{"y":2}]}`)
	f.Fuzz(func(t *testing.T, transcript, path, body string) {
		p, err := gatewaytest.ReplayFrom(strings.NewReader(transcript))
		if err != nil {
			return
		}
		req, err := http.NewRequest(http.MethodGet, "http://gw"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		resp, err := p.RoundTrip(req)
		if err != nil {
			if p.Err() == nil {
				t.Error("a refusal left no error")
			}
			return
		}
		if resp.StatusCode < 100 || resp.StatusCode > 599 {
			t.Errorf("answered with status %d", resp.StatusCode)
		}
		resp.Body.Close()
	})
}
