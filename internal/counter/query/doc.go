// Package query reads what stands behind the "?" of a request's address.
//
// It promises: each value is known to the call and comes once; what is not understood is refused by its name, with what
// would be right, and never passed over: an answer about another day than the one asked for is a lie about money.
// Errors are problem documents.
//
// Of comes first; the other functions read its result. They may be called from any goroutine.
package query
