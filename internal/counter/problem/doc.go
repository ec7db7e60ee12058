// Package problem is the catalogue of what the API refuses, and the one place where an error becomes the problem
// document (RFC 9457) that a client reads.
//
// It promises:
//   - every kind has a name, a status, a title and an explanation at /problems/NAME, which Explain answers;
//   - every document has a sentence and the next action, and a code under which consoles find the sentence in their
//     language;
//   - the text of an error that nobody expected is never in a document: Of says of it that Galla failed.
//
// It refuses nothing itself, keeps no state beside its catalogue, and knows no route. What is logged of a refusal, and
// how strangers are slowed, is the counter's.
//
// Everything here may be called at any time, from any goroutine. A document that New gave is the caller's own to add to
// until Write.
package problem
