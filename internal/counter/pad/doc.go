// Package pad is the number pad's way to the till: package keypad knows amounts and keys, and the till sales.
//
// What the pad asks for is stored as asked by "keypad", which has no bound on its sales: it is one person at the box.
// Why a request was refused is said in the API's words. It keeps nothing, and may be used from any goroutine.
package pad
