// Package boltstore keeps sales in one bbolt file.
//
//	Commit(batch) ── one transaction ──▶ events      seq → event, chained by hash
//	                                     sales       id → the sale after it
//	                                     outbox      id/effect key → effect still to be done (state.Pending)
//	                                     watch       ids of sales that still need looking at
//	                                     changed     seq → id, what a client that was away must fetch
//	                                     days        day/number → id
//	                                     attention   ids of sales with open items
//	                                     payments    gateway/payment id → id: a payment belongs to one sale
//	                                     references  attempt reference → id: a reference is used once
//	                                     keys        idempotency key → request and sale
//	                                     answers     id/idempotency key
//	                                     operations  id → the operation after it: what was asked of a gateway beside sales
//	                                     vault       small secrets and settings of the counter
//	             └─ then ──────────────▶ sales.seq   the highest sequence number, in a file of its own
//
// It promises that what Commit returned nil for is there after a power cut on a disk that keeps its flushes; that two
// processes never write one file; and that a file which opens emptier than it was is refused, not sold from.
// A Commit that returned an error other than ErrConflict and ErrFull may still be there (bbolt writes its meta page before the flush
// that failed): the store then refuses everything until it is opened again. The database is created under another name,
// flushed and renamed, so that a cut first start leaves nothing half-made.
//
// Which calls are legal when: Open comes first, and one process at a time has the file. Commit, the Vault's writes, Prune,
// Compact and Backup may be called from any goroutine until Close; after an error of unknown outcome every write answers
// ErrBroken, and reads go on. Reads (Sale, Sales, Events, Watching, CountAttention, Key, Operations, Anchor, ExportEvents,
// Size, Tight) are legal from Open to Close, beside each other and beside one write. After Close every call answers an error;
// Close itself is called once. Check, Salvage and Adopt work on a file that no process has open, and refuse one that is held;
// VerifyExport needs no file.
//
// It refuses a file of a newer schema, and a damaged one; Salvage reads what can be read into a new file.
package boltstore
