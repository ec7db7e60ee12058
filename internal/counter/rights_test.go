package counter

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/people"
)

// TestRightsOnEveryCall: whoever may not make a call is told so and leaves nothing behind; whoever may, is let in. What
// each takes is read from the OpenAPI document, and the handlers answer it.
func TestRightsOnEveryCall(t *testing.T) {
	callers := []struct {
		name string
		role Role // Anyone: not known
	}{
		{"no token", Anyone},
		{"a wrong token", Anyone},
		{"an empty token", Anyone},
		{"a PIN for a token", Anyone},
		{"a revoked device", Anyone},
		{
			"a device with nobody",
			Nobody,
		},
		{"a removed person's device", Nobody},
		{"a cashier", Cashier},
		{"a cashier's software", Cashier},
		{"a manager", Manager},
		{"a manager's software", Manager},
		{"the owner", Owner},
	}
	for _, c := range calls(t) {
		if c.pattern == "GET /v1/events" {
			continue // it would stream to whom it lets in: TestRightsOnTheFeed
		}
		b := staffBench(t)
		tokens := map[string]string{
			"no token":                  "",
			"a wrong token":             "galla_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			"an empty token":            " ",
			"a PIN for a token":         "2580",
			"a revoked device":          b.device(t, "ravi", ""),
			"a device with nobody":      b.device(t, "", ""),
			"a removed person's device": b.device(t, "gone", ""),
			"a cashier":                 b.device(t, "asha", ""),
			"a cashier's software":      b.device(t, "", "cashier"),
			"a manager":                 b.device(t, "meena", ""),
			"a manager's software":      b.device(t, "", "manager"),
			"the owner":                 b.device(t, "ravi", ""),
		}
		for _, d := range b.people.Devices.List() {
			if d.Person == "ravi" {
				if err := b.people.Devices.Revoke(d.ID, "test"); err != nil { // the first of the owner's two
					t.Fatal(err)
				}
				break
			}
		}
		for i, who := range callers {
			seq, kept := b.till.Newest(), b.settings.Dump()
			head := []string{"Idempotency-Key", fmt.Sprint("rights-", i)}
			if token := tokens[who.name]; token != "" {
				head = append(head, "Authorization", "Bearer "+token)
			}
			w := b.call(
				network,
				c.method,
				c.path,
				c.proven(map[string]string{"a manager": "meena", "the owner": "ravi", "a cashier": "asha"}[who.name]),
				head...)
			may := who.role >= c.need && !(c.approval && who.role < Manager) &&
				!(c.approval && !strings.Contains(who.name, "software")) &&
				!(c.proof && strings.Contains(who.name, "software"))
			denied := w.Code == 401 || w.Code == 403
			if c.need == Anyone { // who knows the code: nobody here
				may, denied = false, w.Code == 403 || w.Code == 429
			}
			if denied == may {
				t.Errorf("%s by %s: %d %s", c.pattern, who.name, w.Code, w.Body)
			}
			if want := map[bool]int{true: 401, false: 403}[who.role <= Nobody]; denied && c.need > Nobody &&
				w.Code != want {
				t.Errorf("%s by %s: %d, want %d", c.pattern, who.name, w.Code, want)
			}
			if denied && (b.till.Newest() != seq || b.settings.Dump() != kept) {
				t.Errorf("%s by %s was denied and left something behind", c.pattern, who.name)
			}
			if denied {
				var p wire.Problem
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Detail == "" || p.Next == "" {
					t.Errorf("%s by %s: the refusal says %s", c.pattern, who.name, w.Body)
				}
			}
			if may {
				break // what it did may change who the next are; a higher role may all that a lower one may
			}
		}
	}
}

// TestHigherRolesMayTheSame: the owner makes every call a cashier or manager may make.
func TestHigherRolesMayTheSame(t *testing.T) {
	for _, c := range calls(t) {
		if c.pattern == "GET /v1/events" || c.need == Anyone {
			continue
		}
		b := staffBench(t)
		token := b.device(t, "ravi", "")
		body := c.proven("ravi")
		if c.approval {
			body = strings.Replace(body, "{", `{"approver":"meena","pin":"8642",`, 1)
			body = strings.Replace(body, ",}", "}", 1)
		}
		w := b.call(network, c.method, c.path, body, "Authorization", "Bearer "+token)
		if w.Code == 401 || w.Code == 403 {
			t.Errorf("%s by the owner: %d %s", c.pattern, w.Code, w.Body)
		}
	}
}

