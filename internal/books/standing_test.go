package books

import (
	"testing"
	"time"

	"galla/internal/money"
	"galla/state"
	"galla/state/journal"
)

// TestStandingShares: a refund of a payment at a standing QR stands under who made it, and the QR's line says what went
// back of it; the persons' refunds add up to the report's, and what the QR and the persons took to what was paid.
func TestStandingShares(t *testing.T) {
	at := time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC)
	sale := func(name string, amount money.Paise, refunds ...state.Refund) *state.Sale {
		s := &state.Sale{
			ID:       "S" + name,
			By:       "ravi",
			Rules:    2,
			Amount:   amount,
			OpenedAt: at,
			PaidAt:   at,
			Payments: []state.Payment{{ID: "p", Gateway: "razorpay", Amount: amount}},
			Refunds:  refunds,
		}
		if name != "" {
			s.Kind, s.Standing = state.KindStanding, &state.Standing{QR: "qr_" + name, Name: name}
		}
		return s
	}
	move := func(what journal.MovementKind, refund string, amount money.Paise) journal.Movement {
		return journal.Movement{
			What:      what,
			PaymentID: "p",
			Gateway:   "razorpay",
			Refund:    refund,
			Posting:   journal.Posting{Amount: amount, At: at},
		}
	}
	totals := newDayTotals()
	within := func(time.Time) bool { return true }
	asha := state.Refund{Key: "r1", By: "asha"}
	totals.add(facts{Sale: sale("Counter 1", 10000), moves: []journal.Movement{move(journal.MoneyCame, "", 10000)}},
		within)
	totals.add(facts{Sale: sale("Counter 1", 20000, asha), moves: []journal.Movement{
		move(journal.MoneyCame, "", 20000),
		move(journal.MoneySent, "r1", 5000),
		move(journal.MoneyTaken, "", 1000),
		move(journal.MoneyReturned, "", 400),
	}}, within)
	totals.add(facts{Sale: sale("Tea", 1500), moves: []journal.Movement{move(journal.MoneyCame, "", 1500)}}, within)
	totals.add(facts{Sale: sale("", 7000, asha), moves: []journal.Movement{
		move(journal.MoneyCame, "", 7000),
		move(journal.MoneySent, "r1", 7000),
	}}, within)

	r := totals.finish()
	got := map[string]Share{}
	var refunds, paid, back Line
	for _, c := range r.Cashiers {
		got[c.Name] = c
		refunds = Line{refunds.Count + c.Refunds.Count, refunds.Paise + c.Refunds.Paise}
		paid = Line{paid.Count + c.Paid.Count, paid.Paise + c.Paid.Paise}
		back = Line{back.Count + c.Back.Count, back.Paise + c.Back.Paise}
	}
	if refunds != r.Refunds || paid != r.Paid || r.Refunds != (Line{2, 12000}) || r.Paid != (Line{4, 38500}) {
		t.Errorf("the lines add up to %+v refunded and %+v paid, the report says %+v and %+v",
			refunds, paid, r.Refunds, r.Paid)
	}
	for name, want := range map[string]Share{
		"asha":                  {Refunds: Line{2, 12000}},
		"ravi":                  {Sales: Line{1, 7000}, Paid: Line{1, 7000}},
		"standing QR Counter 1": {Sales: Line{2, 30000}, Paid: Line{2, 30000}, Back: Line{2, 5600}},
		"standing QR Tea":       {Sales: Line{1, 1500}, Paid: Line{1, 1500}},
	} {
		want.Name = name
		if got[name] != want {
			t.Errorf("%s is %+v, want %+v", name, got[name], want)
		}
	}
	if net := paid.Paise - back.Paise - 7000; net != r.NetPaise { // asha's other refund was of the counter's
		t.Errorf("the lines' net is %s, the report's %s", net, r.NetPaise)
	}
}
