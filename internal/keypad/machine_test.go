package keypad

import (
	"strings"
	"testing"

	"galla/internal/money"
)

func TestKeypadEntry(t *testing.T) {
	for _, tc := range []struct {
		keys, entry, tape string
		fill              bool
		sum               money.Paise
	}{
		{"2 5 0", "250", "", false, 25000},
		{"2 5 0 decimal 5", "250.5", "", false, 25050},
		{"2 5 0 decimal 5 0 9", "250.50", "", false, 25050}, // a third decimal has no place
		{"decimal 5", "0.5", "", false, 50},
		{"0 0 5", "5", "", false, 500},
		{"0 decimal 0 5", "0.05", "", false, 5},
		{"1 2 5 00 0", "1,25,000", "", false, 12500000},
		{"2 5 decimal decimal 5", "25.5", "", false, 2550},
		{"2 5 backspace 7", "27", "", false, 2700},
		{"2 5 clear", "", "", false, 0},
		{"1 0 0 plus 5 0 plus 2 5", "25", "100.00 50.00", false, 17500},
		{"plus 1 plus plus", "", "1.00", false, 100},
		{"1 0 0 plus 5 0 clear", "", "100.00", false, 10000},
		{"1 0 0 plus 5 0 clear clear", "", "", false, 0},
		{"1 0 0 plus minus", "100", "", false, 10000},
		{"1 0 0 plus backspace backspace", "10", "", false, 1000},
		{"1 0 0 plus 5 esc", "", "", false, 0},
		{"1 1 1 1 1 1 1 1 1 1 1 1 1", "11,11,11,11,111", "", false, 1111111111100},
		{"1 2 5 00", "125.00", "", true, 12500},
		{"0 0 5", "0.05", "", true, 5},
		{"5 decimal 0", "0.50", "", true, 50},
		{"1 2 backspace", "0.01", "", true, 1},
		{"1 2 5 00 plus minus", "125.00", "", true, 12500},
		{"nonsense 7 f1", "7", "", false, 700},
	} {
		k := Machine{Fill: tc.fill}
		for _, key := range strings.Fields(tc.keys) {
			k.Press(key)
		}
		entry, tape := k.Show()
		if entry != tc.entry || strings.Join(tape, " ") != tc.tape || k.Sum() != tc.sum {
			t.Errorf("%q (fill %v): %q %q %s, want %q %q %s", tc.keys, tc.fill, entry, tape, k.Sum(),
				tc.entry, tc.tape, tc.sum)
		}
	}
}

func TestKeypadLimit(t *testing.T) {
	k := Machine{Limit: 1_00_000_00}
	for _, key := range strings.Fields("1 0 0 0 0 0 decimal 0 1") {
		k.Press(key)
	}
	if a := k.Press("enter"); a.Do != Refuse ||
		!strings.Contains(a.Why, "₹1,00,000.01 is above the limit of ₹1,00,000.00") {
		t.Errorf("%+v", a)
	}
	k.Press("backspace")
	if a := k.Press("enter"); a.Do != Charge || a.Amount != 1_00_000_00 {
		t.Errorf("%+v", a)
	}
}

func FuzzKeypad(f *testing.F) {
	names := strings.Fields("0 1 2 3 4 5 6 7 8 9 00 decimal plus minus star slash backspace clear enter esc")
	f.Add([]byte{2, 5, 0, 18}, false)
	f.Add([]byte{1, 12, 14, 14, 15, 18}, true)
	f.Fuzz(func(t *testing.T, keys []byte, fill bool) {
		k := Machine{Fill: fill, Limit: 1_00_000_00}
		for _, b := range keys {
			a := k.Press(names[int(b)%len(names)])
			if a.Do == Charge && (a.Amount <= 0 || a.Amount > k.Limit || a.Amount != k.Sum()) {
				t.Fatalf("%v charges %s", keys, a.Amount)
			}
			if a.Do == Charge {
				if k.Press("enter").Do != Nothing {
					t.Fatal("Enter after Enter did something")
				}
				k.Charged()
				k.Ended()
			}
			entry, tape := k.Show()
			if len(entry) > 20 || len(tape) > maxTape {
				t.Fatalf("%v shows %q %q", keys, entry, tape)
			}
			if p, err := money.Parse(entry); entry != "" && !strings.HasSuffix(entry, ".") && k.value() > 0 &&
				(err != nil || p != k.value()) {
				t.Fatalf("shows %q, is %s: %v", entry, k.value(), err)
			}
		}
	})
}
