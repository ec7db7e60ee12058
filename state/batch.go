package state

import "time"

// Batch is what one commit writes: events in order, and the sales and operations as they are after them. A store writes all of it in one
// transaction, or nothing.
type Batch struct {
	Events     []Event
	Sales      []Sale
	Operations []Operation
	Keys       []KeyRecord
}

// KeyRecord remembers an idempotency key: which request came with it and which sale answers it.
type KeyRecord struct {
	Key         string    `json:"key"`
	Fingerprint string    `json:"fingerprint"` // hash of the request
	SaleID      string    `json:"sale_id"`     // or the operation's
	At          time.Time `json:"at"`
}

// Query selects sales for a list.
type Query struct {
	Since     uint64 // sales that changed after this event, oldest change first; 0: the newest sales, newest first
	Limit     int    // at most so many
	Before    string // only sales opened before this sale id, for paging back
	Day       string // business day "2026-11-22"; empty: any
	Attention bool   // only sales with open attention items
	Open      bool   // only sales that are not final
}
