package state

import (
	"slices"
	"time"

	"galla/internal/money"
)

// Account is whose a paisa of a sale is.
//
//	clearing                      what the gateways hold for us, negated: the only account that may be negative
//	surplus:<gateway>/<payment>   it came, and nobody has said what for
//	price:<gateway>/<payment>     it pays for the goods
//	accepted:<gateway>/<payment>  a person keeps it beside the price
//	promised:<refund key>         a refund of ours is under way with it
type Account string

// Clearing is the account every paisa comes from, and goes back to when it leaves the gateway.
const Clearing Account = "clearing"

// Posting moves money of a sale from one account to another. It is a fact: Apply appends it, and nothing edits or removes it.
type Posting struct {
	From   Account     `json:"from"`
	To     Account     `json:"to"`
	Amount money.Paise `json:"amount_paise"` // above zero
	At     time.Time   `json:"at"`
	Event  uint64      `json:"event,omitempty"` // the sequence number of the event that wrote it
}

func (p *Payment) surplus() Account  { return Account("surplus:" + p.Gateway + "/" + p.ID) }
func (p *Payment) price() Account    { return Account("price:" + p.Gateway + "/" + p.ID) }
func (p *Payment) accepted() Account { return Account("accepted:" + p.Gateway + "/" + p.ID) }
func (r *Refund) promised() Account  { return Account("promised:" + r.Key) }

// balance is what stands on an account.
func (s *Sale) balance(a Account) money.Paise {
	var b money.Paise
	for i := range s.Journal {
		p := &s.Journal[i]
		if p.To == a {
			b += p.Amount
		}
		if p.From == a {
			b -= p.Amount
		}
	}
	return b
}

// post appends a posting; one of nothing is none.
func (s *Sale) post(from, to Account, amount money.Paise, e Event) {
	if amount > 0 {
		s.Journal = append(s.Journal, Posting{From: from, To: to, Amount: amount, At: e.At, Event: e.Seq})
	}
}

// take moves up to amount from the accounts, in their order, as far as they hold it, and returns what it moved.
func (s *Sale) take(from []Account, to Account, amount money.Paise, e Event) (moved money.Paise) {
	for _, a := range from {
		part := min(s.balance(a), amount-moved)
		s.post(a, to, part, e)
		moved += max(part, 0)
	}
	return moved
}

// came is what was captured of a payment: its first posting out of clearing. Every later one is a return of what had left.
func (s *Sale) came(p *Payment) money.Paise {
	a := p.surplus()
	for i := range s.Journal {
		if j := &s.Journal[i]; j.From == Clearing && j.To == a {
			return j.Amount
		}
	}
	return 0
}

// captures lists the payments that were captured, in the order of their capture.
func (s *Sale) captures() (out []*Payment) {
	seen := map[Account]bool{}
	for i := range s.Journal {
		j := &s.Journal[i]
		if j.From != Clearing || seen[j.To] {
			continue
		}
		for k := range s.Payments {
			if p := &s.Payments[k]; p.surplus() == j.To {
				seen[j.To] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// untouched is what never left a payment's surplus, whoever moved it: the lowest it stood since its capture. Where a part of
// unknown size went back, nothing is certain to have stayed, also when it came again (seed 106156 of the simulation).
func (s *Sale) untouched(p *Payment) money.Paise {
	if p.Unnamed || p.Parted {
		return 0
	}
	a := p.surplus()
	var stands, lowest money.Paise
	captured := false
	for i := range s.Journal {
		j := &s.Journal[i]
		switch a {
		case j.To:
			stands += j.Amount
		case j.From:
			stands -= j.Amount
		default:
			continue
		}
		if !captured {
			captured, lowest = true, stands
		}
		lowest = min(lowest, stands)
	}
	return lowest
}

// away is one part of what others took of a payment and did not bring back.
type away struct {
	account Account
	amount  money.Paise
	event   uint64
	at      time.Time
}

// taken lists what others took of a payment and is still away, oldest first. What comes back undoes the newest first.
func (s *Sale) taken(p *Payment) (out []away) {
	own := []Account{p.surplus(), p.accepted(), p.price()}
	captured := false
	for i := range s.Journal {
		j := &s.Journal[i]
		switch {
		case j.To == Clearing && slices.Contains(own, j.From):
			out = append(out, away{j.From, j.Amount, j.Event, j.At})
		case j.From != Clearing || !slices.Contains(own, j.To):
		case !captured:
			captured = true
		default:
			for left := j.Amount; left > 0 && len(out) > 0; {
				last := &out[len(out)-1]
				part := min(left, last.amount)
				last.amount -= part
				left -= part
				if last.amount == 0 {
					out = out[:len(out)-1]
				}
			}
		}
	}
	return out
}

func (s *Sale) takenSum(p *Payment) (sum money.Paise) {
	for _, a := range s.taken(p) {
		sum += a.amount
	}
	return sum
}

// outside brings a payment's account to what others took of it: more leaves its surplus, then accepted, then price; less comes
// back, the newest first.
func (s *Sale) outside(p *Payment, want money.Paise, e Event) {
	gone := s.taken(p)
	is := s.takenSum(p)
	if want != is {
		p.TakenStep = s.Watched
	}

	if want > is {
		lay := s.balance(p.price()) + s.balance(p.accepted())
		s.take([]Account{p.surplus(), p.accepted(), p.price()}, Clearing, want-is, e)
		fell := lay - s.balance(p.price()) - s.balance(p.accepted())

		// Whoever sends back what our failed refund did not, did that refund's work.
		part := min(fell, p.FellToAccepted)
		p.FellToAccepted -= part
		p.FellToPrice -= min(fell-part, p.FellToPrice)
		return
	}

	for i := len(gone) - 1; i >= 0 && is > want; i-- {
		part := min(gone[i].amount, is-want)
		s.post(Clearing, gone[i].account, part, e)
		is -= part
	}
}

// askedOf lists what a refund's asking took, in the order of its postings.
func (s *Sale) askedOf(r *Refund) (out []Posting) {
	a := r.promised()
	for _, j := range s.Journal {
		if j.To == a {
			out = append(out, j)
		}
	}
	return out
}

// endedBy is the sequence number of the event that ended a refund; ok is false while its promise stands.
func (s *Sale) endedBy(r *Refund) (seq uint64, ok bool) {
	a := r.promised()
	for i := range s.Journal {
		if j := &s.Journal[i]; j.From == a {
			seq, ok = j.Event, true
		}
	}
	return seq, ok
}
