package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/setup"
)

// bench is a page whose codes are read off a pretend screen.
func bench(t *testing.T, shown *string) *Page {
	t.Helper()
	return New(Options{
		Show:  func(code, _ string, _ time.Time) { *shown = code },
		State: func() State { return State{State: "waiting"} },
		Check: func(a setup.Answers) error { return a.Check() },
		Hand:  func(setup.Answers) error { t.Error("something was handed on"); return nil },
	})
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
		"a clock unasked":  {"POST", "/v1/setup/clock", `{"at":"2026-11-30T08:20:00Z"}`, nil, 401},
		"a check unasked":  {"POST", "/v1/setup/check", `{}`, nil, 401},
		"no token":         {"POST", "/v1/setup", `{}`, nil, 401},
		"a made-up token":  {"GET", "/v1/setup", "", []string{"Cookie", tokenCookie + "=AAAA"}, 401},
		"an empty token":   {"GET", "/v1/setup", "", []string{"Cookie", tokenCookie + "="}, 401},
		"the page":         {"GET", "/", "", nil, 200},
		"its script":       {"GET", "/setup.js", "", nil, 200},
		"its words":        {"GET", "/words/hi.js", "", nil, 200},
		"its measures":     {"GET", "/console/tokens.css", "", nil, 200},
		"the console":      {"GET", "/console/app.js", "", nil, 404},
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

// TestDoor_6: a stranger who types codes waits for himself, changes no code, and is heard of; the owner gets in
// meanwhile, by typing and by scanning; and whoever lost the page gets a new code on the screen when they ask.
func TestDoor_6(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown, secret, heard := "", "", []string{}
		p := bench(t, &shown)
		p.o.Wrong = func(from string, tries int) { heard = append(heard, fmt.Sprint(from, " ", tries)) }
		p.lock.show = func(code, s string, _ time.Time) { shown, secret = code, s }
		if wait := p.lock.renew(); wait != codeLife || len(shown) != 9 || len(secret) < 26 {
			t.Fatalf("%v, %q, %q", wait, shown, secret)
		}
		from := func(addr, target, code string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(
				"POST",
				"https://192.168.1.20:7417"+target,
				strings.NewReader(`{"code":"`+code+`"}`),
			)
			r.Host, r.RemoteAddr = "192.168.1.20:7417", addr+":4711"
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			p.Handler().ServeHTTP(w, r)
			return w
		}

		before, codes := shown, map[int]int{}
		for range 10_000 {
			codes[from("192.168.1.66", "/v1/setup/open", "12345678").Code]++
		}
		if codes[401] != 4 || codes[429] != 9_996 || shown != before || len(heard) != 1 ||
			heard[0] != "192.168.1.66 5" {
			t.Errorf("answered %v; the code is %q, was %q; heard of %q", codes, shown, before, heard)
		}
		if w := from("192.168.1.66", "/v1/setup/open", before); w.Code != 429 || w.Header().Get("Retry-After") == "" {
			t.Errorf("his right guess during the wait: %d", w.Code)
		}
		first := from("192.168.1.20", "/v1/setup/open", before)
		if first.Code != 200 || shown != "" {
			t.Fatalf("the owner: %d %s", first.Code, first.Body)
		}

		// The phone lost the page and its cookie. A stranger asks too, which changes no code that stands there.
		if w := from("192.168.1.20", "/v1/setup/code", ""); w.Code != 204 || shown == "" {
			t.Fatalf("asked for a code: %d", w.Code)
		}
		again := shown
		for range 100 {
			from("192.168.1.66", "/v1/setup/code", "")
		}
		cookie := first.Result().Cookies()[0]
		if w := call(p, "GET", "/v1/setup", "", "Cookie", cookie.Name+"="+cookie.Value); w.Code != 200 ||
			shown != again {
			t.Errorf("a code that was only asked for: %d, the screen has %q, had %q", w.Code, shown, again)
		}
		if w := from("192.168.1.66", "/v1/setup/open", secret); w.Code != 200 { // whoever scans stands at the box
			t.Errorf("scanned: %d %s", w.Code, w.Body)
		}
		if w := call(p, "GET", "/v1/setup", "", "Cookie", cookie.Name+"="+cookie.Value); w.Code != 401 {
			t.Errorf("two are in: %d", w.Code)
		}
	})
}

// TestDoor_6_Reload: the page loaded again goes on where it was, by a cookie that no script reads; what is typed is for
// whoever typed it.
func TestDoor_6_Reload(t *testing.T) {
	shown := ""
	p := bench(t, &shown)
	p.lock.renew()
	w := call(p, "POST", "/v1/setup/open", `{"code":"`+shown+`"}`)
	c := w.Result().Cookies()
	if w.Code != 200 || len(c) != 1 || c[0].Name != "__Host-galla-setup" || !c[0].HttpOnly || !c[0].Secure ||
		c[0].SameSite != http.SameSiteStrictMode ||
		c[0].Path != "/" ||
		strings.Contains(w.Body.String(), c[0].Value) {
		t.Fatalf("%d %v %s", w.Code, c, w.Body)
	}
	cookie := []string{"Cookie", c[0].Name + "=" + c[0].Value}
	put := func(body string, head ...string) int {
		return call(p, "PUT", "/v1/setup/draft", body, append(head, "Content-Type", "application/json")...).Code
	}
	if code := put(`{"shop":"Asha Stores","key_secret":"hunter2"}`, cookie...); code != 204 {
		t.Errorf("kept: %d", code)
	}
	for name, code := range map[string]int{"no cookie": put(`{}`), "no object": put(`[1]`, cookie...),
		"too much": put(`{"shop":"`+strings.Repeat("x", maxBody)+`"}`, cookie...)} {
		if code < 400 {
			t.Errorf("%s: %d", name, code)
		}
	}
	got := call(p, "GET", "/v1/setup", "", cookie...).Body.String()
	if !strings.Contains(got, `"draft":{"key_secret":"hunter2","shop":"Asha Stores"}`) ||
		!strings.Contains(got, `"languages"`) {
		t.Errorf("loaded again: %s", got)
	}
	if got := call(p, "GET", "/v1/setup", "").Body.String(); strings.Contains(got, "hunter2") {
		t.Errorf("without the cookie: %s", got)
	}
	call(p, "POST", "/v1/setup/code", "{}")
	next := call(p, "POST", "/v1/setup/open", `{"code":"`+shown+`"}`)
	if next.Code != 200 || strings.Contains(next.Body.String(), "hunter2") {
		t.Errorf("the next one reads what was typed before: %d %s", next.Code, next.Body)
	}
}

