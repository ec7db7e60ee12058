// Package officetest stands in for an office's store.
//
//	Memory   a store in memory that is strict: what an office may not do panics with the rule
//
// It keeps rows as JSON, as a database would, so nothing that a test holds is shared with what is stored. A transaction
// is there whole or not at all, and Fail makes a commit end in either of the ways in which one can fail.
package officetest
