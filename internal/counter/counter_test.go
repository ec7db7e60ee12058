package counter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/people"
	"galla/internal/till"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// clock ticks one second a look, so that golden files are the same every time.
func clock() func() time.Time {
	var looks atomic.Int64
	return func() time.Time {
		return time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC).Add(time.Duration(looks.Add(1)) * time.Second)
	}
}

// bench is a counter over a till for tests, with its log.
type bench struct {
	*Counter
	till     *countertest.Till
	settings *countertest.Settings
	log      *lines
	clock    func() time.Time
	users    map[uint32]Person
	login    func(uint32) string // nil: the box's own list of users

	engine column // what the counter sells over instead of till, in the second column
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{till: countertest.New(), settings: countertest.NewSettings(), log: &lines{}, clock: clock()}
	b.till.Now = b.clock
	b.restart(t)
	return b
}

// lines are what counters log: those of a counter that was replaced may still come.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *lines) Len() int { return len(l.String()) }

// restart makes a new counter over the same till and settings, as a restart of gallad does.
func (b *bench) restart(t testing.TB) { b.over(t, b.customer()) }

// over makes a new counter over another till.
func (b *bench) over(t testing.TB, tl Till) {
	t.Helper()
	c, err := New(Options{
		OpenSales:    1000,
		SalesAMinute: 6000,
		Till:         tl,
		Operations:   b.operations(),
		Settings:     b.settings,
		Log:          slog.New(slog.NewTextHandler(b.log, nil)),
		Version:      "1.2.3",
		Users:        b.users,
		Standing:     stall{newFakePrinter()},
		Office:       newHeadOffice(t),
		Login:        b.login,
		PINCost:      people.Cost{Passes: 1, Memory: 64},
		Anchor: func() (string, error) {
			b.till.Now() // one tick of the clock, as the goldens of what shops have on disk were written
			return fmt.Sprintf("%d:9f2c", b.till.Newest()), nil
		},
		Now:       func() time.Time { return b.clock() },
		Heartbeat: 20 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Counter = c
}

// keyOf is the key a test's request has, so that the same request has the same key.
func keyOf(s string) string {
	s = strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r
		}
		return '_'
	}, "key_"+s)
	return s[:min(120, len(s))]
}

// call makes one request straight at the handler.
func (b *bench) call(d Listener, method, path, body string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:7417"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if method != "GET" {
		r.Header.Set("Idempotency-Key", keyOf(path+"_"+body))
	}
	for i := 0; i < len(head); i += 2 {
		if head[i+1] == "" {
			r.Header.Del(head[i])
		} else if head[i] == "Host" {
			r.Host = head[i+1]
		} else {
			r.Header.Set(head[i], head[i+1])
		}
	}
	w := httptest.NewRecorder()
	b.Handler(d).ServeHTTP(w, r)
	return w
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	second := strings.HasPrefix(t.Name(), realColumn)
	if *update && !second {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run go test -update)", err)
	}
	if second { // whose ids and moments are its own
		got, want = essence(got), essence(want)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run go test -update and read the difference):\n%s", path, got)
	}
}

// dump writes an answer for a golden file.
func dump(b *bytes.Buffer, title string, w *httptest.ResponseRecorder) {
	fmt.Fprintf(b, "== %s\n%d %s\n", title, w.Code, w.Header().Get("Content-Type"))
	var indented bytes.Buffer
	if json.Indent(&indented, w.Body.Bytes(), "", "  ") == nil {
		b.Write(bytes.TrimSpace(indented.Bytes()))
	} else {
		b.Write(bytes.TrimSpace(w.Body.Bytes()))
	}
	b.WriteString("\n\n")
}

var trusted = Listener{Trust: Owner}

func TestSaleBodies(t *testing.T) {
	b := newEither(t)
	var out bytes.Buffer
	do := func(title, method, path, body string) { dump(&out, title, b.call(trusted, method, path, body)) }
	do(
		"opened, with its QR",
		"POST",
		"/v1/sales",
		`{"amount_paise":25000,"reference":"BILL-17","note":"two <b> & teas"}`,
	)
	p := b.till.Start("S000001")
	do("the customer began to pay: the QR is gone", "GET", "/v1/sales/S000001", "")
	b.till.Finish("S000001", p)
	do("paid, by its number", "GET", "/v1/sales/1", "")
	do("a receipt", "POST", "/v1/sales/S000001/print", `{"copy":"receipt"}`)
	do("a part goes back", "POST", "/v1/sales/S000001/refunds", `{"amount_paise":5000,"reason":"one tea"}`)
	do("the second", "POST", "/v1/sales", `{"amount_paise":100}`)
	do("is cancelled", "POST", "/v1/sales/S000002/cancel", ``)
	b.till.Pay("S000002", 0)
	do("money came late", "GET", "/v1/sales/2", "")
	do("and is accepted", "POST", "/v1/sales/S000002/resolve", `{"action":"accept","note":"same customer"}`)
	do("the list", "GET", "/v1/sales?limit=1", "")
	do("health", "GET", "/v1/health", "")
	golden(t, "sales.golden", out.Bytes())
}

