package state

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state/watch"
)

var update = flag.Bool("update", false, "write golden text again")

// many is how many random cases a test looks at: n, and in a short run (make quick) a tenth of them.
func many(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

var t0 = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// story applies events one after another and checks what must hold after each.
type story struct {
	t    *testing.T
	s    Sale
	n    uint64
	last []Effect
	back time.Duration // by which the clock was set back
}

func open(t *testing.T, route ...string) *story {
	t.Helper()
	if len(route) == 0 {
		route = []string{"enkash"}
	}
	st := &story{t: t}
	st.do(Event{
		Kind:   EventOpened,
		By:     "cashier:asha",
		Opened: &Opened{Number: 1, Day: "2026-11-22", Amount: 25000, Route: route, Life: 5 * time.Minute},
	})
	return st
}

func (st *story) try(e Event) error {
	st.n++
	e.Seq, e.SaleID, e.At = st.n, "s1", t0.Add(time.Duration(st.n)*time.Second-st.back)
	before := st.s.clone()
	got, effects, err := Apply(st.s, e)
	if !reflect.DeepEqual(before, st.s.clone()) {
		st.t.Fatalf("%s changed the sale it was given", e.Kind)
	}
	if err != nil {
		return err
	}
	if again, more, err := Apply(got, e); !errors.Is(err, ErrReplay) || len(more) > 0 ||
		!reflect.DeepEqual(again, got) {
		st.t.Fatalf("replay of %s: %v, effects %v", e.Kind, err, more)
	}
	check(st.t, got)
	st.s, st.last = got, effects
	return nil
}

func (st *story) do(e Event) *story {
	st.t.Helper()
	if err := st.try(e); err != nil {
		st.t.Fatalf("%s in phase %q: %v", e.Kind, st.s.Phase, err)
	}
	return st
}

func (st *story) want(p Phase, tender Tender, attention ...string) *story {
	st.t.Helper()
	var ids []string
	for _, a := range st.s.Attention {
		ids = append(ids, a.ID)
	}
	if st.s.Phase != p || st.s.Tender != tender || !slices.Equal(ids, attention) {
		st.t.Fatalf("sale is %s/%s with attention %q; want %s/%s %q",
			st.s.Phase, st.s.Tender, ids, p, tender, attention)
	}
	return st
}

func (st *story) effects(keys ...string) *story {
	st.t.Helper()
	var got []string
	for _, e := range st.last {
		got = append(got, e.Key)
	}
	if !slices.Equal(got, keys) {
		st.t.Fatalf("effects %q, want %q", got, keys)
	}
	return st
}

func (st *story) ask(ref, gw string) *story {
	st.t.Helper()
	return st.do(Event{Kind: EventAttemptAsked, Attempt: ref, Gateway: gw})
}

func (st *story) quote(ref string) *story {
	st.t.Helper()
	return st.do(Event{
		Kind:    EventAttemptQuoted,
		Attempt: ref,
		Quote:   &Quote{OrderID: "ORD" + ref, Payload: "upi://pay?tr=" + ref},
	})
}

func (st *story) read(ref, order string, ps ...Payment) *story {
	st.t.Helper()
	return st.do(Event{Kind: EventReading, Attempt: ref, Reading: &Reading{Order: order, Payments: ps}})
}

func (st *story) closed(ref string, ps ...Payment) *story {
	st.t.Helper()
	return st.do(Event{Kind: EventAttemptClosed, Attempt: ref, Reading: &Reading{Order: "closed", Payments: ps}})
}

func pay(id string, amount money.Paise, st PaymentStatus) Payment {
	return Payment{ID: id, Amount: amount, Status: st}
}

// check states what must be true of any sale, whatever happened to it.
func check(t *testing.T, s Sale) {
	t.Helper()
	if s.Rules < 2 && s.Phase == PhasePaid && s.Captured() < s.Amount && s.Override() == "" {
		t.Fatalf("paid with %s of %s and no override", s.Captured(), s.Amount)
	}
	if (s.Phase == PhaseClosed) == s.ClosedAt.IsZero() || (s.Phase == PhasePaid) == s.PaidAt.IsZero() {
		t.Fatalf("phase %s, closed at %v, paid at %v", s.Phase, s.ClosedAt, s.PaidAt)
	}
	if s.Tender != TenderNone && s.Tender != TenderExact && len(s.Attention) == 0 && len(s.Resolutions) == 0 &&
		len(s.Refunds) == 0 {
		t.Fatalf("tender %s without attention", s.Tender)
	}
	refs := map[string]bool{}
	for _, a := range s.Attempts {
		if refs[a.Ref] {
			t.Fatalf("reference %s used twice", a.Ref)
		}
		refs[a.Ref] = true
	}
	for _, p := range s.Payments {
		var refunds money.Paise
		for _, r := range s.Refunds {
			if r.PaymentID == p.ID && r.Reserved() {
				refunds += r.Amount
			}
		}
		if refunds > p.Amount {
			t.Fatalf("refunds %s of payment %s over %s", refunds, p.ID, p.Amount)
		}
	}
	keys := map[string]bool{}
	for _, e := range Pending(s) {
		if keys[e.Key] {
			t.Fatalf("effect %s twice", e.Key)
		}
		keys[e.Key] = true
	}
}

func TestPaid(t *testing.T) {
	st := open(t).want(PhaseOpened, TenderNone).effects("attempt:s1:1")
	st.ask("A1", "enkash").want(PhaseQuoting, TenderNone).effects("quote:A1")
	st.quote("A1").want(PhaseAwaiting, TenderNone).effects()
	st.read("A1", "open", pay("p1", 25000, PaymentStarted)).want(PhasePaying, TenderNone)
	st.read("A1", "open", pay("p1", 25000, PaymentFailed)).want(PhaseAwaiting, TenderNone)
	st.read("A1", "open", pay("p1", 25000, PaymentFailed), pay("p2", 25000, PaymentProcessing)).
		want(PhasePaying, TenderNone)
	st.read("A1", "paid", pay("p2", 25000, PaymentCaptured)).want(PhasePaid, TenderExact).effects()
	st.read("A1", "open", pay("p2", 25000, PaymentFailed)).want(PhasePaid, TenderExact) // captured once stays captured
	if err := st.try(Event{Kind: EventCloseAsked, Close: CloseCancelled}); err == nil ||
		!strings.Contains(err.Error(), "refund it") {
		t.Errorf("cancel of a paid sale: %v", err)
	}
}

func TestCancel(t *testing.T) {
	for name, tc := range map[string]struct {
		during []Payment
		phase  Phase
		tender Tender
	}{
		"nothing came":        {nil, PhaseClosed, TenderNone},
		"money won the race":  {[]Payment{pay("p1", 25000, PaymentCaptured)}, PhasePaid, TenderExact},
		"money may be moving": {[]Payment{pay("p1", 25000, PaymentProcessing)}, PhaseClosing, TenderNone},
		"only started":        {[]Payment{pay("p1", 25000, PaymentStarted)}, PhaseClosed, TenderNone},
	} {
		t.Run(name, func(t *testing.T) {
			st := open(t).ask("A1", "enkash").quote("A1")
			st.do(Event{Kind: EventCloseAsked, Close: CloseCancelled, By: "cashier:asha"}).
				want(PhaseClosing, TenderNone).
				effects("close:A1")
			if err := st.try(Event{Kind: EventCloseAsked, Close: CloseCancelled}); !errors.Is(err, ErrReplay) {
				t.Errorf("cancel again: %v", err)
			}
			st.closed("A1", tc.during...).want(tc.phase, tc.tender)
			if tc.phase == PhaseClosing {
				st.do(Event{Kind: EventPatienceOver}).want(PhaseClosed, TenderNone)
				st.read("A1", "closed", pay("p1", 25000, PaymentCaptured)).want(PhaseClosed, TenderLate, "late:p1")
			}
		})
	}
}

func TestCancelBeforeTheAnswer(t *testing.T) {
	st := open(t, "enkash", "razorpay").ask("A1", "enkash")
	st.do(Event{Kind: EventCloseAsked, Close: CloseCancelled}).want(PhaseClosing, TenderNone).effects()
	st.quote("A1").want(PhaseClosing, TenderNone).effects("close:A1")
	st.closed("A1").want(PhaseClosed, TenderNone)

	st = open(t, "enkash", "razorpay").ask("A1", "enkash")
	st.do(Event{Kind: EventCloseAsked, Close: CloseCancelled})
	st.do(Event{Kind: EventAttemptFailed, Attempt: "A1", Problem: &Problem{Class: "unavailable"}}).
		want(PhaseClosed, TenderNone).
		effects()
}

func TestFailOver(t *testing.T) {
	st := open(t, "enkash", "razorpay", "enkash").ask("A1", "enkash")
	st.do(Event{Kind: EventAttemptLost, Attempt: "A1", Problem: &Problem{Class: "unknown"}}).
		want(PhaseQuoting, TenderNone).
		effects("attempt:s1:2")
	if err := st.try(Event{Kind: EventAttemptAsked, Attempt: "A1", Gateway: "razorpay"}); err == nil {
		t.Error("a reference was reused")
	}
	st.ask("A2", "razorpay").quote("A2").want(PhaseAwaiting, TenderNone)
	st.quote("A1").want(PhaseAwaiting, TenderNone).effects("close:A1") // found after all: an orphan, never shown
	st.closed("A1").want(PhaseAwaiting, TenderNone)
	st.read("A2", "paid", pay("p2", 25000, PaymentCaptured)).want(PhasePaid, TenderExact)
	st.read("A1", "open", pay("p1", 25000, PaymentCaptured)).
		want(PhasePaid, TenderDuplicate, "duplicate:p1")
		// paid on both

	st = open(t, "enkash", "razorpay", "enkash").ask("A1", "enkash")
	st.do(Event{Kind: EventAttemptFailed, Attempt: "A1", Problem: &Problem{Class: "misconfigured"}}).
		ask("A2", "razorpay")
	st.do(Event{Kind: EventAttemptFailed, Attempt: "A2", Problem: &Problem{Class: "unavailable"}}).effects()
	st.want(PhaseClosed, TenderNone) // a misconfigured gateway isn't asked again
	if st.s.Closing.Reason != CloseFailed {
		t.Errorf("closed for %q", st.s.Closing.Reason)
	}
}

func TestTenders(t *testing.T) {
	quoted := func() *story { return open(t).ask("A1", "enkash").quote("A1") }
	st := quoted().read("A1", "open", pay("p1", 10000, PaymentCaptured)).
		want(PhaseAwaiting, TenderUnder, "under:100.00")
	st.read("A1", "open", pay("p2", 15000, PaymentCaptured)).want(PhasePaid, TenderExact)

	st = quoted().read("A1", "open", pay("p1", 10000, PaymentCaptured))
	st.do(Event{Kind: EventResolved, By: "manager:ravi", Resolution: &Resolution{Attention: "under:100.00",
		Action: ActionAccept}}).
		want(PhasePaid, TenderUnder)
	if st.s.Override() != "manager:ravi" {
		t.Errorf("override by %q", st.s.Override())
	}

	quoted().read("A1", "open", pay("p1", 30000, PaymentCaptured)).want(PhasePaid, TenderOver, "over:300.00")
	quoted().read("A1", "open", pay("p1", 25000, PaymentCaptured), pay("p2", 25000, PaymentCaptured)).
		want(PhasePaid, TenderDuplicate, "duplicate:p2")

	st = quoted().do(Event{Kind: EventCloseAsked, Close: CloseExpired}).closed("A1").want(PhaseClosed, TenderNone)
	st.read("A1", "closed", pay("p1", 25000, PaymentCaptured)).want(PhaseClosed, TenderLate, "late:p1")
	st.do(Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k1", PaymentID: "p1", Amount: 25000}}).
		effects("refund:k1")
	st.do(Event{Kind: EventResolved, By: "m", Resolution: &Resolution{Attention: "late:p1", Action: ActionRefund}}).
		want(PhaseClosed, TenderLate)
	st.do(Event{Kind: EventRefundSeen, Refund: &Refund{Key: "k1", ID: "r1", Status: RefundPending}}).
		effects("follow:k1")
	st.do(Event{Kind: EventRefundSeen, Refund: &Refund{Key: "k1", ID: "r1", Status: RefundFailed}}).
		want(PhaseClosed, TenderLate, "refund_failed:k1")

	st = quoted().read("A1", "paid", pay("p1", 25000, PaymentCaptured))
	st.read("A1", "paid", Payment{ID: "p1", Amount: 25000, Status: PaymentRefunded}).
		want(PhasePaid, TenderExact, "reversed:p1:250.00")
}

func TestRefundsAreReserved(t *testing.T) {
	st := open(t).ask("A1", "enkash").quote("A1").read("A1", "paid", pay("p1", 25000, PaymentCaptured))
	st.do(Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k1", PaymentID: "p1", Amount: 20000}})
	for _, amount := range []money.Paise{0, -1, 5001, 25000} {
		err := st.try(Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k2", PaymentID: "p1", Amount: amount}})
		if err == nil {
			t.Errorf("refund of %s accepted", amount)
		}
	}
	st.do(Event{Kind: EventRefundSeen, Refund: &Refund{Key: "k1", Status: RefundUnknown}}).
		want(PhasePaid, TenderExact, "refund_unknown:k1")
	err := st.try(Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k2", PaymentID: "p1", Amount: 5001}})
	if err == nil {
		t.Error("an unknown refund let its amount go")
	}
	st.do(Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k2", PaymentID: "p1", Amount: 5000}})
	if err := st.try(
		Event{Kind: EventRefundAsked, Refund: &Refund{Key: "k3", PaymentID: "nobody", Amount: 1}},
	); err == nil {
		t.Error("refund of a payment that isn't there")
	}
}

func TestPrints(t *testing.T) {
	st := open(t).ask("A1", "enkash")
	if err := st.try(Event{Kind: EventPrintAsked, Print: &Print{Key: "k0", Copy: "order"}}); err == nil {
		t.Error("a slip without a QR")
	}
	st.quote("A1")
	if err := st.try(Event{Kind: EventPrintAsked, Print: &Print{Key: "k0", Copy: "receipt"}}); err == nil ||
		!strings.Contains(err.Error(), "not paid") {
		t.Errorf("a receipt for an unpaid sale: %v", err)
	}
	st.do(Event{Kind: EventPrintAsked, Print: &Print{Key: "k1", Copy: "order"}}).effects("print:k1")
	st.do(Event{Kind: EventPrintDone, Print: &Print{Key: "k1", Status: "unknown"}})
	st.read("A1", "paid", pay("p1", 25000, PaymentCaptured))
	if err := st.try(Event{Kind: EventPrintAsked, Print: &Print{Key: "k2", Copy: "order"}}); err == nil {
		t.Error("the QR of a paid sale was printed")
	}
	st.do(Event{Kind: EventPrintAsked, Print: &Print{Key: "k3", Copy: "receipt"}}).
		do(Event{Kind: EventPrintAsked, Print: &Print{Key: "k4", Copy: "receipt"}})
	if st.s.Prints[2].N != 1 {
		t.Errorf("the second receipt is number %d, not a duplicate", st.s.Prints[2].N)
	}
	st.do(Event{Kind: EventEffectSetAside, SetAside: &SetAside{Key: "print:k3", Reason: "no font"}}).
		want(PhasePaid, TenderExact, "set_aside:print:k3")
	for _, e := range Pending(st.s) {
		if e.Key == "print:k3" {
			t.Error("what was set aside is still tried")
		}
	}
}

// TestGateway_15: a sale that ended unpaid with its code shown is looked at densely, a paid one as ever, and one whose
// watch began by the first plan goes on by it.
func TestGateway_15(t *testing.T) {
	unpaid := func() *story { return till2(t, rs500).expire().closed("A1") }
	for name, tc := range map[string]struct {
		st   *story
		from int // the step the watch stands at
		plan []time.Duration
	}{
		"unpaid":             {unpaid(), 0, watch.Likely},
		"paid":               {till2(t, rs500).sees(record("p1", rs500, 0)), 0, watch.Plan},
		"begun by the first": {unpaid().do(Event{Kind: EventWatched, Step: 3}), 3, watch.Plan},
	} {
		t.Run(name, func(t *testing.T) {
			st, at := tc.st, time.Duration(0)
			if tc.from > 0 {
				at = tc.plan[tc.from-1]
			}
			for i := tc.from; i < len(tc.plan); i++ {
				wait, ok := NextWatch(st.s)
				at += wait
				if !ok || at != tc.plan[i] || !Watching(st.s) {
					t.Fatalf("look %d is due after %v, %v", i, at, ok)
				}
				st.do(Event{Kind: EventWatched, Step: NextStep(st.s)})
			}
			if _, ok := NextWatch(st.s); ok || Watching(st.s) {
				t.Error("the watch does not end")
			}
		})
	}
}

// TestWalk throws random events at sales: whatever happens, what check states must hold, and a refused event changes
// nothing.
func TestWalk(t *testing.T) {
	reached := map[string]int{}
	for seed := range uint64(many(3000)) {
		r := rand.New(rand.NewPCG(seed, 7))
		st := open(t, "enkash", "razorpay", "enkash")
		refs := 0
		pick := func() string {
			if len(st.s.Attempts) == 0 {
				return "none"
			}
			return st.s.Attempts[r.IntN(len(st.s.Attempts))].Ref
		}
		statuses := []PaymentStatus{
			PaymentStarted,
			PaymentProcessing,
			PaymentCaptured,
			PaymentFailed,
			PaymentRefunded,
			PaymentUnknown,
		}
		// a payment id is unique within its gateway only, and gateways use different ones
		reading := func(ref string) *Reading {
			gw := ""
			if a := st.s.Attempt(ref); a != nil {
				gw = a.Gateway
			}
			rd := &Reading{Order: []string{"open", "open", "closed", "paid", "unknown", ""}[r.IntN(6)]}
			for range r.IntN(3) {
				rd.Payments = append(
					rd.Payments,
					pay(
						fmt.Sprint(gw, r.IntN(3)),
						[]money.Paise{25000, 25000, 10000, 30000}[r.IntN(4)],
						statuses[r.IntN(len(statuses))],
					),
				)
			}
			return rd
		}
		for range 40 {
			e := Event{By: "walk"}
			switch r.IntN(12) {
			case 0, 1:
				refs++
				e.Kind, e.Attempt, e.Gateway = EventAttemptAsked, fmt.Sprint("R", refs), NextGateway(st.s)
			case 2, 3:
				e.Kind, e.Attempt, e.Quote = EventAttemptQuoted, pick(), &Quote{OrderID: "o", Payload: "upi://pay"}
			case 4:
				e.Kind, e.Attempt, e.Problem = []Kind{EventAttemptFailed, EventAttemptLost}[r.IntN(2)], pick(),
					&Problem{
						Class: "unavailable",
					}
			case 5, 6:
				e.Kind, e.Attempt, e.Reading = EventReading, pick(), nil
				e.Reading = reading(e.Attempt)
			case 7:
				e.Kind, e.Close = EventCloseAsked, []CloseReason{CloseCancelled, CloseExpired,
					CloseOtherTender}[r.IntN(3)]
			case 8:
				e.Kind, e.Attempt, e.Reading = EventAttemptClosed, pick(), nil
				e.Reading = reading(e.Attempt)
			case 9:
				e.Kind, e.Refund = EventRefundAsked, &Refund{
					Key:       fmt.Sprint("k", r.IntN(5)),
					PaymentID: fmt.Sprint([]string{"enkash", "razorpay"}[r.IntN(2)], r.IntN(3)),
					Amount:    money.Paise(r.IntN(26000)),
				}
			case 10:
				e.Kind, e.Refund = EventRefundSeen, &Refund{
					Key:    fmt.Sprint("k", r.IntN(5)),
					Status: []RefundStatus{RefundPending, RefundProcessed, RefundFailed, RefundUnknown}[r.IntN(4)],
				}
			case 11:
				e.Kind = EventPatienceOver
				if len(st.s.Attention) > 0 {
					e.Kind, e.Resolution = EventResolved, &Resolution{
						Attention: st.s.Attention[0].ID,
						Action:    ActionAccept,
						By:        "m",
					}
				}
			}
			before := st.s
			captured := st.s.Captured()
			err := st.try(e)
			if err != nil && strings.Contains(err.Error(), "a bug") {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if before.Phase.Final() && st.s.Phase != before.Phase {
				t.Fatalf("seed %d: %s left %s by %s", seed, before.ID, before.Phase, e.Kind)
			}
			if st.s.Captured() < captured {
				t.Fatalf("seed %d: %s forgot money", seed, e.Kind)
			}
			reached[string(st.s.Phase)+"/"+string(st.s.Tender)]++
		}
	}
	for _, want := range []string{"quoting/none", "awaiting/none", "awaiting/under", "paying/none", "closing/none",
		"paid/exact", "paid/over",
		"paid/duplicate", "paid/under", "closed/none", "closed/late"} {
		if reached[want] == 0 {
			t.Errorf("no walk reached %s: %v", want, reached)
		}
	}
}

func TestDiagram(t *testing.T) {
	var b strings.Builder
	for _, p := range everywhere {
		if to := Transitions[p]; len(to) > 0 {
			words := make([]string, len(to))
			for i, x := range to {
				words[i] = string(x)
			}
			fmt.Fprintf(&b, "//\t%-8s → %s\n", p, strings.Join(words, ", "))
		} else {
			fmt.Fprintf(&b, "//\t%-8s is final\n", p)
		}
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := bytes.Cut(doc, []byte("-update\")\n//\n"))
	_, tail, ok2 := bytes.Cut(rest, []byte("//\n//\t(end of diagram)"))
	if !ok1 || !ok2 {
		t.Fatal("doc.go has lost the marks around its diagram")
	}
	want := slices.Concat(
		head,
		[]byte("-update\")\n//\n"),
		[]byte(b.String()),
		[]byte("//\n//\t(end of diagram)"),
		tail,
	)
	if *update {
		if err := os.WriteFile("doc.go", want, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(doc, want) {
		t.Errorf("the diagram in doc.go differs from Transitions: run go test ./state -run TestDiagram -update")
	}
}
