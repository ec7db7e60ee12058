// Package printer puts order slips, receipts and reports on an ESC/POS printer without garbling, hanging, lying or
// repeating, whether it hangs on a serial line, on USB or on the network (package port).
//
//	OrderSlip ┐                                          ┌──────────── Printer.Run: one goroutine owns the port ─┐
//	Receipt   ├─▶ Render(document, Profile) ─▶ Job ─▶ Print ─▶ ready? ─▶ write, paced ─▶ acknowledged? ─▶ Result  │
//	DayReport │       pure: same input,                  │        ▲                                              │
//	SelfTest  ┘       same bytes                         └─ open, probe, reopen with backoff ── State, Notify ───┘
//
// It promises that
//   - a Receipt can't be made without evidence of payment, and DUPLICATE, DEMO and NOT A RECEIPT are never left out;
//   - a character the printer can't print becomes a picture or "Rs.", never a question mark; a letter that no font has
//     is left out, and named by Shop.LeftOut;
//   - a printer that must not be asked how it is, is never asked (port.Unasked, profile silent80);
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
