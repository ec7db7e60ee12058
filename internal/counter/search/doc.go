// Package search reads what somebody looks for among all sales from the address of GET /v1/sales.
//
// It promises that what it returns can be answered: a moment is one of IST, a business day a date, and a time ends
// after it begins. It refuses, as a problem that names the value and the remedy, what no sale can have. It looks
// nothing up: that is package history's. Every function is pure and may be called from any goroutine.
package search
