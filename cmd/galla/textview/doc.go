// Package textview shows at a terminal what else stands on paper, on a page or in a picture: a sale, a list of sales,
// reports, the question before a day is closed, a day against the gateways' records, a day's hours, how the till and
// its gateways are.
//
// It writes to whoever gives it a writer, keeps nothing, and reads no clock. What it shows is in the wire's words; a
// change here is seen by the golden scripts of the command line (cmd/galla/testdata/script).
package textview
