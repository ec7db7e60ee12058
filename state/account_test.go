package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state/journal"
	"galla/state/watch"
)

// till2 starts a sale of rules 2 over 500 with one QR on the screen.
func till2(t *testing.T, amount money.Paise) *story {
	t.Helper()
	st := &story{t: t}
	st.do(Event{
		Kind: EventOpened,
		By:   "cashier:asha",
		Opened: &Opened{Number: 2, Day: "2026-11-29", Amount: amount, Route: []string{"razorpay"},
			Life: 5 * time.Minute, Rules: Rules},
	})
	return st.ask("A1", "razorpay").quote("A1")
}

// record is a gateway's record of a payment: what came, and what its counter says went back.
func record(id string, amount, back money.Paise) Payment {
	p := Payment{ID: id, Amount: amount, Refunded: back, Status: PaymentCaptured}
	if back == amount {
		p.Status = PaymentRefunded
	}
	return p
}

func (st *story) sees(ps ...Payment) *story { st.t.Helper(); return st.read("A1", "open", ps...) }

// stale is a reading that was asked when the sale stood at seq.
func (st *story) stale(seq uint64, ps ...Payment) *story {
	st.t.Helper()
	return st.do(Event{Kind: EventReading, Attempt: "A1", Reading: &Reading{Order: "open", Asked: seq, Payments: ps}})
}

func (st *story) refund(key, payment string, amount money.Paise) *story {
	st.t.Helper()
	return st.do(Event{
		Kind:   EventRefundAsked,
		By:     "manager:ravi",
		Refund: &Refund{Key: key, PaymentID: payment, Amount: amount},
	})
}

func (st *story) goods(key, payment string, amount money.Paise) *story {
	st.t.Helper()
	return st.do(Event{
		Kind:   EventRefundAsked,
		By:     "manager:ravi",
		Refund: &Refund{Key: key, PaymentID: payment, Amount: amount, Goods: true},
	})
}

func (st *story) ended(key string, status RefundStatus) *story {
	st.t.Helper()
	return st.do(Event{Kind: EventRefundSeen, Refund: &Refund{Key: key, Status: status}})
}

func (st *story) answer(item string, a Action, amount money.Paise) *story {
	st.t.Helper()
	return st.do(Event{
		Kind:       EventResolved,
		By:         "manager:ravi",
		Resolution: &Resolution{Attention: item, Action: a, Amount: amount},
	})
}

// sendBack answers an item with a refund of all it names.
func (st *story) sendBack(item string, confirmed bool) *story {
	st.t.Helper()
	i := slices.IndexFunc(st.s.Attention, func(a Attention) bool { return a.ID == item })
	if i < 0 {
		st.t.Fatalf("no item %q in %+v", item, st.s.Attention)
	}
	for _, f := range st.s.RefundsFor(st.s.Attention[i]) {
		f.Key, f.Confirmed = fmt.Sprint("back", st.n), confirmed
		st.do(Event{Kind: EventRefundAsked, By: "manager:ravi", Refund: &f})
	}
	return st
}

func (st *story) refused(e Event, words string) *story {
	st.t.Helper()
	err := st.try(e)
	var r *RefusedError
	if !errors.As(err, &r) || !strings.Contains(err.Error(), words) {
		st.t.Fatalf("%s: %v, want a refusal with %q", e.Kind, err, words)
	}
	return st
}

// stands compares the phase, the tender and the items: "id amount" or, of short, "id amount missing".
func (st *story) stands(p Phase, tender Tender, items ...string) *story {
	st.t.Helper()
	var is []string
	for _, a := range st.s.Attention {
		line := fmt.Sprint(a.ID, " ", int64(a.Amount)/100)
		if a.Kind == AttentionShort {
			line += fmt.Sprint(" ", int64(a.Missing)/100)
		}
		is = append(is, line)
	}
	if st.s.Phase != p || st.s.Tender != tender || !slices.Equal(is, items) {
		st.t.Fatalf("sale is %s/%s with %q; want %s/%s %q\n%+v",
			st.s.Phase, st.s.Tender, is, p, tender, items, st.s.Journal)
	}
	return st
}

func (st *story) expire() *story {
	st.t.Helper()
	return st.do(Event{Kind: EventCloseAsked, Close: CloseExpired, By: "till"})
}

const (
	rs100 money.Paise = 10000
	rs200             = 2 * rs100
	rs300             = 3 * rs100
	rs500             = 5 * rs100
	rs600             = 6 * rs100
)

// The histories of issue 14, by name; each sale is over 500.

func TestHistory_PaidAllRefundedThen500ComeAgain(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs500, 0)).stands(PhasePaid, TenderExact)
	st.goods("k1", "p1", rs500).stands(PhasePaid, TenderExact)
	st.ended("k1", RefundProcessed).stands(PhasePaid, TenderExact)
	st.sees(record("p1", rs500, rs500), record("p2", rs500, 0)).stands(PhasePaid, TenderDuplicate, "money:p2 500")
	if st.s.Attention[0].Kind != AttentionDuplicate || st.s.WentBack() != rs500 || st.s.Kept() != 0 {
		t.Errorf("%+v, %s went back, %s is kept", st.s.Attention, st.s.WentBack(), st.s.Kept())
	}
}

func TestHistory_300ComeEnoughThen300Again(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs300, 0)).stands(PhaseAwaiting, TenderUnder, "short 300 200")
	st.answer("short", ActionEnough, rs300).stands(PhasePaid, TenderUnder)
	if r := st.s.Resolutions[0]; r.Rest != rs200 || st.s.Override() != "manager:ravi" || st.s.PriceOf("p1") != rs300 {
		t.Errorf("%+v, override by %q, price %s", r, st.s.Override(), st.s.PriceOf("p1"))
	}
	st.sees(record("p1", rs300, 0), record("p2", rs300, 0)).stands(PhasePaid, TenderDuplicate, "money:p2 300")
}

