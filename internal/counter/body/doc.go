// Package body reads the JSON body of a request into a struct of package wire, strictly: a field that the struct does
// not have, that comes twice, that lacks or does not fit, is refused by its name with a problem document.
//
// It promises that nothing of a body is taken for something else, and that a body over Most bytes is not read. It knows
// no route and no rule of a field's value. Everything may be called at any time, from any goroutine.
package body