func TestProblems(t *testing.T) {
	b := newBench(t)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":25000}`)
	b.till.Pay("S000001", 0)
	var out bytes.Buffer
	for _, tc := range []struct {
		title, method, path, body string
		head                      []string
	}{
		{"misspelt field", "POST", "/v1/sales", `{"amuont_paise":25000}`, nil},
		{"part of a name", "POST", "/v1/sales", `{"amount":25000}`, nil},
		{"field twice", "POST", "/v1/sales", `{"amount_paise":1,"amount_paise":2}`, nil},
		{"field in the invoice", "POST", "/v1/sales", `{"amount_paise":1,"invoice":{"gtsin":"x"}}`, nil},
		{"amount as text", "POST", "/v1/sales", `{"amount_paise":"250"}`, nil},
		{"amount as fraction", "POST", "/v1/sales", `{"amount_paise":250.00}`, nil},
		{"amount with exponent", "POST", "/v1/sales", `{"amount_paise":25e3}`, nil},
		{"amount too long", "POST", "/v1/sales", `{"amount_paise":99999999999999999999}`, nil},
		{"amount of zero", "POST", "/v1/sales", `{"amount_paise":0}`, nil},
		{"no amount", "POST", "/v1/sales", ``, nil},
		{"amount above the limit", "POST", "/v1/sales", `{"amount_paise":10000001}`, nil},
		{"text where a flag belongs", "POST", "/v1/sales", `{"amount_paise":1,"print":"yes"}`, nil},
		{"list", "POST", "/v1/sales", `[1]`, nil},
		{"cut off", "POST", "/v1/sales", `{"amount_paise":`, nil},
		{"two objects", "POST", "/v1/sales", `{"amount_paise":1}{"amount_paise":2}`, nil},
		{"not UTF-8", "POST", "/v1/sales", "{\"note\":\"\xff\"}", nil},
		{"too large", "POST", "/v1/sales", `{"note":"` + strings.Repeat("x", maxBody) + `"}`, nil},
		{"not JSON by its header", "POST", "/v1/sales", `amount_paise=1`,
			[]string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"no key", "POST", "/v1/sales", `{"amount_paise":1}`, []string{"Idempotency-Key", ""}},
		{"odd key", "POST", "/v1/sales", `{"amount_paise":1}`, []string{"Idempotency-Key", "a b"}},
		{"key of another request", "POST", "/v1/sales", `{"amount_paise":300}`,
			[]string{"Idempotency-Key", `key_/v1/sales_{"amount_paise":25000}`}},
		{"cancel of a paid sale", "POST", "/v1/sales/S000001/cancel", `{}`, nil},
		{"reason nobody can give", "POST", "/v1/sales/S000001/cancel", `{"reason":"expired"}`, nil},
		{"too much back", "POST", "/v1/sales/S000001/refunds", `{"amount_paise":25001}`, nil},
		{"nothing back, money.md 15", "POST", "/v1/sales/S000001/refunds", `{"amount_paise":0}`, nil},
		{"null back", "POST", "/v1/sales/S000001/refunds", `{"amount_paise":null}`, nil},
		{"odd copy", "POST", "/v1/sales/S000001/print", `{"copy":"bill"}`, nil},
		{"odd action", "POST", "/v1/sales/S000001/resolve", `{"action":"hoard"}`, nil},
		{"nothing to resolve", "POST", "/v1/sales/S000001/resolve", `{"action":"accept"}`, nil},
		{"no such sale", "GET", "/v1/sales/S999999", "", nil},
		{"no such number", "GET", "/v1/sales/999", "", nil},
		{"limit", "GET", "/v1/sales?limit=1001", "", nil},
		{"limit of nothing", "GET", "/v1/sales?limit=0", "", nil},
		{"misspelt query", "GET", "/v1/sales?limt=1", "", nil},
		{"odd day", "GET", "/v1/sales?day=22/11/2026", "", nil},
		{"negative since", "GET", "/v1/sales?since=-1", "", nil},
		{"ahead", "GET", "/v1/events?since=900", "", nil},
		{"no such call", "GET", "/v1/sails", "", nil},
		{"wrong method", "DELETE", "/v1/sales", "", nil},
		{"rebound name", "GET", "/v1/sales", "", []string{"Host", "evil.example"}},
		{"foreign page", "POST", "/v1/sales", `{"amount_paise":1}`, []string{"Origin", "https://evil.example"}},
		{"foreign fetch", "GET", "/v1/sales", "", []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		w := b.call(trusted, tc.method, tc.path, tc.body, tc.head...)
		dump(&out, tc.title, w)
		if w.Code < 400 || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: answered %d %s", tc.title, w.Code, w.Header().Get("Content-Type"))
		}
	}
	for _, tc := range []struct {
		title string
		err   error
	}{{"not ready", fmt.Errorf("%w: no gateway answers", till.ErrNotReady)}, {"stopped", till.ErrStopped},
		{"a bug", errors.New("secret inside")}} {
		b.till.Refuse(tc.err)
		dump(&out, tc.title, b.call(trusted, "POST", "/v1/sales", `{"amount_paise":7}`))
	}
	if strings.Contains(out.String(), "secret inside") {
		t.Error("an unexpected error's text reached the client")
	}
	if got := b.till.Health().Open; got != 0 {
		t.Errorf("%d sales were left half-made", got)
	}
	golden(t, "problems.golden", out.Bytes())
}