func TestRightsOnTheFeed(t *testing.T) {
	b := staffBench(t)
	for name, token := range map[string]string{"no token": "",
		"a wrong token":        "galla_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"a device with nobody": b.device(t, "", "")} {
		head := []string{}
		if token != "" {
			head = append(head, "Authorization", "Bearer "+token)
		}
		if w := b.call(network, "GET", "/v1/events?since=0", "", head...); w.Code != 401 ||
			strings.Contains(w.Body.String(), "event:") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// TestApprovalsCantBeGuessed: wrong PINs of an approver count as those of a sign-in do, on every call that asks for
// one, and together.
func TestApprovalsCantBeGuessed(t *testing.T) {
	b := staffBench(t)
	p := &phone{bench: b, token: b.device(t, "asha", "")}
	tries, locked := 0, false
	for !locked && tries < 20 {
		for _, c := range calls(t) {
			if !c.approval || c.need > Cashier || locked {
				continue
			}
			body := strings.Replace(strings.Replace(c.body, "{", `{"approver":"meena","pin":"0000",`, 1), ",}", "}", 1)
			w := p.do(c.method, c.path, body)
			tries++
			if locked = w.Code == 429; !locked && w.Code != 403 {
				t.Fatalf("%s: %d %s", c.pattern, w.Code, w.Body)
			}
		}
	}
	if tries != 6 {
		t.Errorf("the lock came after %d tries", tries)
	}
	if w := p.do("POST", "/v1/sales/S000001/refunds", `{"approver":"meena","pin":"8642"}`); w.Code != 429 {
		t.Errorf("the right PIN during the wait: %d %s", w.Code, w.Body)
	}
}

// TestSecretsNeverLeave: no answer to any call has a hash, a key, or somebody else's token in it; nor has the log.
func TestSecretsNeverLeave(t *testing.T) {
	b := staffBench(t)
	if _, _, err := people.Certificate(b.settings, b.settings, []string{"galla.local"}); err != nil {
		t.Fatal(err)
	}
	mine, other := b.device(t, "ravi", ""), b.device(t, "asha", "")
	secrets := []string{
		mine,
		other,
		hashToken(mine),
		hashToken(other),
		"argon2id",
		"PRIVATE KEY",
		"2580",
		"8642",
		"1379",
	}
	for _, name := range []string{"ravi", "meena", "asha"} {
		var kept struct{ PIN, Key string }
		raw, _, err := b.settings.Get("person/" + name)
		if err != nil || json.Unmarshal(raw, &kept) != nil || kept.PIN == "" || kept.Key == "" {
			t.Fatalf("of %s is kept %s, %v", name, raw, err)
		}
		secrets = append(secrets, kept.PIN, kept.Key)
	}
	for _, c := range calls(t) {
		if c.pattern == "GET /v1/events" || c.need == Anyone || c.pattern == "POST /v1/devices/{id}/revoke" {
			continue
		}
		for _, body := range []string{c.body, `{"pin":"8642","approver":"meena"}`, `{"pin":1379}`,
			`{"name":"asha","pin":"0379"}`, `{"code":"` + other + `"}`} {
			if c.method == "GET" {
				body = ""
			}
			w := b.call(
				network,
				c.method,
				c.path,
				body,
				"Authorization",
				"Bearer "+mine,
				"Idempotency-Key",
				fmt.Sprintf("s%d", len(b.log.String())),
			)
			for _, s := range secrets {
				if strings.Contains(w.Body.String(), s) && !(s == mine && w.Code == 201) {
					t.Errorf("%s with %s answers %d with %.12q…: %s", c.pattern, body, w.Code, s, w.Body)
				}
			}
		}
	}
	for e, err := range eventsOf(b) {
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range secrets {
			if strings.Contains(e, s) {
				t.Errorf("the feed has %.12q…: %s", s, e)
			}
		}
	}
	for _, s := range secrets {
		if strings.Contains(b.log.String(), s) {
			t.Errorf("the log has %.12q…", s)
		}
	}
}

// eventsOf goes through the frames of the feed.
func eventsOf(b *bench) func(func(string, error) bool) {
	return func(yield func(string, error) bool) {
		var at uint64
		for {
			frames, err := b.feed.After(context.Background(), at)
			if err != nil || len(frames) == 0 {
				if err != nil {
					yield("", err)
				}
				return
			}
			for _, f := range frames {
				if at = f.Seq; !yield(string(f.Data), nil) {
					return
				}
			}
		}
	}
}

// TestEveryCallSaysItsRole: the document and the handlers' table agree about who may make each call.
func TestEveryCallSaysItsRole(t *testing.T) {
	b := newBench(t)
	special := []string{"POST /v1/people"} // the owner, or a device just paired while nobody works here
	for _, c := range calls(t) {
		i := slices.IndexFunc(b.routes, func(r route) bool { return r.pattern == c.pattern })
		if i < 0 {
			t.Errorf("%s is not served", c.pattern)
		} else if r := b.routes[i]; r.need != c.need && !slices.Contains(special, c.pattern) {
			t.Errorf("%s takes a %s, the document says %s", c.pattern, r.need, c.need)
		}
	}
}

// TestAnOpenFeedEndsWithTheRight: who may no longer listen hears nothing of what happens then, though the feed was
// open.
func TestAnOpenFeedEndsWithTheRight(t *testing.T) {
	for name, end := range map[string]func(b *bench, d string) error{
		"the device is revoked": func(b *bench, d string) error { return b.people.Devices.Revoke(d, "test") },
		"the person signs out": func(b *bench, d string) error {
			_, err := b.people.SignOut(Caller{Name: "test", Device: d})
			return err
		},
		"the person is removed": func(b *bench, _ string) error { return b.people.Persons.Remove("asha", "test") },
	} {
		t.Run(name, func(t *testing.T) {
			b := staffBench(t)
			token := b.device(t, "asha", "")
			dev, err := b.people.ByToken(token)
			if err != nil {
				t.Fatal(err)
			}
			srv := httptest.NewServer(b.Handler(network))
			defer srv.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, "GET", srv.URL+"/v1/events", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			answer, err := srv.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			first := open(t, b.till, 100)
			lines := bufio.NewScanner(answer.Body)
			for lines.Scan() && !strings.Contains(lines.Text(), first) {
			}
			if err := end(b, dev.Device); err != nil {
				t.Fatal(err)
			}
			second := open(t, b.till, 200)
			for lines.Scan() {
				if strings.Contains(lines.Text(), second) {
					t.Fatalf("it heard %s", lines.Text())
				}
			}
			if ctx.Err() != nil {
				t.Error("the feed stayed open")
			}
		})
	}
}
