// Package completion writes what a shell needs to complete a command line, made from the commands and flags as they are. It keeps
// nothing, and may be called from any goroutine.
package completion
