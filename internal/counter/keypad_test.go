package counter

import (
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"galla/internal/counter/countertest"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
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
		k := Keypad{Fill: tc.fill}
		for _, key := range strings.Fields(tc.keys) {
			k.Press(key)
		}
		entry, tape := k.Show()
		if entry != tc.entry || strings.Join(tape, " ") != tc.tape || k.Sum() != tc.sum {
			t.Errorf("%q (fill %v): %q %q %s, want %q %q %s", tc.keys, tc.fill, entry, tape, k.Sum(), tc.entry, tc.tape, tc.sum)
		}
	}
}

func TestKeypadLimit(t *testing.T) {
	k := Keypad{Limit: 1_00_000_00}
	for _, key := range strings.Fields("1 0 0 0 0 0 decimal 0 1") {
		k.Press(key)
	}
	if a := k.Press("enter"); a.Do != PadRefuse || !strings.Contains(a.Why, "₹1,00,000.01 is above the limit of ₹1,00,000.00") {
		t.Errorf("%+v", a)
	}
	k.Press("backspace")
	if a := k.Press("enter"); a.Do != PadCharge || a.Amount != 1_00_000_00 {
		t.Errorf("%+v", a)
	}
}

func (b *padBench) press(t *testing.T, keys string) {
	for _, key := range strings.Fields(keys) {
		b.Press(t.Context(), key)
	}
}

type padBench struct {
	*Pad
	till *countertest.Till
	said []string
}

func newPad() *padBench {
	b := &padBench{till: countertest.New()}
	b.Pad = NewPad(b.till, slog.New(slog.NewTextHandler(io.Discard, nil)), Keypad{}, func(s string) { b.said = append(b.said, s) })
	return b
}

func (b *padBench) sales(t *testing.T) []state.Sale {
	t.Helper()
	sales, err := b.till.Sales(t.Context(), till.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return sales
}

func TestPadTakesASale(t *testing.T) {
	b := newPad()
	b.press(t, "1 0 0 plus 5 0 enter enter enter 7 enter") // Enter held down, and typing on
	if s := b.sales(t); len(s) != 1 || s[0].Amount != 15000 || s[0].By != "keypad" {
		t.Fatalf("sales %v", s)
	}
	if got := strings.Join(b.till.Typed(), "|"); got != "1|10|100||5|50|" {
		t.Errorf("the customer saw %q", got)
	}
	b.till.Pay("S000001", 0)
	b.press(t, "enter 7 enter")
	if s := b.sales(t); len(s) != 2 || s[0].Amount != 700 {
		t.Fatalf("sales %v", s)
	}
	b.press(t, "esc")
	if s := b.sales(t); s[0].Phase != state.PhaseClosed {
		t.Errorf("after Esc the sale is %s", s[0].Phase)
	}
	b.press(t, "star star enter") // the one before, printed again
	if s := b.sales(t); len(s[1].Prints) != 1 || s[1].Prints[0].Copy != "receipt" {
		t.Errorf("prints %v", s[1].Prints)
	}
	b.press(t, "slash enter") // and its amount taken again
	if s := b.sales(t); len(s) != 3 || s[0].Amount != 15000 {
		t.Errorf("sales %v", s)
	}
}

func TestPadKeepsTheAmountWhenTheTillRefuses(t *testing.T) {
	b := newPad()
	b.till.Refuse(till.ErrStopped)
	b.press(t, "2 5 0 enter enter")
	if len(b.said) != 2 || len(b.sales(t)) != 0 {
		t.Fatalf("said %q, %d sales", b.said, len(b.sales(t)))
	}
	key := b.Pad.key
	b.till.Refuse(nil)
	b.press(t, "enter")
	if s := b.sales(t); len(s) != 1 || s[0].Amount != 25000 || key == "" {
		t.Errorf("sales %v with key %q", s, key)
	}
	b.till.Pay("S000001", 0)
	b.till.Refuse(errors.New("secret inside"))
	b.press(t, "1 enter")
	if last := b.said[len(b.said)-1]; strings.Contains(last, "secret") {
		t.Errorf("said %q", last)
	}
}

// TestPadGoesOnAfterARestart: gallad was restarted while the customer pays; the pad's sale is still the pad's.
func TestPadGoesOnAfterARestart(t *testing.T) {
	b := newPad()
	b.press(t, "2 5 enter")
	open(t, b.till, 100) // a console's, newer: not the pad's business
	b.Pad = NewPad(b.till, slog.New(slog.DiscardHandler), Keypad{}, nil)
	b.press(t, "7 enter 7 0 enter")
	if s := b.sales(t); len(s) != 2 {
		t.Fatalf("a second sale was begun beside the first: %v", s)
	}
	b.press(t, "esc")
	if s := b.sales(t); s[1].Phase != state.PhaseClosed || s[0].Phase.Final() {
		t.Errorf("Esc after the restart: the pad's sale is %s, the console's %s", s[1].Phase, s[0].Phase)
	}
	b.press(t, "9 enter")
	if s := b.sales(t); len(s) != 3 || s[0].Amount != 900 {
		t.Errorf("sales %v", s)
	}
}

// TestPadSaysWhyOnTheScreen: what a key is refused for stands on the customer's screen, with what is typed; the next key takes it away.
func TestPadSaysWhyOnTheScreen(t *testing.T) {
	tl := countertest.New()
	p := NewPad(tl, slog.New(slog.DiscardHandler), Keypad{Limit: 100_00}, nil)
	for _, k := range []string{"1", "0", "1", "enter", "backspace", "star"} {
		p.Press(t.Context(), k)
	}
	want := []string{"1", "10", "101", "101\n₹101.00 is above the limit of ₹100.00: take it in two sales", "10", "\nthere are no sales to look at yet"}
	if got := tl.Typed(); !slices.Equal(got, want) {
		t.Errorf("the screen showed %q", got)
	}
}

// TestPadsAtOnce: several pads, any keys at random, at the same time: never two sales under way.
func TestPadsAtOnce(t *testing.T) {
	b := newPad()
	b.Pad.say = func(string) {}
	keys := strings.Fields("0 1 2 3 9 00 decimal plus minus star slash backspace clear enter enter enter esc")
	var wg sync.WaitGroup
	for seed := range uint64(4) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for range 1500 {
				b.Press(t.Context(), keys[r.IntN(len(keys))])
			}
		})
	}
	wg.Wait()
	open := 0
	for _, e := range allEvents(t, b.till) {
		switch e.Kind {
		case state.EventOpened:
			open++
		case state.EventAttemptClosed:
			open--
		}
		if open > 1 {
			t.Fatalf("event %d: two sales under way", e.Seq)
		}
	}
	if n := b.till.Health().Seq; n < 100 {
		t.Errorf("only %d events: the keys did nothing", n)
	}
}

