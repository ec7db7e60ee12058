// Package terms turns a gateway's words into those of a sale, and a sale's into what a gateway is asked: orders,
// readings, refunds, problems, and the reference that names an attempt on both sides. It is the one place where
// payments and refunds change hands.
//
// It promises that nothing is lost on the way: every field that both sides have is copied, and statuses have the same
// values on both. It is pure, knows no clock, and decides nothing about a sale: package state does. Every function may
// be called at any time, from any goroutine, and keeps nothing of what it is given.
package terms
