// Package watchtest stands in for the store of heartbeats.
//
//	Memory     a store in memory that is strict: what a watch may not do panics with the rule
//	Contract   what every store must do, as a test of one
package watchtest
