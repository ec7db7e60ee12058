// Package validator makes and compares entity tags (RFC 9110, 8.8.3), by which a client asks for an answer only where
// it differs from the one that it has.
//
// It promises: tags of the same parts are the same, and of other parts differ (128 bits of SHA-256 over the parts and
// where each ends). Held takes what the header If-None-Match of a request may be, and nothing else for a match: a
// header that can't be read costs the whole answer, and never leaves a client with an old one.
//
// Give, Done and Take are of one answer, in this order: its tag is given, a client that has the answer is told so, and
// a tag that turns out wrong is taken back before the answer is written.
//
// It knows nothing of what an answer holds: who calls names all that the answer depends on, the caller too, or two
// answers have one tag. Its functions may be called from any goroutine.
package validator
