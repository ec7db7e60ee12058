// Package spelling finds the name that a mistyped one most likely was meant to be: a key of a config, a field of a
// request.
package spelling
