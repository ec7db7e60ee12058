package counter

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"galla/internal/counter/wire"
	"galla/internal/till"
)

// FuzzEveryCall makes any call of the OpenAPI document with any values in its path, query, headers and body, as the
// owner at the box, as a paired console with a manager, and as a stranger. Whatever comes, the answer is one the
// document knows: of its schema when it is good, a problem with a next step when it isn't, never a fault of ours, and
// nothing secret in it.
func FuzzEveryCall(f *testing.F) {
	all, d := calls(f), apiDocument(f)
	for i, c := range all {
		f.Add(uint16(i), uint8(0), "S000001", "limit=2&q=x&format=csv", "", c.body)
		f.Add(uint16(i), uint8(1), "1", "", "key", strings.Replace(c.body, "{", `{"approver":"meena","pin":"8642",`, 1))
		f.Add(uint16(i), uint8(2), "%2e%2e%2f", "since=99999999999999999999&limit=-1", "\x00",
			`{"amount_paise":-1,"note":"\ud800"}`)
	}
	f.Add(uint16(0), uint8(0), "x", "from=2026-13-45&to=x&day=;", strings.Repeat("k", 200), `[{}]`)
	home := staffBench(f)
	token := home.device(f, "meena", "")
	discard := slog.New(slog.NewTextHandler(io.Discard, nil))
	f.Fuzz(func(t *testing.T, which uint16, who uint8, id, query, key, body string) {
		c := all[int(which)%len(all)]
		if c.pattern == "GET /v1/events" {
			return // it streams for ever to whom it lets in; FuzzSince takes its values
		}
		b := newBench(t)
		b.settings = home.settings.Copy()
		b.restart(t)
		b.Counter.log, b.printer = discard, newFakePrinter()
		s, err := b.till.Open(t.Context(), till.OpenRequest{Key: "first", Amount: 25000})
		if err != nil {
			t.Fatal(err)
		}
		b.till.Pay(s.ID, 0)

		_, pattern, _ := strings.Cut(c.pattern, " ")
		path := strings.NewReplacer("{id}", url.PathEscape(id), "{name}", url.PathEscape(id), "{number}",
			url.PathEscape(id)).Replace(pattern)
		r := httptest.NewRequest(c.method, "http://127.0.0.1:7417/", strings.NewReader(body))
		if r.URL, err = url.Parse(path); err != nil {
			return
		}
		r.URL.RawQuery, r.RequestURI = query, ""
		if body != "" || c.method != "GET" {
			r.Header.Set("Content-Type", "application/json")
		}
		if c.method != "GET" {
			r.Header.Set("Idempotency-Key", key)
		}
		listener := []Listener{trusted, network, network}[who%3]
		if who%3 == 1 {
			r.Header.Set("Authorization", "Bearer "+token)
		} else if who%3 == 2 {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		w := httptest.NewRecorder()
		b.Handler(listener).ServeHTTP(w, r)

		answer := w.Body.String()
		for _, secret := range []string{"argon2id", "PRIVATE KEY", hashToken(token)} {
			if strings.Contains(answer, secret) {
				t.Fatalf("%s answers with %q: %s", c.pattern, secret, answer)
			}
		}
		switch {
		case w.Code >= 300 && w.Code < 400: // the mux cleans a path such as "/v1/sales/.."
		case w.Code >= 400:
			var p wire.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != w.Code || p.Detail == "" ||
				p.Next == "" || w.Code == 500 {
				t.Fatalf("%s %s?%s %q: %d %s", c.method, path, query, body, w.Code, answer)
			}
		case w.Code < 200:
			t.Fatalf("%s: %d", c.pattern, w.Code)
		default:
			if c.need > Anyone && who%3 == 2 {
				t.Fatalf("%s lets a stranger in: %d %s", c.pattern, w.Code, answer)
			}
			checkAnswer(t, d, c, w)
		}
	})
}

// checkAnswer holds a good answer against the document.
func checkAnswer(t *testing.T, d *document, c call, w *httptest.ResponseRecorder) {
	t.Helper()
	_, pattern, _ := strings.Cut(c.pattern, " ")
	said, ok := d.Paths[pattern][strings.ToLower(c.method)].Responses[fmt.Sprint(w.Code)]
	if !ok {
		if w.Code == 200 && w.Body.Len() > 0 && !strings.HasPrefix(w.Header().Get("Content-Type"), "application/") {
			return // another page, by a path that was cleaned
		}
		t.Fatalf("%s answers %d, which the document does not know", c.pattern, w.Code)
	}
	kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	s := said.Content[kind].Schema
	if s == nil || s.Type == "string" || w.Body.Len() == 0 {
		return
	}
	var v any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s: %v", c.pattern, err)
	}
	if bad := d.check(s, v, c.pattern); len(bad) > 0 {
		t.Fatal(bad)
	}
}

// FuzzSince: where a client says it has been is a number, or is refused.
func FuzzSince(f *testing.F) {
	for _, s := range []string{"", "0", "3", "-1", "18446744073709551616", "1e3", "٣", " 1", "0x1"} {
		f.Add(s, "")
		f.Add("", s)
	}
	b := newBench(f)
	if _, err := b.till.Open(f.Context(), till.OpenRequest{Key: "first", Amount: 100}); err != nil {
		f.Fatal(err)
	}
	newest := b.till.Newest()
	f.Fuzz(func(t *testing.T, since, last string) {
		r := httptest.NewRequest("GET", "/v1/events", nil)
		r.URL.RawQuery = url.Values{"since": {since}}.Encode()
		r.Header["Last-Event-ID"] = []string{last}
		got, err := b.since(r)
		if err == nil && got > newest {
			t.Errorf("since %q, last %q: %d of %d", since, last, got, newest)
		}
		var p *wire.Problem
		if p = asProblem(err); err != nil && (p.Status == 500 || p.Next == "") {
			t.Errorf("since %q, last %q: %v", since, last, err)
		}
	})
}
