// Package manual writes what is known of a command line beside its --help: the manual page, and the completion for a
// shell. Both are made from the commands and flags themselves, so that neither can differ from them.
//
// It promises that every command that is not hidden is there with each of its flags. Its functions may be called at any
// time, also side by side.
package manual
