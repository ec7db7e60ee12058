package state

import (
	"slices"

	"galla/internal/money"
)

// Rules 1, frozen. Sales opened before the account was kept as a journal are folded by this file, and by nothing else
// of it: old events must replay to the rows that are on disk (TestRules1Frozen). Nothing here is ever changed. A sale
// that still needs something is brought to rules 2 by EventRules.

// covered1 reports whether the captured payments cover the amount, or a person accepted less.
func (s *Sale) covered1() bool {
	return s.captured1() >= s.Amount && s.Amount > 0 || s.override1() != ""
}

// recordReading1 merges the gateway's record into ours. What was captured once stays captured: a gateway that forgets
// money doesn't make us forget it.
func (s *Sale) recordReading1(e Event) error {
	a := s.Attempt(e.Attempt)
	if a == nil || a.Quote == nil || e.Reading == nil {
		return refuse(s, e, "sale %s has no quoted attempt %q to read", s.ID, e.Attempt)
	}
	if e.Reading.Order != "" {
		a.Order = e.Reading.Order
	}
	for _, p := range e.Reading.Payments {
		i := slices.IndexFunc(s.Payments, func(k Payment) bool { return k.ID == p.ID && k.Gateway == a.Gateway })
		if i < 0 {
			p.Gateway, p.Attempt, p.At, p.Late = a.Gateway, a.Ref, e.At, false
			s.Payments = append(s.Payments, p)
			i = len(s.Payments) - 1
		}
		k := &s.Payments[i]
		if k.Received() && !p.Received() || k.Status == PaymentRefunded && p.Status == PaymentCaptured {
			continue
		}
		k.Status, k.Reason = p.Status, p.Reason
		k.Refunded = max(k.Refunded, p.Refunded)
		if p.Status == PaymentRefunded && k.Refunded == 0 {
			k.Refunded = k.Amount
		}
		k.VPA, k.RRN, k.UPITxnID = or(p.VPA, k.VPA), or(p.RRN, k.RRN), or(p.UPITxnID, k.UPITxnID)
		if k.Received() && k.CapturedAt.IsZero() {
			k.CapturedAt, k.Late = e.At, !s.ClosedAt.IsZero()
			k.Amount = p.Amount
		}
	}
	if a.Order == OrderClosed && s.Closing == nil && !s.covered1() && a.State == AttemptQuoted && s.Shown() == a {
		// The gateway closed the order itself: its own expiry, or somebody at its dashboard. We close too, and read
		// once more.
		s.Closing = &Closing{Reason: CloseExpired, By: "gateway:" + a.Gateway, At: e.At}
	}
	return nil
}

func (s *Sale) recordRefund1(e Event) error {
	f := e.Refund
	if f == nil || f.Key == "" {
		return refuse(s, e, "a refund needs its key")
	}
	k := s.Refund(f.Key)
	if e.Kind == EventRefundAsked {
		if k != nil {
			return ErrReplay
		}
		if f.Amount <= 0 {
			return refuse(s, e, "a refund of %s is not possible: give an amount above zero", f.Amount)
		}
		if left := s.refundable1(f.PaymentID); f.Amount > left {
			return refuse(s, e, "%s can't be refunded from payment %q: %s of it can still be refunded",
				f.Amount, f.PaymentID, left)
		}
		n := *f
		n.Status, n.By, n.AskedAt, n.UpdatedAt = RefundAsked, or(f.By, e.By), e.At, e.At
		s.Refunds = append(s.Refunds, n)
		return nil
	}
	if k == nil {
		return refuse(s, e, "sale %s has no refund %q", s.ID, f.Key)
	}
	if k.Status == RefundProcessed || k.Status == RefundFailed || k.Status == f.Status && k.ID == or(f.ID, k.ID) {
		return ErrReplay
	}
	k.Status, k.UpdatedAt, k.Problem = f.Status, e.At, f.Problem
	k.ID, k.RRN = or(f.ID, k.ID), or(f.RRN, k.RRN)
	if k.Status == RefundProcessed || k.Status == RefundFailed {
		k.DoneAt = e.At
	}
	return nil
}

func (s *Sale) recordResolution1(e Event) error {
	r := e.Resolution
	if r == nil {
		return refuse(s, e, "a resolution needs the attention item it is about")
	}
	i := slices.IndexFunc(s.Attention, func(a Attention) bool { return a.ID == r.Attention })
	if i < 0 {
		if slices.ContainsFunc(s.Resolutions, func(k Resolution) bool { return k.Attention == r.Attention }) {
			return ErrReplay
		}
		return refuse(s, e, "sale %d has no open item %q", s.Number, r.Attention)
	}
	if r.Action != ActionAccept && r.Action != ActionRefund && r.Action != ActionOtherTender {
		return refuse(s, e, "action %q is not known: give \"accept\", \"refund\" or \"other_tender\"", r.Action)
	}
	n := *r
	n.Kind, n.By, n.At = s.Attention[i].Kind, or(r.By, e.By), e.At
	s.Resolutions = append(s.Resolutions, n)
	return nil
}

