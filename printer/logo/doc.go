// Package logo turns a shop's picture into the dots of a thermal printer.
//
// It promises that what it returns is no wider than the paper, at most 200 rows high, and not blank; that a file which
// is no PNG, too large or damaged is an error with the remedy; and that the same file gives the same dots. It refuses
// to read files or the network: the caller brings the bytes. Read is pure and may be called by many at once.
package logo
