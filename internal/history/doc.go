// Package history finds sales in the whole history of a shop.
//
// It promises: what any sale has as a whole (a number, an amount, an RRN, a reference, a payment's or a sale's id) is
// found at once, by the store's indexes, however old it is; a search for part of a text reads sales, newest first, says
// how far it looked, and goes on from there by a cursor. A page looks at 10,000 sales at most, for two seconds. What
// can't be meant is told by its JSON, and not decoded. Who goes away stops it.
//
// It refuses a cursor that names no sale. It changes nothing.
//
// Find is legal always, from any goroutine, also before the till is ready: what is read comes from the store.
package history
