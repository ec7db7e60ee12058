// Package salesfile is how a sales file lies on disk: its buckets, the keys and checksums of its rows, events as
// records of a hash chain, the recent rows and the history, what sales are found by, and the pages below all of that.
// boltstore's doc.go says what each bucket is for.
//
// It works within the transactions of others and opens no database. What writes here is part of its caller's commit:
// if we die, all of that commit is there or nothing. Image reads the pages of a damaged file by plain reads, without
// bbolt.
//
// Only boltstore and salvage use it. Its functions are legal within a transaction, writing ones within one that
// writes; ErrConflict refuses before anything is written, ErrDamaged names what can't be read.
package salesfile
