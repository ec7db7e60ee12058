package wire

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state"
)

// tale is a sale told by its events.
type tale struct {
	t *testing.T
	s state.Sale
	n uint64
}

const rupee = money.Paise(100)

// begin opens a sale over an amount of rupees, with a QR on the screen.
func begin(t *testing.T, amount money.Paise) *tale {
	t.Helper()
	st := &tale{t: t}
	st.do(state.Event{
		Kind: state.EventOpened,
		By:   "cashier:asha",
		Opened: &state.Opened{Number: 2, Day: "2026-11-29", Amount: amount * rupee,
			Route: []string{"razorpay"}, Life: 5 * time.Minute, Rules: state.Rules},
	})
	st.do(state.Event{Kind: state.EventAttemptAsked, Attempt: "A1", Gateway: "razorpay"})
	return st.do(state.Event{
		Kind:    state.EventAttemptQuoted,
		Attempt: "A1",
		Quote:   &state.Quote{OrderID: "O1", Payload: "upi://pay?tr=A1"},
	})
}

func (st *tale) do(e state.Event) *tale {
	st.t.Helper()
	st.n++
	e.SaleID, e.Seq, e.At = "S000002", st.n, time.Date(2026, 11, 29, 10, 0, int(st.n), 0, time.UTC)
	s, _, err := state.Apply(st.s, e)
	if err != nil {
		st.t.Fatalf("%s: %v", e.Kind, err)
	}
	st.s = s
	return st
}

// pays is a reading that has a payment of some rupees, of which some went back; a further one adds to it.
func (st *tale) pays(id string, amount, back money.Paise) *tale {
	st.t.Helper()
	var all []state.Payment
	for _, p := range st.s.Payments {
		if p.ID != id {
			all = append(all, p)
		}
	}
	p := state.Payment{ID: id, Amount: amount * rupee, Refunded: back * rupee, Status: state.PaymentCaptured}
	if back == amount {
		p.Status = state.PaymentRefunded
	}
	return st.do(state.Event{
		Kind:    state.EventReading,
		Attempt: "A1",
		Reading: &state.Reading{Order: "open", Payments: append(all, p)},
	})
}

func (st *tale) ends(why state.CloseReason) *tale {
	st.t.Helper()
	st.do(state.Event{Kind: state.EventCloseAsked, Close: why, By: "cashier:asha"})
	return st.do(state.Event{
		Kind:    state.EventAttemptClosed,
		Attempt: "A1",
		Reading: &state.Reading{Order: "closed", Payments: st.s.Payments},
	})
}

func (st *tale) refunds(key, payment string, amount money.Paise) *tale {
	st.t.Helper()
	return st.do(state.Event{
		Kind:   state.EventRefundAsked,
		By:     "manager:ravi",
		Refund: &state.Refund{Key: key, PaymentID: payment, Amount: amount * rupee},
	})
}

func (st *tale) refundIs(key string, status state.RefundStatus, code string) *tale {
	st.t.Helper()
	r := &state.Refund{Key: key, Status: status}
	if code != "" {
		r.Problem = &state.Problem{Class: "rejected", Text: "refused", Cashier: "words", Code: code}
	}
	return st.do(state.Event{Kind: state.EventRefundSeen, Refund: r})
}

func (st *tale) answers(item string, a state.Action, amount money.Paise) *tale {
	st.t.Helper()
	return st.do(state.Event{
		Kind:       state.EventResolved,
		By:         "manager:ravi",
		Resolution: &state.Resolution{Attention: item, Action: a, Amount: amount * rupee},
	})
}

// sendsBack answers the only item with a refund of its money.
func (st *tale) sendsBack(key string) *tale {
	st.t.Helper()
	for _, f := range st.s.RefundsFor(st.s.Attention[0]) {
		f.Key = key
		st.do(state.Event{Kind: state.EventRefundAsked, By: "manager:ravi", Refund: &f})
	}
	return st
}

