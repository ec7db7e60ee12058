package counter

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/pad"
	"galla/internal/counter/wire"
	"galla/internal/quota"
)

// from is a client whose requests come from an address of this machine.
func from(address, token string) *http.Client {
	return &http.Client{Timeout: 5 * time.Second, Transport: bearer{token, &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext:     (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext,
	}}}
}

type bearer struct {
	token string
	*http.Transport
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.Transport.RoundTrip(r)
}

// TestDoor_4: a stranger with 300 connections that say nothing keeps nobody out, and nor does a cashier's token with as
// many feeds.
func TestDoor_4(t *testing.T) {
	b := newBench(t)
	phone, thief := b.pairPhone(t, "cashier"), b.pairPhone(t, "cashier")
	addr := b.serveTCP(t, true)

	ask := func(who *http.Client, path string) *http.Response {
		t.Helper()
		begin := time.Now()
		resp, err := who.Get("https://" + addr + path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s took %s", path, took)
		}
		return resp
	}

	stranger := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.66")}}
	var idle []net.Conn
	for range maxConns + 44 {
		c, err := stranger.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		idle = append(idle, c)
	}
	cashier := from("127.0.0.7", phone.token)
	for _, who := range []*http.Client{cashier, from("127.0.0.66", phone.token)} { // the stranger's own address, too
		resp := ask(who, "/v1/sales")
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("beside 300 silent connections: %s", resp.Status)
		}
	}
	open := 0
	for _, c := range idle {
		c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); err != nil && strings.Contains(err.Error(), "timeout") {
			open++
		}
	}
	if open > perSource {
		t.Errorf("%d of the stranger's connections are open, want %d at most", open, perSource)
	}

	// The ninth feed of a device, whatever it does with its connections.
	leak := from("127.0.0.8", thief.token)
	for i := range feedsDevice + 4 {
		resp := ask(leak, "/v1/events")
		defer resp.Body.Close()
		switch {
		case i < feedsDevice && resp.StatusCode != 200:
			t.Fatalf("feed %d: %s", i+1, resp.Status)
		case resp.Header.Get("RateLimit-Policy") != `"feeds";q=8;qu="concurrent-requests"` ||
			i < feedsDevice && resp.Header.Get("RateLimit") != fmt.Sprintf(`"feeds";r=%d`, feedsDevice-1-i) ||
			i >= feedsDevice && resp.Header.Get("RateLimit") != `"feeds";r=0;t=10`:
			t.Errorf("feed %d: %v", i+1, resp.Header)
		case i >= feedsDevice && (resp.StatusCode != 503 || resp.Header.Get("Retry-After") == ""):
			t.Fatalf("feed %d: %s, Retry-After %q", i+1, resp.Status, resp.Header.Get("Retry-After"))
		}
	}
	resp := ask(cashier, "/v1/events")
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || line != "retry: 1000\n" {
		t.Errorf("another device's feed: %q %v", line, err)
	}
}

