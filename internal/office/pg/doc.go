// Package pg keeps what a head office has in PostgreSQL 15 or newer. It is the only SQL there is.
//
//	Open ─► migrate: one transaction a step, one office at a time ─► Store
//	Update: lock the terminals in id order ─► do: reads by key, writes to memory ─► all rows at once ─► COMMIT
//	View:   one snapshot, read only
//
// It promises what office.Store says, to any number of offices on one database:
//   - who adds to a terminal has locked its row, so that its chain, sales, operations and days have one writer. Only
//     payments are claimed by several terminals; two that claim one at the same moment are told apart by its key, and
//     who comes second runs again and sees the first's.
//   - a transaction that the server threw out because another stood in its way is run again, a few times.
//   - office.ErrEither is the answer to a COMMIT that was not answered. Any other error means that nothing is there.
//
// If we die before COMMIT, nothing of the transaction is there; behind it, all of it.
//
// It refuses a database that a newer Galla has changed, and what no column can hold.
//
// A Store may be used from any goroutine, until Close; a transaction from the one that runs it.
package pg