// says compares the sale's code and text, and the codes of its items.
func (st *tale) says(code, text string, items ...string) *tale {
	st.t.Helper()
	w := FromSale(st.s)
	var got []string
	for _, a := range w.Attention {
		got = append(got, a.MessageCode)
		check(st.t, a.MessageCode, a.MessageValues, a.Message)
	}
	if w.MessageCode != code || !strings.HasPrefix(w.Message, text) || !slices.Equal(got, items) {
		st.t.Errorf("the sale says %s %q with %q; want %s %q with %q", w.MessageCode, w.Message, got, code, text, items)
	}
	check(st.t, w.MessageCode, w.MessageValues, w.Message)
	for _, r := range w.Refunds {
		check(st.t, r.MessageCode, r.MessageValues, r.Message)
	}
	return st
}

// check holds a text against its code: known, and every value there.
func check(t *testing.T, code string, v Values, text string) {
	t.Helper()
	if !Known(code) || strings.ContainsAny(text, "{}") || strings.Contains(text, "<nil>") || whole(code, v) != text {
		t.Errorf("%s with %v is said as %q", code, v, text)
	}
}

// itemSays compares the text of the only item.
func (st *tale) itemSays(text string) *tale {
	st.t.Helper()
	if w := FromSale(st.s); len(w.Attention) != 1 || w.Attention[0].Message != text {
		st.t.Errorf("the items are %+v; want one that says %q", w.Attention, text)
	}
	return st
}

// TestMoney_2_Short: what went back does not count towards the price, and the rest is asked for.
func TestMoney_2_Short(t *testing.T) {
	st := begin(t, 500).says("sale_awaiting", "Ask the customer to scan the QR and pay ₹500.00.")
	st.pays("p1", 300, 0).says("sale_short", "₹300.00 of ₹500.00 has come; ₹200.00 is missing.", "item_short")
	st.itemSays(
		"₹200.00 is missing on sale 1129-2: ₹300.00 of ₹500.00 has come. The QR takes no second payment. Take the " +
			"rest another way; then a manager says so here, or takes what came as enough, or sends it back.",
	)
	st.sendsBack("r1").
		says("sale_used", "The QR of this sale was paid once, and that money went back or is going back.")
	st.refundIs("r1", state.RefundProcessed, "").says("sale_used", "The QR of this sale was paid once")
}

// TestShortAfterAFailedRefund: what a failed refund left there lies there. The customer owes the rest, and that is what
// an answer records as paid in another way; asked for the whole amount, he would pay twice.
func TestShortAfterAFailedRefund(t *testing.T) {
	st := begin(t, 500).pays("p1", 300, 0).sendsBack("r1").refundIs("r1", state.RefundFailed, "")
	st.says("sale_short", "₹300.00 of ₹500.00 has come; ₹200.00 is missing.", "item_short")
	st.itemSays(
		"₹200.00 is missing on sale 1129-2: ₹300.00 of ₹500.00 has come. The QR takes no second payment. Take the " +
			"rest another way; then a manager says so here, or takes what came as enough, or sends it back.",
	)

	st.do(state.Event{
		Kind:       state.EventResolved,
		By:         "manager:meena",
		Resolution: &state.Resolution{Attention: "short", Action: state.ActionOtherTender, Amount: 300 * rupee},
	})
	if w := FromSale(st.s); w.KeptPaise != 300*rupee || w.OtherPaise != 200*rupee {
		t.Errorf("kept %s, in another way %s", w.KeptPaise, w.OtherPaise)
	}
}

// TestAllThereAgain: all of the amount lies there again after it went back. It covers nothing by itself, and nobody
// reads that ₹0.00 came.
func TestAllThereAgain(t *testing.T) {
	st := begin(t, 500).pays("p1", 300, 0).pays("p1", 300, 300).pays("p1", 300, 0)
	st.says("sale_short", "₹300.00 of ₹500.00 has come; ₹200.00 is missing.", "item_short")
	st.pays("p2", 200, 0).
		says("sale_short_again", "₹500.00 of ₹500.00 is there, but it went back once", "item_short_again")
	st.itemSays(
		"₹500.00 is there for sale 1129-2 over ₹500.00, but it went back once, in whole or in part, and came again. " +
			"Hand over nothing yet: it may go again. A manager looks at the gateway's dashboard, then takes it as " +
			"enough here, or sends it back.",
	)
	st.answers("short", state.ActionEnough, 500).says("sale_enough", "")
}

