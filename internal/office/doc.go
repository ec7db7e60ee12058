// Package office is the core of a chain's head office: it takes segments of boxes' event chains, and projects what they
// say. It knows no SQL and no HTTP.
//
//	Submissions ─► Parse ─► Store.Update, terminals locked in the order of their ids ─┐
//	   ┌──────────────────────────────────────────────────────────────────────────────┘
//	   └► Judge ─► append to a branch ─► state.Apply, event by event ─► sales, operations, payments, sums of days
//
// The segments are the truth. All else is a projection by the box's own rules, and can be made from them again.
//
// It promises:
//   - an answer that something was taken is given after the commit. If we die before that, nothing of the batch is
//     there, and the boxes send again; behind it, what they send again is a duplicate and changes nothing.
//   - a place of a chain lies in one branch, once, with the bytes that the terminal signed.
//   - money is summed over payments, never over sales: after a fork a sale may stand in two branches, its payment not.
//     A payment that a second terminal claims stays the first's, and is a finding.
//   - a terminal that took another's place, and was given its sales file, claims nothing twice: what the other one
//     counted stays its own, and the new one counts what changed since.
//   - money that goes back stands once over all branches, as the youngest that knows it says; so does what others sent
//     back of a payment. A day's counts take each sale once.
//   - an event that this office does not know, or that state refuses, stops the projection of its sale and of nothing
//     else: the sale says why (Trouble), and its segments are kept.
//   - what is found has a kind and values (Kinds), no sentence.
//   - a Z report is stored when its bytes are those that the chain says were closed, and is then reckoned again from
//     the events: from the accounts of the sales, not by what made it at the box. One that differs is a finding that
//     names the figure; one that can't be read is kept for an office that can.
//
// It refuses submissions of terminals that it does not know or that have left, and segments that Judge refuses: each is
// a finding, and sending them again is of no use.
//
// Rebuild makes a terminal's rows again, from its segments. Watch looks for days that nobody closed until its context
// ends. Every call may be made from any goroutine, of any number of offices on one store: who adds to a terminal has
// locked it.
package office
