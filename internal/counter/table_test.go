package counter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/people"
)

const rightsPage = "../../packaging/docs/rights.md"

// asker is somebody who makes a call in the table of rights.
type asker struct {
	name    string
	role    Role // as the call's need is held against it; Nobody for whom no role holds now
	person  string
	service string
	age     time.Duration // of the sign-in, in which nothing was done
	waits   bool          // not let in
	none    bool          // no token
	uid     int64         // over the socket; -1: over the network
	as      string        // galla --as
	loop    bool          // a page on the box, behind a listener that trusts it
}

var askers = []asker{
	{name: "no token", role: Anyone, none: true, uid: -1},
	{name: "device that waits", role: Anyone, waits: true, uid: -1},
	{name: "device, nobody", role: Nobody, uid: -1},
	{name: "cashier", role: Cashier, person: "asha", uid: -1},
	{name: "cashier, 16 h idle", role: Nobody, person: "asha", age: 16*time.Hour + time.Minute, uid: -1},
	{name: "manager", role: Manager, person: "meena", uid: -1},
	{name: "manager, 15 min idle", role: Nobody, person: "meena", age: 16 * time.Minute, uid: -1},
	{name: "owner", role: Owner, person: "ravi", uid: -1},
	{name: "owner, 15 min idle", role: Nobody, person: "ravi", age: 16 * time.Minute, uid: -1},
	{name: "owner, 30 days", role: Nobody, person: "ravi", age: 30*24*time.Hour + time.Minute, uid: -1},
	{name: "software, cashier", role: Cashier, service: "cashier", uid: -1},
	{name: "software, manager", role: Manager, service: "manager", uid: -1},
	{name: "page on the box, owner", role: Owner, loop: true, uid: -1},
	{name: "login", role: Cashier, uid: 4242},
	{name: "login as manager", role: Manager, as: "meena", uid: 4242},
	{name: "login as owner", role: Owner, as: "ravi", uid: 4242},
	{name: "root", role: Owner, uid: 0},
}

// ask makes a call as somebody, on a bench of its own.
func (a asker) ask(t *testing.T, c call, body string) *httptest.ResponseRecorder {
	t.Helper()
	b := staffBench(t)
	listener := Listener{TLS: nil}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	if c.pattern == "GET /v1/events" {
		ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond) // it would stream for ever
	}
	defer cancel()
	r := httptest.NewRequest(c.method, c.path, strings.NewReader(body))
	r.Host = "127.0.0.1:7417"
	r.Header.Set("Idempotency-Key", "table")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	switch {
	case a.uid >= 0:
		listener.Kernel = true
		ctx = context.WithValue(ctx, peerKey{}, uint32(a.uid))
		if a.as != "" {
			r.SetBasicAuth(a.as, pins[a.as])
		}
	case a.loop:
		listener.Trust = Owner
	case a.none:
	default:
		token := ""
		if a.waits {
			var err error
			if _, token, err = b.people.Pair(
				people.Newcomer{Code: b.Pair("owner:ravi", "").Code, Name: "waits", Key: "k"},
			); err != nil {
				t.Fatal(err)
			}
		} else {
			token = b.device(t, a.person, a.service)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if a.age > 0 {
		past := b.clock
		b.clock = func() time.Time { return past().Add(a.age) }
	}
	w := httptest.NewRecorder()
	func() {
		defer func() {
			if x := recover(); x != nil && c.pattern != "GET /v1/events" { // whose connection is broken off
				t.Errorf("%s by %s: %v", c.pattern, a.name, x)
			}
		}()
		b.Handler(listener).ServeHTTP(w, r.WithContext(ctx))
	}()
	return w
}

// cell says in a word what becomes of a call.
func (a asker) cell(t *testing.T, c call) string {
	t.Helper()
	w := a.ask(t, c, c.body)
	if w.Code != 401 && w.Code != 403 && w.Code != 429 {
		return "yes"
	}
	var p wire.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%s by %s: %d %s", c.pattern, a.name, w.Code, w.Body)
	}
	switch p.DetailCode {
	case "problem_wrong_pairing_code":
		return "code"
	case "problem_pin_needed":
		person := map[bool]string{true: "ravi", false: a.person}[a.person == ""]
		if w := a.ask(t, c, c.proven(person)); a.service == "" && (w.Code == 401 || w.Code == 403) {
			t.Errorf("%s by %s with the PIN: %d %s", c.pattern, a.name, w.Code, w.Body)
		}
		if a.service != "" { // it has nobody whose PIN it could be
			return "no"
		}
		return "PIN"
	case "problem_needs_manager":
		return "approval"
	case "problem_session_ended", "problem_session_old":
		return "PIN again"
	case "problem_not_let_in":
		return "waits"
	case "problem_not_signed_in":
		return "sign in"
	case "problem_not_paired", "problem_who_are_you":
		return "pair"
	case "problem_role_too_low":
		return "no"
	}
	t.Errorf("%s by %s is refused with %s", c.pattern, a.name, p.DetailCode)
	return "?"
}

