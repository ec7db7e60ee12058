// Package printertest is a thermal printer made of Go: it takes bytes at a line's speed into a buffer of a size, prints
// them at a print head's speed on paper that can be looked at, and answers, or doesn't, as real ones do.
//
//	Line (memory)  ┐                 ┌ real-time commands, answered on arrival
//	pty + symlink  ┴─ wire, paced ──▶│ receive buffer ──▶ Decoder ──▶ Paper ──▶ image, text
//	                    (XOFF, CTS)  └ full: bytes are lost and counted (Overrun)
//
// It promises to be strict: a byte sequence it doesn't know is recorded as unknown, never skipped, and the fixtures of
// three foreign encoders keep it honest. Its goroutines wait on timers and conditions only, so that testing/synctest
// runs a day of 9600 baud in a moment; on a pty it runs in real time.
//
// It refuses to be a model of any one product: Model says what it knows and how fast it is.
package printertest
