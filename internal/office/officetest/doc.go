// Package officetest proves stores of an office, and stands in for one.
//
//	Run      the contract of a store: all that an office does, and commits that fail in both ways; PostgreSQL and
//	         Memory pass it alike
//	Memory   a store in memory that is strict: what an office may not do panics with the rule
//
// Memory keeps rows as JSON, as a database would, so nothing that a test holds is shared with what is stored. A
// transaction is there whole or not at all, and Fail makes a commit end in either of the ways in which one can fail.
package officetest
