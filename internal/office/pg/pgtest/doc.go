// Package pgtest gives a test an office's store in PostgreSQL.
//
//	Main       in TestMain: stops the server at the end; one runs for all tests of a package, from the first that
//	           needs it on
//	Database   an empty database, of the test alone
//	Open       a Store on one, behind a Proxy that fails its commits on demand, in both ways: an officetest.Subject
//
// Rows are read by statements of its own, not by those it judges. It needs Debian's package postgresql.
package pgtest
