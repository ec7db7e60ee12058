package state

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state/journal"
)

// TestUpgradeOfRandomSales brings every row of random histories of rules 1 to rules 2: the account balances, the sale
// keeps its phase and its moments, nothing that a gateway holds is without an owner, and where open amounts differ the
// report says why.
func TestUpgradeOfRandomSales(t *testing.T) {
	upgraded, differ, kinds := 0, 0, map[string]int{}
	for seed := range uint64(many(1500)) {
		_, rows := history(seed, 60)
		for i, s := range rows {
			if i%7 != int(seed%7) && i != len(rows)-1 {
				continue
			}
			raw := row(s)
			e, n, err := Upgrade(s, s.Seq+1, t0.Add(time.Hour))
			if err != nil || row(s) != raw {
				t.Fatalf("seed %d row %d: %v, or it changed the sale it was given", seed, i, err)
			}
			upgraded++
			if again, _, err := Apply(s, e); err != nil || row(again) != row(n) {
				t.Fatalf("seed %d row %d: the event makes another row", seed, i)
			}
			if n.Phase != s.Phase || !n.PaidAt.Equal(s.PaidAt) || !n.ClosedAt.Equal(s.ClosedAt) || n.Rules != 2 {
				t.Fatalf("seed %d row %d: %s became %s", seed, i, s.Phase, n.Phase)
			}
			if err := auditUpgraded(&s, &n); err != nil {
				t.Fatalf("seed %d row %d: %v\n%s\n%s", seed, i, err, raw, row(n))
			}

			if open, named := total(s.Attention), total(n.Attention); open != named && LineOf(s, n) == "" {
				t.Fatalf("seed %d row %d: %s was open and %s is, unexplained\n%+v\n%+v",
					seed, i, open, named, s.Attention, n.Attention)
			}
			if line := LineOf(s, n); line != "" {
				differ++
				_, reasons, _ := strings.Cut(line, "→ ")
				for r := range strings.SplitSeq(reasons[strings.LastIndex(reasons, ": ")+2:], "; ") {
					kinds[strings.Join(strings.FieldsFunc(r, func(c rune) bool {
						return c >= '0' && c <= '9' || c == '₹' || c == '.' || c == ','
					}), "#")]++
				}
			}

			for left := len(n.Attention); n.Phase.Final() && len(n.Attention) > 0; left-- { // and life goes on
				a := n.Attention[0]
				if left == 0 {
					t.Fatalf("seed %d row %d: answers do not end the items %+v", seed, i, n.Attention)
				}
				e := Event{Seq: n.Seq + 1, SaleID: n.ID, Kind: EventResolved, At: t0.Add(2 * time.Hour), By: "m",
					Resolution: &Resolution{Attention: a.ID, Action: a.Answers()[0], Amount: a.Amount}}
				if n, _, err = Apply(n, e); err != nil {
					t.Fatalf("seed %d row %d: answer to %s: %v", seed, i, a.ID, err)
				}
			}
		}
	}
	t.Logf("%d rows upgraded, %d differ: %v", upgraded, differ, kinds)
	if differ == 0 {
		t.Error("no row differs")
	}
}

// total is what items name; of one that waits for the rest, what is missing, which rules 1 gave as its amount.
func total(items []Attention) (sum money.Paise) {
	for _, a := range items {
		if sum += a.Amount; a.Kind == AttentionShort {
			sum += a.Missing - a.Amount
		}
	}
	return sum
}

// auditUpgraded states what must be true of a sale that came from rules 1: what audit says, but that it may be called
// paid with nothing there, and that refunds may hold less than they say.
func auditUpgraded(before, after *Sale) error {
	b := read(after)
	var sum, captured, sent money.Paise
	for a, v := range b {
		sum += v
		if v < 0 && a != "clearing" {
			return fmt.Errorf("%s stands at %s", a, v)
		}
	}
	if sum != 0 {
		return fmt.Errorf("the postings sum to %s", sum)
	}
	for _, p := range after.Payments {
		if p.Received() {
			captured += p.Amount
			sent += min(p.Refunded, p.Amount)
		}
	}
	if after.Captured() != captured || -b["clearing"] > captured {
		return fmt.Errorf("%s came, says the journal, which holds %s, and the gateways say %s",
			after.Captured(), -b["clearing"], captured)
	}
	for _, r := range after.Refunds {
		held := b[journal.Account("promised:"+r.Key)]
		if final := r.Status == RefundProcessed || r.Status == RefundFailed; held > r.Amount || final && held != 0 {
			return fmt.Errorf("refund %s is %s and holds %s of %s", r.Key, r.Status, held, r.Amount)
		}
	}
	return auditItems(after, b, map[string]time.Time{})
}

