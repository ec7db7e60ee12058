// Package mandate knows what may be debited under a UPI mandate, and when: the rules that a box keeps itself, because a
// gateway that takes a debit too many has moved a customer's money.
//
//   - A new mandate has days that are to come, a rule, a period and an amount that UPI knows (Terms.Check).
//   - A debit has a notice: the payer is told of it, its amount and its day, 24 hours before at least
//     (Mandate.MayNotify), once a period, for a day that the mandate's rule has; again only when that came to nothing.
//     Notice and debit share a reference, which nothing else ever has. The box sends its own between nine in the
//     morning and nine in the evening.
//   - A debit is asked on the day of its notice, over its amount, of a mandate that is active, once in a period, and
//     never while another one of the mandate is under way or of unknown end (Mandate.MayDebit).
//   - While nobody knows whether the payer got a notice, and its day is not over, no other is sent (Past.Unsure).
//   - Above PINAbove the payer enters the PIN for each debit, so that it waits for the payer.
//   - Plan says what comes next: the day, and whether a notice is to be sent or a debit to be started. Retry is the day
//     of another try in the period of a debit that failed; Lost are the periods that went by without one.
//
// It is pure: it reads no clock, keeps nothing, asks nobody, and changes nothing it is given. Days are IST and written
// "2026-11-29". Every function may be called at any time, from any goroutine. A refusal is a *Refusal, with the code of
// a sentence.
//
// The rules are UPI's: the 24 hours, the ₹15,000 and one debit a period are NPCI's for recurring mandates.
package mandate
