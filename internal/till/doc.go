// Package till is the engine: one goroutine owns every sale that is not over, takes requests and answers of gateways,
// printer and screen as messages, lets state decide, commits, and only then lets anything happen outside.
//
//	requests ──┐                       ┌──▶ answers to requests
//	answers  ──┼─▶ inbox ─▶ turn ──────┼──▶ effects: quote, close, refund, print   (goroutines; results come back as messages)
//	the clock ─┘    state.Apply, then  ├──▶ the customer's View
//	                one store.Commit   └──▶ Changed: whoever follows the events
//
// It promises: nothing leaves the box before the event that asks for it is on disk; an answer that isn't clear is looked up
// by our own reference and never blindly repeated; results are matched by id, never by "the current sale"; after a restart
// every sale goes on from what is on disk, and none expires before its gateway was asked once. Durations run on the
// monotonic clock, so a wall clock that jumps neither ends a sale nor lengthens it.
//
// What belongs to no sale (internal/operations: mandates, counter QRs, the audit of acts) takes part in the same commits
// through Commit, so that there is one chain of events. The till knows of it no more than that it is a state.Operation.
//
// It refuses to go on after a commit that failed: that commit may be on disk or not, so Run returns, gallad restarts, and
// the store is read again.
package till
