// Package statetest proves stores, and stands in for one.
//
//	Run      the contract every store of sales passes, boltstore and Memory alike
//	Memory   a store in memory that is strict: a batch that breaks a rule of state panics with the rule
//	Faulty   a store that fails on demand, in both ways a disk can: nothing written, or written all the same
//
// Memory keeps sales as JSON, as a disk would, so nothing a test holds is shared with what is stored. Its strictness is
// the point: every event must continue the sequence, and every sale must be exactly what state.Apply makes of its
// events.
package statetest