func TestHistory_600Then500(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs600, 0)).stands(PhasePaid, TenderOver, "money:p1 100")
	st.sees(record("p1", rs600, 0), record("p2", rs500, 0)).
		stands(PhasePaid, TenderOver, "money:p1 100", "money:p2 500")
	if st.s.Attention[0].Kind != AttentionOver || st.s.Attention[1].Kind != AttentionDuplicate {
		t.Errorf("%+v", st.s.Attention)
	}
	st.sendBack("money:p1", false).sendBack("money:p2", false).stands(PhasePaid, TenderOver)
	if len(st.s.Resolutions) != 0 {
		t.Errorf("a refund that answers is the only event of its answer: %+v", st.s.Resolutions)
	}
}

func TestHistory_300ItsRefundAsked200ComeTheRefundFails(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs300, 0)).refund("k1", "p1", rs300).stands(PhaseAwaiting, TenderUnder)
	st.sees(record("p1", rs300, 0), record("p2", rs200, 0)).stands(PhaseAwaiting, TenderUnder, "short 200 300")
	st.ended("k1", RefundFailed).stands(PhaseAwaiting, TenderUnder, "short 500 300")
	st.sees(record("p1", rs300, 0), record("p2", rs200, 0)).stands(PhaseAwaiting, TenderUnder, "short 500 300")
	st.answer("short", ActionEnough, rs500).stands(PhasePaid, TenderExact)
	if st.s.Resolutions[0].Rest != 0 {
		t.Errorf("the rest is %s", st.s.Resolutions[0].Rest)
	}
}

func TestHistory_300BackAndForthAtTheDashboardThen200(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs300, 0)).
		sees(record("p1", rs300, rs300)).
		stands(PhaseAwaiting, TenderNone)
	st.sees(record("p1", rs300, 0)).stands(PhaseAwaiting, TenderUnder, "short 300 500")
	st.sees(record("p1", rs300, 0), record("p2", rs200, 0)).stands(PhaseAwaiting, TenderUnder, "short 500 300")
}

func TestHistory_FirstSeenWith500Back(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs500, rs500)).stands(PhaseAwaiting, TenderNone)
	if st.s.Captured() != rs500 || st.s.Taken("p1") != rs500 || st.s.Missing() != rs500 || !st.s.PaidAt.IsZero() {
		t.Errorf("captured %s, taken %s, missing %s, paid %v",
			st.s.Captured(), st.s.Taken("p1"), st.s.Missing(), st.s.PaidAt)
	}
	st.expire().closed("A1", record("p1", rs500, rs500)).stands(PhaseClosed, TenderNone)
}

func TestHistory_200And200ExpiredOneAccepted(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs200, 0), record("p2", rs200, 0)).
		stands(PhaseAwaiting, TenderUnder, "short 400 100")
	st.expire().
		closed("A1", record("p1", rs200, 0), record("p2", rs200, 0)).
		stands(PhaseClosed, TenderUnder, "money:p1 200", "money:p2 200")
	st.answer("money:p1", ActionAccept, rs200).stands(PhaseClosed, TenderUnder, "money:p2 200")
	if st.s.Override() != "" || st.s.Kept() != rs200 || st.s.AcceptedOf("p1") != rs200 ||
		st.s.Attention[0].Kind != AttentionUnder {
		t.Errorf("override %q, kept %s, %+v", st.s.Override(), st.s.Kept(), st.s.Attention)
	}
}

func TestHistory_AGoodsRefundFailsAndAnOlderReadingArrivesAfter(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs500)
	asked := st.s.Seq
	st.ended("k1", RefundPending).
		sees(record("p1", rs500, rs500)).
		stands(PhasePaid, TenderExact)
		// the counter holds what is pending
	st.ended("k1", RefundFailed).stands(PhasePaid, TenderExact, "refund_failed:p1 500")
	st.stale(asked, record("p1", rs500, rs500)).stands(PhasePaid, TenderExact, "refund_failed:p1 500")
	st.stale(asked+2, record("p1", rs500, rs500)).
		stands(PhasePaid, TenderExact, "refund_failed:p1 500")
		// asked before the failure was written
	st.sees(record("p1", rs500, 0)).stands(PhasePaid, TenderExact, "refund_failed:p1 500")
	st.answer("refund_failed:p1", ActionAccept, rs500).stands(PhasePaid, TenderExact)
}

func TestHistory_TwoRefundsOfOne500Fail(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs200).goods("k2", "p1", rs300)
	st.ended("k1", RefundFailed).ended("k2", RefundFailed).stands(PhasePaid, TenderExact, "refund_failed:p1 500")
	at := st.s.Attention[0].At
	st.sendBack("refund_failed:p1", false).stands(PhasePaid, TenderExact)
	st.ended(st.s.Refunds[2].Key, RefundFailed).stands(PhasePaid, TenderExact, "refund_failed:p1 500")
	if !st.s.Attention[0].At.After(at) {
		t.Errorf("an item that arose anew is of %v", st.s.Attention[0].At)
	}
}

func TestHistory_ADuplicateAndTheFirstSentBackByTheBank(t *testing.T) {
	two := func() *story {
		st := till2(t, rs500).sees(record("p1", rs500, 0)).
			sees(record("p1", rs500, 0), record("p2", rs500, 0)).
			stands(PhasePaid, TenderDuplicate, "money:p2 500")
		return st.sees(record("p1", rs500, rs500), record("p2", rs500, 0)).
			stands(PhasePaid, TenderExact, "reversed:p1:6 500", "money:p2 500")
	}
	st := two().refused(Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k1", PaymentID: "p2",
		Amount: rs500, Answers: "money:p2"}}, "pay for the goods")
	st.answer("reversed:p1:6", ActionKeep, rs500).stands(PhasePaid, TenderExact)
	if st.s.Kept() != rs500 || st.s.AcceptedOf("p2") != rs500 {
		t.Errorf("kept %s", st.s.Kept())
	}

	st = two().sendBack("money:p2", true).stands(PhasePaid, TenderExact, "reversed:p1:6 500")
	st.answer("reversed:p1:6", ActionOtherTender, rs500).stands(PhasePaid, TenderExact)

	st = two().sees(record("p1", rs500, rs200), record("p2", rs500, 0)).
		stands(PhasePaid, TenderDuplicate, "reversed:p1:6 200", "money:p2 500")
	st.answer("reversed:p1:6", ActionKeep, rs200).stands(PhasePaid, TenderDuplicate, "money:p2 300")
	st.sees(record("p1", rs500, 0), record("p2", rs500, 0)).stands(PhasePaid, TenderDuplicate, "money:p2 300")
}

