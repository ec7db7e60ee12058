package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"galla/internal/counter/wire"
	"galla/state"
)

// Delivery makes the body of a webhook's message: events as the feed tells them. kinds are those that the receiver
// wants, of events and milestones; none means all. A body of events that it wants nothing of is nil. A kind that
// doesn't exist is an error.
func Delivery(t Till, kinds []string) (func(context.Context, []state.Event) ([]byte, error), error) {
	for _, k := range kinds {
		if !slices.Contains(wire.Kinds, k) {
			return nil, fmt.Errorf("the kind %q is of no event: there are %s", k, strings.Join(wire.Kinds, ", "))
		}
	}
	var wanted func(...string) bool
	if len(kinds) > 0 {
		wanted = func(have ...string) bool {
			return slices.ContainsFunc(have, func(k string) bool { return slices.Contains(kinds, k) })
		}
	}
	return func(ctx context.Context, events []state.Event) ([]byte, error) {
		list, err := project(ctx, t, events, wanted)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		return json.Marshal(wire.Delivery{Events: list})
	}, nil
}

// Probe is the body of a webhook's test.
func Probe() []byte {
	b, err := json.Marshal(wire.Delivery{Events: []wire.Event{}, Test: true})
	if err != nil {
		panic(err) // it has no values that JSON could refuse
	}
	return b
}
