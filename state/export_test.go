package state

// LineOf is the line of galla/state/difference, which these tests can't import: it imports this package.
var LineOf func(before, after Sale) string
