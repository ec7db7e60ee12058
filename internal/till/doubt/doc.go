// Package doubt holds back what a single reading says for the first time about money that others sent back: a gateway's
// counter may hold a refund that fails a moment later, and a person who is told acts on it. The same word in a second
// reading is believed.
//
// It changes no sale; it marks a reading, and state.Apply honours the mark. A Doubts belongs to one sale and is used by
// one goroutine.
package doubt
