// Package house keeps the rules of the house that a compiler doesn't: which package may import which, what a binary may
// link, which version of ebiten is built in, and what stands at the top of the tree. It holds tests only.
package house
