// Package chain is what a store, a box's uplink and a head office must agree on of the chain of events: what a place in
// it is, and how its hash is made.
//
//	hash of place n = SHA-256(hash of place n-1 ‖ bytes of event n)        before the first event: no bytes
//
// It is pure. It promises that Link and the text of a Hash never change: anchors on paper, exports, and the offices'
// copies hang off them. Its values may be shared between goroutines that only read them.
package chain
