// Package progress tells how far the reading of a sales file is: Teller writes it where the file is read, in a process
// of its own, and Sparse passes it on from there, a line in so much time.
//
// It promises at most a line a second of a Teller, and of a Sparse at most one in the time that NewSparse was given. A
// Sparse refuses every line that no Teller writes, such as the report of a check: it drops it without an error.
//
// A Teller and a Sparse belong to one goroutine each.
package progress
