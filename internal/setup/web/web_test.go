package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/setup"
)

// bench is a page whose codes are read off a pretend screen.
func bench(t *testing.T, shown *string) *Page {
	t.Helper()
	return New(Options{Show: func(code string, _ time.Time) { *shown = code }, State: func() State { return State{State: "waiting"} },
		Check: func(a setup.Answers) error { return a.Check() }, Hand: func(setup.Answers) error { t.Error("something was handed on"); return nil }})
}

func call(p *Page, method, target, body string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://192.168.1.20:7417"+target, strings.NewReader(body))
	r.Host = "192.168.1.20:7417"
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(head); i += 2 {
		if head[i] == "Host" {
			r.Host = head[i+1]
			continue
		}
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	return w
}

// TestTurnedAway: what no page of ours sends is refused before anybody looks at it.
func TestTurnedAway(t *testing.T) {
	shown := ""
	p := bench(t, &shown)
	p.lock.renew()
	open := `{"code":"` + shown + `"}`
	for name, tc := range map[string]struct {
		method, target, body string
		head                 []string
		code                 int
	}{
		"another host":     {"POST", "/v1/setup/open", open, []string{"Host", "evil.example"}, 421},
		"a foreign page":   {"POST", "/v1/setup/open", open, []string{"Origin", "https://evil.example"}, 403},
		"a form":           {"POST", "/v1/setup/open", open, []string{"Content-Type", "text/plain"}, 415},
		"unknown fields":   {"POST", "/v1/setup/open", `{"code":"1","x":1}`, nil, 400},
		"two values":       {"POST", "/v1/setup/open", open + open, nil, 400},
		"too much":         {"POST", "/v1/setup/open", `{"code":"` + strings.Repeat("1", maxBody) + `"}`, nil, 400},
		"no token":         {"POST", "/v1/setup", `{}`, nil, 401},
		"a made-up token":  {"GET", "/v1/setup", "", []string{"Authorization", "Bearer AAAA"}, 401},
		"an empty token":   {"GET", "/v1/setup", "", []string{"Authorization", "Bearer "}, 401},
		"the page":         {"GET", "/", "", nil, 200},
		"its script":       {"GET", "/setup.js", "", nil, 200},
		"something beside": {"GET", "/etc/passwd", "", nil, 404},
	} {
		if w := call(p, tc.method, tc.target, tc.body, tc.head...); w.Code != tc.code {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		} else if !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no policy", name)
		}
	}
	if w := call(p, "POST", "/v1/setup/open", open); w.Code != 200 {
		t.Errorf("the code after all that: %d %s", w.Code, w.Body)
	}
	if w := call(p, "POST", "/v1/setup/open", open); w.Code != 401 {
		t.Errorf("the code a second time: %d", w.Code)
	}
}

// TestLock: a code lasts ten minutes, a token an hour, five wrong codes make a new one.
func TestLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown := ""
		p := bench(t, &shown)
		if wait := p.lock.renew(); wait != codeLife || len(shown) != 9 {
			t.Fatalf("%v, %q", wait, shown)
		}
		first := shown
		time.Sleep(codeLife)
		if _, ok := p.lock.open(first); ok {
			t.Error("a code of ten minutes ago opens")
		}
		p.lock.renew()
		second := shown
		for range wrongMost {
			if _, ok := p.lock.open("12345678901"); ok {
				t.Error("anything opens")
			}
		}
		if _, ok := p.lock.open(second); ok || shown == second {
			t.Error("five wrong codes change nothing")
		}
		token, ok := p.lock.open(shown)
		if !ok || !p.lock.holds(token) || shown != "" {
			t.Errorf("%v, %q", ok, shown)
		}
		if wait := p.lock.renew(); wait != tokenLife {
			t.Errorf("a new code after %v, while somebody is in", wait)
		}
		time.Sleep(tokenLife)
		if p.lock.holds(token) {
			t.Error("the token never ends")
		}
	})
}
