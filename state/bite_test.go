package state

import (
	"strings"
	"testing"
	"time"

	"galla/internal/money"
	"galla/state/journal"
)

// TestEachCheckBites spoils what Apply answers, in one way after another, and wants the check that is there for it to
// say so. A check that never fires is none.
func TestEachCheckBites(t *testing.T) {
	put := func(s *Sale, from, to journal.Account, amount int64, e Event) {
		s.Journal = append(s.Journal, journal.Posting{From: from, To: to, Amount: money.Paise(amount),
			At: e.At, Event: e.Seq})
	}
	first := func(s *Sale, want func(*Payment) bool) *Payment {
		for i := range s.Payments {
			if p := &s.Payments[i]; s.came(p) > 0 && want(p) {
				return p
			}
		}
		return nil
	}
	surplus := func(s *Sale) *Payment { return first(s, func(p *Payment) bool { return s.balance(p.surplus()) > 1 }) }

	for name, c := range map[string]struct {
		bend func(before, after *Sale, e Event)
		want string
	}{
		"a posting is edited": {func(b, a *Sale, e Event) {
			if len(b.Journal) > 2 {
				a.Journal[1].Amount++
			}
		}, "changed or removed"},
		"a posting is removed": {func(b, a *Sale, e Event) {
			if len(b.Journal) > 3 {
				a.Journal = a.Journal[:len(b.Journal)-1]
			}
		}, "changed or removed"},
		"a posting of nothing": {func(b, a *Sale, e Event) {
			if p := surplus(a); p != nil {
				put(a, p.surplus(), p.accepted(), 0, e)
			}
		}, "moves nothing"},
		"a posting that is none": {func(b, a *Sale, e Event) {
			if p := surplus(a); p != nil {
				put(a, p.surplus(), "pocket:x", 1, e)
			}
		}, "none of the account's"},
		"money of one payment for another": {func(b, a *Sale, e Event) {
			if p := surplus(a); p != nil {
				put(a, p.surplus(), "accepted:razorpay/p9", 1, e)
			}
		}, "between payments"},
		"more leaves than is there": {func(b, a *Sale, e Event) {
			if p := surplus(a); p != nil {
				put(a, p.surplus(), p.accepted(), int64(a.balance(p.surplus()))+1, e)
			}
		}, "stands at"},
		"a promise ends twice": {func(b, a *Sale, e Event) {
			for i := range a.Refunds {
				if r := &a.Refunds[i]; r.Status == RefundProcessed && e.Kind != EventRefundSeen {
					put(a, r.promised(), journal.Clearing, 1, e)
				}
			}
		}, "ended twice"},
		"a second cover": {func(b, a *Sale, e Event) {
			if p := surplus(a); p != nil && b.Phase == PhasePaid {
				put(a, p.surplus(), p.price(), 1, e)
			}
		}, "covered twice"},
		"paid without cover": {func(b, a *Sale, e Event) {
			if a.Phase == PhaseAwaiting && len(a.Journal) > 0 {
				a.PaidAt, a.Phase = e.At, PhasePaid
			}
		}, "covered 0 times"},
		"covered and not paid": {func(b, a *Sale, e Event) {
			if b.Phase != PhasePaid && a.Phase == PhasePaid {
				a.Phase = PhaseAwaiting
			}
		}, "covered 1 times"},
		"more than the price": {func(b, a *Sale, e Event) {
			if p := surplus(a); p != nil && b.Phase != PhasePaid && a.Phase == PhasePaid && a.covered() == a.Amount {
				put(a, p.surplus(), p.price(), 1, e)
			}
		}, "the price holds"},
		"a refund says it went and holds its money": {func(b, a *Sale, e Event) {
			if e.Kind == EventRefundSeen && e.Refund.Status == RefundPending {
				a.Refund(e.Refund.Key).Status = RefundProcessed
			}
		}, "and holds"},
		"an item twice": {func(b, a *Sale, e Event) {
			if n := len(a.Attention); n > 0 {
				a.Attention = append(a.Attention, a.Attention[n-1])
			}
		}, "stands twice"},
		"an item's moment moves": {func(b, a *Sale, e Event) {
			for i := range a.Attention {
				a.Attention[i].At = e.At
			}
		}, "the moment of item"},
		"an item over more than is there": {func(b, a *Sale, e Event) {
			for i := range a.Attention {
				if strings.HasPrefix(a.Attention[i].ID, moneyItem) {
					a.Attention[i].Amount = a.Refundable(a.Attention[i].PaymentID) + 1
				}
			}
		}, "can be given back"},
		"two items over one money": {func(b, a *Sale, e Event) {
			for i := range a.Attention {
				if x := a.Attention[i]; strings.HasPrefix(x.ID, moneyItem) {
					x.ID, x.Kind = refundFailedItem+x.PaymentID, AttentionRefundFailed
					x.Amount = a.Refundable(x.PaymentID)
					a.Attention = append(a.Attention, x)
					return
				}
			}
		}, "which is not there"},
		"money without an item": {func(b, a *Sale, e Event) {
			a.Attention = nil
		}, "needs a decision, and items name"},
		"kept without a word": {func(b, a *Sale, e Event) {
			if p := surplus(a); p != nil && e.Kind == EventWatched {
				put(a, p.surplus(), p.accepted(), int64(a.balance(p.surplus())), e)
				a.Attention = attention(a)
			}
		}, "persons said"},
		"money that never came": {func(b, a *Sale, e Event) {
			for i := range a.Payments {
				if p := &a.Payments[i]; p.Status == PaymentProcessing && a.waiting() && a.came(p) == 0 {
					put(a, journal.Clearing, p.surplus(), 1, e)
					a.Attention = attention(a)
				}
			}
		}, "says the sale; the bank has"},
		"others who took nothing": {func(b, a *Sale, e Event) {
			if p := surplus(a); p != nil && e.Kind == EventReading {
				put(a, p.surplus(), journal.Clearing, int64(a.balance(p.surplus())), e)
				a.Attention = attention(a)
			}
		}, "they never had more"},
		"a refund that went nowhere": {func(b, a *Sale, e Event) {
			if e.Kind == EventRefundAsked {
				r := &a.Refunds[len(a.Refunds)-1]
				r.Status = RefundProcessed
				a.wentBack(r, e)
				a.Attention = attention(a)
			}
		}, "went back, says the sale"},
		"paid with too little": {func(b, a *Sale, e Event) {
			if a.waiting() && e.Kind == EventReading && a.counts() > 0 {
				a.cover(e, true)
				a.Phase, a.Attention = phase(a), attention(a)
			}
		}, "paid true with"},
		"not paid with enough": {func(b, a *Sale, e Event) {
			if b.waiting() && !a.waiting() && e.Kind == EventReading && len(b.Journal) == 0 {
				a.Journal = a.Journal[:1]
				a.PaidAt, a.Phase = time.Time{}, PhaseAwaiting
				a.Attention = attention(a)
			}
		}, "paid false with"},
		"a look that changes a byte": {func(b, a *Sale, e Event) {
			if e.Kind == EventReading && len(a.Payments) > 0 {
				a.Payments[0].Reason += "x"
			}
		}, "the same reading again"},
		"what others took is not seen": {func(b, a *Sale, e Event) {
			if b.PaidAt.IsZero() || e.Kind != EventReading {
				return
			}
			a.Journal = a.Journal[:len(b.Journal)]
			a.Attention = attention(a)
		}, "all is quiet"},
		"a fact that no event says": {func(b, a *Sale, e Event) {
			if e.Kind == EventWatched {
				a.Note = "x"
			}
		}, "after a restart"},
		"an item that no answer ends": {func(b, a *Sale, e Event) {
			a.Attention = append(a.Attention, Attention{ID: "set_aside:x", Kind: AttentionSetAside, At: t0})
		}, "items are left"},
	} {
		t.Run(name, func(t *testing.T) {
			var last error
			for seed := range uint64(600) {
				h := newShop(seed, map[string]int{})
				h.bend = c.bend
				if last = h.run(60); last != nil && strings.Contains(last.Error(), c.want) {
					return
				}
			}
			t.Errorf("600 sales were spoilt so and %q was never said; the last said %v", c.want, last)
		})
	}
}
