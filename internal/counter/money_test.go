package counter

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
)

// TestMoney_14: a number is today's and nobody else's; a name is a day's; a write takes an id.
func TestMoney_14(t *testing.T) {
	b := newBench(t)
	start := time.Date(2026, 11, 27, 6, 0, 0, 0, time.UTC)
	b.clock = func() time.Time { return start }
	b.till.Now = b.clock
	b.restart(t)

	old := b.call(trusted, "POST", "/v1/sales", `{"amount_paise":500000}`)
	b.till.Pay("S000001", 0)
	start = start.AddDate(0, 0, 2)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":7500,"note":"today"}`)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":9900,"note":"today's second"}`)

	ids := func(path string) (code int, ids []string, p wire.Problem) {
		w := b.call(trusted, "GET", path, "")
		var page wire.Sales
		if json.Unmarshal(w.Body.Bytes(), &page); w.Code != 200 {
			json.Unmarshal(w.Body.Bytes(), &p)
		}
		for _, s := range page.Sales {
			ids = append(ids, s.ID)
		}
		return w.Code, ids, p
	}
	for name, want := range map[string]string{"1": "S000002", "2": "S000003", "1127-1": "S000001",
		"2026-11-27%2F1": "S000001", "Sale%201129-2": "S000003", "%231": "S000002"} {
		if code, got, p := ids("/v1/sales?name=" + name); code != 200 || fmt.Sprint(got) != fmt.Sprint([]string{want}) {
			t.Errorf("%s is %d %v %s, want %s", name, code, got, p.Detail, want)
		}
	}

	start = start.AddDate(0, 0, 1) // a day without sales
	for _, path := range []string{"/v1/sales?name=1", "/v1/sales/1"} {
		code, _, p := ids(path)
		if code != 404 || len(p.Sales) != 2 || p.Sales[0].Name != "1129-1" ||
			!strings.Contains(p.Detail, "1127-1 over ₹5,000.00") {
			t.Errorf("%s: %d %q with %d sales", path, code, p.Detail, len(p.Sales))
		}
	}
	for _, path := range []string{"/v1/sales?name=1130-7", "/v1/sales?name=2025-11-27%2F1", "/v1/sales/1127-1"} {
		if code, _, p := ids(path); code != 404 || p.Next == "" {
			t.Errorf("%s: %d %q", path, code, p.Detail)
		}
	}
	for path, want := range map[string]string{ // where no day has the number, the newest are named, with day and amount
		"/v1/sales?name=77":       "1129-2 over ₹99.00",
		"/v1/sales?name=1129-77":  "1129-2 over ₹99.00, 1127-1 over ₹5,000.00",
		"/v1/sales?name=1126-77":  "1129-2 over ₹99.00",
		"/v1/sales/77":            "1129-2 over ₹99.00",
		"/v1/sales/1129-77":       "is a sale's name",
		"/v1/sales?name=1128-77":  "1127-1 over ₹5,000.00",
		"/v1/sales?name=1130-999": "1129-2 over ₹99.00",
	} {
		if code, _, p := ids(path); code != 404 ||
			!strings.HasSuffix(strings.Split(p.Detail, ", and a path")[0], want) {
			t.Errorf("%s: %d %q", path, code, p.Detail)
		}
	}
	if code, _, p := ids("/v1/sales/1127-1"); code != 404 ||
		!strings.Contains(p.Next, "its id is S000001: GET /v1/sales?name=1127-1 ") {
		t.Errorf("a name in a path: %d %q", code, p.Next)
	}
	for _, path := range []string{"/v1/sales?name=", "/v1/sales?name=x", "/v1/sales?name=1&limit=2"} {
		if code, _, p := ids(path); code != 400 {
			t.Errorf("%s: %d %q", path, code, p.Detail)
		}
	}

	start = start.AddDate(0, 0, -3) // the first day again: its number 1 is there, and still no write goes by it
	for _, what := range []string{"refunds", "cancel", "print", "resolve"} {
		body := map[string]string{"refunds": "{}", "cancel": "{}",
			"print": `{"copy":"receipt"}`, "resolve": `{"action":"accept"}`}[what]
		seq := b.till.Newest()
		w := b.call(trusted, "POST", "/v1/sales/1/"+what, body)
		if w.Code != 422 || !strings.Contains(w.Body.String(), "POST /v1/sales/S000001/"+what) ||
			b.till.Newest() != seq {
			t.Errorf("%s by number: %d %s", what, w.Code, w.Body)
		}
	}
	if old.Code != http.StatusCreated {
		t.Error(old.Body)
	}
}

// TestMoney_15: 0 is not "all", null is nothing, absent is all that is left.
func TestMoney_15(t *testing.T) {
	b := newBench(t)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":50000}`)
	b.till.Pay("S000001", 0)
	for body, want := range map[string]int{`{"amount_paise":0}`: 422, `{"amount_paise":-1}`: 422,
		`{"amount_paise":null}`: 400, `{"amount_paise":"100"}`: 400} {
		seq := b.till.Newest()
		if w := b.call(trusted, "POST", "/v1/sales/S000001/refunds", body); w.Code != want || b.till.Newest() != seq {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	b.call(trusted, "POST", "/v1/sales/S000001/refunds", `{"amount_paise":20000}`)
	w := b.call(trusted, "POST", "/v1/sales/S000001/refunds", `{}`)
	var s wire.Sale
	if json.Unmarshal(w.Body.Bytes(), &s); w.Code != 201 || len(s.Refunds) != 2 || s.Refunds[1].AmountPaise != 30000 {
		t.Errorf("without an amount: %d %s", w.Code, w.Body)
	}
}

// TestMoney_18_HTTP: a key of one caller is another's to use, and a replay is marked.
func TestMoney_18_HTTP(t *testing.T) {
	b := newBench(t)
	one, two := b.pairPhone(t, "cashier"), b.pairPhone(t, "cashier")
	body := `{"amount_paise":25000}`
	first := one.do("POST", "/v1/sales", body, "Idempotency-Key", "counted-anew-1")
	other := two.do("POST", "/v1/sales", body, "Idempotency-Key", "counted-anew-1")
	again := one.do("POST", "/v1/sales", body, "Idempotency-Key", "counted-anew-1")
	if first.Code != 201 || other.Code != 201 || other.Header().Get("Location") == first.Header().Get("Location") {
		t.Errorf("another device's key: %d %s, then %d %s", first.Code, first.Body, other.Code, other.Body)
	}
	if again.Code != 200 || again.Header().Get("Idempotency-Replayed") != "true" ||
		again.Header().Get("Location") != first.Header().Get("Location") {
		t.Errorf("a repeat: %d %v", again.Code, again.Header())
	}
	if w := one.do("POST", "/v1/sales", body, "Idempotency-Key", "two words"); w.Code != 400 ||
		!strings.Contains(w.Body.String(), "key-unreadable") {
		t.Errorf("an odd key: %d %s", w.Code, w.Body)
	}
}

// TestMoney_26_HTTP: the bill number of a sale that is open or was paid today is 409 with that sale.
func TestMoney_26_HTTP(t *testing.T) {
	b := newBench(t)
	b.call(trusted, "POST", "/v1/sales", `{"amount_paise":25000,"reference":"BILL-17"}`)
	w := b.call(trusted, "POST", "/v1/sales", `{"amount_paise":25000,"reference":"BILL-17","note":"again"}`)
	var p wire.Problem
	if json.Unmarshal(w.Body.Bytes(), &p); w.Code != 409 || p.Type != "/problems/same-reference" || len(p.Sales) != 1 ||
		p.Sales[0].ID != "S000001" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := b.call(
		trusted,
		"POST",
		"/v1/sales",
		`{"amount_paise":25000,"reference":"BILL-17","again":true}`,
	); w.Code != 201 {
		t.Errorf("split: %d %s", w.Code, w.Body)
	}
	if w := b.call(trusted, "POST", "/v1/sales", `{"amount_paise":25000,"reference":"BILL-1"}`); w.Code != 201 {
		t.Errorf("another bill: %d %s", w.Code, w.Body)
	}
}

// integrator.md 1, 8: reference= is exact, before= is an id, and a page says whether another follows.
func TestPages(t *testing.T) {
	b := newBench(t)
	for i := range 5 {
		b.call(trusted, "POST", "/v1/sales", fmt.Sprintf(`{"amount_paise":%d,"reference":"BILL-%d"}`, 100+i, 10+i*89))
	}
	for path, want := range map[string]string{
		"/v1/sales?limit=5":                            "5 false",
		"/v1/sales?limit=2":                            "2 true",
		"/v1/sales?limit=2&before=S000003":             "2 false",
		"/v1/sales?limit=2&since=1":                    "2 true",
		"/v1/sales?reference=BILL-10":                  "1 false",
		"/v1/sales?reference=BILL-1":                   "0 false",
		"/v1/sales?reference=bill-10&amount_paise=100": "1 false",
		"/v1/sales?q=bill-1":                           "2 false",
		"/v1/sales?q=bill-1&limit=1":                   "1 true",
	} {
		w := b.call(trusted, "GET", path, "")
		var page wire.Sales
		json.Unmarshal(w.Body.Bytes(), &page)
		if got := fmt.Sprint(len(page.Sales), " ", page.More); w.Code != 200 || got != want {
			t.Errorf("%s: %d, %s, want %s", path, w.Code, got, want)
		}
	}
	for _, path := range []string{"/v1/sales?before=3", "/v1/sales?q=bill&before=nobody"} {
		if w := b.call(trusted, "GET", path, ""); w.Code != 400 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

// TestContraryAnswer: an item is decided about once. The same answer again is the sale, and another one is refused with
// who decided what.
func TestContraryAnswer(t *testing.T) {
	for first, second := range map[string]string{"accept": "refund", "other_tender": "accept", "refund": "accept"} {
		b := newEither(t)
		b.call(trusted, "POST", "/v1/sales", `{"amount_paise":50000}`)
		b.till.Pay("S000001", 60000)
		resolve := func(action, item string) (int, string) {
			w := b.call(
				trusted,
				"POST",
				"/v1/sales/S000001/resolve",
				fmt.Sprintf(`{"action":%q,"attention":%q}`, action, item),
			)
			return w.Code, w.Body.String()
		}
		s, err := b.till.Sale(t.Context(), "S000001")
		if err != nil || len(s.Attention) != 1 {
			t.Fatalf("items %+v, %v", s.Attention, err)
		}
		for range 2 { // pressed twice
			if code, body := resolve(first, ""); code != 200 {
				t.Fatalf("%s: %d %s", first, code, body)
			}
		}
		for _, item := range []string{"", s.Attention[0].ID} {
			code, body := resolve(second, item)
			if code != 409 || !strings.Contains(body, "was answered with "+first+" by ") {
				t.Errorf("%s, then %s to %q: %d %s", first, second, item, code, body)
			}
			if s, err := b.till.Sale(t.Context(), "S000001"); err != nil || len(s.Resolutions)+len(s.Refunds) != 1 {
				t.Errorf("%s, then %s to %q: %+v and %+v, %v", first, second, item, s.Resolutions, s.Refunds, err)
			}
		}
	}
}

// TestRefundOfGoods: what paid for goods that came back goes first, and what came too much stays for its own decision;
// without a word about goods it is the other way round. The fact is on the refund.
func TestRefundOfGoods(t *testing.T) {
	for goods, want := range map[string][2]int{`,"goods":true`: {40000, 10000}, ``: {50000, 0}} {
		b := newBench(t)
		b.call(trusted, "POST", "/v1/sales", `{"amount_paise":50000}`)
		b.till.Pay("S000001", 60000)
		w := b.call(trusted, "POST", "/v1/sales/S000001/refunds", `{"amount_paise":10000`+goods+`}`)
		var s wire.Sale
		if err := json.Unmarshal(w.Body.Bytes(), &s); err != nil || w.Code != 201 || int(s.KeptPaise) != want[0] ||
			int(s.SurplusPaise) != want[1] || len(s.Refunds) != 1 || s.Refunds[0].Goods != (goods != "") {
			t.Errorf("%q: %d %s", goods, w.Code, w.Body)
		}
	}
}
