package state

import (
	"slices"
	"strings"
	"time"

	"galla/internal/money"
	"galla/state/journal"
)

// What else reads the account reads it here. A sale of rules 1 has no journal: its answers come from what the migration
// would make of it, but for those that its fold asks itself, which are frozen.

// books gives the sale as rules 2 see it.
func (s *Sale) books() *Sale {
	if s.Rules >= 2 {
		return s
	}
	if s.account != nil {
		return s.account
	}
	n := s.clone()
	n.translate(Event{SaleID: s.ID, Kind: EventRules, Seq: s.Seq, At: s.UpdatedAt})
	return &n
}

// Translated is the sale for who asks several things of its account: a sale of rules 1 is translated once, not at each
// question. It must not be changed.
func (s Sale) Translated() Sale {
	if s.Rules < 2 {
		s.account = s.books()
	}
	return s
}

// Payment finds a payment by its id, or by "gateway/id" where two gateways gave the same id: as refunds and items name
// it. Nil: there is none.
func (s *Sale) Payment(name string) *Payment {
	for i := range s.Payments {
		if p := &s.Payments[i]; p.ID == name {
			return p
		}
	}
	for i := range s.Payments {
		if p := &s.Payments[i]; p.Gateway+"/"+p.ID == name {
			return p
		}
	}
	return nil
}

// handle is what Payment finds p by.
func (s *Sale) handle(p *Payment) string {
	if s.Payment(p.ID) == p {
		return p.ID
	}
	return p.Gateway + "/" + p.ID
}

// Captured is the sum that ever came, even where it went back since.
func (s *Sale) Captured() (sum money.Paise) {
	if s.Rules < 2 {
		return s.captured1()
	}
	for i := range s.Payments {
		sum += s.came(&s.Payments[i])
	}
	return sum
}

// Refundable is how much of a payment may still be refunded: its surplus, price and accepted money; nothing while an
// item unnamed stands.
func (s *Sale) Refundable(paymentID string) money.Paise {
	if s.Rules < 2 {
		return s.refundable1(paymentID)
	}
	p := s.Payment(paymentID)
	if p == nil || p.Unnamed {
		return 0
	}
	return s.balance(p.surplus()) + s.balance(p.accepted()) + s.balance(p.price())
}

// PaidBy returns the payment that settled the sale: the first that became its price, else the first that came.
func (s *Sale) PaidBy() *Payment {
	if s.Rules < 2 {
		return s.paidBy1()
	}
	payments := s.captures()
	for i := range s.Journal {
		for _, p := range payments {
			if s.Journal[i].From == p.surplus() && s.Journal[i].To == p.price() {
				return p
			}
		}
	}
	if len(payments) > 0 {
		return payments[0]
	}
	return nil
}

// Override returns who took less than the amount as enough, or "".
func (s *Sale) Override() string {
	if s.Rules < 2 {
		return s.override1()
	}
	if s.PaidAt.IsZero() {
		return ""
	}
	for _, r := range s.Resolutions {
		// the latter of rules 1
		if r.Kind == AttentionShort || r.Kind == AttentionUnder && r.Action == ActionAccept && r.Event == 0 {
			return r.By
		}
	}
	return ""
}

// PriceOf is what of a payment pays for the goods now.
func (s *Sale) PriceOf(paymentID string) money.Paise { return s.of(paymentID, (*Payment).price) }

// AcceptedOf is what of a payment a person keeps beside the price.
func (s *Sale) AcceptedOf(paymentID string) money.Paise { return s.of(paymentID, (*Payment).accepted) }

// SurplusOf is what of a payment nobody has said what for.
func (s *Sale) SurplusOf(paymentID string) money.Paise { return s.of(paymentID, (*Payment).surplus) }

func (s *Sale) of(paymentID string, account func(*Payment) journal.Account) money.Paise {
	b := s.books()
	if p := b.Payment(paymentID); p != nil {
		return b.balance(account(p))
	}
	return 0
}

// Kept is the price and what persons accepted: the shop's money in this sale, now.
func (s *Sale) Kept() (sum money.Paise) {
	b := s.books()
	for i := range b.Payments {
		sum += b.balance(b.Payments[i].price()) + b.balance(b.Payments[i].accepted())
	}
	return sum
}

// Surplus is what lies there and needs a decision.
func (s *Sale) Surplus() (sum money.Paise) {
	b := s.books()
	for i := range b.Payments {
		sum += b.balance(b.Payments[i].surplus())
	}
	return sum
}

// Promised is what refunds under way, or of unknown end, hold.
func (s *Sale) Promised() (sum money.Paise) {
	b := s.books()
	for i := range b.Refunds {
		sum += b.balance(b.Refunds[i].promised())
	}
	return sum
}

