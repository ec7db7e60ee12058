package keypad_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/keypad"
)

// typed presses keys one after another, so long apart.
func (b *bench) typed(t *testing.T, apart time.Duration, keys string) {
	for _, key := range strings.Fields(keys) {
		b.at = b.at.Add(apart)
		b.PressAt(t.Context(), key, b.at)
	}
}

const (
	byHand    = 150 * time.Millisecond
	byScanner = 8 * time.Millisecond
)

// TestMoney_23: digits typed before a sale ends are the next amount; none is swallowed. What nobody saw is shown before
// it is charged.
func TestMoney_23(t *testing.T) {
	b := newPad()
	b.typed(t, byHand, "1 0 0 enter 1 2")
	b.till.Pay("S000001", 0)
	b.typed(t, byHand, "5 0 enter")
	if s := b.sales(t); len(s) != 2 || s[0].Amount != 1250_00 {
		t.Fatalf("the second sale is over %v of %d, want ₹1,250.00", s[0].Amount, len(s))
	}
	if seen := b.till.Typed(); !slices.Contains(seen, "125") || !slices.Contains(seen, "1,250") {
		t.Errorf("the screen showed %q: not what was kept", seen)
	}

	b.typed(t, byHand, "7 5")
	b.till.Pay("S000002", 0)
	b.typed(t, byHand, "enter")
	if s := b.sales(t); len(s) != 2 {
		t.Fatalf("Enter charged %v, which nobody had seen", s[0].Amount)
	}
	if seen := b.till.Typed(); !slices.Contains(seen, "75") || len(b.said) != 1 {
		t.Errorf("the screen showed %q, said %q: no sign of what was kept", seen, b.said)
	}
	b.typed(t, byHand, "enter")
	if s := b.sales(t); len(s) != 3 || s[0].Amount != 75_00 {
		t.Errorf("the kept amount was not charged: %d sales", len(s))
	}

	b.typed(t, byHand, "9 esc") // who cancels a sale begins anew
	b.typed(t, byHand, "4 enter")
	if s := b.sales(t); len(s) != 4 || s[0].Amount != 4_00 {
		t.Errorf("after Esc: %d sales, the newest over %v", len(s), s[0].Amount)
	}
}

// TestMoney_24: keys in a scanner's tempo are no amount, whatever was typed before them, and their Enter charges
// nothing.
func TestMoney_24(t *testing.T) {
	for name, scan := range map[string]string{
		"EAN-13":             "8 9 0 1 0 3 0 8 6 5 2 7 8 enter",
		"a shelf code":       "1 0 0 4 5 2 enter",
		"without its Enter":  "8 9 0 1 0 3 0 8",
		"a code of 18 signs": "0 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 enter",
	} {
		b := newPad()
		b.typed(t, byHand, "2 5 0 decimal")
		b.typed(t, byScanner, scan)
		if s := b.sales(t); len(s) != 0 {
			t.Errorf("%s made a sale over %v", name, s[0].Amount)
		}
		if n := len(b.said); n == 0 || !strings.Contains(b.said[n-1], "barcode") {
			t.Errorf("%s: said %q", name, b.said)
		}
		b.at = b.at.Add(time.Second)
		b.typed(t, byHand, "5 0 enter")
		if s := b.sales(t); len(s) != 1 || s[0].Amount != 250_50 {
			t.Errorf("%s: then the hand's amount is %v, want ₹250.50", name, s)
		}
	}

	// A hand that is fast, and keys that type several digits, are no scanner.
	b := newPad()
	b.typed(t, 40*time.Millisecond, "1 2 3 4")
	b.typed(t, time.Millisecond, "0 0")
	b.typed(t, 40*time.Millisecond, "00 backspace backspace backspace enter")
	if s := b.sales(t); len(s) != 1 || s[0].Amount != 12340_00 {
		t.Errorf("a fast hand was taken for a scanner: %v, said %q", s, b.said)
	}
}

// TestMoney_17_Pad: a digit that has no room is refused with a sign, whole.
func TestMoney_17_Pad(t *testing.T) {
	for keys, want := range map[string]string{
		"1 2 3 4 5 6 7 8 9 0 1 2": "12,34,56,78,901",
		"1 2 3 4 5 6 7 8 9 0 00":  "1,23,45,67,890",
		"2 5 0 decimal 5 0 7":     "250.50",
		"2 5 0 decimal 5 00":      "250.5",
	} {
		var k keypad.Machine
		var last keypad.Act
		for _, key := range strings.Fields(keys) {
			last = k.Press(key)
		}
		if entry, _ := k.Show(); entry != want || last.Do != keypad.Refuse || last.Why == "" {
			t.Errorf("%q: %q and %+v, want %q and a refusal", keys, entry, last, want)
		}
	}
}
