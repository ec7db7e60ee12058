package counter

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"galla/internal/till"
	"galla/state"
)

// reads counts what a till is asked for.
type reads struct {
	column
	sales, events, points atomic.Int64
}

func (r *reads) Sales(ctx context.Context, q till.Query) ([]state.Sale, error) {
	r.sales.Add(1)
	return r.column.Sales(ctx, q)
}

func (r *reads) Find(ctx context.Context, f state.Field, value, before string, limit int) ([]state.Sale, error) {
	r.sales.Add(1)
	return r.column.Find(ctx, f, value, before, limit)
}

func (r *reads) Days(ctx context.Context, from, to string) ([]string, error) {
	r.sales.Add(1)
	return r.column.Days(ctx, from, to)
}

func (r *reads) Events(ctx context.Context, since uint64, limit int) ([]state.Event, error) {
	r.events.Add(1)
	return r.column.Events(ctx, since, limit)
}

func (r *reads) Sale(ctx context.Context, id string) (state.Sale, error) {
	r.points.Add(1)
	return r.column.Sale(ctx, id)
}

// conditional are the calls whose answers have tags, and whether they are strong.
var conditional = map[string]bool{
	"/v1/sales/S000001":                       true,
	"/v1/sales/1":                             true,
	"/v1/sales":                               true,
	"/v1/sales?limit=2":                       true,
	"/v1/sales?limit=2&before=S000003":        true,
	"/v1/sales?since=1":                       true,
	"/v1/sales?open=true":                     true,
	"/v1/sales?attention=true":                true,
	"/v1/sales?day=2026-11-22":                true,
	"/v1/sales?name=1":                        true,
	"/v1/sales?reference=BILL-1":              true,
	"/v1/reports/x":                           false,
	"/v1/reports/z":                           true,
	"/v1/reports/z/1":                         true,
	"/v1/reports/picture":                     false,
	"/v1/reports/picture?day=2026-11-20":      true,
	"/v1/reports/picture.svg?day=2026-11-20":  true,
	"/v1/gateways":                            true,
	"/v1/people":                              true,
	"/v1/openapi.json":                        true,
	"/v1/sales?phase=paid&day=nonsense-is-no": false, // 400: has none
}

// heads are what an answer and its 304 have in common (RFC 9110, 15.4.5).
func heads(w *httptest.ResponseRecorder) string {
	h := w.Header()
	return fmt.Sprint(h["Etag"], h["Cache-Control"], h["Vary"])
}

