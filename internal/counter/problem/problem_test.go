package problem

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/operations"
	"galla/internal/people"
)

// TestKindsAreExplained: every kind is explained at its place, with its title and its status; no other is.
func TestKindsAreExplained(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /problems/{name}", Explain)
	get := func(name string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", "/problems/"+name, nil))
		return w
	}

	if len(kinds) < 30 {
		t.Errorf("only %d kinds are known", len(kinds))
	}
	for name, k := range kinds {
		w := get(name)
		if w.Code != 200 || !strings.Contains(w.Body.String(), fmt.Sprintf("%s (%d)", k.title, k.status)) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := get("none"); w.Code != 404 || !strings.Contains(w.Body.String(), `"/problems/no-such-call"`) {
		t.Errorf("none: %d %s", w.Code, w.Body)
	}
}

// TestRefusalsAreProblems: whatever package people refuses has a problem document of its own, with its field and its
// wait.
func TestRefusalsAreProblems(t *testing.T) {
	want := map[people.Code]string{
		people.Unacceptable: "422 /problems/not-acceptable-value",
		people.Unidentified: "401 /problems/who-are-you",
		people.Forbidden:    "403 /problems/not-allowed",
		people.Missing:      "404 /problems/no-such-thing",
		people.Conflict:     "409 /problems/refused",
		people.TooOften:     "429 /problems/too-often",
		people.SignedOut:    "401 /problems/session-ended",
		people.NeedsPIN:     "403 /problems/pin-needed",
		people.NotLetIn:     "401 /problems/not-let-in",
	}
	for code := people.Unacceptable; code <= people.NotLetIn; code++ {
		p := Of(
			fmt.Errorf(
				"sign in: %w",
				&people.Refusal{Code: code, Field: "pin", Detail: "why", Next: "do this", Wait: time.Minute},
			),
		)
		if got := fmt.Sprint(p.Status, " ", p.Type); got != want[code] || p.Field != "pin" || p.Detail != "why" ||
			p.Next != "do this" || p.Wait != time.Minute {
			t.Errorf("code %d is %s %+v", code, got, p)
		}
	}
}

// TestUnexpectedErrorsStayOurs: the text of an error that nobody expected is in no document.
func TestUnexpectedErrorsStayOurs(t *testing.T) {
	p := Of(errors.New("secret inside"))
	if p.Status != 500 || p.Type != "/problems/our-fault" || strings.Contains(fmt.Sprintf("%+v", *p), "secret") {
		t.Errorf("%+v", p)
	}
}

var update = flag.Bool("update", false, "write the list of problems anew into packaging/docs/api.md")

// TestProblemsPage: the list in the API's page is the catalogue. Renew it by go test ./internal/counter/problem
// -update.
func TestProblemsPage(t *testing.T) {
	const page, begin, end = "../../../packaging/docs/api.md", "<!-- problems -->\n", "<!-- end -->"
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(raw), begin)
	_, tail, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the list", page)
	}

	list := slices.SortedFunc(maps.Values(kinds), func(a, b *Kind) int {
		return cmp.Or(cmp.Compare(a.status, b.status), strings.Compare(a.name, b.name))
	})
	var b strings.Builder
	b.WriteString("| status | type | when |\n|---|---|---|\n")
	for _, k := range list {
		fmt.Fprintf(&b, "| %d | `/problems/%s` | %s |\n", k.status, k.name, strings.ReplaceAll(k.text, "|", "\\|"))
	}
	want := head + begin + b.String() + end + tail
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(raw) != want {
		t.Errorf("%s does not list the problems that there are (run go test -update)", page)
	}
}

// TestIntegrator_10: a gateway that refuses is told from one that did not answer.
func TestIntegrator_10(t *testing.T) {
	for _, c := range []struct {
		err  operations.GatewayError
		want string
	}{
		{operations.GatewayError{Gateway: "enkash", Why: "offset 25000 is over the end", Refused: true},
			"422 /problems/gateway-refused"},
		{operations.GatewayError{Gateway: "enkash", Why: "it has nothing", Missing: true},
			"404 /problems/no-such-thing"},
		{operations.GatewayError{Gateway: "enkash", Why: "time-out"}, "502 /problems/gateway-failed"},
	} {
		p := Of(fmt.Errorf("look: %w", &c.err))
		if got := fmt.Sprint(p.Status, " ", p.Type); got != c.want || p.Detail != c.err.Why || p.Next == "" {
			t.Errorf("%+v: %s, %+v", c.err, got, p)
		}
	}
}

// TestComeBack: each refusal that ends by itself says when, and a bound that is used up is not free before that.
func TestComeBack(t *testing.T) {
	tried := 0
	for name, k := range kinds {
		for wait, want := range map[time.Duration]string{0: "2", time.Second: "2", 1999 * time.Millisecond: "2",
			2001 * time.Millisecond: "3", time.Hour: "3600"} {
			p := New(k, "why", "do this")
			p.Wait, p.Bound = wait, "sales"
			w := httptest.NewRecorder()
			Write(w, p)
			h := w.Header()
			if k.status != 429 && k.status != 503 {
				if h.Get("Retry-After")+h.Get("RateLimit") != "" {
					t.Errorf("%s: %v", name, h)
				}
				continue
			}
			if tried++; h.Get("Retry-After") != want || h.Get("RateLimit") != `"sales";r=0;t=`+want {
				t.Errorf("%s after %s: %v", name, wait, h)
			}
		}
	}
	if tried != 20 {
		t.Errorf("%d refusals that end", tried)
	}
}