func TestKeepOfLessThanWasTaken(t *testing.T) {
	st := till2(
		t,
		rs500,
	).sees(record("p1", rs500, 0)).
		sees(record("p1", rs500, 0), record("p2", rs200, 0)).
		sees(record("p1", rs500, rs500), record("p2", rs200, 0))
	st.answer("reversed:p1:6", ActionKeep, rs500).stands(PhasePaid, TenderUnder, "reversed:p1:6 300")
	st.refused(
		Event{
			Kind:       EventResolved,
			By:         "m",
			Resolution: &Resolution{Attention: "reversed:p1:6", Action: ActionKeep, Amount: rs300},
		},
		"no other money",
	)
	st.answer("reversed:p1:6", ActionAccept, rs300).stands(PhasePaid, TenderUnder)
}

func TestHistory_AnUnknownRefundAnswered(t *testing.T) {
	unknown := func() *story {
		st := till2(t, rs500).sees(record("p1", rs600, 0)).sendBack("money:p1", false)
		return st.ended(st.s.Refunds[0].Key, RefundUnknown).
			stands(PhasePaid, TenderOver, "refund_unknown:"+st.s.Refunds[0].Key+" 100")
	}
	st := unknown()
	item := st.s.Attention[0].ID
	for _, a := range []Action{ActionAccept, ActionRefund, ActionEnough, ActionKeep} {
		st.refused(
			Event{Kind: EventResolved, By: "m", Resolution: &Resolution{Attention: item, Action: a, Amount: rs100}},
			"",
		)
	}
	st.answer(item, ActionItWent, rs100).stands(PhasePaid, TenderExact)
	if r := st.s.Refunds[0]; r.Status != RefundProcessed || r.DecidedBy != "manager:ravi" || st.s.WentBack() != rs100 ||
		st.s.Promised() != 0 {
		t.Errorf("%+v, %s went back", r, st.s.WentBack())
	}
	st.sees(record("p1", rs600, rs100)).stands(PhasePaid, TenderExact)

	st = unknown()
	st.answer(st.s.Attention[0].ID, ActionItDidNot, rs100).stands(PhasePaid, TenderOver, "money:p1 100")
	if r := st.s.Refunds[0]; r.Status != RefundFailed || st.s.WentBack() != 0 {
		t.Errorf("%+v, %s went back", r, st.s.WentBack())
	}
	st.sees(record("p1", rs600, rs100)).stands(PhasePaid, TenderExact) // it went after all, and the surplus is gone
}

// Findings of money.md.

func TestMoney_1(t *testing.T) { // money that is gone does not count as paid
	till2(t, rs500).sees(Payment{ID: "p1", Amount: rs500, Status: PaymentRefunded}).stands(PhaseAwaiting, TenderNone)
	st := till2(
		t,
		rs500,
	).sees(record("p1", rs500, 1)).
		stands(PhaseAwaiting, TenderUnder, "short 499 0")
		// one paisa went back
	if st.s.Missing() != 1 {
		t.Errorf("missing %d", st.s.Missing())
	}
}

func TestMoney_2(t *testing.T) { // what we sent back does not count towards the price
	st := till2(t, rs500).sees(record("p1", rs300, 0)).sendBack("short", false)
	st.ended(st.s.Refunds[0].Key, RefundProcessed).stands(PhaseAwaiting, TenderNone)
	st.sees(record("p1", rs300, rs300), record("p2", rs200, 0)).stands(PhaseAwaiting, TenderUnder, "short 200 300")
	st.sees(record("p1", rs300, rs300), record("p2", rs200, 0), record("p3", rs300, 0)).stands(PhasePaid, TenderExact)
}

func TestMoney_3(t *testing.T) { // a surplus is asked for once
	st := till2(
		t,
		rs500,
	).sees(record("p1", rs300, 0), record("p2", rs300, 0)).
		stands(PhasePaid, TenderOver, "money:p2 100")
	st.sendBack("money:p2", false).ended(st.s.Refunds[0].Key, RefundProcessed).stands(PhasePaid, TenderExact)
	st.sees(record("p1", rs300, 0), record("p2", rs300, rs100), record("p3", rs200, 0)).
		stands(PhasePaid, TenderDuplicate, "money:p3 200")
	st.sendBack("money:p3", false).ended(st.s.Refunds[1].Key, RefundProcessed).stands(PhasePaid, TenderExact)
	if st.s.Kept() != rs500 {
		t.Errorf("%s is left of a sale over %s", st.s.Kept(), st.s.Amount)
	}
}

func TestMoney_4(t *testing.T) { // a closed sale names all it holds, once
	st := till2(
		t,
		rs500,
	).read("A1", "closed", record("p2", 25000, 0)).
		stands(PhaseAwaiting, TenderUnder, "short 250 250")
	if st.s.Offered() != nil || st.s.Unprintable("order") == "" {
		t.Error("a QR that was paid in part is still offered")
	}
	st.expire().closed("A1", record("p2", 25000, 0)).stands(PhaseClosed, TenderUnder, "money:p2 250")
	st.sees(record("p2", 25000, 0), record("p3", 25000, 0)).
		stands(PhaseClosed, TenderLate, "money:p2 250", "money:p3 250")
	st.sendBack("money:p2", false).sendBack("money:p3", false)
	for _, r := range st.s.Refunds {
		st.ended(r.Key, RefundProcessed)
	}
	st.stands(PhaseClosed, TenderNone)
}

