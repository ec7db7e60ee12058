// Package books answers what came and what went: X and Z reports, a day beside others, how UPI works now, exports, and
// how a day compares with what the gateways recorded.
//
//	events, sales ─► Till ─► Books ─► Report, Picture, UPIHealth, lines of an export
//	gateways' records ─► Till ─┘  └─► Reconciliation, Difference
//	                              └─► Settings: each Z report, once
//
// # Days
//
// A Z report names the business day it closes. A fact (a sale's opening or end, an order asked, a posting of its
// account) belongs to the business day of its event's time. It stands in one Z report:
//
//   - that of its day;
//   - where its day was closed before, or lies before the newest Z, or after today (a clock was wrong): the next one
//     that is made, under its own day, in no other figure (OtherDays). So a mistaken Z at noon moves no afternoon into
//     the next day, and a clock that fell back opens no day before the newest Z by itself.
//
// Where the hour at which days begin is changed, a fact keeps the day under which it was written: the settings there
// were lie in the settings, each with the moment of the start that found it. The day under way goes on to its new end,
// and no day comes back.
//
// Close makes the Z of a day and, in the same act, one for each day before it that is open. A Z made after its day
// leaves the facts of the days since for their own (Left): yesterday closed this morning leaves today free.
//
// What a Z holds is fixed by numbers of events, not by the clock: of the events up to Seq every fact that no Z before
// it holds, but for those of the time Left. Its Anchor is the end of the chain of events when it was made, so it covers
// every fact in the report, and Previous covers the Z before: what galla audit verify proves is what it proved. The
// events of two Z reports may interleave where one was made after its day; After is the last event before all that are
// in it.
//
// Nothing here computes money: sums are of state.Sale's movements. Sales of rules 1 are read through the same calls.
// What others sent back of them has no moment there and is counted when the sale is brought to rules 2.
//
// # Promises
//
//   - a fact is in one Z report and in no other, whatever the clock does; the Z reports together say what one report
//     would have said;
//   - an X reads each event once: later ones read on from there, after a restart too, by sums that are kept every
//     thousand events. The sums are no record: where they are missing, or of other terms (another version, another cut
//     of the day, a Z more), the events are read again from the last Z on, and give the same. Its memory grows with
//     days, not with sales, but for eight bytes a paid sale. Who goes away stops it, keeps what was read, and holds
//     nobody up meanwhile;
//   - what came by credit, and the fee, is what the gateway said in the reading that brought the payment: what it says
//     later changes no report, and stands in the export;
//   - a Z report is on disk, and the act of closing is in the chain of events, before anyone sees it; it is never
//     written again, and a reprint is its bytes;
//   - a reconciliation explains every rupee of both totals, or says what was not asked and why; it changes nothing and
//     is bounded in questions, time and days; reversals that a sale knows of are explained;
//   - UPI health counts what says something about UPI: not customers who walked away, nor calls held back for this
//     box's own budget.
//
// It refuses: a second Z of the same business day; a Z of a day to come, or of one before the newest Z; a comparison of
// a day that has not begun or is more than 31 days ago; settings in which a Z report is missing, unless salvage left
// word that it is lost.
//
// Every call is legal from New on, from any goroutine, also before the till is ready: what is read comes from the
// store. Close needs a till that takes acts. An X is answered within seconds whatever there is to read: where the
// events since the last Z are not added up, as after an update of a shop that does not close its days, it is of today
// alone, says so (Summing), and trusts the clock to find where today begins. Warm adds them up: a minute for a million
// sales. Close waits for that; Picture and Export take as long as there are sales to read.
//
// The types it answers with are what the API sends and what a Z keeps: their JSON is a promise.
package books
