// Package sequence brings facts that carry only a wall clock's moment into the order in which they were recorded: of
// what is known to have come before what, and of the moments where nothing else says. The translation of old sales
// (galla/state, upgrade.go) needs it.
//
// It is pure and knows nothing of sales. A Sequence is filled, run once, and dropped; one goroutine uses it.
package sequence
