// Package books answers what came and what went: X and Z reports, a day beside others, how UPI works now, searches, exports, and how a
// day compares with what the gateways recorded.
//
//	events, sales ─► Till ─► Books ─► Report, Picture, Weather, ids of sales, lines of an export
//	gateways' records ─► Till ─┘  └─► Reconciliation, Difference
//	                              └─► Vault: each Z report, once
//
// It promises:
//   - a fact is in one Z report and in no other, whatever the clock does; the Z reports together say what one report would have said;
//   - a Z report is on disk, and the act of closing is in the chain of events, before anyone sees it; it is never written again, and a
//     reprint is its bytes;
//   - a reconciliation explains every rupee of both totals, or says what was not asked and why; it changes nothing and is bounded in
//     questions, time and days;
//   - a search finds what is among the newest 60,000 sales.
//
// It refuses: a second Z of the same business day; a comparison of a day that has not begun or is more than 31 days ago; a vault in
// which a Z report is missing.
//
// Every call is legal from New on, from any goroutine, also before the till is ready: what is read comes from the store. Close needs a
// till that takes acts. The first Find reads the index, unless Warm did; X, Close, Picture, Find and Export take as long as there are
// sales to read.
//
// The types it answers with are what the API sends and what a Z keeps: their JSON is a promise.
package books
