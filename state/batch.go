package state

import "time"

// Batch is what one commit writes: events in order, and the sales as they are after them. A store writes all of it in one
// transaction, together with the outbox rows that Pending gives for each sale, or nothing.
type Batch struct {
	Events []Event
	Sales  []Sale
	Keys   []KeyRecord
}

// KeyRecord remembers an idempotency key: which request came with it and which sale answers it.
type KeyRecord struct {
	Key         string    `json:"key"`
	Fingerprint string    `json:"fingerprint"` // hash of the request
	SaleID      string    `json:"sale_id"`
	At          time.Time `json:"at"`
}

// Query selects sales for a list.
type Query struct {
	Since     uint64 // sales that changed after this event, oldest change first; 0: newest sales first
	Limit     int
	Before    string // only sales opened before this one
	Day       string
	Attention bool
	Open      bool
}
