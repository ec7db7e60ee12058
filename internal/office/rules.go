package office

import "galla/state"

// rules are how events of sales are followed.
type rules struct {
	knows map[state.Kind]bool // the kinds that have a meaning
	apply func(state.Sale, state.Event) (state.Sale, error)
}

// builtIn are the rules of the galla/state that this office was built with.
var builtIn = rules{
	knows: map[state.Kind]bool{
		state.EventOpened:         true,
		state.EventStanding:       true,
		state.EventAttemptAsked:   true,
		state.EventAttemptQuoted:  true,
		state.EventAttemptFailed:  true,
		state.EventAttemptLost:    true,
		state.EventShown:          true,
		state.EventReading:        true,
		state.EventUnseen:         true,
		state.EventCloseAsked:     true,
		state.EventAttemptClosed:  true,
		state.EventPatienceOver:   true,
		state.EventWatched:        true,
		state.EventRefundAsked:    true,
		state.EventRefundSeen:     true,
		state.EventPrintAsked:     true,
		state.EventPrintBegun:     true,
		state.EventPrintDone:      true,
		state.EventResolved:       true,
		state.EventEffectSetAside: true,
		state.EventRules:          true,
	},
	apply: func(s state.Sale, e state.Event) (state.Sale, error) {
		next, _, err := state.Apply(s, e)
		return next, err
	},
}
