// Package kiosktest gives tests and benchmarks an X server of their own and eyes that look at it from outside: what a
// client believes it has drawn is one thing, what the server shows is another.
//
// Nothing here is skipped when a program is missing: a screen that nobody looked at proves nothing, so the error names
// the Debian package. It is linked by tests and display/kiosk/bench only.
package kiosktest
