package keypad

import (
	"fmt"
	"slices"
	"strings"

	"galla/internal/money"
)

// Machine is the number pad of the box as a state machine: keys in, acts out, no clock and no I/O. Its keys have the
// names printed on them: "0" to "9", "00", "decimal", "plus", "minus", "star", "slash", "backspace", "clear", "enter",
// "esc".
//
//	typing ──enter──► asked ──Charged──► onSale ──Ended──► typing
//	   ▲                                   │ esc: Cancel
//	   └──esc, clear──┐                    ▼
//	 star ──► looking ┘               (still onSale until Ended)
//
// One Machine serves every pad of the box: what counts is the till, not the pad. From Enter until the sale has ended
// Enter does nothing, so that a key held down, two Enters, or two pads make one sale. Digits that are typed meanwhile
// are the next amount: they are kept, and shown once the sale has ended.
type Machine struct {
	Fill  bool        // digits fill from the right: 1 2 5 0 0 is 125.00; otherwise rupees first, with a decimal key
	Limit money.Paise // the most one sale may be; 0: money.Max

	state phase
	entry string        // digits, in rupees-first mode with at most one point
	tape  []money.Paise // what was added up before the entry
	at    int           // which of the last sales is looked at
}

type phase int

const (
	typing phase = iota
	asked        // Enter was pressed, the till has not answered
	onSale       // a sale is under way
	looking
)

// Act is what a key makes the till do.
type Act struct {
	Do     Do
	Amount money.Paise // of Charge
	Index  int         // of Look: 0 is the newest sale
	Why    string      // of Refuse: a sentence
}

// Do names an act.
type Do int

const (
	Nothing Do = iota
	Show       // the entry or the tape has changed: show them
	Charge     // open a sale of Amount; then call Charged or Failed
	Cancel     // cancel the sale under way
	Look       // show the sale at Index
	Reprint    // print the sale that is shown again
	Repeat     // type the amount of the sale that is shown
	Refuse     // say Why and beep
	Ahead      // the next amount is being typed while a sale is under way: nothing is shown yet
)

const (
	maxTape    = 20
	lastSales  = 10
	maxDigits  = 11 // before the point; what is above the limit is refused by Enter, with the limit in the sentence
	fillDigits = 13
)

// Press takes one key.
func (k *Machine) Press(key string) Act {
	switch k.state {
	case asked:
		return Act{}
	case onSale:
		switch key {
		case "esc":
			k.entry, k.tape = "", nil // what was typed ahead goes too
			return Act{Do: Cancel}
		case "enter", "star", "slash":
			return Act{}
		}
		if a := k.edit(key); a.Do != Show {
			return a
		}
		return Act{Do: Ahead}
	case looking:
		return k.look(key)
	}
	switch key {
	case "enter":
		return k.enter()
	case "esc":
		k.reset()
		return Act{Do: Show}
	case "star":
		k.reset()
		k.state = looking
		return Act{Do: Look}
	case "slash":
		return Act{}
	}
	return k.edit(key)
}

// edit takes a key that changes what is typed.
func (k *Machine) edit(key string) Act {
	switch key {
	case "plus":
		return k.plus()
	case "clear":
		if k.entry == "" {
			k.tape = nil
		}
		k.entry = ""
		return Act{Do: Show}
	case "backspace", "minus":
		if k.entry != "" && key == "backspace" {
			k.entry = k.entry[:len(k.entry)-1]
		} else if n := len(k.tape); k.entry == "" && n > 0 { // takes the last line of the tape back
			k.entry, k.tape = k.typed(k.tape[n-1]), k.tape[:n-1]
		}
		return Act{Do: Show}
	case "decimal":
		if k.Fill || strings.Contains(k.entry, ".") {
			return Act{}
		}
		if k.entry == "" {
			k.entry = "0"
		}
		k.entry += "."
		return Act{Do: Show}
	}

	if key == "00" || len(key) == 1 && key[0] >= '0' && key[0] <= '9' {
		before := k.entry
		for _, d := range key {
			if !k.room() { // the whole key is refused: half of it would be another amount
				k.entry = before
				return Act{Do: Refuse, Why: fmt.Sprintf("no more digits: an amount has %d at most", k.most())}
			}
			k.digit(byte(d))
		}
		if k.entry != before {
			return Act{Do: Show}
		}
	}

	return Act{}
}

// room says whether one more digit can be typed.
func (k *Machine) room() bool {
	whole, frac, dotted := strings.Cut(k.entry, ".")
	switch {
	case k.Fill:
		return len(k.entry) < fillDigits
	case dotted:
		return len(frac) < 2
	}
	return len(whole) < maxDigits
}

