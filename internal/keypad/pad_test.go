package keypad_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/counter/pad"
	"galla/internal/keypad"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

func (b *bench) press(t *testing.T, keys string) {
	for _, key := range strings.Fields(keys) {
		b.Press(t.Context(), key)
	}
}

type bench struct {
	*keypad.Pad
	till *countertest.Till
	said []string
	at   time.Time // of the last key, for typed
}

func newPad() *bench {
	b := &bench{till: countertest.New(), at: time.Now()}
	b.Pad = keypad.New(pad.New(b.till), slog.New(slog.DiscardHandler), keypad.Machine{}, func(s string) {
		b.said = append(b.said, s)
	})
	return b
}

// other opens a sale that is not the pad's.
func (b *bench) other(t *testing.T, amount money.Paise) {
	t.Helper()
	if _, err := b.till.Open(t.Context(), till.OpenRequest{Key: "another's", Amount: amount,
		By: "cashier:asha"}); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) sales(t *testing.T) []state.Sale {
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
	b.press(t, "backspace 7 enter") // the 7 of before was kept
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
	if len(b.said) != 2 || b.said[0] != till.ErrStopped.Error() || len(b.sales(t)) != 0 {
		t.Fatalf("said %q, %d sales", b.said, len(b.sales(t)))
	}
	b.till.Refuse(nil)
	b.press(t, "enter")
	if s := b.sales(t); len(s) != 1 || s[0].Amount != 25000 {
		t.Errorf("sales %v", s)
	}
	b.till.Pay("S000001", 0)
	b.till.Refuse(errors.New("secret inside"))
	b.press(t, "1 enter")
	if last := b.said[len(b.said)-1]; strings.Contains(last, "secret") {
		t.Errorf("said %q", last)
	}
}

// lossy is a till that does what is asked, and whose answers get lost.
type lossy struct {
	keypad.Till
	lose bool
}

func (l *lossy) Open(ctx context.Context, key string, amount money.Paise) (state.Sale, error) {
	s, err := l.Till.Open(ctx, key, amount)
	if err == nil && l.lose {
		return state.Sale{}, till.ErrStopped
	}
	return s, err
}

// TestPadAsksTheSameAgain: where the answer got lost, Enter is the same request and makes no second sale; another
// amount is another request.
func TestPadAsksTheSameAgain(t *testing.T) {
	b := newPad()
	l := &lossy{Till: pad.New(b.till), lose: true}
	b.Pad = keypad.New(l, slog.New(slog.DiscardHandler), keypad.Machine{}, func(s string) {
		b.said = append(b.said, s)
	})
	b.press(t, "2 5 enter enter")
	if s := b.sales(t); len(s) != 1 || len(b.said) != 2 {
		t.Fatalf("sales %v, said %q", s, b.said)
	}
	l.lose = false
	b.press(t, "enter 7 enter") // on the sale now: digits do nothing
	if s := b.sales(t); len(s) != 1 || s[0].Amount != 2500 {
		t.Fatalf("sales %v", s)
	}
	b.press(t, "esc 9 enter")
	if s := b.sales(t); len(s) != 2 || s[0].Amount != 900 || s[1].Phase != state.PhaseClosed {
		t.Errorf("sales %v", s)
	}
}

// TestPadGoesOnAfterARestart: gallad was restarted while the customer pays; the pad's sale is still the pad's.
func TestPadGoesOnAfterARestart(t *testing.T) {
	b := newPad()
	b.press(t, "2 5 enter")
	b.other(t, 100) // a console's, newer: not the pad's business
	b.Pad = keypad.New(pad.New(b.till), slog.New(slog.DiscardHandler), keypad.Machine{}, nil)
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

// TestPadSaysWhyOnTheScreen: what a key is refused for stands on the customer's screen, with what is typed; the next
// key takes it away.
func TestPadSaysWhyOnTheScreen(t *testing.T) {
	tl := countertest.New()
	p := keypad.New(pad.New(tl), slog.New(slog.DiscardHandler), keypad.Machine{Limit: 100_00}, nil)
	for _, k := range []string{"1", "0", "1", "enter", "backspace", "star"} {
		p.Press(t.Context(), k)
	}
	want := []string{"1", "10", "101", "101\n₹101.00 is above the limit of ₹100.00: take it in two sales", "10",
		"\nthere are no sales to look at yet"}
	if got := tl.Typed(); !slices.Equal(got, want) {
		t.Errorf("the screen showed %q", got)
	}
}

// TestPadsAtOnce: several pads, any keys at random, at the same time: never two sales under way.
func TestPadsAtOnce(t *testing.T) {
	b := newPad()
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
	if n := b.till.Newest(); n < 100 {
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

// TestPadPrintsTheSaleItShows: a sale that the console opens meanwhile doesn't move what Enter prints and slash types.
func TestPadPrintsTheSaleItShows(t *testing.T) {
	b := newPad()
	b.press(t, "1 0 0 enter")
	b.till.Pay("S000001", 0)
	b.press(t, "star")
	b.other(t, 700)
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