// TestRightsTable: every call of the OpenAPI document by everybody and at every age of a sign-in, as a table that the
// docs have; go test
// -update writes it. What must hold whatever the table says is asserted beside it.
func TestRightsTable(t *testing.T) {
	var page bytes.Buffer
	fmt.Fprint(&page, `# Who may what

Made by `+"`go test ./internal/counter -run TestRightsTable -update`"+`, which makes every call of the OpenAPI `+
		`document as everybody; do not edit it.
What is not a yes changes nothing.

| word | means |
|---|---|
| yes | it is done, or refused for another reason than who asks |
| PIN | with the acting person's own PIN in the same request (`+"`your_pin`"+`); without it 403 `+"`pin-needed`"+` |
| approval | with a manager's name and PIN in the same request (`+"`approver`, `pin`"+`) |
| PIN again | 401 `+"`session-ended`"+`: the sign-in is over by its age; the person enters the PIN, and the request `+
		`goes out again |
| sign in | 401: nobody is signed in on the device |
| waits | 401 `+"`not-let-in`"+`: nobody has let the device in |
| pair | 401: no token of a paired device |
| code | takes a pairing code |
| no | 403: the role does not cover it |

`)
	fmt.Fprint(&page, "| call |")
	for _, a := range askers {
		fmt.Fprintf(&page, " %s |", a.name)
	}
	fmt.Fprint(&page, "\n|---|"+strings.Repeat("---|", len(askers))+"\n")
	for _, c := range calls(t) {
		fmt.Fprintf(&page, "| `%s` |", c.pattern)
		for _, a := range askers {
			got := a.cell(t, c)
			fmt.Fprintf(&page, " %s |", got)

			in := got == "yes" || got == "PIN" || got == "approval"
			if first := c.pattern == "POST /v1/people"; c.need != Anyone && in != (a.role >= c.need) &&
				!(first || c.proof && a.service != "") {
				t.Errorf("%s takes a %s, and for %s it is %q", c.pattern, c.need, a.name, got)
			}
			local := a.uid == 0 || a.as != ""
			if c.proof && got == "yes" && !local {
				t.Errorf("%s gives or changes power, and %s needs no PIN for it", c.pattern, a.name)
			}
			if a.age > 0 && c.need > Nobody && got != "PIN again" {
				t.Errorf("%s by %s: %q", c.pattern, a.name, got)
			}
			if (a.none || a.waits) && c.need != Anyone && got != "pair" && got != "waits" {
				t.Errorf("%s by %s: %q", c.pattern, a.name, got)
			}
		}
		fmt.Fprintln(&page)
	}
	if *update {
		if err := os.WriteFile(rightsPage, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(rightsPage); err != nil || !bytes.Equal(kept, page.Bytes()) {
		t.Errorf("%s is not what the calls answer (run go test -update, and read what changed): %v", rightsPage, err)
	}
}
