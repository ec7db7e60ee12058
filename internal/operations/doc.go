// Package operations asks gateways for what is beside sales (counter QRs, mandates and their debits, recordings of an
// account), reads what they have of it and, for the books, what they recorded of sales (statement.go), and keeps the
// audit of acts: what persons do to the box.
//
// An operation and an act are the same row on disk (state.Operation) and the same two events: asked, before anybody
// hears of it, and done, with how it ended. Both go through the till's Commit, so they stand in one chain with the
// sales.
//
//	Ask ──▶ Commit: asked ──▶ the gateway ──▶ Commit: done | refused
//	                              └─ no clear answer: look, three times ──▶ Commit: done | unknown
//	Audit ─▶ Commit: asked ──▶ do() ───────▶ Commit: done | refused
//
// It promises: nothing is asked and nothing is done before it is on disk with the name of who asked; a gateway is
// asked once, and an answer that isn't clear is looked up and never asked again; what nobody can tell ends as unknown,
// with a sentence that says where a person looks; a callback makes it look and proves nothing.
//
// It refuses kinds that an account can't do, bodies with fields that their kind doesn't know, and values out of range.
// It never changes a sale: a debit's money does not come into the books through it, and what a statement has that a
// sale has not makes the till look (Till.Hint).
//
// Which calls are legal when: Operation, List, Gateways, Examine, Statement, Ours, Reread, RereadRefund and the other
// reads of a gateway always: they ask it within their context, and the engine not at all. Ask and Audit between Ready
// and the end of Run: before it they answer till.ErrNotReady, after it till.ErrStopped. They wait for their turn in the
// till's loop as long as their context lasts (Audit: 10 s). Hint always; what comes before the till is ready is looked
// at afterwards. Run is called once, beside the till's.
package operations