// tender1 derives how the money compares with the amount.
func tender1(s *Sale) Tender {
	settled := s.paidBy1()
	if settled == nil {
		return TenderNone
	}
	received, onTime := 0, false
	for _, p := range s.Payments {
		if p.Received() {
			received++
			onTime = onTime || !p.Late
		}
	}
	sum := s.captured1()
	switch {
	case !onTime:
		return TenderLate
	case sum == s.Amount:
		return TenderExact
	case sum < s.Amount:
		return TenderUnder
	case received > 1 && settled.Amount >= s.Amount:
		return TenderDuplicate
	}
	return TenderOver
}

// attention1 recomputes the open items from the facts.
func attention1(s *Sale) []Attention {
	var out []Attention
	add := func(a Attention) {
		for _, r := range s.Resolutions {
			if r.Attention == a.ID {
				return
			}
		}
		out = append(out, a)
	}

	settled := s.paidBy1()
	received := 0
	for i := range s.Payments {
		p := &s.Payments[i]
		if !p.Received() {
			continue
		}
		received++
		item := Attention{PaymentID: p.ID, Amount: p.Amount, At: p.CapturedAt}
		switch {
		case p.Late:
			item.Kind = AttentionLate
		case settled != nil && p.ID != settled.ID && settled.Amount >= s.Amount:
			item.Kind = AttentionDuplicate
		}
		if item.Kind != "" {
			item.ID = string(item.Kind) + ":" + p.ID
			add(item)
		}
		if back := p.Refunded - ownRefunds1(s, p.ID); back > 0 {
			add(Attention{ID: "reversed:" + p.ID + ":" + p.Refunded.Decimal(), Kind: AttentionReversed, PaymentID: p.ID,
				Amount: back, At: s.UpdatedAt})
		}
	}

	if settled != nil && !settled.Late {
		sum := s.captured1()
		switch {
		case sum < s.Amount:
			add(Attention{ID: "under:" + sum.Decimal(), Kind: AttentionUnder, PaymentID: settled.ID,
				Amount: s.Amount - sum, At: settled.CapturedAt})
		case sum > s.Amount && (received == 1 || settled.Amount < s.Amount):
			add(Attention{ID: "over:" + sum.Decimal(), Kind: AttentionOver, PaymentID: settled.ID,
				Amount: sum - s.Amount, At: settled.CapturedAt})
		case received > 1 && settled.Amount > s.Amount:
			add(Attention{ID: "over:" + settled.ID, Kind: AttentionOver, PaymentID: settled.ID,
				Amount: settled.Amount - s.Amount, At: settled.CapturedAt})
		}
	}

	for _, r := range s.Refunds {
		switch r.Status {
		case RefundFailed:
			add(Attention{ID: "refund_failed:" + r.Key, Kind: AttentionRefundFailed, PaymentID: r.PaymentID,
				Amount: r.Amount, At: r.UpdatedAt})
		case RefundUnknown:
			add(Attention{ID: "refund_unknown:" + r.Key, Kind: AttentionRefundUnknown, PaymentID: r.PaymentID,
				Amount: r.Amount, At: r.UpdatedAt})
		}
	}

	for _, a := range s.SetAside {
		add(Attention{ID: "set_aside:" + a.Key, Kind: AttentionSetAside, At: a.At})
	}
	return out
}

// ownRefunds1 is what we ourselves asked the gateway to send back of a payment.
func ownRefunds1(s *Sale, paymentID string) money.Paise {
	var sum money.Paise
	for _, r := range s.Refunds {
		if r.PaymentID == paymentID && r.Reserved() {
			sum += r.Amount
		}
	}
	return sum
}

// captured1 is the sum the gateways hold, or held, for the sale.
func (s *Sale) captured1() money.Paise {
	var sum money.Paise
	for _, p := range s.Payments {
		if p.Received() {
			sum += p.Amount
		}
	}
	return sum
}

// refundable1 is how much of a payment may still be refunded: what came, less every refund not certain to have failed,
// or less what the gateway says went back where that is more.
func (s *Sale) refundable1(paymentID string) money.Paise {
	for _, p := range s.Payments {
		if p.ID != paymentID || p.Status != PaymentCaptured {
			continue
		}
		var reserved money.Paise
		for _, r := range s.Refunds {
			if r.PaymentID == paymentID && r.Reserved() {
				reserved += r.Amount
			}
		}
		return max(0, p.Amount-max(reserved, p.Refunded))
	}
	return 0
}

// paidBy1 returns the payment that settled the sale: the first received one of exactly its amount, else the first
// received.
func (s *Sale) paidBy1() *Payment {
	var first *Payment
	for i := range s.Payments {
		p := &s.Payments[i]
		if !p.Received() {
			continue
		}
		if p.Amount == s.Amount {
			return p
		}
		if first == nil {
			first = p
		}
	}
	return first
}

// override1 returns who declared the sale settled without the gateway's evidence, or "".
func (s *Sale) override1() string {
	for _, r := range s.Resolutions {
		if r.Kind == AttentionUnder && r.Action == ActionAccept {
			return r.By
		}
	}
	return ""
}
