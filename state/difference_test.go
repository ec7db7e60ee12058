package state_test

import (
	"galla/state"
	"galla/state/difference"
)

func init() {
	state.LineOf = func(before, after state.Sale) string { return difference.Of(before, after).Line() }
}
