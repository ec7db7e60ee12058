// Package slip writes a sale on paper: it makes the documents that the printer lays out, the slip with a sale's QR and
// its receipt.
//
// It promises that a document says nothing that the sale does not, and that Wanted goes by the sale as it is now, not
// as it was when the slip was asked for. It refuses what must not be printed: Wanted says why, for a person. It prints
// nothing itself.
//
// It is pure. Order wants a sale whose QR is shown; Receipt wants a sale that is paid. Every function may be called at
// any time, from any goroutine. Times are IST.
package slip
