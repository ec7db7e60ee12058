package problem

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

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
		if got := fmt.Sprint(
			p.Status,
			" ",
			p.Type,
		); got != want[code] || p.Field != "pin" || p.Detail != "why" || p.Next != "do this" ||
			p.Wait != time.Minute {
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
