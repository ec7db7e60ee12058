package counter

import (
	"testing"

	"galla/internal/counter/wire"
	"galla/state"
)

// TestWeighty: which answers take a manager, for every answer there is.
func TestWeighty(t *testing.T) {
	over := state.Sale{Attention: []state.Attention{{ID: "money:p1", Kind: state.AttentionOver}}}
	short := state.Sale{
		Attention: []state.Attention{
			{ID: "short", Kind: state.AttentionShort},
			{ID: "reversed:p2:7", Kind: state.AttentionReversed},
		},
	}
	light := map[state.Action]bool{state.ActionAccept: true, state.ActionOtherTender: true}
	for _, action := range state.Actions {
		if got := weighty(over, wire.ResolveSale{Action: action}); got == light[action] {
			t.Errorf("%s takes a manager: %v", action, got)
		}
		for _, item := range []string{"", "short"} {
			if !weighty(short, wire.ResolveSale{Action: action, Attention: item}) {
				t.Errorf("%s of item %q of a sale that lacks money takes no manager", action, item)
			}
		}
		if got := weighty(short, wire.ResolveSale{Action: action, Attention: "reversed:p2:7"}); got == light[action] {
			t.Errorf("%s beside what is short takes a manager: %v", action, got)
		}
	}
}