func TestRepeatedKeyAnswersTheSameSale(t *testing.T) {
	b := newEither(t)
	first := b.call(trusted, "POST", "/v1/sales", `{"amount_paise":25000}`)
	again := b.call(trusted, "POST", "/v1/sales", `{"amount_paise":25000}`)
	if again.Header().Get("Idempotency-Replayed") != "true" || first.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("headers: first %v, again %v", first.Header(), again.Header())
	}
	if first.Code != 201 || again.Code != 200 || first.Body.String() != again.Body.String() {
		t.Errorf("first %d %s, again %d %s", first.Code, first.Body, again.Code, again.Body)
	}
}

func TestWhoAsks(t *testing.T) {
	b := newBench(t)
	uid := uint32(os.Geteuid())
	login, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		users  map[uint32]Person
		by     string
		refund int
	}{
		"gallad's own user":   {nil, "login:" + login.Username, 409},
		"a configured person": {map[uint32]Person{uid: {Name: "asha", Role: Cashier}}, "cashier:asha", 403},
	} {
		t.Run(name, func(t *testing.T) {
			b.users = tc.users
			b.restart(t)
			socket := filepath.Join(t.TempDir(), "g.sock")
			l, err := net.Listen("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- b.Serve(ctx, l, Listener{Kernel: true}) }()
			h := &http.Client{
				Transport: &http.Transport{
					DialContext: func(context.Context, string, string) (net.Conn, error) {
						return net.Dial("unix", socket)
					},
				},
			}
			post := func(path, body string) (int, map[string]any) {
				resp, err := h.Post(
					"http://galla"+path,
					"application/json",
					strings.NewReader(body),
				) // no key: one is made
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				var v map[string]any
				if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
					t.Fatal(err)
				}
				return resp.StatusCode, v
			}
			code, sale := post("/v1/sales", `{"amount_paise":100}`)
			if code != 201 || sale["by"] != tc.by {
				t.Errorf("%d %v, want by %q", code, sale, tc.by)
			}
			if code, v := post(fmt.Sprintf("/v1/sales/%v/refunds", sale["id"]), `{}`); code != tc.refund {
				t.Errorf("refund: %d %v, want %d", code, v, tc.refund)
			}
			cancel()
			if err := <-done; err != nil {
				t.Errorf("serve: %v", err)
			}
			h.CloseIdleConnections()
		})
	}
}

func TestNetworkNeedsAToken(t *testing.T) {
	b := newEither(t)
	for _, rt := range b.routes {
		method, path, _ := strings.Cut(rt.pattern, " ")
		if rt.need == Anyone {
			continue
		}
		path = strings.NewReplacer("{id}", "S000001", "{name}", "asha", "{number}", "1").Replace(path)
		for _, head := range [][]string{nil, {"Authorization", "Bearer wrong"}, {"Authorization", "Basic eDp5"}} {
			if w := b.call(Listener{}, method, path, "", head...); w.Code != 401 {
				t.Errorf("%s with %q: %d", rt.pattern, head, w.Code)
			}
		}
	}
	if strings.Contains(b.log.String(), "wrong") {
		t.Error("a token reached the log")
	}
}

// TestProblemTypesAreExplained: the type of a problem document can be followed as a link. Package problem tries every
// kind.
func TestProblemTypesAreExplained(t *testing.T) {
	b := newBench(t)
	w := b.call(Listener{}, "GET", "/problems/no-sale", "")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "No such sale") {
		t.Errorf("no-sale: %d %s", w.Code, w.Body)
	}
	if w := b.call(Listener{}, "GET", "/problems/none", ""); w.Code != 404 {
		t.Errorf("none: %d", w.Code)
	}
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"amount_paise":25000}`, `{"amount_paise":1e9}`, `{"invoice":{"gst_paise":1}}`, `[]`,
		`{"a":`, "\xff", `{"amount_paise":1,"note":"\ud800"}`} {
		f.Add([]byte(s))
	}
	b := newBench(f)
	b.Counter.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	h := b.Handler(trusted)
	f.Fuzz(func(t *testing.T, body []byte) {
		before := b.till.Newest()
		r := httptest.NewRequest("POST", "/v1/sales", bytes.NewReader(body))
		r.Host = "localhost"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprint("k", before))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch {
		case w.Code == 201:
			var v struct{ AmountPaise int64 }
			if json.Unmarshal(body, &struct {
				A *int64 `json:"amount_paise"`
			}{&v.AmountPaise}) != nil || v.AmountPaise <= 0 {
				t.Errorf("%q became a sale", body)
			}
		case w.Code >= 500:
			t.Errorf("%q answered %d", body, w.Code)
		case b.till.Newest() != before:
			t.Errorf("%q was refused with %d and left something", body, w.Code)
		}
	})
}
