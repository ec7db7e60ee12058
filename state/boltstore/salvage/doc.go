// Package salvage makes a new sales file of what can be read of a damaged one.
//
// File promises to change nothing of the damaged file and to keep bbolt away from it, whose memory map may kill the
// process; that an event keeps its number and its place in the chain even where it is lost; that its report names every
// sale, event, setting and Z report that is not as it was; that a Z report's number is never used again; and that no
// setting comes back as it was before it was changed. It refuses a file that a process has open, one of a newer schema,
// and a target that is there already. It may be called at any time, from any goroutine; boltstore.Adopt then puts the
// new file in place.
package salvage
