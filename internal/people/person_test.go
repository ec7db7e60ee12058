package people

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestPersons(t *testing.T) {
	b := newBench(t)
	add := func(name, role, pin, key string, want Code) {
		t.Helper()
		p, err := b.Persons.Add(name, role, pin, "test", key)
		if refusal(err) != want || want == 0 && (err != nil || p.Name != name || p.Role.String() != role) {
			t.Errorf("add %q as %s with %s: %v %v, want code %d", name, role, pin, p, err, want)
		}
	}
	add("asha", "cashier", "1379", "k1", Conflict) // the first is the owner
	add("ravi", "owner", "2580", "k2", 0)
	add("ravi", "owner", "2580", "k2", 0)        // the answer got lost
	add("Ravi", "owner", "2580", "k3", Conflict) // another request
	add("asha", "boss", "1379", "k4", Unacceptable)
	add("asha", "nobody", "1379", "k4", Unacceptable)
	for pin, why := range map[string]string{"2580": "somebody has it", "1111": "same", "2345": "counting",
		"9876": "counting down", "12": "short", "12a4": "letters", "123456789": "long"} {
		_, err := b.Persons.Add("new", "cashier", pin, "test", "k5")
		if r, ok := err.(*Refusal); !ok || r.Code != Unacceptable || r.Field != "pin" {
			t.Errorf("PIN %s (%s): %#v", pin, why, err)
		}
	}
	for _, name := range []string{"", " asha", "a\nb", "a:b", "<b>", strings.Repeat("x", 41)} {
		_, err := b.Persons.Add(name, "cashier", "4826", "test", "k6")
		if r, ok := err.(*Refusal); !ok || r.Code != Unacceptable || r.Field != "name" {
			t.Errorf("name %q: %#v", name, err)
		}
	}
	add("आशा", "cashier", "4826", "k7", 0)
	if err := b.Persons.Remove("ravi", "test"); refusal(err) != Conflict {
		t.Errorf("the only owner was removed: %v", err)
	}
	if err := b.Persons.Remove("nobody", "test"); refusal(err) != Missing {
		t.Errorf("nobody was removed: %v", err)
	}
	if err := b.Persons.SetPIN("nobody", "1357", "test"); refusal(err) != Missing {
		t.Errorf("nobody has a PIN: %v", err)
	}
	if err := b.Persons.SetPIN("आशा", "4826", "test"); err != nil { // one's own again
		t.Error(err)
	}
	got := strings.Join(b.acts, "; ")
	if got != "person.add ravi by test; person.add आशा by test; person.pin आशा by test" {
		t.Errorf("written down is %s", got)
	}
}

// TestPersonKey: a key that made a person answers that one to the same request, and to no other.
func TestPersonKey(t *testing.T) {
	b := newBench(t)
	if _, err := b.Persons.Add("ravi", "owner", "2580", "test", "k1"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, role, pin, by, key string
		reused                   bool
	}{
		{"ravi", "owner", "2580", "test", "k1", false},
		{"ravi", "manager", "2580", "test", "k1", true},
		{"ravi", "owner", "4826", "test", "k1", true}, // or that PIN would be believed to be set
		{"asha", "cashier", "4826", "test", "k1", true},
		{"asha", "cashier", "4826", "another caller", "k1", false},
	} {
		if _, err := b.Persons.Add(c.name, c.role, c.pin, c.by, c.key); errors.Is(err, ErrKeyReused) != c.reused ||
			!c.reused && err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if n := len(b.Persons.List()); n != 2 {
		t.Errorf("there are %d persons", n)
	}
}

// TestAStoredPerson: what is kept of a person stays as shops have it.
func TestAStoredPerson(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	var kept map[string]any
	if err := json.Unmarshal(b.settings.data["person/ravi"], &kept); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{"name": "ravi", "role": "owner",
		"since": "2026-11-22T05:00:00Z", "by": "test"} {
		if kept[field] != want {
			t.Errorf("%s is %v, want %v", field, kept[field], want)
		}
	}
	b.settings.data["person/old"] = []byte(`{"name":"Old","role":"astronaut","pin":"x","later":{"field":1}}`)
	b.restart(t)
	if p, ok := b.Persons.get("OLD"); !ok || p.Role != Nobody {
		t.Errorf("a role nobody knows is %v", p.Role)
	}
	b.settings.data["person/bad"] = []byte(`{"name":`)
	if _, err := Load(Options{Settings: b.settings, Record: b.record}); err == nil ||
		!strings.Contains(err.Error(), "person/bad") {
		t.Errorf("a damaged record: %v", err)
	}
}

// TestPersonsFailing: what can't be written down is not done; what the settings refused has not happened; and what it
// wrote although it said no does no harm when it comes to light at the next start.
func TestPersonsFailing(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	change := map[string]func() error{
		"add":    func() error { _, err := b.Persons.Add("new", "cashier", "4592", "test", "k"); return err },
		"pin":    func() error { return b.Persons.SetPIN("asha", "4593", "test") },
		"remove": func() error { return b.Persons.Remove("meena", "test") },
	}
	before := b.dump()
	for _, fail := range []*bool{&b.full, &b.settings.refuse} {
		*fail = true
		for name, do := range change {
			if err := do(); err == nil || refusal(err) != 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
		*fail = false
	}
	if _, err := b.Persons.Verify(counter, "asha", "1379"); err != nil || b.dump() != before ||
		len(b.Persons.List()) != 3 {
		t.Errorf("something happened: %v, %d persons\n%s", err, len(b.Persons.List()), b.dump())
	}

	b.settings.pretend = true
	for name, do := range change {
		if err := do(); err == nil {
			t.Errorf("%s: the settings' error got lost", name)
		}
	}
	b.settings.pretend = false
	if n := len(b.Persons.List()); n != 3 {
		t.Errorf("before the start there are %d persons", n)
	}
	for name, do := range change { // asked again
		if err := do(); err != nil {
			t.Errorf("%s again: %v", name, err)
		}
	}
	b.restart(t)
	if _, err := b.Persons.Verify(counter, "asha", "4593"); err != nil || len(b.Persons.List()) != 3 {
		t.Errorf("after the start: %v, %v", err, b.Persons.List())
	}
}
