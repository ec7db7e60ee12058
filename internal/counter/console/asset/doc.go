// Package asset serves the files that pages consist of: the console's, and those of a page that looks like it. They
// come from memory, compressed once, under an ETag; a browser asks each time whether one has changed, so that after an
// update no old script talks to a new program. A policy lets a page load from its own origin only, and be framed by
// nobody.
//
// A Set may be used from any goroutine.
package asset