func TestMoney_5(t *testing.T) { // a look that says the same again changes no byte, and an item's moment does not move
	st := till2(
		t,
		rs500,
	).sees(record("p1", rs500, 0)).
		sees(record("p1", rs500, rs200)).
		stands(PhasePaid, TenderUnder, "reversed:p1:5 200")
	at := st.s.Attention[0].At
	for range 3 {
		before := st.s
		st.sees(record("p1", rs500, rs200))
		after := st.s
		after.Seq, after.UpdatedAt, after.Elapsed = before.Seq, before.UpdatedAt, before.Elapsed
		if a, b := row(after), row(before); a != b {
			t.Fatalf("the same again changed the row:\n%s\n%s", a, b)
		}
	}
	if !st.s.Attention[0].At.Equal(at) {
		t.Errorf("its moment moved from %v to %v", at, st.s.Attention[0].At)
	}
}

func TestMoney_6(t *testing.T) { // every attempt can end in every phase
	st := &story{t: t}
	st.do(Event{
		Kind: EventOpened,
		Opened: &Opened{
			Number: 1,
			Day:    "2026-11-29",
			Amount: rs500,
			Route:  []string{"enkash", "razorpay"},
			Life:   time.Minute,
			Rules:  Rules,
		},
	})
	st.ask("A1", "enkash").do(Event{Kind: EventAttemptLost, Attempt: "A1", Problem: &Problem{Class: "unknown"}})
	st.ask("A2", "razorpay").quote("A1").sees(record("p1", rs500, 0)).stands(PhasePaid, TenderExact)
	st.do(Event{Kind: EventAttemptLost, Attempt: "A2", Problem: &Problem{Class: "unknown"}}).
		stands(PhasePaid, TenderExact)
	for _, f := range Pending(st.s) {
		if f.Do == DoQuote {
			t.Errorf("still to be done: %+v", f)
		}
	}
}

func TestMoney_7(t *testing.T) { // a stale reading takes nothing backwards
	st := till2(t, rs500)
	asked := st.s.Seq
	st.sees(pay("p1", rs500, PaymentFailed)).stands(PhaseAwaiting, TenderNone)
	st.stale(asked, pay("p1", rs500, PaymentProcessing)).stands(PhaseAwaiting, TenderNone)

	st = till2(t, rs500)
	asked = st.s.Seq
	st.sees(pay("p1", rs500, PaymentProcessing)).expire()
	st.do(Event{
		Kind:    EventAttemptClosed,
		Attempt: "A1",
		Reading: &Reading{Order: "closed", Asked: asked, Payments: []Payment{pay("p1", rs500, PaymentStarted)}},
	})
	st.stands(PhaseClosing, TenderNone) // money may still be moving

	st = till2(t, rs500)
	asked = st.s.Seq
	st.sees(pay("p1", rs500, PaymentProcessing)).
		stale(asked, record("p1", rs500, 0)).
		stands(PhasePaid, TenderExact)
		// money is money

	st.sees(record("p1", rs500, rs300)).
		sees(record("p1", rs500, 0)).
		stands(PhasePaid, TenderExact)
		// the counter may fall
	st.stale(st.s.Seq-1, record("p1", rs500, rs300)).stands(PhasePaid, TenderExact)
}

func TestMoney_10(
	t *testing.T,
) { // refunded at the dashboard, then by us: one item, and it does not say that it must go back again
	st := till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs500)
	st.ended("k1", RefundFailed)
	st.do(Event{
		Kind:    EventReading,
		Attempt: "A1",
		Reading: &Reading{Order: "paid", Asked: st.s.Seq, Payments: []Payment{record("p1", rs500, rs500)}},
	})
	st.stands(PhasePaid, TenderUnder, "reversed:p1:7 500")

	st = till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs100).ended("k1", RefundFailed)
	st.sees(record("p1", rs500, rs100)).stands(PhasePaid, TenderUnder, "reversed:p1:7 100")
}

func TestMoney_15(t *testing.T) { // a refund of nothing is none
	st := till2(t, rs500).sees(record("p1", rs500, 0))
	for _, amount := range []money.Paise{0, -1, rs500 + 1} {
		st.refused(Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k", PaymentID: "p1", Amount: amount}}, "refund")
	}
}

func TestMoney_19(t *testing.T) { // no QR that must not be paid is printed
	st := till2(t, rs500)
	if why := st.s.Unprintable("order"); why != "" {
		t.Error(why)
	}
	st.expire().refused(Event{Kind: EventPrintAsked, Print: &Print{Key: "k", Copy: "order"}}, "must not be paid")
	st.closed("A1").refused(Event{Kind: EventPrintAsked, Print: &Print{Key: "k", Copy: "order"}}, "must not be paid")
	till2(
		t,
		rs500,
	).sees(record("p1", rs500, 0)).
		refused(Event{Kind: EventPrintAsked, Print: &Print{Key: "k", Copy: "order"}}, "must not be paid")
}

func TestMoney_20(t *testing.T) { // a slip asked for with the sale is a fact
	s, _, err := Apply(Sale{}, Event{
		Seq:    1,
		SaleID: "s",
		At:     t0,
		Kind:   EventOpened,
		Opened: &Opened{Amount: 1, Route: []string{"a"}, Rules: Rules, PrintAsked: true},
	})
	if err != nil || !s.PrintAsked {
		t.Errorf("%v, %+v", err, s)
	}
}

// Answers.

func TestAnswersNeedWhatThePersonSaw(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs600, 0))
	st.refused(
		Event{
			Kind:       EventResolved,
			By:         "m",
			Resolution: &Resolution{Attention: "money:p1", Action: ActionAccept, Amount: rs200},
		},
		"look at it again",
	)
	st.refused(
		Event{Kind: EventResolved, Resolution: &Resolution{Attention: "money:p1", Action: ActionAccept, Amount: rs100}},
		"needs the person",
	)
	st.refused(
		Event{
			Kind:       EventResolved,
			By:         "m",
			Resolution: &Resolution{Attention: "money:p1", Action: ActionItWent, Amount: rs100},
		},
		"does not answer",
	)
	st.refused(
		Event{
			Kind:       EventResolved,
			By:         "m",
			Resolution: &Resolution{Attention: "money:p1", Action: ActionRefund, Amount: rs100},
		},
		"refund.asked",
	)
	st.refused(
		Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k", PaymentID: "p1", Amount: rs200, Answers: "money:p1"}},
		"look at it again",
	)
	st.refused(
		Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k", PaymentID: "p1", Amount: rs100, Answers: "money:p2"}},
		"no open item",
	)
	st.answer("money:p1", ActionOtherTender, rs100).stands(PhasePaid, TenderOver)
	if err := st.try(Event{
		Kind:       EventResolved,
		By:         "m",
		Resolution: &Resolution{Attention: "money:p1", Action: ActionAccept, Amount: rs100},
	}); !errors.Is(err, ErrReplay) {
		t.Errorf("asked again: %v", err)
	}
}

