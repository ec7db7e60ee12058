// Package ownertest has a store of the owner's pages in memory, strict about how it is asked, and a chain of shops to
// fill it with.
package ownertest
