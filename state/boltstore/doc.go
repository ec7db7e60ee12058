// Package boltstore keeps sales in one bbolt file.
//
//	Commit(batch) ── one transaction ──▶ recent      the newest events, and sales that are open or ended a moment ago
//	                                     keys        owner, idempotency key → request and sale
//	                                     operations  id → what was asked of a gateway beside sales
//	                                     acts        id → what a person did at the box; no start reads them
//	                                     asked       ids of operations and acts without an end
//	                                     vault       small secrets and settings of the counter
//	                                     meta        schema, last event, its hash, the chain's root, the box's id
//	             └─ every 128 events ──▶ events      seq → event, chained by hash
//	                                     sales       id → the sale, once it has ended
//	                                     watch       ids of those that still need looking at
//	                                     attention   ids of those with open items
//	                                     days        day/number → id
//	                                     lookup      payment id, reference, RRN, bill number, amount → id
//	             └─ then ──────────────▶ sales.seq   the highest sequence number, in a file of its own
//	Totals       ── now and then ──────▶ totals      sums up to an event: a start need not read all again
//
// A commit rewrites pages from a row up to the root of its tree, so what it touches lies in one small tree, recent.
// When 128 events lie there, the commit that is under way moves them, and the sales that have ended, into the history,
// and only then writes the indexes of those sales. Readers look at both; no row lies in both. An open sale is always a
// recent one. A late payment or a refund of a sale of the history changes its row and its indexes there.
//
// Bucket schedule is reserved and empty. Totals are no record: whoever reads the events from the last Z on gets the
// same sums. They are written by their own transactions, some thousand events apart, so that no commit of a sale gets
// larger.
//
// A file of schema 1 or 2 is copied into a new one by Open, in transactions of some megabytes with a cursor, and put in
// its place; it stays as path.schemaN. The sales that still need something are then brought to today's rules by an
// event each (state.Upgrade). Old events keep their bytes and hashes, so the chain, its anchors and exports stay true.
//
// It promises that what Commit returned nil for is there after a power cut on a disk that keeps its flushes; that two
// processes never write one file; and that a file which opens emptier than it was is refused, not sold from.
// A Commit that returned an error other than ErrConflict and ErrFull may still be there (bbolt writes its meta page
// before the flush that failed): the store then refuses everything until it is opened again. The database is created
// under another name, flushed and renamed, so that a cut first start leaves nothing half-made.
//
// Which calls are legal when: Open comes first, and one process at a time has the file. Commit, writes of Settings and
// Totals, Prune, Compact and Backup may be called from any goroutine until Close; after an error of unknown outcome
// every write answers ErrBroken, and reads go on. Reads (Sale, Sales, Events, Watching, CountAttention, Key,
// Operations, Anchor, Stretch, ExportEvents, Size, Tight) are legal from Open to Close, beside each other and beside
// one write. After Close every call answers an error; Close itself is called once. Check, Adopt and Salvage (a package
// of its own, state/boltstore/salvage) work on a file that no process has open, and refuse one that is held;
// VerifyExport needs no file.
//
// It refuses a file of a newer schema, and a damaged one; Salvage reads what can be read into a new file.
package boltstore