func TestRestInAnotherTender(t *testing.T) {
	st := till2(
		t,
		rs500,
	).sees(record("p1", rs300, 0)).
		answer("short", ActionOtherTender, rs300).
		stands(PhasePaid, TenderUnder)
	if r := st.s.Resolutions[0]; r.Rest != rs200 || r.Action != ActionOtherTender {
		t.Errorf("%+v", r)
	}
}

// A part of unknown size went back and came again: as where the sum is known, none of the payment counts by itself.
// Seed 106156 of the simulation: the rest came, and the sale was paid with nobody's word.
func TestUnnamedPartComesAgain(t *testing.T) {
	p := record("p1", rs300, 0)
	part := p
	part.PartBack = true
	st := till2(t, rs500).sees(p).sees(part).stands(PhaseAwaiting, TenderUnder, "unnamed:p1 300")
	st.sees(p).stands(PhaseAwaiting, TenderUnder, "short 300 500")
	st.sees(p, record("p2", rs200, 0)).stands(PhaseAwaiting, TenderUnder, "short 500 300")
	st.answer("short", ActionEnough, rs500).stands(PhasePaid, TenderExact)

	// Where a person stated the sum, the rest never left.
	st = till2(t, rs500).sees(p).sees(part).answer("unnamed:p1", ActionTheySent, rs100).sees(p)
	st.stands(PhaseAwaiting, TenderUnder, "short 300 300")
	st.sees(p, record("p2", rs300, 0)).stands(PhasePaid, TenderOver, "money:p1 100")
}

// Money that others take: a part without a sum, and the order in which it leaves.
func TestUnnamedPart(t *testing.T) {
	part := Payment{ID: "p1", Amount: rs500, Status: PaymentCaptured, PartBack: true}
	st := till2(t, rs500).sees(record("p1", rs500, 0)).sees(part).stands(PhasePaid, TenderExact, "unnamed:p1 0")
	st.refused(Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k", PaymentID: "p1", Amount: 1}}, "first say")
	st.refused(
		Event{
			Kind:       EventResolved,
			By:         "m",
			Resolution: &Resolution{Attention: "unnamed:p1", Action: ActionTheySent, Amount: rs600},
		},
		"at most",
	)
	st.answer("unnamed:p1", ActionTheySent, rs200).stands(PhasePaid, TenderUnder)
	st.sees(part).stands(PhasePaid, TenderUnder)
	if st.s.Refundable("p1") != rs300 {
		t.Errorf("%s can be refunded", st.s.Refundable("p1"))
	}
	st.sees(record("p1", rs500, rs500)).stands(PhasePaid, TenderUnder, fmt.Sprintf("reversed:p1:%d 300", st.s.Seq))

	st = till2(
		t,
		rs500,
	).sees(record("p1", rs500, 0)).
		goods("k1", "p1", rs100).
		sees(part).
		stands(PhasePaid, TenderExact)
		// ours explains it
	st.ended("k1", RefundFailed).stale(st.s.Seq-1, part).stands(PhasePaid, TenderExact, "refund_failed:p1 100")
	st.sees(part).stands(PhasePaid, TenderExact, "unnamed:p1 0")

	// All was back, and then a part of it is: a dashboard's refund that was counted from its asking has failed.
	whole := record("p1", rs500, rs500)
	st = till2(t, rs500).sees(record("p1", rs500, 0)).refund("k1", "p1", rs300).ended("k1", RefundProcessed).sees(whole)
	if st.s.Taken("p1") != rs200 {
		t.Errorf("others took %s", st.s.Taken("p1"))
	}
	if st.sees(part); st.s.Taken("p1") != 0 || len(st.s.Attention) > 0 || st.s.Kept() != rs200 {
		t.Errorf("others took %s, kept %s, items %+v", st.s.Taken("p1"), st.s.Kept(), st.s.Attention)
	}
	st = till2(t, rs500).sees(record("p1", rs500, 0)).sees(part).answer("unnamed:p1", ActionTheySent, rs200).sees(whole)
	if st.sees(part); st.s.Taken("p1") != rs200 || len(st.s.Attention) > 0 {
		t.Errorf("others took %s, items %+v", st.s.Taken("p1"), st.s.Attention)
	}
	till2(t, rs500).sees(record("p1", rs500, 0)).sees(whole).sees(part).stands(PhasePaid, TenderExact, "unnamed:p1 0")

	// The same beside a refund of ours of which nobody knows whether it went.
	st = till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs300).ended("k1", RefundUnknown).sees(whole)
	if st.s.Taken("p1") != rs200 {
		t.Errorf("others took %s", st.s.Taken("p1"))
	}
	if st.sees(part); st.s.Taken("p1") != 0 {
		t.Errorf("others took %s after it came again", st.s.Taken("p1"))
	}

	st = till2(t, rs500).sees(part).stands(PhaseAwaiting, TenderUnder, "unnamed:p1 500") // nothing certain is there
	st.answer("unnamed:p1", ActionTheySent, rs100).sees(part).stands(PhaseAwaiting, TenderUnder, "short 400 100")

	over := part
	over.Amount = rs600
	st = till2(
		t,
		rs500,
	).sees(over).
		answer("unnamed:p1", ActionTheySent, rs100)
		// no capture, no cover: a person's answer is asked for
	st.sees(over).
		stands(PhaseAwaiting, TenderUnder, "short 500 0").
		answer("short", ActionEnough, rs500).
		stands(PhasePaid, TenderExact)
}