// TestLock: a code lasts ten minutes, a token an hour.
func TestLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown := ""
		p := bench(t, &shown)
		here := netip.MustParseAddr("192.168.1.20")
		p.lock.renew()
		first := shown
		time.Sleep(codeLife)
		if token, _, _ := p.lock.open(first, here); token != "" {
			t.Error("a code of ten minutes ago opens")
		}
		p.lock.renew()
		token, _, _ := p.lock.open(shown, here)
		if token == "" || !p.lock.holds(token) || shown != "" {
			t.Errorf("%q, %q", token, shown)
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

// TestCounter_6_Fields: what is wrong is told by its field; a clock is set only to what can be now, and a box that
// can't says so.
func TestCounter_6_Fields(t *testing.T) {
	shown, set := "", time.Time{}
	p := bench(t, &shown)
	p.lock.renew()
	w := call(p, "POST", "/v1/setup/open", `{"code":"`+shown+`"}`)
	c := w.Result().Cookies()[0]
	post := func(target, body string) *httptest.ResponseRecorder {
		return call(p, "POST", target, body, "Cookie", c.Name+"="+c.Value)
	}

	const answers = `{"shop":"","gstin":"27AAPFU0939F1ZA","terminal":"box 2","printer":{"port":"lpt1"},` +
		`"gateways":[{"provider":"razorpay","base_url":"http://pay.example.com","key_id":"rzp_live_A",` +
		`"key_secret":"hunter 2"}]}`
	for _, target := range []string{"/v1/setup/check", "/v1/setup"} {
		got := post(target, answers).Body.String()
		for _, want := range []string{
			`"field":"shop","code":"shop_missing"`, `"field":"gstin","code":"gstin_wrong"`,
			`"field":"terminal","code":"terminal"`,
			`"field":"printer.port","code":"port"`, `"field":"razorpay.base_url","code":"url"`,
			`"field":"razorpay.key_secret","code":"key_strange"`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s doesn't say %s: %s", target, want, got)
			}
		}
		if strings.Contains(got, "key_id\"") || strings.Contains(got, "hunter") {
			t.Errorf("%s: %s", target, got)
		}
	}
	good := post(
		"/v1/setup/check",
		`{"shop":"Asha","gateways":[{"provider":"enkash","access_key":"a","secret_key":"s"}]}`,
	)
	if good.Body.String() != `{"faults":[]}`+"\n" {
		t.Errorf("nothing is wrong: %s", good.Body)
	}
	if got := post("/v1/setup/try", `{"gateway":{"provider":"enkash"}}`); got.Code != 422 ||
		!strings.Contains(got.Body.String(), `"field":"enkash.access_key"`) {
		t.Errorf("tried without keys: %d %s", got.Code, got.Body)
	}

	at := `{"at":"2026-11-30T08:20:00Z"}`
	if got := post("/v1/setup/clock", at); got.Code != 409 ||
		!strings.Contains(got.Body.String(), `"code":"clock_stays"`) {
		t.Errorf("a box that can't: %d %s", got.Code, got.Body)
	}
	p.o.Clock = func(_ context.Context, at time.Time) error { set = at; return nil }
	if got := post("/v1/setup/clock", `{"at":"1970-01-01T00:00:00Z"}`); got.Code != 422 || !set.IsZero() {
		t.Errorf("a phone without a clock: %d %s", got.Code, got.Body)
	}
	if got := post("/v1/setup/clock", at); got.Code != 200 || set.Format(time.RFC3339) != "2026-11-30T08:20:00Z" ||
		!strings.Contains(got.Body.String(), `"now":`) {
		t.Errorf("set: %d %s, %v", got.Code, got.Body, set)
	}
}

// TestBox_2_OfferOnThePage: who holds the token is told of the copy that a stick brought; a yes where there is none is
// refused.
func TestBox_2_OfferOnThePage(t *testing.T) {
	shown, waits := "", Offer{}
	p := bench(t, &shown)
	p.o.Offer = func() Offer { return waits }
	p.lock.renew()
	w := call(p, "POST", "/v1/setup/open", `{"code":"`+shown+`"}`)
	if w.Code != 200 || strings.Contains(w.Body.String(), "offer") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	cookie := strings.Split(w.Header().Get("Set-Cookie"), ";")[0]
	waits = Offer{At: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), Events: 309}
	if w := call(p, "GET", "/v1/setup", "", "Cookie", cookie); !strings.Contains(w.Body.String(),
		`"offer":{"at":"2026-11-30T12:00:00Z","events":309}`) {
		t.Errorf("%s", w.Body)
	}
	waits = Offer{}
	body := `{"shop":"Asha","restore":true,"gateways":[{"provider":"razorpay","key_id":"rzp_live_A","key_secret":"x"}]}`
	if w := call(p, "POST", "/v1/setup", body, "Cookie", cookie); w.Code != 409 ||
		!strings.Contains(w.Body.String(), "no copy of sales") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
