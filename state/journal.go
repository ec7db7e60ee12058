package state

import (
	"galla/internal/money"
	"galla/state/journal"
)

func (p *Payment) surplus() journal.Account  { return journal.Surplus(p.Gateway, p.ID) }
func (p *Payment) price() journal.Account    { return journal.Price(p.Gateway, p.ID) }
func (p *Payment) accepted() journal.Account { return journal.Accepted(p.Gateway, p.ID) }
func (r *Refund) promised() journal.Account  { return journal.Promised(r.Key) }

// own lists the accounts of a payment, in the order in which others take of them.
func (p *Payment) own() []journal.Account {
	return []journal.Account{p.surplus(), p.accepted(), p.price()}
}

func (s *Sale) balance(a journal.Account) money.Paise { return s.Journal.Balance(a) }

// post appends a posting; one of nothing is none.
func (s *Sale) post(from, to journal.Account, amount money.Paise, e Event) {
	s.Journal.Post(journal.Posting{From: from, To: to, Amount: amount, At: e.At, Event: e.Seq})
}

// take moves up to amount from the accounts, in their order, as far as they hold it, and returns what it moved.
func (s *Sale) take(from []journal.Account, to journal.Account, amount money.Paise, e Event) (moved money.Paise) {
	return s.Journal.Take(from, journal.Posting{To: to, Amount: amount, At: e.At, Event: e.Seq})
}

// came is what was captured of a payment.
func (s *Sale) came(p *Payment) money.Paise { return s.Journal.Came(p.surplus()) }

// captures lists the payments that were captured, in the order of their capture.
func (s *Sale) captures() (out []*Payment) {
	for _, a := range s.Journal.Captures() {
		for i := range s.Payments {
			if p := &s.Payments[i]; p.surplus() == a {
				out = append(out, p)
			}
		}
	}
	return out
}

// untouched is what never left a payment's surplus, whoever moved it. Where a part of unknown size went back, nothing
// is certain to have stayed, also when it came again (seed 106156 of the simulation).
func (s *Sale) untouched(p *Payment) money.Paise {
	if p.Unnamed || p.Parted {
		return 0
	}
	return s.Journal.Lowest(p.surplus())
}

// taken lists what others took of a payment and is still away, oldest first.
func (s *Sale) taken(p *Payment) []journal.Away { return s.Journal.Taken(p.own()) }

func (s *Sale) takenSum(p *Payment) (sum money.Paise) {
	for _, a := range s.taken(p) {
		sum += a.Amount
	}
	return sum
}

// outside brings a payment's account to what others took of it: more leaves its surplus, then accepted, then price;
// less comes back, the newest first.
func (s *Sale) outside(p *Payment, want money.Paise, e Event) {
	gone := s.taken(p)
	is := s.takenSum(p)
	if want != is {
		p.TakenStep = s.Watched
	}

	if want > is {
		lay := s.balance(p.price()) + s.balance(p.accepted())
		s.take(p.own(), journal.Clearing, want-is, e)
		fell := lay - s.balance(p.price()) - s.balance(p.accepted())

		// Whoever sends back what our failed refund did not, did that refund's work.
		part := min(fell, p.FellToAccepted)
		p.FellToAccepted -= part
		p.FellToPrice -= min(fell-part, p.FellToPrice)
		return
	}

	for i := len(gone) - 1; i >= 0 && is > want; i-- {
		part := min(gone[i].Amount, is-want)
		s.post(journal.Clearing, gone[i].Account, part, e)
		is -= part
	}
}

// askedOf lists what a refund's asking took, in the order of its postings.
func (s *Sale) askedOf(r *Refund) []journal.Posting { return s.Journal.Into(r.promised()) }

// endedBy is the sequence number of the event that ended a refund; ok is false while its promise stands.
func (s *Sale) endedBy(r *Refund) (seq uint64, ok bool) { return s.Journal.Left(r.promised()) }
