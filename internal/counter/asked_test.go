package counter

import (
	"encoding/json"
	"fmt"
	"galla/internal/counter/search"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestDoor_Query: a value in the address that a call does not take is refused by its name, on every call and for
// everybody who may make it: an answer about another day than the one that was asked for is a lie about money. What a
// call takes stands in the document.
func TestDoor_Query(t *testing.T) {
	b := newBench(t)
	b.printer, b.doctor, b.standing = newFakePrinter(), &surgery{}, stall{newFakePrinter()}
	d := apiDocument(t)
	before := b.till.Newest()
	tried := 0
	for _, rt := range b.routes {
		method, pattern, _ := strings.Cut(rt.pattern, " ")
		takes := map[string]bool{}
		for _, p := range d.Paths[pattern][strings.ToLower(method)].Parameters {
			takes[p.Name] = takes[p.Name] || p.In == "query"
		}
		if takes := slices.Contains(slices.Collect(maps.Values(takes)), true); takes != asking[rt.pattern] {
			t.Errorf("%s takes values in its address: %v; the document says %v", rt.pattern, asking[rt.pattern], takes)
		}
		path := strings.NewReplacer("{id}", "S000001", "{name}", "enkash", "{number}", "1").Replace(pattern)
		for _, unknown := range []string{"day", "date", "amount_paise", "Limit"} {
			if takes[unknown] {
				continue
			}
			tried++
			body := ""
			if method != "GET" {
				body = "{}"
			}
			w := b.call(trusted, method, path+"?"+unknown+"=2026-11-20", body)
			var p struct{ Type, Field, Next string }
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 400 ||
				p.Type != "/problems/bad-query" ||
				p.Field != unknown || p.Next == "" {
				t.Errorf("%s?%s: %d %s", rt.pattern, unknown, w.Code, w.Body)
			}
			if pattern == "/v1/reports/x" && method == "GET" && unknown == "day" &&
				!strings.Contains(p.Next, "/v1/reports/z") {
				t.Errorf("whoever wants the X of another day is told: %s", p.Next)
			}
		}
	}
	if tried < 200 || b.till.Newest() != before {
		t.Errorf("%d tries; the newest event is %d, was %d", tried, b.till.Newest(), before)
	}
}

// TestDoor_Required: a body without a field that the document calls required is refused, and nothing is done.
func TestDoor_Required(t *testing.T) {
	b := staffBench(t)
	b.printer, b.standing = newFakePrinter(), stall{newFakePrinter()}
	b.day(t)
	d := apiDocument(t)
	before, typed := b.till.Newest(), len(b.till.Typed())
	full := map[string]string{
		"/v1/sales":                                `{"amount_paise":100}`,
		"/v1/sales/{id}/print":                     `{"copy":"receipt"}`,
		"/v1/sales/{id}/resolve":                   `{"action":"accept"}`,
		"/v1/typing":                               `{"entry":"5"}`,
		"/v1/devices":                              `{"code":"1234-5678","name":"pc"}`,
		"/v1/people":                               `{"name":"new","role":"cashier","pin":"4826"}`,
		"/v1/people/{name}/pin":                    `{"pin":"4826"}`,
		"/v1/session":                              `{"name":"asha","pin":"1379"}`,
		"/v1/gateways/{name}/qrs":                  `{"name":"Counter 1"}`,
		"/v1/gateways/{name}/mandates":             mandateBody,
		"/v1/gateways/{name}/mandates/{id}/update": `{"amount_paise":100}`,
		"/v1/gateways/{name}/mandates/{id}/revoke": `{"remarks":"moved away"}`,
		"/v1/operations/{id}/settle":               `{"done":true}`,
		"/v1/hooks/{name}/redelivery":              `{"since":1}`,
		"/v1/office/look":                          `{"address":"https://office.example","code":"1234-5678"}`,
		"/v1/office/join":                          `{"address":"https://office.example","code":"1234-5678"}`,
	}
	tried := 0
	for pattern, methods := range d.Paths {
		for method, op := range methods {
			if op.RequestBody == nil {
				continue
			}
			s := d.Components.Schemas[strings.TrimPrefix(op.RequestBody.Content["application/json"].Schema.Ref,
				"#/components/schemas/")]
			if len(s.Required) == 0 {
				continue
			}
			path := strings.NewReplacer("people/{name}", "people/asha", "operations/{id}", "operations/O000001", "{id}",
				"S000001", "{name}", "enkash").Replace(pattern)
			var whole map[string]any
			if err := json.Unmarshal([]byte(full[pattern]), &whole); err != nil {
				t.Errorf("%s has no body here: %v", pattern, err)
				continue
			}
			for _, field := range s.Required {
				if _, ok := whole[field]; !ok {
					t.Errorf("%s has no %s here", pattern, field)
				}
				without := maps.Clone(whole)
				delete(without, field)
				body, _ := json.Marshal(without)
				without[field] = nil
				null, _ := json.Marshal(without)
				for _, body := range []string{string(body), string(null), ""} {
					if body == "" && len(s.Required) > 1 {
						continue
					}
					tried++
					w := b.call(
						trusted,
						strings.ToUpper(method),
						path,
						body,
						"Idempotency-Key",
						fmt.Sprint("key", tried),
					)
					if w.Code < 400 || w.Code >= 500 {
						t.Errorf("%s %s with %q: %d %s", method, pattern, body, w.Code, w.Body)
					}
				}
			}
		}
	}
	if tried < 40 || b.till.Newest() != before || len(b.till.Typed()) != typed {
		t.Errorf("%d tries; events %d, were %d; the screen shows %q", tried, b.till.Newest(), before, b.till.Typed())
	}
}

// TestDoor_Headers: each answer, a refusal too, tells a browser that it is no page, that nobody may frame it, and that
// it is kept nowhere; the console's pages have their own rules.
func TestDoor_Headers(t *testing.T) {
	b := newBench(t)
	b.printer, b.doctor, b.standing = newFakePrinter(), &surgery{}, stall{newFakePrinter()}
	b.certificate = []byte{0x30}
	b.day(t)
	asks := []string{"GET /", "GET /console/app.js", "GET /console/none", "GET /sw.js", "GET /galla.crt",
		"GET /v1/openapi.json",
		"GET /problems/bad-query", "GET /problems/none", "GET /v1/none", "PATCH /v1/sales", "TRACE /v1/sales",
		"GET /v1/sales/S000001/qr.svg", "GET /v1/sales/S000007/qr.svg"}
	for _, rt := range b.routes {
		if rt.pattern != "GET /v1/events" { // an answer without an end; it has the guard's, as the others
			asks = append(
				asks,
				strings.NewReplacer("{id}", "S000001", "{name}", "enkash", "{number}", "1").Replace(rt.pattern),
			)
		}
	}
	for _, listener := range []Listener{trusted, network} {
		for _, ask := range asks {
			method, path, _ := strings.Cut(ask, " ")
			h := b.call(listener, method, path, "").Header()
			for name, part := range map[string]string{
				"Content-Security-Policy": "default-src 'none'",
				"X-Content-Type-Options":  "nosniff",
				"Referrer-Policy":         "no-referrer",
				"Cache-Control":           "no-",
			} {
				if !strings.Contains(h.Get(name), part) {
					t.Errorf("%s: %s is %q", ask, name, h.Get(name))
				}
			}
			if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") ||
				!strings.Contains(csp, "base-uri 'none'") {
				t.Errorf("%s: %s", ask, csp)
			}
		}
	}
}

// TestEmptyFilters: a program whose variable is empty is told so, and gets no other's sale.
func TestEmptyFilters(t *testing.T) {
	b := newBench(t)
	for _, name := range search.Fields {
		for _, value := range []string{"", "%20"} {
			if w := b.call(trusted, "GET", "/v1/sales?"+name+"="+value, ""); w.Code != 400 {
				t.Errorf("%s=%s: %d %.80s", name, value, w.Code, w.Body)
			}
		}
	}
}
