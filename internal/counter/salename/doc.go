// Package salename finds the sale that a person or a request means by what it calls it: an id, a day and a number
// (1129-2), or a bare number, which is today's.
//
// It promises: a name that no sale has is never answered with another sale. The refusal names the nearest ones, three
// at most, and what to call them. It refuses a bare number in the path of a write: tomorrow that is another sale.
//
// Refusals are problem documents (see package problem); other errors are those of its Till. It keeps nothing and writes
// nothing. A Finder may be used as soon as its Till answers, from any goroutine.
package salename
