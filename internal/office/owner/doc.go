// Package owner answers what a chain's owner asks: does anything need me, how much today, who did what, do the books
// agree. It reads; nothing here writes.
//
//	Store (rows) ─► Owner ─► Needs · Today · Done · Books · Find · Terminal · files for the accountant
//
// It promises:
//   - the figure of a shop that is not heard is never mixed into a total: it stands apart, with the time up to which it
//     is known;
//   - days are compared up to the same full hour, each with the same shops;
//   - a page is bounded, and goes on behind the mark of the one before: what comes meanwhile is on neither twice;
//   - amounts are paise, moments are UTC, days are the boxes' business days; nothing is rounded.
//
// A shop is heard when each of its counters' boxes was heard within Silence, or since the shop closed, and none is
// behind. Of a box that moved, a business day counts for the counter at which it stood when the day ended.
//
// It knows no SQL and no HTTP. Every method may be called from any goroutine. Today and Shop answer from what was read
// within the last Fresh, so that any number of open pages costs one reading.
package owner