// TestShortExpires: a short that was sent back, and then nobody pays.
func TestShortExpires(t *testing.T) {
	st := begin(t, 500).pays("p1", 300, 0).sendsBack("r1").refundIs("r1", state.RefundPending, "")
	st.ends(state.CloseExpired).says("sale_refund_pending", "")
	st.refundIs("r1", state.RefundProcessed, "").
		says("sale_late_refunded", "It was closed unpaid, and ₹300.00 that came went back to the customer. Nothing "+
			"is left to do.")
}

// TestPartInEveryState: a sale that has a part of its money says one thing in each state, and its item says the same.
func TestPartInEveryState(t *testing.T) {
	part := func() *tale { return begin(t, 500).pays("p1", 300, 0) }
	moving := part()
	moving.do(state.Event{Kind: state.EventReading, Attempt: "A1", Reading: &state.Reading{
		Order:    "open",
		Payments: append(moving.s.Payments, state.Payment{ID: "p2", Amount: 200 * rupee, Status: state.PaymentStarted}),
	}})
	moving.says("sale_paying", "", "item_short_paying").
		itemSays("₹300.00 of ₹500.00 has come for sale 1129-2, and another payment is under way. Wait for it before " +
			"you take anything for the rest.")

	for _, why := range []state.CloseReason{state.CloseCancelled, state.CloseExpired, state.CloseOtherTender} {
		st := part().do(state.Event{Kind: state.EventCloseAsked, Close: why, By: "cashier:asha"})
		st.says("sale_closing_part", "₹300.00 of ₹500.00 has come, and the order is being closed",
			"item_short_closing").
			itemSays("₹300.00 of ₹500.00 has come for sale 1129-2, which is being closed. Take nothing more for it. " +
				"Wait until it is closed: then keep this money or send it back.")
		if answers := FromSale(st.s).Attention[0].Answers; len(answers) != 0 {
			t.Errorf("it says wait, and offers %v", answers)
		}
		if said := FromSale(st.s).Message; strings.Contains(said, "Ask the customer") ||
			strings.Contains(said, "the rest") {
			t.Errorf("closing by %s: %q", why, said)
		}
		st.do(state.Event{Kind: state.EventAttemptClosed, Attempt: "A1",
			Reading: &state.Reading{Order: "closed", Payments: st.s.Payments}}).
			says("sale_closed_decide", "", "item_under")
	}

	begin(t, 500).do(state.Event{Kind: state.EventCloseAsked, Close: state.CloseCancelled, By: "cashier:asha"}).
		says("sale_closing", "The order is being closed at the gateway. Wait: money may still come.")
	begin(t, 500).do(state.Event{Kind: state.EventCloseAsked, Close: state.CloseOtherTender, By: "cashier:asha"}).
		says("sale_closing_other", "It was paid in another way, and the order is being closed at the gateway. Hand "+
			"over the goods.")
}

// TestMoney_8: "went back" waits for a gateway's record or a named person's word; each status has a sentence of its
// own.
func TestMoney_8(t *testing.T) {
	asked := func() *tale { return begin(t, 500).pays("p1", 500, 0).refunds("r1", "p1", 500) }
	asked().says("sale_refund_asked", "Sending ₹500.00 back is written down; the gateway has not confirmed")
	asked().refundIs("r1", state.RefundPending, "").
		says("sale_refund_pending", "The gateway has the order to send ₹500.00 back; it is not with the customer yet.")
	asked().refundIs("r1", state.RefundProcessed, "").
		says("sale_refunded", "It was paid, and ₹500.00 went back to the customer.")
	asked().refundIs("r1", state.RefundUnknown, "").
		says("sale_less_decide", "This sale counts as paid, but not all of ₹500.00 is certainly there",
			"item_refund_unknown").
		answers("refund_unknown:r1", state.ActionItWent, 500).
		says("sale_refunded_word", "It was paid, and ₹500.00 went back, as ravi found.")
	asked().refundIs("r1", state.RefundFailed, "").says("sale_paid_decide", "₹500.00 is paid", "item_refund_failed").
		answers("refund_failed:p1", state.ActionAccept, 500).says("sale_refund_failed", "₹500.00 did not go back")

	// Said before its evidence, never.
	for _, status := range []state.RefundStatus{state.RefundAsked, state.RefundPending,
		state.RefundUnknown, state.RefundFailed} {
		st := asked()
		if status != state.RefundAsked {
			st.refundIs("r1", status, "")
		}
		w := FromSale(st.s)
		said := fmt.Sprint(w.Message, w.Refunds[0].Message)
		for _, a := range w.Attention {
			said += a.Message
		}
		if strings.Contains(said, "₹500.00 went back") || strings.Contains(said, "It went back") ||
			strings.Contains(said, "Hand over") {
			t.Errorf("%s: %q", status, said)
		}
	}
}

