// Package watch says when a sale that has ended is looked at again, because "failed", "expired" and "closed" are not
// final at a gateway, and money may come late or come back.
//
// It is arithmetic over durations since the sale's end: it promises the same answer for the same Watch, and never looks
// at a clock. It knows no sale, and refuses nothing: which sales are watched, and by which plan, is decided in
// galla/state. Every call is legal at any time.
package watch
