// Package check holds an office's database against the boxes' own chains, from outside: it shares no code with what
// took the segments and made the rows.
//
//	segments ─► unpacked, each hash computed anew ─► every place once? heads right? ─┐
//	boxes' files ─► place by place ─► there, with that hash? ────────────────────────┤─► Report
//	their events ─► state.Apply, sums by movements ─► sale, operation, payment, day ─┘
//
// It promises that a Report without problems means: of each box that was given, every place is at the office, once,
// with its bytes; every row of a sale or an operation is what the branch's events make of it; every payment and refund
// stands once, and its money and its day's are right to the paisa; heads are where chains end; every
// day that an event closed has its Z report, whose bytes are what was closed or are said not to be here, and which is
// what comes of reckoning it again. That last reckoning is the office's own (office.Proved); the rest shares nothing.
//
// A place that the office has and no file has is no problem unless Options.All says that the files are all that there
// ever were: a box that was put back forgot it.
//
// It writes nothing, and reads all of it at one moment. It needs the memory of one terminal at a time: its segments,
// and the sales of one branch. Run may be called from any goroutine; a Chain is read by one.
package check