func allEvents(t *testing.T, tl *countertest.Till) []state.Event {
	t.Helper()
	events, err := tl.Events(t.Context(), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func FuzzKeypad(f *testing.F) {
	names := strings.Fields("0 1 2 3 4 5 6 7 8 9 00 decimal plus minus star slash backspace clear enter esc")
	f.Add([]byte{2, 5, 0, 18}, false)
	f.Add([]byte{1, 12, 14, 14, 15, 18}, true)
	f.Fuzz(func(t *testing.T, keys []byte, fill bool) {
		k := Keypad{Fill: fill, Limit: 1_00_000_00}
		for _, b := range keys {
			a := k.Press(names[int(b)%len(names)])
			if a.Do == PadCharge && (a.Amount <= 0 || a.Amount > k.Limit || a.Amount != k.Sum()) {
				t.Fatalf("%v charges %s", keys, a.Amount)
			}
			if a.Do == PadCharge {
				if k.Press("enter").Do != PadNothing {
					t.Fatal("Enter after Enter did something")
				}
				k.Charged()
				k.Ended()
			}
			entry, tape := k.Show()
			if len(entry) > 20 || len(tape) > maxTape {
				t.Fatalf("%v shows %q %q", keys, entry, tape)
			}
			if p, err := money.Parse(entry); entry != "" && !strings.HasSuffix(entry, ".") && k.value() > 0 && (err != nil || p != k.value()) {
				t.Fatalf("shows %q, is %s: %v", entry, k.value(), err)
			}
		}
	})
}

// TestPadPrintsTheSaleItShows: a sale that the console opens meanwhile doesn't move what Enter prints and slash types.
func TestPadPrintsTheSaleItShows(t *testing.T) {
	b := newPad()
	b.press(t, "1 0 0 enter")
	b.till.Pay("S000001", 0)
	b.press(t, "star")
	open(t, b.till, 700)
	b.press(t, "enter")
	if s := b.sales(t); len(s[0].Prints) != 0 || len(s[1].Prints) != 1 {
		t.Errorf("printed %v of the new sale, %v of the one shown", s[0].Prints, s[1].Prints)
	}
	b.press(t, "slash enter")
	if s := b.sales(t); len(s) != 3 || s[0].Amount != 10000 {
		t.Errorf("sales %v", s)
	}
	b.till.Pay("S000003", 0)
	b.press(t, "star star star star enter") // beyond the oldest: nothing is shown, nothing printed
	if s := b.sales(t); len(s[0].Prints)+len(s[1].Prints)+len(s[2].Prints) != 1 {
		t.Errorf("prints %v %v %v", s[0].Prints, s[1].Prints, s[2].Prints)
	}
}