// TestMoney_9: each item of a closed sale says what is right for it.
func TestMoney_9(t *testing.T) {
	begin(t, 50).ends(state.CloseExpired).
		pays("p1", 1, 0).
		says("sale_closed_decide", "This sale is closed and unpaid", "item_late_part").
		itemSays("₹1.00 arrived for sale 1129-2 after it was closed; the price was ₹50.00. Do not hand over the " +
			"goods for it: send it back, or keep it once the rest was paid another way.")
	begin(t, 50).ends(state.CloseExpired).pays("p1", 50, 0).says("sale_closed_decide", "", "item_late")
	begin(t, 50).ends(state.CloseExpired).pays("p1", 80, 0).says("sale_closed_decide", "", "item_late_more")
	begin(t, 50).pays("p1", 20, 0).ends(state.CloseExpired).says("sale_closed_decide", "", "item_under").
		itemSays("₹20.00 of ₹50.00 came in time for sale 1129-2; it was closed before the rest came. Send it back, " +
			"or keep it once the rest was paid another way.")
	begin(t, 50).pays("p1", 50, 0).
		pays("p1", 50, 50).
		says("sale_reversed", "₹50.00 of the money for this sale was sent back by others.", "item_reversed")
	begin(t, 50).pays("p1", 80, 0).
		says("sale_paid_more", "₹50.00 is paid, and more money came. Hand over the goods", "item_over")
	begin(t, 50).pays("p1", 50, 0).pays("p2", 50, 0).says("sale_paid_more", "", "item_duplicate")

	// The ends of those.
	begin(t, 50).ends(state.CloseExpired).pays("p1", 50, 0).answers("money:p1", state.ActionAccept, 50).
		says("sale_late_kept", "It was closed unpaid; ₹50.00 that came was kept by decision of ravi.")
	begin(
		t,
		50,
	).ends(state.CloseExpired).
		pays("p1", 50, 0).
		sendsBack("r1").
		says("sale_refund_asked", "").
		refundIs("r1", state.RefundProcessed, "").
		says("sale_late_refunded", "It was closed unpaid, and ₹50.00 that came went back to the customer.")
	begin(
		t,
		50,
	).pays("p1", 50, 50).
		ends(state.CloseExpired).
		says("sale_late_taken", "It was not paid: ₹50.00 came and was sent back by others")
	begin(t, 50).pays("p1", 80, 0).sendsBack("r1").refundIs("r1", state.RefundProcessed, "").
		says("sale_surplus_back", "₹50.00 is paid, and ₹30.00 that came too much went back. Hand over the goods.")
}

// TestMoney_10_11: why a refund failed decides what is done instead; nobody is told to pay twice.
func TestMoney_10_11(t *testing.T) {
	for code, want := range map[string]string{"gateway_refund_nothing_left": "item_refund_already",
		"gateway_refund_too_small": "item_refund_small",
		"gateway_refund_too_old":   "item_refund_old", "gateway_refund_balance": "item_refund_balance",
		"": "item_refund_failed"} {
		st := begin(t, 500).pays("p1", 500, 0).
			refunds("r1", "p1", 500).
			refundIs("r1", state.RefundFailed, code).
			says("sale_paid_decide", "", want)
		said := FromSale(st.s).Attention[0].Message
		if cash := strings.Contains(said, "in cash"); cash != (want == "item_refund_small") {
			t.Errorf("%s: %q", want, said)
		}
		if strings.Contains(said, "another form of payment") {
			t.Errorf("%s sends a refund to another form of payment: %q", want, said)
		}
	}
}