// One sale of each kind of trouble, brought over.

func old(t *testing.T, amount money.Paise) *story {
	t.Helper()
	st := &story{t: t}
	st.do(Event{
		Kind: EventOpened,
		By:   "cashier:asha",
		Opened: &Opened{
			Number: 2,
			Day:    "2026-11-29",
			Amount: amount,
			Route:  []string{"razorpay"},
			Life:   time.Minute,
		},
	})
	return st.ask("A1", "razorpay").quote("A1")
}

// upgrade brings the sale over and returns the report's line.
func (st *story) upgrade() string {
	st.t.Helper()
	was := st.s
	e, n, err := Upgrade(was, st.n+1, t0.Add(time.Hour))
	if err != nil {
		st.t.Fatal(err)
	}
	st.n, st.s = e.Seq, n
	return LineOf(was, n)
}

func (st *story) line(got string, words ...string) *story {
	st.t.Helper()
	for _, w := range words {
		if !strings.Contains(got, w) {
			st.t.Fatalf("the report says %q, not %q", got, w)
		}
	}
	if len(words) == 0 && got != "" {
		st.t.Fatalf("the report says %q", got)
	}
	return st
}

func TestUpgrade(t *testing.T) {
	resolve := func(st *story, item string, a Action) *story {
		return st.do(Event{
			Kind:       EventResolved,
			By:         "manager:ravi",
			Resolution: &Resolution{Attention: item, Action: a, By: "manager:ravi"},
		})
	}

	st := old(t, rs500).sees(record("p1", rs500, 0))
	st.line(st.upgrade()).stands(PhasePaid, TenderExact)

	st = old(t, rs500).sees(record("p1", rs500, rs500)) // money.md 1: called paid, and nothing lies there
	st.line(st.upgrade()).stands(PhasePaid, TenderUnder, fmt.Sprintf("reversed:p1:%d 500", st.s.Seq))

	st = old(t, rs500).sees(record("p1", rs300, 0)).refund("k1", "p1", rs300) // money.md 2
	resolve(st, "under:300.00", ActionRefund).ended("k1", RefundProcessed).
		sees(record("p1", rs300, rs300), record("p2", rs200, 0))
	st.line(st.upgrade(), "1129-2", "₹300.00 of its price was not there").stands(PhasePaid, TenderUnder, "short 0 300")
	st.answer("short", ActionOtherTender, 0).stands(PhasePaid, TenderUnder)

	st = old(t, rs500).sees(record("p1", rs600, 0)).refund("k1", "p1", rs100) // money.md 3
	resolve(st, "over:600.00", ActionRefund).ended("k1", RefundProcessed).
		sees(record("p1", rs600, rs100), record("p3", rs200, 0))
	st.line(st.upgrade(), "items named ₹100.00 of payment p1").stands(PhasePaid, TenderDuplicate, "money:p3 200")

	st = old(t, rs500).read("A1", "closed", record("p2", 25000, 0)).
		closed("A1", record("p2", 25000, 0)).
		sees(record("p2", 25000, 0), record("p3", 25000, 0))
		// 4
	st.line(st.upgrade(), "money that no item named").stands(PhaseClosed, TenderLate, "money:p2 250", "money:p3 250")

	st = old(t, rs500).sees(record("p1", rs500, 0))
	resolve(st.sees(record("p1", rs500, 0), record("p2", rs500, 0)), "duplicate:p2", ActionAccept)
	st.line(st.upgrade()).stands(PhasePaid, TenderDuplicate)
	if st.s.AcceptedOf("p2") != rs500 {
		t.Errorf("accepted %s", st.s.AcceptedOf("p2"))
	}

	st = old(t, rs500).sees(record("p1", rs300, 0), record("p2", rs300, 0)) // over: spans payments, in order of capture
	resolve(st, "over:600.00", ActionAccept)
	st.line(st.upgrade()).stands(PhasePaid, TenderOver)
	if st.s.AcceptedOf("p2") != rs100 || st.s.PriceOf("p1") != rs300 {
		t.Errorf("%+v", st.s.Journal)
	}

	st = old(t, rs500).sees(record("p1", rs300, 0))
	resolve(st, "under:300.00", ActionAccept)
	st.line(st.upgrade()).stands(PhasePaid, TenderUnder)
	if st.s.Override() != "manager:ravi" {
		t.Error("the override is lost")
	}

	st = old(t, rs500).sees(record("p1", rs300, 0)) // the sale waits, and the answer that rules 1 took ends nothing
	resolve(st, "under:300.00", ActionOtherTender)
	st.line(st.upgrade(), "asked again").stands(PhaseAwaiting, TenderUnder, "short 300 200")

	st = old(t, rs500).sees(record("p1", rs600, 0)).refund("k1", "p1", rs100).ended("k1", RefundUnknown)
	resolve(resolve(st, "refund_unknown:k1", ActionAccept), "over:600.00", ActionRefund)
	st.line(st.upgrade()).stands(PhasePaid, TenderExact)
	if r := st.s.Refunds[0]; r.Status != RefundProcessed || r.DecidedBy != "manager:ravi" || st.s.WentBack() != rs100 {
		t.Errorf("%+v", r)
	}

	st = old(t, rs500).sees(record("p1", rs500, 0)).refund("k1", "p1", rs200).ended("k1", RefundFailed)
	st.line(st.upgrade()).stands(PhasePaid, TenderExact, "refund_failed:p1 200")
	st = old(t, rs500).sees(record("p1", rs500, 0)).refund("k1", "p1", rs200).ended("k1", RefundFailed)
	resolve(st, "refund_failed:k1", ActionAccept)
	st.line(st.upgrade()).stands(PhasePaid, TenderExact)

	st = old(t, rs500).sees(record("p1", rs500, 0)).sees(record("p1", rs500, rs200))
	resolve(st, "reversed:p1:200.00", ActionAccept)
	st.line(st.upgrade()).stands(PhasePaid, TenderUnder)
}

