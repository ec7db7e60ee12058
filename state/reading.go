package state

import (
	"slices"
	"time"

	"galla/internal/money"
	"galla/state/journal"
)

// recordReading merges the gateway's record into ours: first every capture and every counter is posted, then the sale
// is covered if a capture made it so. What was captured once stays captured: a gateway that forgets money doesn't make
// us forget it.
func (s *Sale) recordReading(e Event) error {
	a := s.Attempt(e.Attempt)
	if a == nil || a.Quote == nil || e.Reading == nil {
		return refuse(s, e, "sale %s has no quoted attempt %q to read", s.ID, e.Attempt)
	}
	if over := a.Order == OrderClosed || a.Order == OrderPaid; e.Reading.Order != "" &&
		(!over || e.Reading.Order == OrderClosed || e.Reading.Order == OrderPaid) {
		a.Order = e.Reading.Order // an order that is over does not open again: a word to the contrary is an older one
	}

	if s.Shown() == a {
		s.Unseen = nil
	}

	captured := false
	for _, p := range e.Reading.Payments {
		captured = s.recordPayment(a, p, e) || captured
	}
	if captured {
		s.cover(e, false)
	}

	if s.Kind == KindMandate {
		s.readDebit(a, e)
	} else if a.Order == OrderClosed && s.Closing == nil && s.waiting() && s.counts() == 0 &&
		a.State == AttemptQuoted && s.Shown() == a {
		// The gateway closed the order itself: its own expiry, or somebody at its dashboard. We close too, and read
		// once more. One that closed because a part of the amount was paid is no end: a person decides about the rest
		// while there is time.
		s.Closing = &Closing{Reason: CloseExpired, By: "gateway:" + a.Gateway, At: e.At}
	}
	return nil
}

// recordPayment merges one payment of a reading, and says whether it was captured by it.
func (s *Sale) recordPayment(a *Attempt, p Payment, e Event) (captured bool) {
	if p.Received() && (p.Amount <= 0 || p.Amount > money.Max) || p.Amount < 0 {
		p.Status, p.Amount, p.Refunded = PaymentUnknown, max(0, min(p.Amount, money.Max)), 0 // no evidence of money
	}
	i := slices.IndexFunc(s.Payments, func(k Payment) bool { return k.ID == p.ID && k.Gateway == a.Gateway })
	fresh := i < 0
	if fresh {
		s.Payments = append(s.Payments, Payment{ID: p.ID, Gateway: a.Gateway, Attempt: a.Ref, Amount: p.Amount,
			Status: p.Status, At: e.At})
		i = len(s.Payments) - 1
	}
	k := &s.Payments[i]
	before, postings := *k, len(s.Journal)

	came := s.came(k)
	stale := e.Reading.Asked != 0 && e.Reading.Asked < k.Changed
	switch {
	case came > 0 && !p.Received(): // it forgets money
		return false
	case came == 0 && p.Received(): // a capture counts, however old the reading
		k.Amount = p.Amount
		k.CapturedAt, k.Late = e.At, !s.ClosedAt.IsZero()
		s.post(journal.Clearing, k.surplus(), k.Amount, e)
		captured = true
	case stale:
		return false
	}

	if slices.Contains(e.Reading.Doubted, p.ID) && !captured {
		if k.DoubtedAt.IsZero() {
			k.Doubt, k.DoubtedAt, k.Changed = s.wouldTake(k, p, e), e.At, e.Seq
		}
		return false
	}

	k.Doubt, k.DoubtedAt = 0, time.Time{}
	k.Status, k.Reason, k.PartBack = p.Status, p.Reason, p.PartBack
	k.VPA, k.RRN, k.UPITxnID = or(p.VPA, k.VPA), or(p.RRN, k.RRN), or(p.UPITxnID, k.UPITxnID)
	k.GatewayID, k.AccountType, k.Note = or(p.GatewayID, k.GatewayID), or(p.AccountType, k.AccountType),
		or(p.Note, k.Note)
	if p.Fee != 0 || p.Tax != 0 {
		k.Fee, k.Tax = p.Fee, p.Tax
	}
	if p.Received() {
		s.recordCounter(k, p, e)
	}
	if fresh || *k != before || len(s.Journal) != postings {
		k.Changed = e.Seq
	}

	return captured
}

// wouldTake is what of a payment's price and accepted money a record of it would take.
func (s *Sale) wouldTake(k *Payment, p Payment, e Event) money.Paise {
	n := s.clone()
	before := s.balance(k.price()) + s.balance(k.accepted())
	n.recordCounter(n.Payment(s.handle(k)), p, e)
	return max(0, before-n.balance(k.price())-n.balance(k.accepted()))
}

// recordCounter brings a captured payment's account to what the gateway says went back of it, less what our refunds
// explain.
//
// A refund of ours may be in the counter from its asking on, and a failed one in every reading that was asked before
// its failure was written. One that is processed is in every reading asked after that. So what others took lies between
// two bounds, and is moved only as far as they force it.
func (s *Sale) recordCounter(k *Payment, p Payment, e Event) {
	counter := max(0, min(p.Refunded, k.Amount))
	if p.Status == PaymentRefunded && counter == 0 {
		counter = k.Amount
	}
	asked := e.Reading.Asked
	if asked == 0 {
		asked = e.Seq
	}

	var most, least money.Paise // of the counter, what our refunds explain
	for i := range s.Refunds {
		r := &s.Refunds[i]
		if s.Payment(r.PaymentID) != k {
			continue
		}
		end, ended := s.endedBy(r)
		if r.ByRecord && r.Status == RefundProcessed && counter == 0 && (!p.PartBack || r.Amount >= k.Amount) &&
			end <= asked {
			// Nothing else said that it went, and now that says nothing, or less: its bank failed it. It ended when it
			// ended, for reports.
			r.Status, r.UpdatedAt = RefundFailed, e.At
			s.undo(r, journal.Clearing, e)
		}
		switch {
		case r.Status != RefundFailed:
			most += r.Amount
			if ended && end <= asked {
				for _, j := range s.askedOf(r) {
					least += j.Amount
				}
			}
		case asked < end:
			most += r.Amount
		}
	}

	is := s.takenSum(k)
	if p.PartBack && counter == 0 {
		// It said that all was back, and says now that a part is: what others took came again, but for what a person
		// stated.
		if is > 0 && (is+least >= k.Amount || k.Refunded >= k.Amount) {
			is = 0
			for _, a := range s.taken(k) {
				if s.stated(a.Event) {
					is += a.Amount
				}
			}
			if is+least >= k.Amount {
				is = 0
			}
			s.outside(k, is, e)
		}
		// The gateway counts nothing here. A refund of ours, or what a person stated, explains it; else the sum must be
		// asked for.
		k.Refunded, k.Unnamed = 0, k.Unnamed || most == 0 && is == 0 || s.refusedAsTooMuch(k)
		k.Parted = k.Parted || k.Unnamed
		return
	}

	k.Refunded, k.Unnamed = counter, false
	s.outside(k, max(0, counter-most, min(is, counter-least)), e)
}

// refusedAsTooMuch reports whether a refund of a payment was refused because less was left, and nobody has stated since
// what others sent.
func (s *Sale) refusedAsTooMuch(k *Payment) bool {
	return slices.ContainsFunc(s.Refunds, func(r Refund) bool {
		end, _ := s.endedBy(&r)
		return r.TooMuch && s.Payment(r.PaymentID) == k && !slices.ContainsFunc(s.Resolutions, func(n Resolution) bool {
			return n.Action == ActionTheySent && n.Attention == unnamedItem+s.handle(k) && n.Event > end
		})
	})
}
