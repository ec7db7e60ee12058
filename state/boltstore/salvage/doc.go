// Package salvage makes a new sales file of what can be read of a damaged one.
//
// File promises to change nothing of the damaged file and to keep bbolt away from it, whose memory map may kill the
// process; that an event keeps its number and its place in the chain even where it is lost; and that its report names
// every sale and every event that is not as it was. It refuses a file that a process has open, one of a newer schema,
// and a target that is there already. It may be called at any time, from any goroutine; boltstore.Adopt then puts the
// new file in place.
package salvage
