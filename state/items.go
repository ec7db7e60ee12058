package state

import (
	"slices"

	"galla/internal/money"
)

const (
	shortItem         = "short"
	moneyItem         = "money:"
	refundFailedItem  = "refund_failed:"
	refundUnknownItem = "refund_unknown:"
	unnamedItem       = "unnamed:"
)

// attention recomputes the open items from the account and the answers. No two name the same money, and none of those
// that can be answered with a refund names more than can be given back.
func attention(s *Sale) (out []Attention) {
	payments := s.captures()
	if out = s.debitUnknown(); len(payments) > 0 {
		out = append(out, shortOf(s, payments)...)
	}
	for _, p := range payments {
		out = append(out, itemsOf(s, p)...)
	}
	for i := range s.Refunds {
		if r := &s.Refunds[i]; r.Status == RefundUnknown {
			out = append(out, Attention{ID: refundUnknownItem + r.Key, Kind: AttentionRefundUnknown,
				PaymentID: r.PaymentID,
				Amount:    s.balance(r.promised()), At: r.AskedAt})
		}
	}
	for _, a := range s.SetAside {
		id := "set_aside:" + a.Key
		if !s.resolved(id) && !slices.ContainsFunc(out, func(k Attention) bool { return k.ID == id }) {
			out = append(out, Attention{ID: id, Kind: AttentionSetAside, At: a.At})
		}
	}
	return out
}

// shortOf is the item of a sale that waits for the rest of its money; or of one that rules 1 called paid with less
// there.
func shortOf(s *Sale, payments []*Payment) []Attention {
	item := Attention{ID: shortItem, Kind: AttentionShort, At: payments[0].CapturedAt}
	switch {
	case s.waiting():
		for _, p := range payments {
			if !p.Unnamed {
				item.Amount += s.balance(p.surplus())
			}
		}
		item.Missing = max(0, s.Amount-s.counts())
		if item.Amount == 0 {
			return nil
		}
	case !s.PaidAt.IsZero() && s.Override() == "":
		if item.Missing = s.Amount - s.covered(); item.Missing <= 0 {
			return nil
		}
	default:
		return nil
	}
	return []Attention{item}
}

// itemsOf lists what must be decided about one captured payment.
func itemsOf(s *Sale, p *Payment) (out []Attention) {
	name := s.handle(p)
	surplus := s.balance(p.surplus())
	if p.Unnamed {
		// Nothing of it can be given back before the sum is stated, so its money is named here and nowhere else.
		out = append(out, Attention{ID: unnamedItem + name, Kind: AttentionUnnamed, PaymentID: name,
			Amount: surplus, At: p.CapturedAt})
	} else if surplus > 0 && !s.waiting() {
		out = append(out, Attention{ID: moneyItem + name, Kind: s.wayOf(p), PaymentID: name,
			Amount: surplus, At: p.CapturedAt})
	}

	out = append(out, reversedOf(s, p, name)...)

	if fell := p.FellToPrice + p.FellToAccepted; fell > 0 && !p.Unnamed {
		out = append(out, Attention{ID: refundFailedItem + name, Kind: AttentionRefundFailed, PaymentID: name,
			Amount: fell, At: p.FellAt})
	}
	return out
}

// reversedOf lists what others took of a payment's price and accepted money, each taking by itself. A taking that a
// person stated is answered by that.
func reversedOf(s *Sale, p *Payment, name string) (out []Attention) {
	for _, a := range s.taken(p) {
		if a.Account == p.surplus() || s.stated(a.Event) {
			continue
		}
		id := "reversed:" + name + ":" + utoa(a.Event)
		if n := len(out); n > 0 && out[n-1].ID == id {
			out[n-1].Amount += a.Amount
			continue
		}
		out = append(out, Attention{ID: id, Kind: AttentionReversed, PaymentID: name, Amount: a.Amount, At: a.At})
	}

	open := out[:0]
	for _, a := range out {
		for _, r := range s.Resolutions {
			switch {
			case r.Attention != a.ID:
			case r.Action == ActionKeep:
				a.Amount -= r.Kept
			default:
				a.Amount = 0
			}
		}
		if a.Amount > 0 {
			open = append(open, a)
		}
	}
	return open
}

// wayOf says how the surplus of a payment came.
func (s *Sale) wayOf(p *Payment) AttentionKind {
	switch {
	case p.Late:
		return AttentionLate
	case s.PaidAt.IsZero():
		return AttentionUnder
	case s.paidWith(p) > 0:
		return AttentionOver
	}
	return AttentionDuplicate
}

// paidWith is what of a payment became the price.
func (s *Sale) paidWith(p *Payment) money.Paise { return s.Journal.Moved(p.surplus(), p.price()) }

// covered is what became the price when the sale was paid.
func (s *Sale) covered() (sum money.Paise) {
	for i := range s.Payments {
		sum += s.paidWith(&s.Payments[i])
	}
	return sum
}

func (s *Sale) resolved(id string) bool {
	for i := range s.Resolutions {
		if s.Resolutions[i].Attention == id {
			return true
		}
	}
	return false
}

func (s *Sale) stated(event uint64) bool {
	for _, r := range s.Resolutions {
		if r.Action == ActionTheySent && r.Event == event {
			return true
		}
	}
	return false
}
