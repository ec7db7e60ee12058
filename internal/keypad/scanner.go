package keypad

import "time"

// tempo tells a barcode scanner, which types like a keyboard, from a hand: six digits or more, each less than 30 ms
// after the one before. A hand can't, and a key that types "00" or "000" sends at most three so fast.
type tempo struct {
	last   time.Time
	run    int   // digits in a row in a scanner's tempo; the first one counts
	before Entry // what was typed before the first
}

const (
	scannerGap    = 30 * time.Millisecond
	scannerDigits = 6
	scannerQuiet  = 300 * time.Millisecond // a scanner's Enter comes within this of its last digit
)

// digit notes a digit typed at a moment, beside what was typed before it. It reports a scanner.
func (t *tempo) digit(at time.Time, before Entry) bool {
	if t.run == 0 || at.Sub(t.last) >= scannerGap {
		t.run, t.before = 0, before
	}
	t.run++
	t.last = at
	return t.scanner()
}

// key notes another key, and reports whether it is a scanner's Enter.
func (t *tempo) key(at time.Time, name string) bool {
	own := t.scanner() && name == "enter" && at.Sub(t.last) < scannerQuiet
	t.run = 0
	return own
}

func (t *tempo) scanner() bool { return t.run >= scannerDigits }
