package books

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/countertest"
	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
	"galla/state/statement"
)

// compared reconciles a day.
func (b *bench) compared(t *testing.T, business string, most int) Reconciliation {
	t.Helper()
	b.reconciled.last = Reconciliation{} // a test's second look is not within the minute
	r, err := b.Reconcile(t.Context(), business, most, "test")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// explained checks that every rupee of a gateway's two totals is explained.
func explained(t *testing.T, g Reconciled) {
	t.Helper()
	d, r := g.Ours.Paise-g.Theirs.Paise-g.Unasked.Paise, g.OurRefunds.Paise-g.TheirRefunds.Paise
	for _, x := range g.Differences {
		if strings.HasPrefix(x.Kind, "payment") {
			d -= x.OursPaise - x.TheirsPaise
		} else if g.How == "list" {
			r -= x.OursPaise - x.TheirsPaise
		}
	}
	if d != 0 || g.How == "list" && r != 0 {
		t.Errorf("%v and %v of the totals are not explained: %+v", d, r, g)
	}
}

// TestReconcileAgrees: a gateway that recorded what the sales say, with a list and without.
func TestReconcileAgrees(t *testing.T) {
	for _, lists := range []bool{true, false} {
		b := newBench(t)
		b.day(t)
		bank := b.till.BankOfSales()
		bank.Lists = lists
		b.till.SetBank(bank)
		r := b.compared(t, "", 0)
		g := r.Gateways[0]
		if !r.Agrees || len(r.Gateways) != 1 || g.Ours.Count != 5 || g.Ours.Paise != 51000 || g.Theirs != g.Ours ||
			g.OurRefunds.Paise != 1000 ||
			g.TheirRefunds != g.OurRefunds {
			t.Errorf("lists %v: %+v", lists, r)
		}
		if want := map[bool]string{true: "list", false: "orders"}[lists]; g.How != want {
			t.Errorf("asked by %s, not %s", g.How, want)
		}
		if lists && bank.Asked != 0 || !lists && bank.Asked != 7 { // six orders and a refund
			t.Errorf("lists %v: %d single questions", lists, bank.Asked)
		}
		explained(t, g)
	}
}

// TestReconcileDiffers: every way in which the gateway may disagree is one line with its RRN and a sentence.
func TestReconcileDiffers(t *testing.T) {
	drop := func(b *countertest.Bank, i int) { b.Payments = append(b.Payments[:i:i], b.Payments[i+1:]...) }
	stray := func(b *countertest.Bank) statement.Payment {
		p := b.Payments[0]
		p.ID, p.RRN, p.Amount, p.OrderID = "pay_stray", "999900001111", 7700, "elsewhere"
		return p
	}
	for what, c := range map[string]struct {
		change func(*countertest.Bank)
		orders bool // seen without a list too
		want   string
		left   bool
	}{
		"a payment no sale has": {func(b *countertest.Bank) {
			b.Payments = append(b.Payments, stray(b))
		}, false, "payment_unknown 999900001111 0 7700 no sale has it", false},
		"another terminal's payment": {func(b *countertest.Bank) {
			b.Payments, b.Foreign = append(b.Payments, stray(b)), []string{"pay_stray"}
		}, false, "", false},
		"a payment of a sale that doesn't have it": {func(b *countertest.Bank) {
			p := stray(b)
			p.OrderID = "S000006-1"
			p.Origin = statement.Origin{}
			b.Payments = append(b.Payments, p)
		}, true, "payment_unknown 999900001111 0 7700", false},
		"a payment our sale has as failed": {func(b *countertest.Bank) {
			p := &b.Payments[len(b.Payments)-1]
			p.Status, p.CreatedAt = state.PaymentCaptured, b.Payments[0].CreatedAt
		}, true, "payment_unknown", false},
		"money that isn't there": {func(b *countertest.Bank) { drop(b, 0) }, true, "payment_missing", false},
		"money that was not taken": {func(b *countertest.Bank) {
			b.Payments[0].Status = "failed"
		}, true, "payment_missing", false},
		"another amount": {func(b *countertest.Bank) { b.Payments[0].Amount = 24000 }, true, "payment_amount", false},
		"a refund made elsewhere": {func(b *countertest.Bank) {
			r := b.Refunds[0]
			r.ID, r.Key, r.Amount = "rfnd_x", "", 500
			b.Refunds = append(b.Refunds, r)
		}, false, "refund_unknown", false},
		"money sent back unseen": {func(b *countertest.Bank) {
			b.Payments[0].Refunded = 5000
		}, true, "refund_unknown", false},
		"a refund that isn't there": {func(b *countertest.Bank) { b.Refunds = nil }, true, "refund_missing", false},
		"a refund of another amount": {func(b *countertest.Bank) {
			b.Refunds[0].Amount = 900
		}, true, "refund_amount", false},
		"a refund nobody can tell": {func(b *countertest.Bank) {
			b.Refunds[0].Status = state.RefundUnknown
		}, true, "", true},
		"no answer": {func(b *countertest.Bank) { b.Fail = errors.New("the gateway is away") }, true, "", true},
	} {
		for _, lists := range []bool{true, false} {
			t.Run(fmt.Sprint(what, " ", lists), func(t *testing.T) {
				b := newBench(t)
				b.day(t)
				b.till.Fail("S000006", b.till.Start("S000006")) // the last payment of all
				bank := b.till.BankOfSales()
				bank.Lists = lists
				c.change(bank)
				b.till.SetBank(bank)
				r := b.compared(t, "", 0)
				g := r.Gateways[0]
				explained(t, g)
				var got []string
				for _, d := range g.Differences {
					got = append(
						got,
						fmt.Sprintf(
							"%s %s %d %d %s",
							d.Kind,
							d.RRN,
							int64(d.OursPaise),
							int64(d.TheirsPaise),
							d.Message,
						),
					)
				}
				if lists && what == "money sent back unseen" ||
					lists && what == "a refund nobody can tell" { // the list of refunds says all there is
					return
				}
				expect := c.want != "" && (lists || c.orders)
				if len(got) != map[bool]int{true: 1}[expect] ||
					expect && !strings.Contains(got[0], strings.Fields(c.want)[0]) {
					t.Errorf("differences %q, want %q", got, c.want)
				}
				if r.Agrees != (!expect && !c.left) || c.left != (g.Left > 0) {
					t.Errorf("agrees %v with %d left (%s) and %q", r.Agrees, g.Left, g.Problem, got)
				}
				if what == "another terminal's payment" && lists && g.Elsewhere.Paise != 7700 {
					t.Errorf("elsewhere: %+v", g)
				}
				if what == "no answer" &&
					(g.Problem != "the gateway is away" || g.Unasked != g.Ours || bank.Asked > 4) {
					t.Errorf("a gateway that is away was asked %d times: %+v", bank.Asked, g)
				}
			})
		}
	}
}

// TestReconcileExplains: whatever the gateway's record is, every rupee of the two totals is in a difference or was not
// asked, each payment is one difference at most, and nothing is asked beyond the bound.
func TestReconcileExplains(t *testing.T) {
	b := newBench(t)
	b.day(t)
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		bank := b.till.BankOfSales()
		bank.Lists = r.IntN(3) > 0
		for range r.IntN(5) {
			i := r.IntN(len(bank.Payments))
			p := &bank.Payments[i]
			switch r.IntN(7) {
			case 0:
				bank.Payments = append(bank.Payments[:i], bank.Payments[i+1:]...)
			case 1:
				p.Amount += money.Paise(r.IntN(500))
			case 2:
				p.Status = "failed"
			case 3:
				p.Refunded = p.Amount
			case 4:
				x := *p
				x.ID, x.RRN, x.OrderID = fmt.Sprint("pay_x", r.IntN(3)), "", fmt.Sprintf("S%06d-1", 1+r.IntN(7))
				bank.Payments = append(bank.Payments, x)
				if r.IntN(2) == 0 {
					bank.Foreign = append(bank.Foreign, x.ID)
				}
			case 5:
				p.CreatedAt = p.CreatedAt.Add(time.Duration(r.IntN(300)-150) * time.Minute)
			case 6:
				if len(bank.Refunds) > 0 {
					bank.Refunds[0].Status = []state.RefundStatus{state.RefundProcessed,
						state.RefundUnknown, "failed"}[r.IntN(3)]
				}
			}
			if len(bank.Payments) == 0 {
				break
			}
		}
		most := 1 + r.IntN(12)
		b.till.SetBank(bank)
		rec := b.compared(t, "", most)
		g := rec.Gateways[0]
		explained(t, g)
		seen := map[string]bool{}
		for _, d := range g.Differences {
			if id := d.Kind + d.PaymentID + d.RefundID; seen[id] || d.Message == "" {
				t.Errorf("seed %d: %+v stands twice, or says nothing", seed, d)
			} else {
				seen[id] = true
			}
		}
		if bank.Asked > most || g.Asked > most ||
			rec.Agrees != (len(g.Differences) == 0 && g.Left == 0 && g.Problem == "") {
			t.Errorf("seed %d: %d of %d questions, agrees %v: %+v", seed, bank.Asked, most, rec.Agrees, g)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestReconcileReversals: what others sent back is explained where the sale knows of it, and a difference where it does
// not; a payment that no sale ever had and that went back whole is none.
func TestReconcileReversals(t *testing.T) {
	for _, lists := range []bool{true, false} {
		for _, known := range []bool{true, false} {
			b := newBench(t)
			id := open(t, b.till, 50000)
			paid := b.till.Pay(id, 0)
			bank := b.till.BankOfSales()
			bank.Lists = lists
			bank.Payments[0].Refunded = 30000
			bank.Refunds = append(bank.Refunds, statement.Refund{
				ID:        "rfnd_theirs",
				PaymentID: paid,
				Amount:    30000,
				Status:    state.RefundProcessed,
				CreatedAt: b.clock(),
			})
			stray := bank.Payments[0]
			stray.ID, stray.Amount, stray.Refunded, stray.Status = "pay_never", 7700, 7700, state.PaymentRefunded
			bank.Payments = append(bank.Payments, stray)
			b.till.SetBank(bank)
			if known {
				b.till.Reverse(id, paid, 30000)
			}
			r := b.compared(t, "", 0)
			g := r.Gateways[0]
			explained(t, g)
			if r.Agrees != known || (g.Reversed == Line{1, 30000}) != known ||
				len(g.Differences) != map[bool]int{false: 1}[known] ||
				g.Ours != (Line{1, 50000}) ||
				g.Theirs != g.Ours {
				t.Errorf("lists %v, known %v: %+v", lists, known, r)
			}
			if !known && (g.Differences[0].Kind != "refund_unknown" || g.Differences[0].Name != "1122-1") {
				t.Errorf("%+v", g.Differences)
			}
		}
	}
}

// TestGateway_20: a payment that its sale had under way, that was never captured and that the bank returned, is no
// difference: not where the gateway calls it failed, and not where its list calls it refunded.
func TestGateway_20(t *testing.T) {
	for _, lists := range []bool{true, false} {
		for _, says := range []state.PaymentStatus{state.PaymentFailed, state.PaymentRefunded} {
			for _, seen := range []bool{true, false} { // that it went back: the sale may not have looked yet
				b := newBench(t)
				paid := open(t, b.till, 50000)
				b.till.Pay(paid, 0)
				id := open(t, b.till, 25000)
				back := b.till.Start(id)
				if seen {
					b.till.Fail(id, back)
				}
				bank := b.till.BankOfSales()
				bank.Lists = lists
				for i := range bank.Payments {
					if p := &bank.Payments[i]; p.ID == back {
						p.Status = says
						if says == state.PaymentRefunded {
							p.Refunded = p.Amount
						}
					}
				}
				b.till.SetBank(bank)
				r := b.compared(t, "", 0)
				explained(t, r.Gateways[0])
				if g := r.Gateways[0]; !r.Agrees || len(g.Differences) != 0 || g.Ours != (Line{1, 50000}) ||
					g.Theirs != g.Ours {
					t.Errorf("lists %v, %s, seen %v: %+v", lists, says, seen, r)
				}
			}
		}
	}
}

// TestReconcileMissedSale: a sale that events of a wrong clock hid from the window is found by its payment's order: its
// money is on both sides, an amount that differs is said of that sale, and nobody is told to refund it.
func TestReconcileMissedSale(t *testing.T) {
	for what, c := range map[string]struct {
		change func(*countertest.Bank)
		want   string
		theirs money.Paise
	}{
		"it agrees": {func(*countertest.Bank) {}, "", 25000},
		"the list says it twice": {func(b *countertest.Bank) {
			b.Payments = append(b.Payments, b.Payments[0])
		}, "", 25000},
		"another amount": {func(b *countertest.Bank) { b.Payments[0].Amount = 24000 }, "payment_amount 1", 24000},
		"a refund made elsewhere": {func(b *countertest.Bank) {
			r := statement.Refund{ID: "rfnd_x", Amount: 500,
				Status: state.RefundProcessed, PaymentID: b.Payments[0].ID, CreatedAt: b.Payments[0].CreatedAt}
			b.Refunds = append(b.Refunds, r)
		}, "refund_unknown 1", 25000},
	} {
		b := newBench(t)
		past := b.clock
		today := func() time.Time { return past().Add(24 * time.Hour) }
		b.clock, b.till.Now = today, today
		open(t, b.till, 25000)
		b.till.Pay("S000001", 0)
		b.till.Now = past // the clock falls back, and events pile up there
		for i := range 9 {
			open(t, b.till, money.Paise(700+i))
		}
		b.till.Now = today
		bank := b.till.BankOfSales()
		bank.Lists = true
		c.change(bank)
		b.till.SetBank(bank)
		var hidden []string
		from, _, _ := dayBounds("2026-11-23", b.o.Cut)
		if err := changedSince(
			t.Context(),
			b.till,
			from.Add(-reconcileGive),
			func(s state.Sale) { hidden = append(hidden, s.ID) },
		); err != nil ||
			slices.Contains(hidden, "S000001") {
			t.Fatalf("the window has the sale after all: %v, %v", hidden, err)
		}
		r := b.compared(t, "2026-11-23", 0)
		g := r.Gateways[0]
		explained(t, g)
		var got string
		for _, d := range g.Differences {
			got += fmt.Sprint(d.Kind, " ", d.Number)
		}
		if got != c.want || r.Agrees != (c.want == "") || g.Ours.Paise != 25000 || g.Ours.Count != 1 ||
			g.Theirs.Paise != c.theirs {
			t.Errorf("%s: %+v", what, r)
		}
	}
}

// TestDayBounds: a moment is in the business day whose bounds it lies between, whatever the cut.
func TestDayBounds(t *testing.T) {
	for _, cut := range []time.Duration{0, 4 * time.Hour, 90 * time.Minute} {
		for minute := 0; minute < 3*24*60; minute += 7 {
			at := time.Date(2026, 11, 21, 0, minute, 59, 999_999_999, day.IST)
			from, to, err := dayBounds(day.Business(at, cut), cut)
			if err != nil || at.Before(from) || !at.Before(to) || to.Sub(from) != 24*time.Hour {
				t.Fatalf("%v with a cut of %v lies in %v to %v, %v", at, cut, from, to, err)
			}
		}
	}
	if got := day.Business(time.Date(2026, 11, 23, 3, 59, 59, 0, day.IST), 4*time.Hour); got != "2026-11-22" {
		t.Errorf("a bar's night belongs to %s", got)
	}
}

// TestReconcileIsBounded: of many orders only so many are asked for, and the rest is said to be left.
func TestReconcileIsBounded(t *testing.T) {
	b := newBench(t)
	for i := range 30 {
		open(t, b.till, money.Paise(1000+i))
		if i%2 == 0 {
			b.till.Pay(fmt.Sprintf("S%06d", i+1), 0)
		}
	}
	bank := b.till.BankOfSales()
	b.till.SetBank(bank)
	r := b.compared(t, "", 10)
	g := r.Gateways[0]
	if r.Agrees || g.Asked != 10 || bank.Asked != 10 || g.Left != 20 || g.Unasked.Count != 10 || g.Theirs.Count != 5 ||
		!strings.Contains(g.Problem, "10 single questions") {
		t.Errorf("%+v after %d questions", g, bank.Asked)
	}
	explained(t, g)
	// What was asked a moment ago is not asked again, but more of it is.
	for _, again := range []struct{ most, asked int }{{5, 10}, {40, 40}, {0, 40}} {
		if _, err := b.Reconcile(t.Context(), "", again.most, "test"); err != nil ||
			bank.Asked != again.asked && again.most != 0 {
			t.Errorf("after %d: %d questions, %v", again.most, bank.Asked, err)
		}
	}
	for _, bad := range []string{"tomorrow", "2026-11-23", "2026-09-01"} {
		if _, err := b.Reconcile(t.Context(), bad, 0, "test"); !errors.As(err, new(*DayError)) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestReconcileIsFresh: what was found a moment ago is told anew once a person answered, or a refund was asked.
func TestReconcileIsFresh(t *testing.T) {
	b := newBench(t)
	id := open(t, b.till, 50000)
	b.till.Pay(id, 0)
	b.till.SetBank(b.till.BankOfSales())
	first := b.compared(t, "", 0)
	again := func() Reconciliation {
		r, err := b.Reconcile(t.Context(), "", 0, "test")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := again(); !r.At.Equal(first.At) || r.Gateways[0].OurRefunds.Count != 0 {
		t.Errorf("at once: %+v", r)
	}
	_, err := b.till.Refund(t.Context(), till.RefundRequest{Key: "r", SaleID: id, Amount: 1000, By: "meena"})
	if err != nil {
		t.Fatal(err)
	}
	if r := again(); r.Gateways[0].OurRefunds.Count != 1 {
		t.Errorf("after a refund: %+v", r)
	}
}

// TestReconcileAnotherDay: a payment belongs to the day on which it came, whenever its sale was opened.
func TestReconcileAnotherDay(t *testing.T) {
	b := newBench(t)
	b.day(t)
	b.later(24 * time.Hour)
	b.till.Pay("S000005", 0)
	bank := b.till.BankOfSales()
	bank.Lists = true
	b.till.SetBank(bank)
	for day, want := range map[string]money.Paise{"2026-11-22": 51000, "2026-11-23": 300} {
		r := b.compared(t, day, 0)
		if g := r.Gateways[0]; !r.Agrees || g.Ours.Paise != want || g.Theirs != g.Ours || bank.Asked != 0 {
			t.Errorf("%s: %+v", day, r)
		}
	}
}

// TestReconcilePartWithoutASum: where the gateway says that a part went back and names no sum, nobody can say that both
// agree, though a refund of ours is done and explains it.
func TestReconcilePartWithoutASum(t *testing.T) {
	b := newBench(t)
	id := open(t, b.till, 50000)
	b.till.Pay(id, 0)
	_, err := b.till.Refund(t.Context(), till.RefundRequest{Key: "f", SaleID: id, Amount: 10000, By: "asha"})
	if err != nil {
		t.Fatal(err)
	}
	bank := b.till.BankOfSales()
	b.till.SetBank(bank)
	if r := b.compared(t, "", 0); !r.Agrees {
		t.Fatalf("%+v", r)
	}

	bank.Payments[0].PartBack, bank.Payments[0].Refunded = true, 0
	r := b.compared(t, "", 0)
	if g := r.Gateways[0]; r.Agrees || g.Left != 1 || !strings.Contains(g.Problem, "can't be checked") ||
		len(g.Differences) != 0 {
		t.Errorf("%+v", r)
	}
	explained(t, r.Gateways[0])
}

// TestSiblingsSales: corners.md 10. What another box of this one's name sold is said as such, differs in nothing, and
// nobody is told to refund it; what no sale has and nobody's id names isn't to be refunded either before the other box
// was asked.
func TestSiblingsSales(t *testing.T) {
	b := newBench(t)
	b.day(t)
	bank := b.till.BankOfSales()
	bank.Lists = true
	before := b.compared(t, "", 0)
	p := bank.Payments[0]
	p.ID, p.RRN, p.Amount, p.OrderID = "pay_sibling", "999900001111", 7700, "elsewhere"
	bank.Payments, bank.Sibling = append(bank.Payments, p), []string{p.ID}
	b.till.SetBank(bank)
	r := b.compared(t, "", 101) // more than before: asked anew
	g := r.Gateways[0]
	if r.Agrees != before.Agrees || len(g.Differences) != len(before.Gateways[0].Differences) {
		t.Errorf("%+v", g.Differences)
	}
	if g.Siblings.Count != 1 || g.Siblings.Paise != 7700 || g.Elsewhere.Paise != 7700 ||
		!strings.HasPrefix(g.Note, "Another box with this name?") {
		t.Errorf("%+v, %q", g.Siblings, g.Note)
	}
	bank.Sibling = nil
	b.till.SetBank(bank)
	d := b.compared(t, "", 102).Gateways[0].Differences
	if len(d) != 1 || !strings.Contains(d[0].Message, "Another box with this name") ||
		strings.Contains(d[0].Message, "efund") {
		t.Errorf("%+v", d)
	}
}