// TestMoney_12: paid in another way is an end without alarm.
func TestMoney_12(t *testing.T) {
	begin(t, 75).ends(state.CloseOtherTender).
		says("sale_other_tender", "It was paid in another way. Nothing is left to do.")
	begin(t, 75).ends(state.CloseOtherTender).pays("p1", 25, 0).answers("money:p1", state.ActionAccept, 25).
		says("sale_other_tender_kept", "₹50.00 of it was paid in another way; ₹25.00 that came by UPI is kept by "+
			"decision of ravi. Nothing is left to do.")
}

// TestMoney_13: no goods after a part refund, and no QR after its time.
func TestMoney_13(t *testing.T) {
	begin(t, 250).pays("p1", 250, 0).
		says("sale_paid", "₹250.00 is paid. Hand over the goods.").
		refunds("r1", "p1", 100).
		refundIs("r1", state.RefundProcessed, "").
		says("sale_part_refunded", "₹100.00 of this sale went back; ₹150.00 stays. Nothing is left to do.")

	st := begin(t, 250)
	st.s.Elapsed = 5 * time.Minute
	st.says(
		"sale_time_over",
		"The time to pay is over, and the gateway has not yet said whether money came. Do not show the QR again.",
	)
}

// TestEnough: less than the price says who took it so, and how the rest came.
func TestEnough(t *testing.T) {
	begin(t, 500).pays("p1", 300, 0).
		answers("short", state.ActionEnough, 300).
		says("sale_enough", "₹300.00 was taken as enough for ₹500.00 by ravi.")
	begin(t, 500).pays("p1", 300, 0).answers("short", state.ActionOtherTender, 300).
		says("sale_rest_other", "₹300.00 came by UPI, and ravi took the other ₹200.00 in another way.")
}

// TestRefused: a sale that no gateway took says why in the gateway's sentence, by its code.
func TestRefused(t *testing.T) {
	st := &tale{t: t}
	st.do(state.Event{
		Kind: state.EventOpened,
		Opened: &state.Opened{
			Number: 1,
			Day:    "2026-11-29",
			Amount: rupee,
			Route:  []string{"enkash"},
			Rules:  state.Rules,
		},
	})
	st.do(state.Event{Kind: state.EventAttemptAsked, Attempt: "A1", Gateway: "enkash"})
	st.do(state.Event{
		Kind:    state.EventAttemptFailed,
		Attempt: "A1",
		Problem: &state.Problem{Class: "rejected", Text: "x", Cashier: "Too small.", Code: "gateway_amount_small"},
	})
	if w := FromSale(st.s); w.Message != "Too small." || w.MessageCode != "gateway_amount_small" {
		t.Errorf("%s %q", w.MessageCode, w.Message)
	}
}