func TestOthersTakeSurplusFirst(t *testing.T) {
	st := till2(
		t,
		rs500,
	).sees(record("p1", rs600, 0)).
		sees(record("p1", rs600, rs200)).
		stands(PhasePaid, TenderUnder, "reversed:p1:5 100")
	st.sees(record("p1", rs600, rs100)).stands(PhasePaid, TenderExact)
	st.sees(record("p1", rs600, 0)).stands(PhasePaid, TenderOver, "money:p1 100")
}

// A reading before our refund is in the counter says nothing about what others had taken before.
func TestAPendingRefundDoesNotBringBackWhatOthersTook(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs500, 0)).sees(record("p1", rs500, rs100)).goods("k1", "p1", rs200)
	st.sees(record("p1", rs500, rs100)).stands(PhasePaid, TenderUnder, "reversed:p1:5 100")
	st.ended("k1", RefundProcessed).sees(record("p1", rs500, rs300)).stands(PhasePaid, TenderUnder, "reversed:p1:5 100")
	st.sees(record("p1", rs500, rs200)).stands(PhasePaid, TenderExact)
}

// A refund that is processed is in every reading asked after that, and need not be in an older one.
func TestAnOlderReadingDoesNotBringBackWhatOthersTook(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs500, 0)).sees(record("p1", rs500, rs100)).goods("k1", "p1", rs200)
	asked := st.s.Seq
	st.ended("k1", RefundProcessed).
		stale(asked, record("p1", rs500, rs100)).
		stands(PhasePaid, TenderUnder, "reversed:p1:5 100")
}

func TestCapturedStaysCaptured(t *testing.T) {
	st := till2(
		t,
		rs500,
	).sees(record("p1", rs500, 0)).
		sees(pay("p1", rs500, PaymentFailed)).
		sees(pay("p1", rs500, PaymentStarted)).
		sees()
	st.stands(PhasePaid, TenderExact)
	if p := st.s.Payments[0]; p.Status != PaymentCaptured || st.s.Refundable("p1") != rs500 {
		t.Errorf("%+v", p)
	}
}

// Goods that come back take the price first; any other refund what nobody has decided about. A refund that failed
// undoes its asking.
func TestWhatARefundTakes(t *testing.T) {
	st := till2(
		t,
		rs500,
	).sees(record("p1", rs600, 0)).
		goods("k1", "p1", rs200).
		stands(PhasePaid, TenderOver, "money:p1 100")
	st.ended("k1", RefundProcessed).stands(PhasePaid, TenderOver, "money:p1 100")
	st.refund("k2", "p1", rs200).stands(PhasePaid, TenderOver)
	if st.s.PriceOf("p1") != rs200 || st.s.SurplusOf("p1") != 0 || st.s.Promised() != rs200 {
		t.Errorf("price %s, surplus %s", st.s.PriceOf("p1"), st.s.SurplusOf("p1"))
	}
	st.ended("k2", RefundFailed).stands(PhasePaid, TenderOver, "money:p1 100", "refund_failed:p1 100")
	last := st.s.Journal[len(st.s.Journal)-1]
	if last.To != "surplus:razorpay/p1" || last.Amount != rs100 {
		t.Errorf("the last to come back is %+v", last)
	}
	st.sendBack("refund_failed:p1", false).stands(PhasePaid, TenderOver, "money:p1 100")
}

func TestExactPaymentGoesFirst(t *testing.T) {
	till2(
		t,
		rs500,
	).sees(record("p1", rs600, 0), record("p2", rs500, 0)).
		stands(PhasePaid, TenderDuplicate, "money:p1 600")
	till2(
		t,
		rs500,
	).sees(record("p1", rs300, 0)).
		sees(record("p1", rs300, 0), record("p2", rs500, 0)).
		stands(PhasePaid, TenderDuplicate, "money:p1 300")
}

func TestName(t *testing.T) {
	if n := (&Sale{Day: "2026-11-29", Number: 2}).Name(); n != "1129-2" {
		t.Error(n)
	}
}

// A sale with an open item about money is read every day until a person answers.
func TestWatchOfAnItem(t *testing.T) {
	st := till2(t, rs500).expire().closed("A1")
	for range watch.Likely {
		st.do(Event{Kind: EventWatched, Step: NextStep(st.s)})
	}
	if Watching(st.s) {
		t.Fatal("the watch does not end")
	}
	st.sees(record("p1", rs500, 0))
	if wait, ok := NextWatch(st.s); !ok || wait != watch.Item || !Watching(st.s) {
		t.Fatalf("an open item: looked at after %v, %v", wait, ok)
	}
	st.do(Event{Kind: EventWatched, Step: NextStep(st.s)}).answer("money:p1", ActionAccept, rs500)
	if Watching(st.s) {
		t.Fatal("the watch does not end")
	}
}

