package state

import "galla/internal/money"

// waiting reports whether the sale has neither been covered nor ended.
func (s *Sale) waiting() bool { return s.PaidAt.IsZero() && s.ClosedAt.IsZero() }

// counts is what counts towards the amount: of each payment what never left its surplus.
func (s *Sale) counts() (sum money.Paise) {
	for _, p := range s.captures() {
		sum += s.untouched(p)
	}
	return sum
}

// cover makes money the price, once in a sale's life. It is called for a capture, and does nothing where what counts
// does not reach the amount; or for a person who takes what is there as enough: then what left and came back goes too.
func (s *Sale) cover(e Event, enough bool) {
	if !s.waiting() || !enough && s.counts() < s.Amount {
		return
	}
	left := s.Amount
	pay := func(p *Payment, amount money.Paise) {
		amount = min(amount, left)
		s.post(p.surplus(), p.price(), amount, e)
		left -= amount
	}

	payments := s.captures()
	for _, p := range payments {
		if left == s.Amount && s.untouched(p) == s.Amount { // one that is exactly it goes first
			pay(p, s.Amount)
		}
	}
	for _, p := range payments {
		pay(p, s.untouched(p))
	}
	if enough {
		for _, p := range payments {
			if !p.Unnamed {
				pay(p, s.balance(p.surplus()))
			}
		}
	}
	s.PaidAt = e.At
}
