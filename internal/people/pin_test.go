package people

import (
	"strings"
	"testing"
	"time"
)

// TestPINCost: the production cost is OWASP's smallest for argon2id, 19 MiB and two passes, and what a hash cost stands
// in it.
func TestPINCost(t *testing.T) {
	v := &settings{}
	b := &bench{settings: v}
	d, err := Load(Options{Settings: v, Record: b.record})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Cost{Passes: 2, Memory: 19 * 1024}); d.Persons.cost != want {
		t.Errorf("in production a PIN costs %+v, want %+v", d.Persons.cost, want)
	}
	if _, err := d.Persons.Add("ravi", "owner", "2580", "test", "k"); err != nil {
		t.Fatal(err)
	}
	if kept := string(v.data["person/ravi"]); !strings.Contains(kept, `"pin":"argon2id$2$19456$`) {
		t.Errorf("kept is %s", kept)
	}
	b.restart(t) // at another cost
	if _, err := b.Persons.Verify(counter, "ravi", "2580"); err != nil {
		t.Errorf("a hash of another cost: %v", err)
	}
	if _, err := b.Persons.Verify(counter, "ravi", "2581"); refusal(err) != Forbidden {
		t.Errorf("a wrong PIN at another cost: %v", err)
	}
}

// TestUnreadableHash: a hash that was damaged, or that would take the box's memory, lets nobody in.
func TestUnreadableHash(t *testing.T) {
	good := Cost{Passes: 1, Memory: 64}.hashPIN("2580")
	if !checkPIN("2580", good) || checkPIN("2581", good) {
		t.Fatalf("%s is not that of 2580 alone", good)
	}
	parts := strings.Split(good, "$")
	for _, bad := range []string{"", "2580", "argon2i" + good[8:], good[:len(good)-1], good + "$",
		"argon2id$0$64$" + parts[3] + "$" + parts[4],
		"argon2id$11$64$" + parts[3] + "$" + parts[4], "argon2id$1$7$" + parts[3] + "$" + parts[4],
		"argon2id$1$1048577$" + parts[3] + "$" + parts[4],
		"argon2id$1$64$*$" + parts[4], "argon2id$1$64$" + parts[3] + "$*", "argon2id$1$64$" + parts[3] + "$"} {
		if checkPIN("2580", bad) {
			t.Errorf("%q lets 2580 in", bad)
		}
	}
}

func TestGuesses(t *testing.T) {
	var g guesses
	at := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	for i, want := range []time.Duration{0, 0, 0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute,
		8 * time.Minute, 15 * time.Minute} {
		g.wrong(at)
		if w := g.wait(at); w != want {
			t.Errorf("after %d wrong tries the wait is %s, want %s", i+1, w, want)
		}
	}
	for range 30 {
		g.wrong(at)
	}
	if w := g.wait(at); w != longestWait {
		t.Errorf("after 40 wrong tries the wait is %s", w)
	}
	if w := g.wait(at.Add(-1000 * time.Hour)); w != longestWait { // the clock jumped back
		t.Errorf("after a jump of the clock the wait is %s", w)
	}
}

// TestGuessesOutliveARestart: nobody gets fresh guesses by pulling the plug, and nobody else has to wait.
func TestGuessesOutliveARestart(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	for range 5 {
		if _, err := b.Persons.Verify(counter, "asha", "0000"); refusal(err) != Forbidden {
			t.Fatal(err)
		}
	}
	b.restart(t)
	if _, err := b.Persons.Verify(counter, "Asha", "1379"); refusal(err) != TooOften ||
		err.(*Refusal).Wait != 30*time.Second { // even the right one waits
		t.Errorf("%#v", err)
	}
	if p, err := b.Persons.Verify(counter, "meena", "8642"); err != nil || p.Role != Manager {
		t.Errorf("%v %v", p, err)
	}
	b.now = b.now.Add(30 * time.Second)
	b.settings.refuse = true // a right PIN whose count can't be taken back is no sign-in
	if _, err := b.Persons.Verify(counter, "asha", "1379"); err == nil || refusal(err) != 0 {
		t.Errorf("the count could not be written: %v", err)
	}
	b.settings.refuse = false
	if _, err := b.Persons.Verify(counter, "asha", "1379"); err != nil {
		t.Error(err)
	}
}

// TestANameTakesAsLongAsAPIN: an unknown name is not told from a wrong PIN, neither by the words nor by the time they
// take.
func TestANameTakesAsLongAsAPIN(t *testing.T) {
	b := newBench(t)
	b.Persons.cost = Cost{Passes: pinPasses, Memory: pinMemory} // long enough to be measured
	b.staff(t)
	fastest := func(name string) (best time.Duration) {
		for range 3 {
			start := time.Now()
			if _, err := b.Persons.Verify(counter, name, "0001"); refusal(err) != Forbidden {
				t.Fatalf("%s: %v", name, err)
			}
			if d := time.Since(start); best == 0 || d < best {
				best = d
			}
		}
		return best
	}
	known, unknown := fastest("asha"), fastest("nobody at all")
	if unknown < known/4 { // without the hash it would be a thousandth
		t.Errorf("a known name takes %v, an unknown one %v", known, unknown)
	}
	_, a := b.Persons.Verify(counter, "meena", "0001")
	_, c := b.Persons.Verify(counter, "nobody at all", "0001")
	if *a.(*Refusal) != *c.(*Refusal) {
		t.Errorf("%+v and %+v", a, c)
	}
}
