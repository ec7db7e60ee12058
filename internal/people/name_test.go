package people

import (
	"testing"
	"time"
)

// TestDoor_14: a person's name is no path, and looks like nobody else's; a device's neither.
func TestDoor_14(t *testing.T) {
	b := newBench(t)
	b.staff(t) // ravi, meena, asha
	for _, name := range []string{".", "..", "...", "a\u202eb", "a\u200bb", "a\u200db", "a/b", "Аsha", "αsha", "rаvi",
		"Ꭺsha", "ᎪᏚᎻᎪ", "ꓮꓢꓧꓮ", "ⲁsha"} {
		if _, err := b.Persons.Add(name, "cashier", "4826", "test", "k"); refusal(err) != Unacceptable {
			t.Errorf("a person called %+q: %v", name, err)
		}
	}
	for _, name := range []string{"аѕһа", "ａｓｈａ", "ASHA", "asha.", "-asha", "ravi\u0307"} {
		if _, err := b.Persons.Add(name, "cashier", "4826", "test", "k"); refusal(err) != Conflict {
			t.Errorf("a person called %q beside asha and ravi: %v", name, err)
		}
	}
	for _, name := range []string{"usha", "आशा", "asha k.", "क्\u200dष"} {
		if _, err := b.Persons.Add(
			name,
			"cashier",
			map[string]string{"usha": "4826", "आशा": "5937", "asha k.": "6048", "क्\u200dष": "7159"}[name],
			"test",
			"k"+name,
		); err != nil {
			t.Errorf("a person called %q: %v", name, err)
		}
	}
	if _, err := b.Persons.Add("\u0905\u093e\u0936\u093e", "cashier", "8260", "test", "k"); refusal(err) != Conflict {
		t.Errorf("a person called आशा beside आशा, who is written with another first letter: %v", err)
	}
	if len(b.Persons.List()) != 7 {
		t.Errorf("%d persons", len(b.Persons.List()))
	}

	names := map[string]bool{}
	for _, name := range []string{"Counter 1", "Counter l", "Counter I", "Counter 1"} {
		id := time.Now().String()
		d, _, err := b.Pair(Newcomer{Code: b.Devices.Offer("test", "", false).Code, Name: name, Key: id})
		if err != nil || names[d.Name] {
			t.Errorf("a device called %q is %q: %v", name, d.Name, err)
		}
		names[d.Name] = true
	}
	if !names["Counter 1"] || !names["Counter l 2"] || !names["Counter I 3"] || !names["Counter 1 4"] {
		t.Errorf("devices are called %v", names)
	}
}
