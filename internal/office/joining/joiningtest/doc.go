// Package joiningtest stands in for the store of who belongs to an office.
//
//	Memory     a store in memory that is strict: what the rules may not do panics with the rule
//	Contract   what every store must do, as a test of one
package joiningtest
