package journal

import (
	"slices"
	"time"

	"galla/internal/money"
)

// Account is whose a paisa of a sale is.
type Account string

// Clearing is the account every paisa comes from, and goes back to when it leaves the gateway.
const Clearing Account = "clearing"

// The accounts of a payment, and of a refund.
func Surplus(gateway, payment string) Account  { return Account("surplus:" + gateway + "/" + payment) }
func Price(gateway, payment string) Account    { return Account("price:" + gateway + "/" + payment) }
func Accepted(gateway, payment string) Account { return Account("accepted:" + gateway + "/" + payment) }
func Promised(refund string) Account           { return Account("promised:" + refund) }

// Posting moves money of a sale from one account to another. It is a fact: it is appended, and nothing edits or removes
// it.
type Posting struct {
	From   Account     `json:"from"`
	To     Account     `json:"to"`
	Amount money.Paise `json:"amount_paise"` // above zero
	At     time.Time   `json:"at"`
	Event  uint64      `json:"event,omitempty"` // the sequence number of the event that wrote it
}

// Journal is the postings of one sale, in the order in which they were written.
type Journal []Posting

// Post appends a posting; one of nothing is none.
func (j *Journal) Post(p Posting) {
	if p.Amount > 0 {
		*j = append(*j, p)
	}
}

// Take moves up to p.Amount to p.To from the accounts, in their order, as far as they hold it, and returns what it
// moved.
func (j *Journal) Take(from []Account, p Posting) (moved money.Paise) {
	amount := p.Amount
	for _, a := range from {
		p.From, p.Amount = a, min(j.Balance(a), amount-moved)
		j.Post(p)
		moved += max(p.Amount, 0)
	}
	return moved
}

// Balance is what stands on an account.
func (j Journal) Balance(a Account) money.Paise {
	var b money.Paise
	for i := range j {
		p := &j[i]
		if p.To == a {
			b += p.Amount
		}
		if p.From == a {
			b -= p.Amount
		}
	}
	return b
}

// Moved is what was ever posted from one account to another.
func (j Journal) Moved(from, to Account) (sum money.Paise) {
	for i := range j {
		if p := &j[i]; p.From == from && p.To == to {
			sum += p.Amount
		}
	}
	return sum
}

// Into lists what was posted to an account, in order: of a promise, what the refund's asking took.
func (j Journal) Into(a Account) (out []Posting) {
	for _, p := range j {
		if p.To == a {
			out = append(out, p)
		}
	}
	return out
}

// Left is the sequence number of the event that last took from an account; ok is false where none has.
func (j Journal) Left(a Account) (event uint64, ok bool) {
	for i := range j {
		if p := &j[i]; p.From == a {
			event, ok = p.Event, true
		}
	}
	return event, ok
}

// Came is what was captured of a payment: its first posting from clearing to its surplus. Every later one is a return
// of what had left.
func (j Journal) Came(surplus Account) money.Paise {
	for i := range j {
		if p := &j[i]; p.From == Clearing && p.To == surplus {
			return p.Amount
		}
	}
	return 0
}

// Captures lists the surpluses that something came to from clearing, in the order of its coming.
func (j Journal) Captures() (out []Account) {
	for i := range j {
		p := &j[i]
		if kind, _ := p.To.split(); p.From == Clearing && kind == "surplus" && !slices.Contains(out, p.To) {
			out = append(out, p.To)
		}
	}
	return out
}

// Lowest is the lowest that an account stood since its first posting: of a surplus, what never left it, whoever moved
// it.
func (j Journal) Lowest(a Account) money.Paise {
	var stands, lowest money.Paise
	captured := false
	for i := range j {
		p := &j[i]
		switch a {
		case p.To:
			stands += p.Amount
		case p.From:
			stands -= p.Amount
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

// Away is one part of what others took of a payment and did not bring back.
type Away struct {
	Account Account
	Amount  money.Paise
	Event   uint64
	At      time.Time
}

// Taken lists what others took of a payment, whose accounts are own, and is still away, oldest first. What comes back
// undoes the newest first.
func (j Journal) Taken(own []Account) (out []Away) {
	captured := false
	for i := range j {
		p := &j[i]
		switch {
		case p.To == Clearing && slices.Contains(own, p.From):
			out = append(out, Away{p.From, p.Amount, p.Event, p.At})
		case p.From != Clearing || !slices.Contains(own, p.To):
		case !captured:
			captured = true
		default:
			for left := p.Amount; left > 0 && len(out) > 0; {
				last := &out[len(out)-1]
				part := min(left, last.Amount)
				last.Amount -= part
				left -= part
				if last.Amount == 0 {
					out = out[:len(out)-1]
				}
			}
		}
	}
	return out
}
