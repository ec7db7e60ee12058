// Package state is the sale as data, and the only code that may change one.
//
// It is pure: Apply(Sale, Event) gives the sale after the event and the effects that became pending by it. Events
// carry their own time, a tick is an event, and the phase is recomputed from recorded facts, never counted along.
//
//	event ──▶ Apply ──▶ sale after it  ──▶ store: one transaction (event, sale)
//	                └─▶ effects        ──▶ carried out only after that transaction
//
// It promises: a captured payment is never forgotten, whatever a gateway says later; paid needs captured payments that
// cover the amount, or a person's recorded override; an attempt's reference is never reused; a refund never exceeds
// what came; a replayed event changes nothing. It refuses every change of phase that is not in Transitions:
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
// Beside DESIGN.md §3 there are two arrows more: quoting → closing, when a cashier cancels before the gateway has answered
// (the order that may exist by then is looked up and closed like any other), and quoting → paid, when money arrives through
// an order whose answer had been lost: it was never shown, but money is money.
//
// Beside the phase stands the tender, and anything but none and exact raises an Attention that a person must resolve.
// After its end a sale is looked at again by WatchPlan, because "failed", "expired" and "closed" are not final at a gateway.
package state
