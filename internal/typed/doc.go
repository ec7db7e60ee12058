// Package typed judges what a person or another program typed: whether a text may be kept and shown, and which bill numbers a person takes for
// the same. It is pure, and knows no sale.
package typed
