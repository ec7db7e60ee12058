package state

import (
	"slices"
	"strings"
	"time"

	"galla/state/journal"
)

func (s *Sale) recordRefund(e Event) error {
	f := e.Refund
	if f == nil || f.Key == "" {
		return refuse(s, e, "a refund needs its key")
	}
	if e.Kind == EventRefundAsked {
		return s.recordRefundAsked(f, e)
	}

	r := s.Refund(f.Key)
	if r == nil {
		return refuse(s, e, "sale %s has no refund %q", s.ID, f.Key)
	}
	if r.Status == RefundProcessed || r.Status == RefundFailed || r.Status == f.Status && r.ID == or(f.ID, r.ID) {
		return ErrReplay
	}
	switch f.Status {
	case RefundPending, RefundUnknown:
	case RefundProcessed:
		s.wentBack(r, e)
	case RefundFailed:
		s.cameBack(r, e)
	default:
		return refuse(s, e, "%q is not what a gateway says of a refund: give pending, processed, failed or unknown",
			f.Status)
	}
	r.Status, r.UpdatedAt, r.Problem = f.Status, e.At, f.Problem
	r.ID, r.RRN = or(f.ID, r.ID), or(f.RRN, r.RRN)
	if p := s.Payment(r.PaymentID); f.ByRecord && f.Status == RefundProcessed && p != nil {
		r.ByRecord, p.TakenStep = true, s.Watched
	}
	if r.TooMuch = f.TooMuch && f.Status == RefundFailed; r.TooMuch {
		// Beside a part that went back without a sum, this alone tells that others have some of it.
		if p := s.Payment(r.PaymentID); p != nil && p.PartBack && p.Refunded == 0 {
			p.Unnamed, p.Parted = true, true
		}
	}
	return nil
}

// recordRefundAsked promises money of a payment to the customer.
func (s *Sale) recordRefundAsked(f *Refund, e Event) error {
	if s.Refund(f.Key) != nil {
		return ErrReplay
	}
	if f.Amount <= 0 {
		return refuse(s, e, "a refund of %s is not possible: give an amount above zero", f.Amount)
	}
	p := s.Payment(f.PaymentID)
	if p != nil && p.Unnamed {
		return refuse(s, e, "the gateway says that a part of payment %q went back, and not how much: first say what "+
			"others sent back (item unnamed:%s)",
			f.PaymentID, f.PaymentID)
	}
	if left := s.Refundable(f.PaymentID); f.Amount > left {
		return refuse(s, e, "%s can't be refunded from payment %q: %s of it can still be refunded",
			f.Amount, f.PaymentID, left)
	}

	for _, a := range s.Attention {
		if a.Kind == AttentionReversed && s.Payment(a.PaymentID) != p && !f.Confirmed {
			return refuse(s, e, "%s of payment %q was sent back by others, so this money may now pay for the goods: "+
				"confirm that it is to go back too",
				a.Amount, a.PaymentID)
		}
	}

	n := *f
	n.Status, n.By, n.AskedAt, n.UpdatedAt = RefundAsked, or(f.By, e.By), e.At, e.At
	n.PaymentID, n.DecidedBy, n.DoneAt, n.TooMuch, n.ByRecord = s.handle(p), "", time.Time{}, false, false
	from := p.own()
	if f.Goods {
		from = []journal.Account{p.price(), p.surplus(), p.accepted()}
	}

	if f.Answers == "" {
		s.take(from, n.promised(), f.Amount, e)
		s.Refunds = append(s.Refunds, n)
		return nil
	}

	i := slices.IndexFunc(s.Attention, func(a Attention) bool { return a.ID == f.Answers })
	if i < 0 {
		return refuse(s, e, "sale %s has no open item %q for a refund to answer", s.Name(), f.Answers)
	}
	item := s.Attention[i]
	most := s.balance(p.surplus())
	switch {
	case item.Kind == AttentionShort && s.waiting(): // of any payment
	case strings.HasPrefix(item.ID, moneyItem) && s.Payment(item.PaymentID) == p:
	case item.Kind == AttentionRefundFailed && s.Payment(item.PaymentID) == p:
		most = item.Amount
	default:
		return refuse(s, e, "item %q is not answered by a refund of payment %q", f.Answers, f.PaymentID)
	}

	if f.Amount > most {
		return refuse(s, e, "item %q is about %s, so it can't be answered by a refund of %s: look at it again",
			f.Answers, most, f.Amount)
	}

	if item.Kind == AttentionRefundFailed {
		part := min(f.Amount, p.FellToPrice, s.balance(p.price()))
		s.post(p.price(), n.promised(), part, e)
		s.post(p.accepted(), n.promised(), f.Amount-part, e)
		p.FellToPrice -= part
		p.FellToAccepted -= f.Amount - part
	} else {
		s.post(p.surplus(), n.promised(), f.Amount, e)
	}

	s.Refunds = append(s.Refunds, n)
	return nil
}

// wentBack ends a refund that reached the customer.
func (s *Sale) wentBack(r *Refund, e Event) {
	s.post(r.promised(), journal.Clearing, s.balance(r.promised()), e)
	r.DoneAt = e.At
}

// cameBack ends a refund that certainly did not happen: what its asking took goes back where it lay.
func (s *Sale) cameBack(r *Refund, e Event) {
	s.undo(r, r.promised(), e)
	r.DoneAt = e.At
}

// undo brings back what a refund's asking took, the last first.
func (s *Sale) undo(r *Refund, from journal.Account, e Event) {
	asked := s.askedOf(r)
	slices.Reverse(asked)
	for _, j := range asked {
		s.post(from, j.From, j.Amount, e)
		if p := s.Payment(r.PaymentID); p != nil {
			if j.From != p.surplus() && p.FellToPrice+p.FellToAccepted == 0 {
				p.FellAt = e.At
			}
			switch j.From {
			case p.price():
				p.FellToPrice += j.Amount
			case p.accepted():
				p.FellToAccepted += j.Amount
			}
		}
	}
}
