// Package catalogue holds the sentences of the counter's API in English, each with a code that programs and
// translations go by, what to do now, and what must be known before it is said.
//
// It promises that a code stays what it means: sentences are added, and reworded, and never given another meaning. It
// fills no values in (package wire does), knows no sale, and imports nothing. What it holds is read only; every call
// may be made at any time, from any goroutine.
package catalogue
