// Package state is the sale as data, and the only code that may change one.
//
// It is pure: Apply(Sale, Event) gives the sale after the event and the effects that became pending by it. Events
// carry their own time, a tick is an event, and the phase is recomputed from recorded facts, never counted along.
//
//	event ──▶ Apply ──▶ sale after it  ──▶ store: one transaction (event, sale)
//	                └─▶ effects        ──▶ carried out only after that transaction
//
// It promises: a captured payment is never forgotten, whatever a gateway says later; paid needs captured money that is
// still there and covers the amount, or a person's recorded word that less is enough; an attempt's reference is never
// reused; a refund never exceeds what lies there; a replayed event changes nothing. It refuses every change of phase
// that is not in Transitions:
//
//	(diagram: generated from Transitions by "go test ./state -run TestDiagram -update")
//
//	opened   → quoting
//	quoting  → awaiting, paid, closing, closed
//	awaiting → paying, paid, closing
//	paying   → paid, awaiting, closing
//	closing  → closed, paid
//	paid     is final
//	closed   is final
//
//	(end of diagram)
//
// Two of these surprise at first: quoting → closing, when a cashier cancels before the gateway has answered (the order
// that may exist by then is looked up and closed like any other), and quoting → paid, when money arrives through an
// order whose answer had been lost: it was never shown, but money is money.
//
// # The account
//
// Sale.Journal says whose each paisa is (galla/state/journal). Apply appends postings to it; nothing edits one, and
// nothing else computes money. What counts towards the amount is what never left its surplus; a capture covers the sale
// when that reaches the amount, a person covers it by taking less as enough, and nothing else does. Every check of this
// package's tests holds after every event: nothing but clearing is negative, a promise ends once, a sale is covered
// once.
//
// A reading carries Asked, the sale's Seq when the gateway was asked. One that was asked before the last reading that
// changed a payment takes nothing of that payment backwards: a capture in it counts, the rest of it is older news. A
// reading that says the same again changes nothing but Seq, UpdatedAt and Elapsed, so a caller compares those away and
// writes nothing. Of payments in Doubted it moves no money: that others took price or accepted money waits as Doubt, on
// the payment, for a second reading.
//
// A refund may be processed ByRecord: a payment's own record is all that says so, and its bank may yet fail it. When
// that record shows the payment whole again, or of a whole payment a part, the refund has failed: what its asking took
// comes from clearing back to where it lay.
//
// # Items
//
// An item (Attention) is what a person must decide. It follows from the account, so that no two name the same money and
// none names more than can be given back. Answers lists what may be said to it.
//
//	short                    the sale waits for Missing; Amount lies there. enough, other_tender: that is the price.
//	                         refund
//	money:<payment>          surplus after the end or of a paid sale. accept, other_tender: kept. refund
//	reversed:<payment>:<seq> others took price or accepted money. accept, other_tender; keep: surplus takes its place
//	refund_failed:<payment>  what failed refunds brought back to price or accepted. accept, other_tender; refund
//	refund_unknown:<refund>  its end can't be learned. it_went, it_did_not
//	unnamed:<payment>        a part went back without a sum, and nothing of ours explains it, or a refund of ours was
//	                         refused because less was left. they_sent with the Amount that others sent in all
//	set_aside:<effect>       something could not be done. accept, other_tender
//
// Every answer but they_sent names the Amount that the person saw; another one than the item's is refused. A refund is
// asked with refund.asked{answers: item} and no resolution: RefundsFor lists what it says. While a reversed item is
// open, a refund of another payment's money is refused without confirmed.
//
// # Which call when
//
//	Apply                          any event, in the phases of the table in phase.go; a refusal is a *RefusedError,
//	                               with a sentence
//	Pending, Watching, NextWatch   after a commit and at a start: what is to be done, and when to look
//	Kept, Surplus, Promised, WentBack, Missing, PriceOf, AcceptedOf, SurplusOf, Taken, Refundable, Captured
//	                               what a sentence, slip or screen says of the money now
//	Movements                      what a report of a day, an export or a settlement adds up: each posting at its
//	                               moment
//	Unprintable                    before paper is asked for, and again before its first byte
//
// # Rules
//
// Opened.Rules names the rules that a sale is folded by; new sales have the constant Rules. Absent means 1, whose fold
// is frozen in rules1.go. The event sale.rules brings a sale to the present rules, its account and answers translated:
//
//	func NeedsUpgrade(s Sale) bool
//	func Upgrade(s Sale, seq uint64, at time.Time) (Event, Sale, error)
//	func difference.Of(before, after Sale) Difference // its Line is "" where the open amounts are the same
//
// The schema step of a store calls Upgrade for each sale that NeedsUpgrade names, commits the event with the sale after
// it, and writes the lines as a report. Apply of that event to the same row gives the same sale, so a chain replays. A
// caller that writes to a sale of older rules writes this event first.
//
// After its end a sale is looked at again (galla/state/watch), and that goes on for as long as an item about money is
// open.
package state
