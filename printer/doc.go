// Package printer puts order slips, receipts and reports on a serial ESC/POS printer without garbling, hanging, lying
// or repeating.
//
//	OrderSlip ┐                                          ┌──────────── Printer.Run: one goroutine owns the port ─┐
//	Receipt   ├─▶ Render(document, Profile) ─▶ Job ─▶ Print ─▶ ready? ─▶ write, paced ─▶ acknowledged? ─▶ Result  │
//	DayReport │       pure: same input,                  │        ▲                                              │
//	SelfTest  ┘       same bytes                         └─ open, probe, reopen with backoff ── State, Notify ───┘
//
// It promises that
//   - a Receipt can't be made without evidence of payment, and DUPLICATE, DEMO and NOT A RECEIPT are never left out;
//   - a character the printer can't print becomes a picture, "Rs." or an error, never a question mark;
//   - a job ends printed (the printer said so), sent (all bytes left, this printer can't say more), failed (nothing
//     reached the paper) or unknown (some may have), and no job is ever repeated by this package;
//   - no call outlives its context by more than a second, and a stuck line is let go of in less.
//
// It refuses to queue on disk (the store's outbox does, by key), to print two jobs at once, and to guess: no answer
// from a printer is "unknown", not "out of paper".
//
// Keys are remembered while the process lives. Across a restart the store decides: a job it had handed to Print and
// has no result for is unknown.
package printer
