// Package pace says how long the till waits: between two looks at a sale, and before an effect that failed is tried
// again. It draws what must differ from till to till, which is the jitter of those waits and the random part of
// references.
//
// It reads no clock and waits for nothing. A Dice is used by one goroutine: the engine's.
package pace
