package counter

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"galla/internal/counter/countertest"
	"galla/internal/people"
)

// call is one call of the OpenAPI document, ready to be made: the tests of rights, sizes and speed run over all of
// them, so that a new one is covered by being described.
type call struct {
	pattern, method, path string
	body                  string // an example with every required field; empty: it takes none
	need                  Role   // as the document says it
	approval              bool   // and a manager's name and PIN
	proof                 bool   // and the caller's own PIN
}

// calls reads them from the document, in its order of paths.
func calls(t testing.TB) []call {
	t.Helper()
	d := apiDocument(t)
	var out []call
	for path, ops := range d.Paths {
		for method, op := range ops {
			c := call{pattern: strings.ToUpper(method) + " " + path, method: strings.ToUpper(method),
				path: strings.NewReplacer("{id}", "S000001", "{name}", "asha", "{number}", "1").Replace(path)}
			if strings.HasPrefix(path, "/v1/gateways/") {
				c.path = strings.Replace(c.path, "/asha", "/enkash", 1)
			}
			rest, ok := strings.CutPrefix(op.Description, "Role: ")
			if !ok {
				t.Fatalf("%s does not say which role it takes", c.pattern)
			}
			said, _, _ := strings.Cut(rest, ".")
			c.approval = strings.Contains(said, "approval") && !strings.Contains(said, ";") ||
				strings.Contains(said, "name and PIN")
			c.proof = strings.Contains(said, "with their PIN")
			roles := map[string]Role{
				"none":                 Anyone,
				"a paired device":      Nobody,
				"cashier":              Cashier,
				"a manager's approval": Cashier,
				"manager":              Manager,
				"owner":                Owner,
			}
			found := ""
			for name := range roles {
				if strings.HasPrefix(said, name) && len(name) > len(found) {
					found = name
				}
			}
			if found == "" {
				t.Fatalf("%s takes the role %q, which these tests do not know", c.pattern, said)
			}
			c.need = roles[found]
			if op.RequestBody != nil {
				b, err := json.Marshal(d.example(op.RequestBody.Content["application/json"].Schema, ""))
				if err != nil {
					t.Fatal(err)
				}
				c.body = string(b)
			}
			if c.pattern == "POST /v1/session" {
				c.body = `{"name":"asha","pin":"1379"}` // the example knows nobody
			}
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b call) int { return cmp.Compare(a.pattern, b.pattern) })
	if len(out) < 40 {
		t.Fatalf("only %d calls were found", len(out))
	}
	return out
}

// example makes a value that fits a schema, required fields only.
func (d *document) example(s *schema, field string) any {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = d.Components.Schemas[name]
	}
	switch s.Type {
	case "object":
		m := map[string]any{}
		for _, r := range s.Required {
			m[r] = d.example(s.Properties[r], r)
		}
		return m
	case "array":
		return []any{}
	case "integer":
		return 777
	case "boolean":
		return false
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	if field == "pin" {
		return "4826"
	}
	return "example"
}

// proven is the body with the PIN of somebody of the staff, where the call takes it.
func (c call) proven(person string) string {
	if !c.proof || pins[person] == "" {
		return c.body
	}
	var fields map[string]any
	if err := json.Unmarshal([]byte(cmp.Or(c.body, "{}")), &fields); err != nil {
		panic(err)
	}
	fields["you"], fields["your_pin"] = person, pins[person]
	b, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// staffed are settings with an owner, a manager and a cashier, made once.
var staffed *countertest.Settings

// staffBench is a bench with ravi (owner), meena (manager) and asha (cashier), and sale 1 paid.
func staffBench(t testing.TB) *bench {
	t.Helper()
	if staffed == nil {
		b := newBench(t)
		b.staff(t)
		staffed = b.settings
	}
	b := newBench(t)
	b.settings = staffed.Copy()
	b.restart(t)
	b.printer = newFakePrinter()
	if w := b.call(trusted, "POST", "/v1/sales", `{"amount_paise":25000}`); w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	b.till.Pay("S000001", 0)
	return b
}

// pins are those of the staff.
var pins = map[string]string{"ravi": "2580", "meena": "8642", "asha": "1379"}

// device pairs one and signs somebody in, "" nobody; service is the role of one that needs nobody.
func (b *bench) device(t testing.TB, person, service string) (token string) {
	t.Helper()
	d, token, err := b.people.Pair(people.Newcomer{
		Code: b.Pair("owner:ravi", service).Code,
		Name: "device of " + cmp.Or(person, service, "nobody"),
		Key:  fmt.Sprint("key of ", person, service),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.people.Devices.LetIn(d.ID, "owner:ravi"); err != nil {
		t.Fatal(err)
	}
	if person == "" {
		return token
	}
	gone, pin := person == "gone", pins[person]
	if gone { // somebody who is removed at once
		pin = "7391"
		if _, err := b.people.Persons.Add(person, "cashier", pin, "test", ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.people.SignIn(Caller{Device: d.ID}, person, pin); err != nil {
		t.Fatal(err)
	}
	if gone {
		if err := b.people.Persons.Remove(person, "test"); err != nil {
			t.Fatal(err)
		}
	}
	return token
}
