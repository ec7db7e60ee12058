// Package archtest keeps the rules of this repository that a compiler doesn't: which package may import which and how
// long it is, what a binary may link, which version of ebiten is built in, what stands at the top of the tree, and how
// much systemd's units leave open. It holds tests only.
package archtest