// TestUpgradeByAClockThatJumps: a history by a clock that was set back and forth comes to the same money as by one that
// ran on: what the gateways hold, and what each refund holds. Which of several payments is the price, and which the
// surplus, the row does not always say.
func TestUpgradeByAClockThatJumps(t *testing.T) {
	refunds := 0
	for seed := range uint64(400) {
		_, straight := history(seed, 60)
		r := rand.New(rand.NewPCG(seed, 7))
		at, jumps := t0, []time.Time{}
		for range 200 {
			at = at.Add(time.Second)
			if r.IntN(15) == 0 {
				at = at.Add(time.Duration(r.IntN(200_000)-100_000) * time.Millisecond)
			}
			jumps = append(jumps, at)
		}
		_, jumped := historyBy(seed, 60, func(n uint64) time.Time { return jumps[n] })
		up := func(rows []Sale) Sale {
			s := rows[len(rows)-1]
			_, n, err := Upgrade(s, s.Seq+1, t0.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			if err := auditUpgraded(&s, &n); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			return n
		}
		is, want := up(jumped), up(straight)
		if a, b := read(&is)["clearing"], read(&want)["clearing"]; a != b || is.Phase != want.Phase {
			t.Fatalf("seed %d: %s with %s at the gateways, and by a clock that ran on %s with %s",
				seed, is.Phase, a, want.Phase, b)
		}
		for i := range want.Refunds {
			f := &want.Refunds[i]
			sum := func(s *Sale) (sum money.Paise) {
				for _, j := range s.askedOf(f) {
					sum += j.Amount
				}
				return sum
			}
			if refunds++; sum(&is) != sum(&want) {
				t.Fatalf("seed %d: refund %s of %s took %s, and by a clock that ran on %s",
					seed, f.Key, f.Amount, sum(&is), sum(&want))
			}
		}
	}
	if refunds < 150 {
		t.Errorf("only %d refunds were looked at", refunds)
	}
}

// TestUpgradeAfterTheClockWasSetBack: between a capture and its refund, and between a refund that failed and the next
// of the same money.
func TestUpgradeAfterTheClockWasSetBack(t *testing.T) {
	back := func(st *story) *story { st.back += time.Hour; return st }

	st := back(old(t, rs500).sees(record("p1", rs500, 0))).refund("k1", "p1", rs500).ended("k1", RefundProcessed)
	st.upgrade()
	if st.stands(PhasePaid, TenderExact); st.s.WentBack() != rs500 || st.s.Kept() != 0 || st.s.Refundable("p1") != 0 {
		t.Errorf("%s went back, %s is kept: %+v", st.s.WentBack(), st.s.Kept(), st.s.Journal)
	}

	st = back(
		old(t, rs500).sees(record("p1", rs500, 0)).refund("k1", "p1", rs500).ended("k1", RefundFailed),
	).refund("k2", "p1", rs500)
	st.ended("k2", RefundProcessed)
	st.upgrade()
	if st.stands(PhasePaid, TenderExact); st.s.WentBack() != rs500 || st.s.Kept() != 0 {
		t.Errorf("%s went back, %s is kept: %+v", st.s.WentBack(), st.s.Kept(), st.s.Journal)
	}
}