// TestUnseen: a sale whose payments can't be seen says since when, in IST, and what to do; not after its time, nor once
// it can be seen.
func TestUnseen(t *testing.T) {
	dark := func(st *tale) *tale {
		st.t.Helper()
		e := state.Event{
			Kind: state.EventUnseen,
			Unseen: &state.Unseen{
				Since: time.Date(2026, 11, 29, 10, 0, 59, 0, time.UTC),
				Problem: &state.Problem{
					Class:   "unavailable",
					Text:    "dial: no route",
					Cashier: "The gateway can't be reached.",
				},
			},
		}
		if w := FromEvent(e); w.Problem != "The gateway can't be reached." {
			t.Errorf("the event says why with %q", w.Problem)
		}
		return st.do(e)
	}
	text := "Since 15:30 the payments of this sale can't be seen: whether ₹500.00 came is not known. Wait: Galla " +
		"asks until it knows. " +
		"The customer's phone is no proof. Take another form of payment only if the customer has not paid."

	st := dark(begin(t, 500)).says("sale_unseen", text)
	if v := FromSale(st.s).MessageValues; v["since_at"] != "2026-11-29T15:30:59+05:30" ||
		v["amount_paise"] != 500*rupee {
		t.Errorf("its values are %v", v)
	}
	dark(begin(t, 500).pays("p1", 300, 0)).says("sale_unseen", text, "item_short")
	started := []state.Payment{{ID: "p1", Amount: 500 * rupee, Status: state.PaymentProcessing}}
	st = dark(
		begin(
			t,
			500,
		).do(state.Event{Kind: state.EventReading, Attempt: "A1",
			Reading: &state.Reading{Order: "open", Payments: started}}),
	)
	st.says("sale_unseen", text)
	if st.s.Phase != state.PhasePaying {
		t.Errorf("the sale is %s", st.s.Phase)
	}
	st.pays("p1", 500, 0).says("sale_paid", "₹500.00 is paid.")

	st = dark(begin(t, 500))
	st.s.Elapsed = 5 * time.Minute
	st.says("sale_time_over", "The time to pay is over")

	for why, code := range map[state.CloseReason]string{state.CloseExpired: "sale_unseen",
		state.CloseCancelled: "sale_unseen", state.CloseOtherTender: "sale_closing_other"} {
		st = dark(begin(t, 500).do(state.Event{Kind: state.EventCloseAsked, Close: why}))
		if got := FromSale(st.s).MessageCode; got != code || st.s.Phase != state.PhaseClosing {
			t.Errorf("%s while looks fail: %s says %s, want %s", why, st.s.Phase, got, code)
		}
	}
}

// TestAnswers: an item says what a person may say to it, and every such answer is taken.
func TestAnswers(t *testing.T) {
	twice := func() *tale { return begin(t, 500).pays("p1", 500, 0).pays("p2", 500, 0) }
	for name, c := range map[string]struct {
		tell func() *tale
		item string
		want []state.Action
	}{
		"short": {func() *tale {
			return begin(t, 500).pays("p1", 300, 0)
		}, "short", []state.Action{state.ActionEnough, state.ActionOtherTender, state.ActionRefund}},
		"late": {func() *tale { return begin(t, 500).ends(state.CloseExpired).pays("p1", 500, 0) }, "money:p1",
			[]state.Action{state.ActionAccept, state.ActionOtherTender, state.ActionRefund}},
		"reversed": {func() *tale { return begin(t, 500).pays("p1", 500, 0).pays("p1", 500, 500) }, "reversed",
			[]state.Action{state.ActionAccept, state.ActionOtherTender}},
		"reversed, and more there": {func() *tale { return twice().pays("p1", 500, 500) }, "reversed",
			[]state.Action{state.ActionAccept, state.ActionOtherTender, state.ActionKeep}},
		"unknown": {func() *tale {
			return begin(t, 500).pays("p1", 500, 0).refunds("r1", "p1", 500).refundIs("r1", state.RefundUnknown, "")
		}, "refund_unknown:r1", []state.Action{state.ActionItWent, state.ActionItDidNot}},
	} {
		find := func(st *tale) (item Attention, ok bool) {
			for _, a := range FromSale(st.s).Attention {
				if strings.HasPrefix(a.ID, c.item) {
					return a, true
				}
			}
			return Attention{}, false
		}
		a, ok := find(c.tell())
		if !ok {
			t.Errorf("%s: no item %s", name, c.item)
			continue
		}
		if !slices.Equal(a.Answers, c.want) {
			t.Errorf("%s: the answers are %q, want %q", name, a.Answers, c.want)
		}
		for _, answer := range a.Answers {
			st := c.tell()
			if answer == state.ActionRefund {
				st.sendsBack("r9")
			} else {
				st.answers(a.ID, answer, a.AmountPaise/rupee)
			}
			if left, still := find(st); still {
				t.Errorf("%s: after %s the item is still open: %+v", name, answer, left)
			}
		}
	}
}

