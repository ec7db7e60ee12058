// Package request is what is asked of the till, and how it is refused: values only. The till gives the types the names
// that its callers use (till.OpenRequest is request.Open).
//
// Every request that writes carries a Key, the caller's idempotency key, and the Owner it belongs to: another owner's
// key of the same text is another key. The same key with the same request answers with the sale as it is now, writes
// nothing and sets *Replayed; the same key with another request is till.ErrKeyReused. Keys are kept with the sales, for
// a day at least.
package request
