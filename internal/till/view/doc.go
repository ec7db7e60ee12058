// Package view projects a sale onto the customer's screen: it makes the display.View that says how the sale stands.
//
// It is pure and promises that a View says nothing that the facts do not: a QR only while its sale is on offer, "paid"
// only of a sale that is. It refuses nothing and reads no clock: the moments are given. Every function may be called at
// any time, from any goroutine.
package view
