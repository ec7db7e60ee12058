// Command galla-office is a chain's head office: it takes what the boxes of all shops report, and shows it.
//
// "galla-office serve" is the daemon. The other commands work on the same database, beside any number of daemons; each
// is a struct with a Run method, in a file named after what it is about. Errors go to standard error: the sentence,
// with what to do. Exit codes are those of sysexits.h.
package main
