// Package wire holds the words of the counter's API: the JSON of sales, events, requests and problems.
//
// Both ends import it, the counter that serves it and every client in this module, so that there is one definition of
// each body. The shapes are a projection: what state keeps for itself (transaction ids, our attempts' references'
// quotes, effects) never gets here, and the QR string is here only while a customer may be shown it.
//
// What it says in sentences stands in package catalogue, by code; message.go chooses the one of a sale.
//
// Promises: fields are only ever added; amounts are integers in paise; times are RFC 3339 in UTC, to the millisecond;
// the words of phase, tender, close_reason and action are those of package state.
package wire
