// Package answer reads what persons have answered to the items of a sale: whether one was answered, and with what.
//
// It is pure. It promises the same answer for the same row, and refuses an answer that contradicts the one already
// given, with a sentence that says who decided what. What may be answered, and what an answer moves, is decided in
// galla/state. Every call is legal at any time; Before is meant for an item that is not open.
package answer