// WentBack is what refunds of ours brought to customers: by a gateway's record, or a named person's word.
func (s *Sale) WentBack() (sum money.Paise) {
	for _, m := range s.Movements() {
		// failed after its end: it came again
		if r := s.Refund(m.Refund); m.What == journal.MoneySent && r != nil && r.Status != RefundFailed {
			sum += m.Amount
		}
	}
	return sum
}

// Taken is what others sent back of a payment, at a dashboard or a bank, and did not bring back.
func (s *Sale) Taken(paymentID string) money.Paise {
	b := s.books()
	if p := b.Payment(paymentID); p != nil {
		return b.takenSum(p)
	}
	return 0
}

// Missing is what a sale that waits lacks of its amount; 0 once it is paid or closed.
func (s *Sale) Missing() money.Paise {
	b := s.books()
	if !b.waiting() {
		return 0
	}
	return max(0, b.Amount-b.counts())
}

// TenderPart is a change of what was paid for a sale in another way than by UPI.
type TenderPart struct {
	At     time.Time
	Amount money.Paise // below zero: UPI money that was kept takes its place
}

// OtherTenders lists what was paid in another way, each part at its moment. Of a sale closed so it is the amount, and
// less as soon as a person keeps UPI money of it: what is kept and what was paid another way are the amount together.
// Of a paid sale it is the rest that a person took so, and what others sent back and the customer then paid so.
func (s *Sale) OtherTenders() (out []TenderPart) {
	if s.PaidAt.IsZero() && !s.ClosedAt.IsZero() && s.CloseReason() == CloseOtherTender {
		out = append(out, TenderPart{s.ClosedAt, s.Amount})
		var keeps, most money.Paise // what took a place once keeps it, wherever it went since
		for _, m := range s.Movements() {
			switch kind, _, _ := strings.Cut(string(m.Own), ":"); {
			case kind != "accepted":
				continue
			case m.What == journal.MoneyAccepted, m.What == journal.MoneyReturned, m.What == journal.MoneyFellBack:
				keeps += m.Amount
			default:
				keeps -= m.Amount
			}
			if more := min(keeps, s.Amount) - most; more > 0 {
				most += more
				out = append(out, TenderPart{m.At, -more})
			}
		}
	}
	for _, r := range s.Resolutions {
		switch {
		case r.Action != ActionOtherTender:
		case r.Rest > 0:
			out = append(out, TenderPart{r.At, r.Rest})
		case r.Kind == AttentionReversed && !s.PaidAt.IsZero():
			out = append(out, TenderPart{r.At, r.Amount})
		}
	}
	return out
}

// OtherTender is what was paid for the sale in another way than by UPI.
func (s *Sale) OtherTender() (sum money.Paise) {
	for _, p := range s.OtherTenders() {
		sum += p.Amount
	}
	return sum
}

// Movements lists the sale's postings in order.
func (s *Sale) Movements() []journal.Movement {
	b := s.books()
	out := b.Journal.Movements()
	for i := range out {
		m := &out[i]
		var p *Payment
		if r := b.Refund(m.Refund); m.What == journal.MoneySent && r != nil {
			p = b.Payment(r.PaymentID)
		} else if k := slices.IndexFunc(b.Payments, func(p Payment) bool {
			return slices.Contains(p.own(), m.Own)
		}); k >= 0 {
			p = &b.Payments[k]
		}
		if p != nil {
			m.PaymentID, m.Gateway = b.handle(p), p.Gateway
		}
	}
	return out
}

// tender says how what lies there now, promises included, compares with what is due: the amount, less what goods
// returned took of the price.
func tender(s *Sale) Tender {
	var lies, lateLies, duplicates, due money.Paise
	for _, p := range s.captures() {
		own := s.balance(p.surplus()) + s.balance(p.accepted()) + s.balance(p.price())
		for i := range s.Refunds {
			if r := &s.Refunds[i]; s.Payment(r.PaymentID) == p {
				own += s.balance(r.promised())
			}
		}
		lies += own
		if p.Late {
			lateLies += own
		}
		if s.paidWith(p) == 0 {
			duplicates += own
		}
	}

	switch {
	case s.waiting() && lies > 0:
		return TenderUnder
	case s.PaidAt.IsZero() && lateLies > 0:
		return TenderLate
	case s.PaidAt.IsZero() && lies > 0:
		return TenderUnder
	case s.PaidAt.IsZero():
		return TenderNone
	}

	due = s.Amount
	for i := range s.Refunds {
		if r := &s.Refunds[i]; r.Status == RefundProcessed {
			for _, j := range s.askedOf(r) {
				if p := s.Payment(r.PaymentID); p != nil && j.From == p.price() {
					due -= j.Amount
				}
			}
		}
	}

	switch {
	case lies == due:
		return TenderExact
	case lies < due:
		return TenderUnder
	case lies-due <= duplicates:
		return TenderDuplicate
	}

	return TenderOver
}
