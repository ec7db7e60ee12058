// Package difference says what a sale's upgrade to the present rules (state.Upgrade) changed in its open items, and
// why: a line a sale, of which the migration of a store makes its report.
//
// It is pure, reads two sales and changes neither. Its functions may be called at any time, from any goroutine.
package difference