// TestDoor_4_SlowBody: a stranger whose bodies come slowly keeps nobody behind the same address out, such as another
// user of this machine: what is refused anyway is not waited for.
func TestDoor_4_SlowBody(t *testing.T) {
	b := newBench(t)
	addr := b.serveTCP(t, false)
	stranger := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.66")}}
	for range perSource {
		c, err := stranger.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprint(c, "POST /v1/sales HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"+
			"Content-Length: 100\r\n\r\n{")
	}
	time.Sleep(500 * time.Millisecond) // until all of them are under way
	begin := time.Now()
	for {
		resp, err := from("127.0.0.66", "").Get("http://" + addr + "/v1/openapi.json")
		if err == nil && resp.StatusCode == 200 {
			resp.Body.Close()
			break
		}
		if time.Since(begin) > requestTime/2 {
			t.Fatalf("after %s: %v", time.Since(begin), err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// TestDoor_8: a stranger writes no line of the log, however long his paths are; a caller who is known writes few, and
// cut.
func TestDoor_8(t *testing.T) {
	b := newBench(t)
	before := b.log.Len()
	long := "/v1/" + strings.Repeat("x", 2000)
	for range 2000 {
		b.call(network, "GET", long, "")
		b.call(network, "GET", "/v1/sales", "", "Authorization", "Bearer galla_wrong")
	}
	if n := b.log.Len() - before; n != 0 {
		t.Errorf("a stranger wrote %d bytes of log: %.300s", n, b.log.String()[before:])
	}
	for range 2000 {
		b.call(trusted, "GET", "/v1/sales/"+long[4:], "")
	}
	if s := b.log.String()[before:]; len(s) > 12_000 || strings.Count(s, "\n") == 0 {
		t.Errorf("2,000 refusals of a caller are %d bytes of log in %d lines", len(s), strings.Count(s, "\n"))
	}
}

// TestDoor_9: one caller opens so many sales a minute and holds so many; the others sell on, and what was asked before
// is answered.
func TestDoor_9(t *testing.T) {
	b := newBench(t)
	b.Counter.rate, b.Counter.openSales = quota.NewRate(60), 12
	thief, other := b.pairPhone(t, "cashier"), b.pairPhone(t, "manager")

	sell := func(p *phone, key string) *httptest.ResponseRecorder {
		return p.call(
			network,
			"POST",
			"/v1/sales",
			`{"amount_paise":100}`,
			"Authorization",
			"Bearer "+p.token,
			"Idempotency-Key",
			key,
		)
	}
	made := 0
	var last *httptest.ResponseRecorder
	for i := range 500 {
		if last = sell(thief, fmt.Sprint("k", i)); last.Code == http.StatusCreated {
			made++
		}
	}
	if made < 10 || made > 12 || last.Code != 429 || last.Header().Get("Retry-After") == "" ||
		!strings.Contains(last.Body.String(), "problem_too_many_sales") {
		t.Errorf("%d of 500 sales were opened, and the last was answered %d %v %s",
			made, last.Code, last.Header(), last.Body)
	}
	if w := sell(thief, "k0"); w.Code != 200 {
		t.Errorf("the first request again: %d %s", w.Code, w.Body)
	}
	if w := sell(other, "k0"); w.Code != 201 {
		t.Errorf("another caller's sale: %d %s", w.Code, w.Body)
	}
	if _, err := pad.New(b.till).Open(context.Background(), "pad", 100); err != nil {
		t.Errorf("the number pad's sale: %v", err)
	}

	// And with all the time in the world, not more than so many open ones.
	b.Counter.rate = quota.NewRate(6000)
	for i := range 40 {
		last = sell(thief, fmt.Sprint("later", i))
	}
	if last.Code != 429 || !strings.Contains(last.Body.String(), "has 12 open sales") {
		t.Errorf("the 13th open sale: %d %s", last.Code, last.Body)
	}
}

// TestDoor_10: what is shown as being typed is an amount, and nothing that reads like a result.
func TestDoor_10(t *testing.T) {
	b := newBench(t)
	for _, entry := range []string{"PAID ✓ 500.00", "5+5", "5×5", "₹5", "1,000", "५", "5 ", "-5", "5.5.5", "5.123",
		"12345678901", "1e5", "\u202e5"} {
		for _, body := range []string{fmt.Sprintf(`{"entry":%q}`, entry),
			fmt.Sprintf(`{"entry":"5","tape":[%q]}`, entry)} {
			if w := b.call(trusted, "PUT", "/v1/typing", body); w.Code != 422 {
				t.Errorf("%s: %d %s", body, w.Code, w.Body)
			}
		}
	}
	if got := b.till.Typed(); len(got) != 0 {
		t.Errorf("the screen shows %q", got)
	}
	for entry, want := range map[string]string{"": "", "5": "5", "5.": "5.", "5.5": "5.5", "125000.50": "1,25,000.50",
		".5": ".5", "007": "7"} {
		w := b.call(trusted, "PUT", "/v1/typing", fmt.Sprintf(`{"entry":%q,"tape":["100000"]}`, entry))
		if w.Code != 204 {
			t.Errorf("%q: %d %s", entry, w.Code, w.Body)
		}
		if got := b.till.Typed(); len(got) == 0 || got[len(got)-1] != want {
			t.Errorf("%q is shown as %q", entry, got)
		}
	}
}

// TestDoor_13: no amount in a request is above what money can be, or below zero, and an invoice has its four fields.
func TestDoor_13(t *testing.T) {
	b := newBench(t)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":25000}`, "Idempotency-Key", "first")
	b.till.Pay("S000001", 0)
	n := 0
	for _, path := range []string{
		`/v1/sales {"amount_paise":%s}`,
		`/v1/sales {"amount_paise":100,"invoice":{"number":"1","date":"2026-11-22T00:00:00Z",` +
			`"gstin":"27AAPFU0939F1ZV","gst_paise":%s}}`,
		`/v1/sales {"amount_paise":100,"invoice":{"number":"1","date":"2026-11-22T00:00:00Z",` +
			`"gstin":"27AAPFU0939F1ZV","gst_paise":0,"cess_paise":%s}}`,
		`/v1/sales/S000001/refunds {"amount_paise":%s}`,
		`/v1/sales/S000001/resolve {"action":"keep","amount_paise":%s}`,
		`/v1/gateways/enkash/qrs {"name":"x","amount_paise":%s}`,
		`/v1/gateways/enkash/mandates/m/update {"amount_paise":%s}`,
		`/v1/gateways/enkash/mandates/m/notify {"amount_paise":%s}`,
		`/v1/gateways/enkash/mandates/m/execute {"amount_paise":%s}`,
	} {
		path, body, _ := strings.Cut(path, " ")
		for _, amount := range []string{"99999999999999", "9223372036854775807", "9223372036854775808",
			"-9223372036854775808", "1e3", "1.5", `"5"`} {
			n++
			w := b.call(trusted, "POST", path, fmt.Sprintf(body, amount), "Idempotency-Key", fmt.Sprint("n", n))
			if w.Code < 400 || w.Code >= 500 {
				t.Errorf("%s %s with %s: %d %s", path, body, amount, w.Code, w.Body)
			}
		}
	}
	w := b.call(
		trusted,
		"POST",
		"/v1/sales",
		`{"amount_paise":100,"invoice":{"number":"1","date":"2026-11-22T00:00:00Z","gstin":"27AAPFU0939F1ZV"}}`,
		"Idempotency-Key",
		"no-tax",
	)
	if w.Code != 422 || !strings.Contains(w.Body.String(), "invoice.gst_paise") {
		t.Errorf("an invoice without its tax: %d %s", w.Code, w.Body)
	}
}

// TestDoor_9_Writes: whoever holds one phone neither fills the book nor keeps the printer from the others: writes and
// slips of one caller are bounded, each by itself, and others write on.
func TestDoor_9_Writes(t *testing.T) {
	b := newBench(t)
	b.printer = newFakePrinter()
	b.Counter.writes, b.Counter.slips = quota.NewRate(240), quota.NewRate(20)
	thief, other := b.pairPhone(t, "cashier"), b.pairPhone(t, "manager")
	var sale wire.Sale
	err := json.Unmarshal(other.want(t, 201, "POST", "/v1/sales", `{"amount_paise":100}`).Body.Bytes(), &sale)
	if err != nil {
		t.Fatal(err)
	}
	storm := func(path, body string, done int) (made int) {
		t.Helper()
		var last *httptest.ResponseRecorder
		for i := range 300 {
			last = thief.call(
				network,
				"POST",
				path,
				body,
				"Authorization",
				"Bearer "+thief.token,
				"Idempotency-Key",
				fmt.Sprint(path, i),
			)
			if last.Code == done {
				made++
			}
		}
		if last.Code != 503 || last.Header().Get("Retry-After") == "" ||
			!strings.Contains(last.Body.String(), "too-many-at-once") {
			t.Errorf("%s, three hundred times: at last %d %v %s", path, last.Code, last.Header(), last.Body)
		}
		return made
	}
	if n := storm("/v1/sales/"+sale.ID+"/print", `{"copy":"order"}`, 202); n < 5 || n > 8 {
		t.Errorf("%d slips at once", n)
	}
	other.want(t, 202, "POST", "/v1/sales/"+sale.ID+"/print", `{"copy":"order"}`)
	if n := storm("/v1/sales/"+sale.ID+"/cancel", "{}", 200); n < 40 || n > 60 {
		t.Errorf("%d writes at once", n)
	}
	other.want(t, 200, "POST", "/v1/sales/"+sale.ID+"/cancel", "{}")
	thief.want(t, 201, "POST", "/v1/sales", `{"amount_paise":100}`)
	thief.want(t, 204, "PUT", "/v1/typing", `{"entry":"5"}`)
}

// TestDoor_9_Reads: whoever holds one phone reads as much as they like, two at a time: what is more waits for its turn,
// and everybody else's reads go on. A list, a search or a picture of the day costs the box what a hundred small calls
// do.
func TestDoor_9_Reads(t *testing.T) {
	b := newBench(t)
	thief, other := b.pairPhone(t, "cashier"), b.pairPhone(t, "manager")
	id := b.people.Devices.List()[0].ID
	ask := func(p *phone, path string, patience time.Duration) *httptest.ResponseRecorder {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, "GET", path, nil)
		r.Host = "127.0.0.1:7417"
		r.Header.Set("Authorization", "Bearer "+p.token)
		w := httptest.NewRecorder()
		b.Handler(network).ServeHTTP(w, r)
		return w
	}
	var under []func()
	for range readsAtOnce {
		done, err := b.turns.Wait(t.Context(), "read device:"+id)
		if err != nil {
			t.Fatal(err)
		}
		under = append(under, done)
	}
	for _, path := range []string{"/v1/sales", "/v1/sales?q=tea", "/v1/reports/x", "/v1/reports/picture",
		"/v1/reports/picture.svg"} {
		if w := ask(thief, path, 20*time.Millisecond); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("GET %s, a third at once: %d %s", path, w.Code, w.Body)
		}
		if w := ask(other, path, time.Minute); w.Code != 200 {
			t.Errorf("GET %s of another caller: %d %s", path, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/v1/health", "/v1/me", "/v1/people"} {
		if w := ask(thief, path, time.Minute); w.Code != 200 {
			t.Errorf("GET %s, which reads little: %d %s", path, w.Code, w.Body)
		}
	}
	under[0]()
	if w := ask(thief, "/v1/sales", time.Minute); w.Code != 200 {
		t.Errorf("after a turn has ended: %d %s", w.Code, w.Body)
	}
	for pattern := range reading {
		if !strings.HasPrefix(pattern, "GET ") ||
			!slices.ContainsFunc(b.routes, func(rt route) bool { return rt.pattern == pattern }) {
			t.Errorf("there is no read %q", pattern)
		}
	}
}
