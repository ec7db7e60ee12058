// Package debit is a debit under a mandate as the till's engine sees it: what its gateway is asked, and what an answer
// makes of its sale. It speaks of a debit as of an order with one payment, so that the engine looks at one as it looks
// at every other sale.
//
// It promises that a debit is asked once for each call of Take, and that an answer is told as what it says: paid,
// failed, or under way. It decides nothing about the sale and keeps nothing; its functions may be called at any time,
// from any goroutine.
package debit