// TestIntegrator_14_Conditional: an answer has a tag; who sends it back is told in a few bytes that nothing is new, as
// long as nothing is, and only what the same caller was answered counts. A till is not read for it.
func TestIntegrator_14_Conditional(t *testing.T) {
	b := newEither(t)
	b.staff(t)
	b.day(t)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":4200,"reference":"BILL-1"}`)
	b.call(trusted, "POST", "/v1/reports/z", `{}`)
	counted := &reads{column: b.customer()}
	b.over(t, counted)
	program, manager := b.pairPhone(t, "manager"), b.pairPhone(t, "")
	manager.want(t, 200, "POST", "/v1/session", `{"name":"meena","pin":"8642"}`)
	program.want(t, 200, "GET", "/v1/reports/x", "") // adds the day up

	tagged := 0
	for path, strong := range conditional {
		// The clock of this test ticks at every look: what has the minute in its tag is asked again when it is over.
		for try := 0; ; try++ {
			first := program.do("GET", path, "")
			tag := first.Header().Get("ETag")
			if first.Code != 200 {
				if tag != "" || first.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("%s: %d with %v", path, first.Code, first.Header())
				}
				break
			}
			tagged++
			sales, events, points := counted.sales.Load(), counted.events.Load(), counted.points.Load()
			same := program.do("GET", path, "", "If-None-Match", `"other", `+tag)
			if same.Code == 200 && strings.HasPrefix(path, "/v1/reports/picture") && try < 3 {
				continue
			}
			if tag == "" || strings.HasPrefix(tag, "W/") == strong || same.Code != 304 || same.Body.Len() != 0 ||
				heads(same) != heads(first) ||
				same.Header().Get("Content-Type") != "" {
				t.Errorf("%s: 200 with %s, then %d with %s %q", path, heads(first), same.Code, heads(same), same.Body)
			}
			if path != "/v1/openapi.json" &&
				(first.Header().Get("Cache-Control") != "private, no-cache" ||
					first.Header().Get("Vary") != "Authorization, Cookie") {
				t.Errorf("%s: who may keep it: %s", path, heads(first))
			}
			if path != "/v1/sales/1" && path != "/v1/sales?name=1" && // a number is looked up
				(counted.sales.Load() != sales || counted.events.Load() != events || counted.points.Load() > points+1) {
				t.Errorf("%s: that nothing is new was found by reading it", path)
			}

			// Another's view is another's, also with the same bytes.
			other := manager.do("GET", path, "", "If-None-Match", tag)
			if path != "/v1/openapi.json" && (other.Code != 200 || other.Header().Get("ETag") == tag) {
				t.Errorf("%s: what one caller has is told another: %d %s", path, other.Code, heads(other))
			}
			browser := b.call(network, "GET", path, "", "Cookie", plainCookie+"="+manager.token)
			if path != "/v1/openapi.json" &&
				(browser.Code != 200 || browser.Header().Get("Cache-Control") != "no-store") {
				t.Errorf("%s: a browser with a cookie: %d %s", path, browser.Code, heads(browser))
			}
			if gone := b.call(network, "GET", path, "", "If-None-Match", tag); path != "/v1/openapi.json" &&
				(gone.Code != 401 || gone.Header().Get("ETag") != "") {
				t.Errorf("%s: without a token: %d %v", path, gone.Code, gone.Header())
			}
			if all := program.do("GET", path, "", "If-None-Match", "*"); all.Code != 304 {
				t.Errorf("%s: If-None-Match *: %d", path, all.Code)
			}
			if none := program.do("GET", path, "", "If-None-Match", "never seen"); none.Code != 200 {
				t.Errorf("%s: an unreadable If-None-Match: %d", path, none.Code)
			}
			break
		}
	}
	if tagged < len(conditional)-1 {
		t.Errorf("%d answers have tags", tagged)
	}
	for path, code := range map[string]int{"/v1/sales/none": 404, "/v1/sales?name=99": 404, "/v1/reports/z/7": 404,
		"/v1/reports/picture?day=x": 400, "/v1/sales?before=x": 400} {
		w := program.do("GET", path, "", "If-None-Match", "*")
		if w.Code != code || w.Header().Get("ETag") != "" || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("what there is not, %s: %d %v", path, w.Code, w.Header())
		}
	}
	if w := program.do("POST", "/v1/people/asha/pin", `{"pin":"4826","you":"ravi","your_pin":"2580"}`,
		"If-None-Match", "*"); w.Code == 304 {
		t.Errorf("a write is answered %d", w.Code)
	}
}

// TestIntegrator_14_TagsTell: over a day, what has the same strong tag has the same bytes, and each change of a sale
// changes the tags that should tell it.
func TestIntegrator_14_TagsTell(t *testing.T) {
	b := newEither(t)
	bytesOf, tagsOf := map[string]string{}, map[string]map[string]bool{}
	look := func() {
		for path, strong := range conditional {
			w := b.call(trusted, "GET", path, "")
			tag := w.Header().Get("ETag")
			if w.Code != 200 || tag == "" {
				continue
			}
			if tagsOf[path] == nil {
				tagsOf[path] = map[string]bool{}
			}
			tagsOf[path][tag] = true
			if was, seen := bytesOf[path+tag]; seen && strong && was != w.Body.String() {
				t.Errorf("%s: %s is the tag of\n%s and of\n%s", path, tag, was, w.Body)
			}
			bytesOf[path+tag] = w.Body.String()
		}
	}
	b.staff(t)
	look()
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":4200,"reference":"BILL-1"}`)
	look()
	look()
	b.till.Start("S000001")
	look()
	b.day(t)
	look()
	b.call(trusted, "POST", "/v1/sales/S000001/cancel", ``)
	look()
	b.call(trusted, "POST", "/v1/people/asha/pin", `{"pin":"4826","you":"ravi","your_pin":"2580"}`)
	b.call(trusted, "POST", "/v1/reports/z", `{}`)
	look()
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":7700}`)
	look()
	for path, least := range map[string]int{"/v1/sales/S000001": 3, "/v1/sales": 6, "/v1/reports/x": 6,
		"/v1/reports/z": 2, "/v1/gateways": 1, "/v1/people": 1} {
		if len(tagsOf[path]) < least {
			t.Errorf("%s had %d tags", path, len(tagsOf[path]))
		}
	}
	was := b.call(trusted, "GET", "/v1/sales", "").Header().Get("ETag")
	b.restart(t)
	if now := b.call(trusted, "GET", "/v1/sales", "", "If-None-Match", was); now.Code != 200 {
		t.Errorf(
			"a tag of the process before is answered %d: another program, or another sales file, may stand behind it",
			now.Code,
		)
	}
}
