// Package file answers a call with a file that is made while it is read: an export.
//
// It promises that a file that breaks off does not look whole, and that one which is refused before its first byte is
// answered like any refusal. It knows no route. An Answer belongs to the goroutine of its call.
package file