// TestWatchOfATaking: what others sent back may come again, and no item names it meanwhile. The watch goes on until
// watch.Taken after the look that saw it go, whichever look that was.
func TestWatchOfATaking(t *testing.T) {
	for name, seen := range map[string]int{"early": 3, "by the last look": len(watch.Likely) - 1} {
		t.Run(name, func(t *testing.T) {
			at := time.Duration(0)
			st := till2(t, rs500).expire().closed("A1")
			look := func() bool {
				wait, ok := NextWatch(st.s)
				if ok {
					at += wait
					st.do(Event{Kind: EventWatched, Step: NextStep(st.s)})
				}
				return ok
			}

			st.sees(record("p1", rs500, 0)).stands(PhaseClosed, TenderLate, "money:p1 500")
			for range seen {
				look()
			}
			st.sees(record("p1", rs500, rs500)).stands(PhaseClosed, TenderNone)
			from := at
			for look() {
			}
			if want := max(watch.Likely[len(watch.Likely)-1], from+watch.Taken); at < want || at > want+watch.Item {
				t.Fatalf("seen to go %v after the end, and watched until %v", from, at)
			}
			if Watching(st.s) {
				t.Error("the watch does not end")
			}
		})
	}

	// It comes again by the one look after the plan.
	st := till2(t, rs500).expire().closed("A1").sees(record("p1", rs500, 0))
	for range watch.Likely {
		st.do(Event{Kind: EventWatched, Step: NextStep(st.s)})
	}
	st.sees(record("p1", rs500, rs500)).stands(PhaseClosed, TenderNone)
	if !Watching(st.s) {
		t.Fatal("nobody looks whether it comes again")
	}
	st.sees(record("p1", rs500, 0)).
		stands(PhaseClosed, TenderLate, "money:p1 500").
		answer("money:p1", ActionAccept, rs500)
	if Watching(st.s) {
		t.Error("the watch does not end")
	}
}

// held is what reports say that the gateway holds of a payment.
func held(s *Sale, payment string) (sum money.Paise) {
	for _, m := range s.Movements() {
		if m.PaymentID == payment {
			switch m.What {
			case journal.MoneyCame, journal.MoneyReturned:
				sum += m.Amount
			case journal.MoneySent, journal.MoneyTaken:
				sum -= m.Amount
			}
		}
	}
	return sum
}

// TestARefundByTheRecordFails: REFUNDED at EnKash is said of a refund that its bank may yet fail. When the payment is
// whole again, the refund has failed, its money lies where it lay, and an item says so; what was said to have gone back
// comes again in the reports.
func TestARefundByTheRecordFails(t *testing.T) {
	byRecord := func(st *story, key string) *story {
		return st.do(Event{Kind: EventRefundSeen, Refund: &Refund{Key: key, Status: RefundProcessed, ByRecord: true}})
	}

	st := byRecord(till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs500), "k1")
	st.sees(record("p1", rs500, rs500)).stands(PhasePaid, TenderExact)
	if st.s.WentBack() != rs500 || held(&st.s, "p1") != 0 {
		t.Fatalf("%s went back, %s is held", st.s.WentBack(), held(&st.s, "p1"))
	}
	old := st.s.Seq
	st.sees(record("p1", rs500, 0)).stands(PhasePaid, TenderExact, "refund_failed:p1 500")
	if st.s.WentBack() != 0 || held(&st.s, "p1") != rs500 || st.s.Refunds[0].Status != RefundFailed {
		t.Fatalf("%s went back, %s is held, %+v", st.s.WentBack(), held(&st.s, "p1"), st.s.Refunds[0])
	}
	st.stale(old, record("p1", rs500, rs500)).stands(PhasePaid, TenderExact, "refund_failed:p1 500")
	var kinds []journal.MovementKind
	for _, m := range st.s.Movements() {
		kinds = append(kinds, m.What)
	}
	if want := []journal.MovementKind{
		journal.MoneyCame,
		journal.MoneyPriced,
		journal.MoneyPromised,
		journal.MoneySent,
		journal.MoneyReturned,
	}; !slices.Equal(kinds, want) {
		t.Errorf("movements %v, want %v", kinds, want)
	}
	st.sendBack("refund_failed:p1", false).stands(PhasePaid, TenderExact)

	// Surplus comes again as surplus; and what others take after that is theirs.
	st = till2(t, rs500).expire().closed("A1").sees(record("p1", rs500, 0)).sendBack("money:p1", false)
	byRecord(st, st.s.Refunds[0].Key).sees(record("p1", rs500, rs500)).stands(PhaseClosed, TenderNone)
	if wait, ok := NextWatch(st.s); !ok || wait <= 0 {
		t.Fatal("nobody looks whether it comes again")
	}
	st.sees(record("p1", rs500, 0)).stands(PhaseClosed, TenderLate, "money:p1 500")
	st.sees(record("p1", rs500, rs500)).
		stands(PhaseClosed, TenderNone).
		sees(record("p1", rs500, 0)).
		stands(PhaseClosed, TenderLate, "money:p1 500")

	// Of a payment that says that a part is back, a refund of all of it did not go: others sent that part. They may
	// take the rest too, and then no reading shows any more whose it is (seed 63298).
	part := Payment{ID: "p1", Amount: rs500, Status: PaymentCaptured, PartBack: true}
	st = till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs500)
	byRecord(st, "k1").sees(record("p1", rs500, rs500)).sees(part).stands(PhasePaid, TenderExact, "unnamed:p1 0")
	if st.s.WentBack() != 0 || st.s.Refunds[0].Status != RefundFailed {
		t.Fatalf("%s went back by us: %+v", st.s.WentBack(), st.s.Refunds[0])
	}
	st.answer("unnamed:p1", ActionTheySent, rs100).stands(PhasePaid, TenderUnder, "refund_failed:p1 400")
	if st.sees(record("p1", rs500, rs500)); st.s.WentBack() != 0 || st.s.Taken("p1") != rs500 {
		t.Errorf("%s went back by us, others took %s", st.s.WentBack(), st.s.Taken("p1"))
	}

	// A refund of less than all may be that part, and stands.
	st = till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs300)
	if byRecord(st, "k1").sees(part).stands(PhasePaid, TenderExact); st.s.WentBack() != rs300 {
		t.Errorf("%s went back", st.s.WentBack())
	}

	// A bank's own word stands, whatever the counter says later; and so does a reading that was asked before the end.
	st = till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs500).ended("k1", RefundProcessed)
	st.sees(record("p1", rs500, 0)).stands(PhasePaid, TenderExact)
	st = till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs500)
	old = st.s.Seq
	byRecord(st, "k1").stale(old, record("p1", rs500, 0)).stands(PhasePaid, TenderExact)
	if st.s.WentBack() != rs500 {
		t.Errorf("%s went back", st.s.WentBack())
	}
}

