// Package typed judges what a person or another program typed, or a gateway sent: whether a text may be kept and shown,
// what is shown of one that may not, which names look the same, and which bill numbers a person takes for the same. It
// is pure, and knows no sale.
//
// Printable is the one rule. Whoever types is refused by it; what was received, and can't be asked for again, is made
// so by Clean. Escape is for terminals and Inert for spreadsheets: they take whatever is on disk.
package typed
