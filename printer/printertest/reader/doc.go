// Package reader reads ESC/POS a second time: from a whole job at once, by the command reference, into a picture. It
// shares nothing with package escpos or with the virtual printer's decoder but the language it reads, so that a mistake
// that encoder and decoder have in common is seen by one that has it not.
//
// It promises to complain: about a command it doesn't know, an argument out of its range, a picture or a line wider
// than the paper, a picture or a cut that doesn't begin at the start of a line, and bytes left over. It refuses to
// model a machine: no time, no buffer, no answers. Those are printertest's.
package reader