// most is how many digits fit where the next one would go.
func (k *Machine) most() int {
	switch {
	case k.Fill:
		return fillDigits
	case strings.Contains(k.entry, "."):
		return 2
	}
	return maxDigits
}

// digit types one digit; there is room for it.
func (k *Machine) digit(d byte) {
	switch {
	case k.Fill && k.entry == "" && d == '0':
		return
	case k.entry == "0":
		k.entry = "" // "0" then "5" is 5
	}
	k.entry += string(d)
}

// value is what the entry amounts to.
func (k *Machine) value() money.Paise {
	var p money.Paise
	whole, frac, _ := strings.Cut(k.entry, ".")
	if k.Fill {
		frac = ""
	} else {
		whole += (frac + "00")[:2]
	}
	for _, d := range whole {
		p = p*10 + money.Paise(d-'0')
	}
	return p
}

// typed is the entry that would make p.
func (k *Machine) typed(p money.Paise) string {
	if k.Fill {
		return strings.TrimLeft(strings.Replace(p.Decimal(), ".", "", 1), "0")
	}
	return strings.TrimSuffix(p.Decimal(), ".00")
}

// Sum is the tape and the entry together.
func (k *Machine) Sum() money.Paise {
	sum := k.value()
	for _, p := range k.tape {
		sum += p
	}
	return sum
}

func (k *Machine) plus() Act {
	v := k.value()
	if v == 0 {
		return Act{}
	}
	if len(k.tape) == maxTape {
		return Act{Do: Refuse, Why: fmt.Sprintf("the tape is full with %d lines: press Enter, or clear", maxTape)}
	}
	k.tape, k.entry = append(slices.Clip(k.tape), v), ""
	return Act{Do: Show}
}

func (k *Machine) enter() Act {
	sum, limit := k.Sum(), k.Limit
	if limit == 0 {
		limit = money.Max
	}
	switch {
	case sum == 0:
		return Act{}
	case sum > limit:
		return Act{Do: Refuse, Why: fmt.Sprintf("%s is above the limit of %s: take it in two sales", sum, limit)}
	}
	k.state = asked
	return Act{Do: Charge, Amount: sum}
}

// look goes through the last sales: star older, minus newer, Enter prints again, slash types the amount again.
func (k *Machine) look(key string) Act {
	switch key {
	case "star", "plus":
		k.at = (k.at + 1) % lastSales
	case "minus":
		k.at = max(0, k.at-1)
	case "enter":
		return Act{Do: Reprint}
	case "slash":
		k.state = typing
		return Act{Do: Repeat}
	case "esc", "clear", "backspace":
		k.reset()
		return Act{Do: Show}
	default:
		k.reset() // a digit begins the next amount
		return k.Press(key)
	}
	return Act{Do: Look, Index: k.at}
}

// Charged says that the sale was opened.
func (k *Machine) Charged() { k.state, k.entry, k.tape = onSale, "", nil }

// Failed says that it could not be opened; what was typed is still there.
func (k *Machine) Failed() { k.state = typing }

// Ended says that the sale under way is paid or closed: what was typed meanwhile is the next amount.
func (k *Machine) Ended() {
	if k.state == onSale {
		k.state = typing
	}
}

// Scanned takes back what a scanner typed: before is what was there before its first key.
func (k *Machine) Scanned(before Entry) { k.entry, k.tape = before.text, before.tape }

// Typed is what is typed now, to go back to.
func (k *Machine) Typed() Entry { return Entry{k.entry, slices.Clone(k.tape)} }

// Entry is what was typed at a moment.
type Entry struct {
	text string
	tape []money.Paise
}

// Type sets the entry, as if typed.
func (k *Machine) Type(p money.Paise) {
	k.reset()
	k.entry = k.typed(p)
}

func (k *Machine) reset() { k.state, k.entry, k.tape, k.at = typing, "", nil, 0 }

// Show is what the screen shows of it: the entry with Indian grouping as typed so far, and the lines of the tape.
func (k *Machine) Show() (entry string, tape []string) {
	for _, p := range k.tape {
		tape = append(tape, p.Grouped())
	}
	if k.entry == "" {
		return "", tape
	}
	if k.Fill {
		return k.value().Grouped(), tape
	}
	whole, frac, dotted := strings.Cut(k.entry, ".")
	entry = strings.TrimSuffix((k.value() / money.Rupee * money.Rupee).Grouped(), ".00")
	if whole == "" {
		entry = "0"
	}
	if dotted {
		entry += "." + frac
	}
	return entry, tape
}