// TestReversalPaidAnotherWay: a reversal that the customer made good in another way is another tender of the day of the
// answer.
func TestReversalPaidAnotherWay(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs500, 0)).sees(record("p1", rs500, rs200))
	st.answer(st.s.Attention[0].ID, ActionOtherTender, rs200).stands(PhasePaid, TenderUnder)
	if all := st.s.OtherTenders(); st.s.OtherTender() != rs200 || len(all) != 1 || !all[0].At.Equal(st.s.UpdatedAt) {
		t.Errorf("paid another way: %+v", all)
	}

	st = till2(t, rs500).sees(record("p1", rs500, 0)).sees(record("p1", rs500, rs200))
	if st.answer(st.s.Attention[0].ID, ActionAccept, rs200); st.s.OtherTender() != 0 {
		t.Errorf("accepted, and %s was paid another way", st.s.OtherTender())
	}
}

func row(s Sale) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// Others sent a part back that no sum tells of, beside a refund of ours: nothing says so until the gateway refuses the
// rest.
func TestUnnamedPartBesideOurRefund(t *testing.T) {
	part := Payment{ID: "p1", Amount: rs500, Status: PaymentCaptured, PartBack: true}
	tooMuch := func(st *story, key string) *story {
		return st.do(Event{Kind: EventRefundSeen, Refund: &Refund{Key: key, Status: RefundFailed, TooMuch: true}})
	}

	st := till2(
		t,
		rs500,
	).sees(record("p1", rs500, 0)).
		goods("k1", "p1", rs100).
		ended("k1", RefundProcessed).
		sees(part).
		stands(PhasePaid, TenderExact)
	tooMuch(st.goods("k2", "p1", 4*rs100), "k2").stands(PhasePaid, TenderExact, "unnamed:p1 0")
	st.sees(part).stands(PhasePaid, TenderExact, "unnamed:p1 0")
	st.refused(Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k3", PaymentID: "p1", Amount: 1}}, "first say")
	st.answer("unnamed:p1", ActionTheySent, rs200).sees(part).stands(PhasePaid, TenderUnder, "refund_failed:p1 200")
	if st.s.Refundable("p1") != rs200 || st.s.Taken("p1") != rs200 {
		t.Errorf("%s can be refunded, others took %s", st.s.Refundable("p1"), st.s.Taken("p1"))
	}

	// They sent more meanwhile: refused again, and stated again, in all.
	tooMuch(st.sendBack("refund_failed:p1", false), st.s.Refunds[2].Key).stands(PhasePaid, TenderUnder, "unnamed:p1 0")
	st.refused(
		Event{
			Kind:       EventResolved,
			By:         "m",
			Resolution: &Resolution{Attention: "unnamed:p1", Action: ActionTheySent, Amount: rs500},
		},
		"at most ₹400.00",
	)
	st.answer("unnamed:p1", ActionTheySent, rs300).sees(part).stands(PhasePaid, TenderUnder, "refund_failed:p1 100")
	st.sendBack("refund_failed:p1", false).
		ended(st.s.Refunds[3].Key, RefundProcessed).
		sees(record("p1", rs500, rs500)).
		stands(PhasePaid, TenderUnder)

	// The last look before the refusal had not seen that a part went back.
	st = till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs100).ended("k1", RefundProcessed)
	tooMuch(st.goods("k2", "p1", 4*rs100), "k2").stands(PhasePaid, TenderExact, "refund_failed:p1 400")
	st.sees(part).stands(PhasePaid, TenderExact, "unnamed:p1 0")

	// Where the gateway names the sum, that is what others sent.
	st = till2(t, rs500).sees(record("p1", rs500, 0)).goods("k1", "p1", rs100).ended("k1", RefundProcessed)
	tooMuch(st.goods("k2", "p1", 4*rs100), "k2").sees(record("p1", rs500, rs300))
	st.stands(PhasePaid, TenderUnder, fmt.Sprintf("reversed:p1:%d 200", st.s.Seq), "refund_failed:p1 200")
}

// One reading that says that money is gone is a doubt, which the payment holds: no item yet, and no second doubt after
// a restart.
func TestDoubt(t *testing.T) {
	st := till2(t, rs500).sees(record("p1", rs600, 0))
	before := st.s.Seq
	doubted := func(ps ...Payment) *story {
		return st.do(Event{
			Kind:    EventReading,
			Attempt: "A1",
			Reading: &Reading{Order: "open", Payments: ps, Doubted: []string{"p1"}},
		})
	}
	doubted(record("p1", rs600, rs300)).stands(PhasePaid, TenderOver, "money:p1 100")
	p := st.s.Payments[0]
	if p.Doubt != rs200 || p.DoubtedAt.IsZero() || p.Refunded != 0 {
		t.Fatalf("%+v", p)
	}
	doubted(record("p1", rs600, rs300))
	if st.s.Payments[0] != p {
		t.Errorf("the same doubt again changed %+v to %+v", p, st.s.Payments[0])
	}
	st.stale(before, record("p1", rs600, 0)) // older than the doubt
	if st.s.Payments[0] != p {
		t.Errorf("an older reading ended the doubt: %+v", st.s.Payments[0])
	}
	st.sees(record("p1", rs600, rs300)).stands(PhasePaid, TenderUnder, fmt.Sprintf("reversed:p1:%d 200", st.s.Seq))
	if p := st.s.Payments[0]; p.Doubt != 0 || !p.DoubtedAt.IsZero() {
		t.Errorf("believed, and still doubted: %+v", p)
	}
	doubted(record("p1", rs600, rs500)).sees(record("p1", rs600, rs300)) // it was never so
	if p := st.s.Payments[0]; p.Doubt != 0 || !p.DoubtedAt.IsZero() || st.s.Taken("p1") != rs300 {
		t.Errorf("%+v", p)
	}
}
