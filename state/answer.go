package state

import (
	"slices"
	"strings"

	"galla/internal/money"
	"galla/state/journal"
)

// Answers lists what a person may say to the item, the refund of its money included.
func (a Attention) Answers() []Action {
	switch a.Kind {
	case AttentionShort:
		if a.Amount == 0 {
			return []Action{ActionEnough, ActionOtherTender}
		}
		return []Action{ActionEnough, ActionOtherTender, ActionRefund}
	case AttentionReversed:
		return []Action{ActionAccept, ActionOtherTender, ActionKeep}
	case AttentionRefundUnknown, AttentionDebitUnknown:
		return []Action{ActionItWent, ActionItDidNot}
	case AttentionUnnamed:
		return []Action{ActionTheySent}
	case AttentionSetAside:
		return []Action{ActionAccept, ActionOtherTender}
	}
	return []Action{ActionAccept, ActionOtherTender, ActionRefund}
}

// Choice says in words which answers there are: "accept, refund or keep".
func Choice(all []Action) string {
	text := ""
	for i, a := range all {
		switch {
		case i > 0 && i == len(all)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += string(a)
	}
	return text
}

// RefundsFor lists the refunds that answer an item by sending its money back: what refund.asked is to say. None where a
// refund does not answer it, and of a sale of rules 1, whose items are answered only after its upgrade.
func (s *Sale) RefundsFor(a Attention) (out []Refund) {
	if s.Rules < 2 {
		return nil
	}
	add := func(payment string, amount money.Paise) {
		if amount > 0 {
			out = append(out, Refund{PaymentID: payment, Amount: amount, Answers: a.ID})
		}
	}
	switch {
	case !slices.Contains(a.Answers(), ActionRefund):
	case a.Kind == AttentionShort:
		for _, p := range s.captures() {
			if !p.Unnamed {
				add(s.handle(p), s.balance(p.surplus()))
			}
		}
	default:
		add(a.PaymentID, a.Amount)
	}
	return out
}

// recordResolution records what a person says to an item, and moves the money that the answer moves.
func (s *Sale) recordResolution(e Event) error {
	r := e.Resolution
	if r == nil {
		return refuse(s, e, "a resolution needs the attention item it is about")
	}
	i := slices.IndexFunc(s.Attention, func(a Attention) bool { return a.ID == r.Attention })
	if i < 0 {
		if slices.ContainsFunc(s.Resolutions, func(k Resolution) bool { return k.Attention == r.Attention }) {
			return ErrReplay
		}
		return refuse(s, e, "sale %s has no open item %q", s.Name(), r.Attention)
	}

	item := s.Attention[i]

	n := *r
	n.Kind, n.By, n.At, n.Event, n.Rest, n.Kept = item.Kind, or(r.By, e.By), e.At, e.Seq, 0, 0
	if item.Kind == AttentionShort && n.Action == ActionAccept {
		n.Action = ActionEnough
	}
	switch {
	case n.Action == ActionRefund:
		return refuse(s, e, "a refund answers an item by being asked for it: write refund.asked with answers %q",
			item.ID)
	case !slices.Contains(item.Answers(), n.Action):
		return refuse(s, e, "%q does not answer item %q: give %s", n.Action, item.ID, Choice(item.Answers()))
	case n.By == "":
		return refuse(s, e, "an answer to item %q needs the person who gives it", item.ID)
	case item.Kind != AttentionUnnamed && n.Amount != item.Amount:
		return refuse(s, e, "item %q is about %s now, not %s: look at it again before you decide", item.ID,
			item.Amount, n.Amount)
	}

	p := s.Payment(item.PaymentID)
	switch item.Kind {
	case AttentionShort:
		s.cover(e, true)
		n.Rest = s.Amount - s.covered()
	case AttentionLate, AttentionDuplicate, AttentionOver, AttentionUnder:
		s.post(p.surplus(), p.accepted(), item.Amount, e)
	case AttentionReversed:
		if n.Action == ActionKeep {
			for _, o := range s.captures() {
				if !o.Unnamed {
					n.Kept += s.take([]journal.Account{o.surplus()}, o.accepted(), item.Amount-n.Kept, e)
				}
			}
			if n.Kept == 0 {
				return refuse(s, e, "sale %s has no other money that could take the place of item %q: accept it, or "+
					"take another form of payment", s.Name(), item.ID)
			}
		}
	case AttentionRefundFailed:
		p.FellToPrice, p.FellToAccepted = 0, 0
	case AttentionRefundUnknown:
		f := s.Refund(strings.TrimPrefix(item.ID, refundUnknownItem))
		f.Status, f.DecidedBy, f.UpdatedAt = RefundProcessed, n.By, e.At
		if n.Action == ActionItWent {
			s.wentBack(f, e)
		} else {
			f.Status = RefundFailed
			s.cameBack(f, e)
		}
	case AttentionDebitUnknown:
		s.decideDebit(item.ID, n.Action == ActionItWent, n.By, e)
	case AttentionUnnamed:
		lies := s.balance(p.surplus()) + s.balance(p.accepted()) + s.balance(p.price())
		if most := lies + s.takenSum(p); n.Amount <= 0 || n.Amount > most {
			return refuse(s, e, "others can't have sent %s of payment %q back: say what they sent in all, above "+
				"zero and at most %s", n.Amount, item.PaymentID, most)
		}
		p.Unnamed, p.Parted = false, false
		s.outside(p, n.Amount, e)
	}

	s.Resolutions = append(s.Resolutions, n)
	return nil
}
