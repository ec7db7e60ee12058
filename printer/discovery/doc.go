// Package discovery finds the printers that a box can reach, before one is configured: Find looks at USB, serial lines
// and, where asked for, the network; Propose names the profile for a printer by what it calls itself.
//
// It promises that nothing is printed, that a serial line is asked only when the caller allows it, and that a printer
// that must not be asked how it is (port.Found.Unasked) is listed and left alone. It refuses to choose: what it
// returns are candidates with a reason, for a person or the set-up to choose from.
//
// Both functions may be called at any time and by many at once. A port that a running printer.Printer holds answers as
// busy, and its candidate says so.
package discovery
