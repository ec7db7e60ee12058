package rig

import (
	"slices"
	"strings"
	"testing"
	"time"

	"galla/display"
	"galla/display/viewstream"
	"galla/gateway/gatewaytest"
	"galla/internal/counter/wire"
	"galla/state"
)

const (
	byHand    = 60 * time.Millisecond
	byScanner = 4 * time.Millisecond
)

// press presses keys of the number pad on this screen, so long apart.
func (b *box) press(a *audience, apart time.Duration, keys string) {
	b.t.Helper()
	for _, k := range strings.Fields(keys) {
		wait(b.t.Context(), apart)
		if !a.seat.Key(viewstream.KeyName(k)) {
			b.t.Fatalf("key %s was not taken", k)
		}
	}
}

// newest waits until there are so many sales, the newest of them with its QR, and returns it.
func (b *box) newest(n int) (w wire.Sale) {
	b.t.Helper()
	b.until(20*time.Second, "the pad's sale", func() bool {
		all := b.all()
		if len(all) > 0 {
			w = all[0]
		}
		return len(all) == n && w.QR != nil
	})
	return w
}

// typed reports whether the screen showed what was typed, beside a note.
func typed(entry, note string) func(display.View) bool {
	return func(v display.View) bool {
		return v.Screen == display.ScreenTyping && v.Entry == entry &&
			(note == "" || slices.ContainsFunc(v.Notes, func(n string) bool { return strings.Contains(n, note) }))
	}
}

// TestMoney_23: the digits that were typed before a sale ended are the beginning of the next amount, and what nobody
// saw is shown before it is charged.
func TestMoney_23(t *testing.T) {
	t.Parallel()
	b := newBox(t, gatewaytest.Razorpay)
	b.start()
	screen := b.watched()

	b.press(screen, byHand, "1 0 0 enter")
	w := b.newest(1)
	b.press(screen, byHand, "1 2")
	b.pays(w)
	b.press(screen, byHand, "5 0 enter")
	if w = b.newest(2); w.AmountPaise != 1250_00 {
		t.Fatalf("1 2, the money, 5 0 Enter made a sale over %s", w.AmountPaise)
	}

	b.press(screen, byHand, "7 5")
	b.pays(w)
	b.press(screen, byHand, "enter")
	b.until(
		5*time.Second,
		"what was kept, with a sign, instead of the 8 s of how the sale ended",
		func() bool { return screen.saw(typed("75", "the sale before has ended")) },
	)
	if n := len(b.all()); n != 2 {
		t.Fatalf("Enter charged what nobody had seen: %d sales", n)
	}
	b.press(screen, byHand, "enter")
	if w = b.newest(3); w.AmountPaise != 75_00 {
		t.Errorf("the kept amount made a sale over %s", w.AmountPaise)
	}
}

// TestMoney_24: a scanner at the pad's keys makes no sale and leaves the amount alone; the page's rule is TestLogic's
// in internal/counter/browser.
func TestMoney_24(t *testing.T) {
	t.Parallel()
	b := newBox(t, gatewaytest.Razorpay)
	b.start()
	screen := b.watched()

	const ean = "8 9 0 1 0 3 0 8 6 5 2 7 8 enter"
	b.press(screen, byScanner, ean)
	b.until(20*time.Second, "the sign that it was a barcode", func() bool { return screen.saw(typed("", "barcode")) })
	b.press(screen, byHand, "2 5 0 decimal")
	wait(t.Context(), time.Second)
	b.press(screen, byScanner, ean)
	b.until(
		20*time.Second,
		"the amount as it was before the barcode",
		func() bool { return screen.saw(typed("250.", "barcode")) },
	)
	if all := b.all(); len(all) != 0 {
		t.Fatalf("a barcode made a sale over %s", all[0].AmountPaise)
	}
	wait(t.Context(), time.Second)
	b.press(screen, byHand, "5 0 enter")
	if w := b.newest(1); w.AmountPaise != 250_50 || w.Phase != state.PhaseAwaiting {
		t.Errorf("then the hand's amount is %s, %s", w.AmountPaise, w.Phase)
	}
}

// TestMoney_12: paid in cash is a good end, for the cashier and on the customer's screen, from the command on.
func TestMoney_12(t *testing.T) {
	t.Parallel()
	b := newBox(t, gatewaytest.Razorpay)
	b.start()
	screen := b.watched()
	w := b.take("75")
	if said := b.done("cancel", w.Name, "--other-tender"); !strings.Contains(said, "paid in another way") {
		t.Errorf("galla cancel says\n%s", said)
	}
	b.stands(w.ID, "its end", func(w wire.Sale) bool { return w.Phase == state.PhaseClosed })
	if said := b.done("show", w.Name); !strings.Contains(said, "It was paid in another way. Nothing is left to do.") {
		t.Errorf("galla show says\n%s", said)
	}

	settled := func(v display.View) bool { return v.Reason == display.ReasonOtherTender }
	b.until(20*time.Second, "the end on the screen", func() bool { return screen.saw(settled) })
	if screen.saw(func(v display.View) bool { return v.Screen == display.ScreenUnpaid && !settled(v) }) {
		t.Error("the screen showed another end than that it was paid in another way")
	}
	if spoken, green := screen.heard(); spoken+green > 0 {
		t.Errorf("%d spoken, %d green: no money came by UPI", spoken, green)
	}
}