// TestAccount: the sale says what of its money is kept, what nobody has said what for, and what is missing.
func TestAccount(t *testing.T) {
	is := func(st *tale, kept, surplus, missing money.Paise) {
		t.Helper()
		if w := FromSale(st.s); w.KeptPaise != kept*rupee || w.SurplusPaise != surplus*rupee ||
			w.MissingPaise != missing*rupee {
			t.Errorf("kept %s, surplus %s, missing %s; want %d, %d, %d rupees",
				w.KeptPaise, w.SurplusPaise, w.MissingPaise, kept, surplus, missing)
		}
	}
	is(begin(t, 500), 0, 0, 500)
	is(begin(t, 500).pays("p1", 300, 0), 0, 300, 200)
	is(begin(t, 500).pays("p1", 600, 0), 500, 100, 0)
	is(begin(t, 500).pays("p1", 600, 0).answers("money:p1", state.ActionAccept, 100), 600, 0, 0)
	is(begin(t, 500).ends(state.CloseExpired).pays("p1", 200, 0), 0, 200, 0)
}

// TestOthersWereThereFirst: what is said where others sent back what our refund was to send, or seem to have: nothing
// calls money there that is gone, and an item of one payment among several says which.
func TestOthersWereThereFirst(t *testing.T) {
	refused := func(st *tale) *tale {
		return st.do(state.Event{
			Kind:   state.EventRefundSeen,
			Refund: &state.Refund{Key: "r1", Status: state.RefundFailed, TooMuch: true},
		})
	}
	doubted := func(st *tale, back money.Paise) *tale {
		p := state.Payment{ID: "p1", Amount: 500 * rupee, Refunded: back * rupee, Status: state.PaymentCaptured}
		return st.do(state.Event{
			Kind:    state.EventReading,
			Attempt: "A1",
			Reading: &state.Reading{Order: "open", Payments: []state.Payment{p}, Doubted: []string{"p1"}},
		})
	}
	asked := func() *tale { return begin(t, 500).pays("p1", 500, 0).refunds("r1", "p1", 500) }

	refused(asked()).says("sale_paid_decide", "", "item_refund_too_much").
		itemSays("The gateway refused to send ₹500.00 of sale 1129-2 back: it says that less than that is left of " +
			"the payment. Give no cash and do not send it again before you have seen at the gateway's dashboard who " +
			"sent a part back.")
	refused(asked()).pays("p1", 500, 200).says("sale_reversed", "", "item_reversed", "item_refund_rest")
	doubted(
		asked().refundIs("r1", state.RefundFailed, ""),
		200,
	).says("sale_doubted", "The gateway says that ₹200.00 of the money for this sale went back", "item_refund_doubted")
	doubted(begin(t, 500).pays("p1", 500, 0), 200).says("sale_doubted", "")

	part := state.Payment{ID: "p1", Amount: 500 * rupee, Status: state.PaymentCaptured, PartBack: true}
	st := refused(
		begin(
			t,
			500,
		).pays("p1", 500, 0).
			refunds("r0", "p1", 100).
			refundIs("r0", state.RefundProcessed, "").
			refunds("r1", "p1", 400),
	)
	st.do(state.Event{Kind: state.EventReading, Attempt: "A1",
		Reading: &state.Reading{Order: "open", Payments: []state.Payment{part}}}).
		says("sale_less_decide", "This sale counts as paid", "item_unnamed_beside").
		itemSays("The gateway refused a refund of sale 1129-2 because less was left: beside ₹100.00 that we sent, " +
			"others sent a part of the payment back, and the gateway does not say " +
			"how much. Look at the gateway's dashboard and state the sum that others sent, without our refunds; " +
			"until then nothing of it can be refunded.")

	st = begin(
		t,
		500,
	).pays("p1", 500, 0).
		pays("p2", 500, 0).
		pays("p1", 500, 500).
		says("sale_reversed", "", "item_reversed_keep", "item_duplicate")
	for i, want := range []string{"of sale 1129-2 (…p1) was", "for sale 1129-2 (…p2), which"} {
		if got := FromSale(st.s).Attention[i].Message; !strings.Contains(got, want) {
			t.Errorf("%q says nothing of %q", got, want)
		}
	}
}
