package journal

import "strings"

// MovementKind says what a posting means to a report.
type MovementKind string

const (
	MoneyCame     MovementKind = "came"     // captured
	MoneySent     MovementKind = "sent"     // a refund of ours reached the customer
	MoneyTaken    MovementKind = "taken"    // others sent it back
	MoneyReturned MovementKind = "returned" // what went back is there again
	MoneyPriced   MovementKind = "priced"   // surplus became the price
	MoneyAccepted MovementKind = "accepted" // surplus was kept by a person
	MoneyPromised MovementKind = "promised" // a refund of ours was asked
	MoneyFellBack MovementKind = "fell"     // a refund of ours did not happen
)

// Movement is a posting as reports read it: what happened to which payment's money, when, and from or to which account
// of it. Came and returned less sent and taken is what the gateways hold. At is the moment of the event, so the
// postings of a past day stay what they were.
type Movement struct {
	What      MovementKind
	PaymentID string // this and Gateway are set by state.Sale.Movements: a journal knows accounts only
	Gateway   string
	Refund    string  // its key, of promised, sent and fell
	Own       Account // the payment's account: surplus:…, accepted:… or price:…; empty of sent
	Posting
}

// Movements lists the postings in order.
func (j Journal) Movements() []Movement {
	out := make([]Movement, 0, len(j))
	came := map[Account]bool{}
	for _, p := range j {
		m := Movement{Posting: p}
		from, refund := p.From.split()
		to, asked := p.To.split()
		switch {
		case p.From == Clearing && to == "surplus" && !came[p.To]: // what comes back may come to price
			came[p.To] = true
			m.What, m.Own = MoneyCame, p.To
		case p.From == Clearing:
			m.What, m.Own = MoneyReturned, p.To
		case from == "promised" && p.To == Clearing:
			m.What, m.Refund = MoneySent, refund
		case from == "promised":
			m.What, m.Refund, m.Own = MoneyFellBack, refund, p.To
		case to == "promised":
			m.What, m.Refund, m.Own = MoneyPromised, asked, p.From
		case p.To == Clearing:
			m.What, m.Own = MoneyTaken, p.From
		case to == "price":
			m.What, m.Own = MoneyPriced, p.To
		default:
			m.What, m.Own = MoneyAccepted, p.To
		}
		out = append(out, m)
	}
	return out
}

// split takes an account's name apart: what it is, and of whom.
func (a Account) split() (kind, of string) {
	kind, of, _ = strings.Cut(string(a), ":")
	return kind, of
}
